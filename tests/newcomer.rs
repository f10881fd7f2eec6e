//! Somebody who starts from a checkpoint and its state instead of years of entries.

#![expect(
    clippy::unwrap_used,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

mod village;

use commune::{device::Device, finality::NewcomerError, store::StoreError, trust::Trust};
use commune_crdt::{
    checkpoint::Known,
    hash::BlobHash,
    keys::{ExchangeKey, MemberKey, SecretKey, Signature},
    ledger::AccountId,
    payload::{Certification, Join, MemberFact, Statements},
    state::{Carried, Tip},
    time::ClaimedMinutes,
    trust::State,
};
use village::{Village, height, import, seed, state_hash, tip};

/// Founders 0 to 3 with a year behind them, and what device 0 holds.
fn aged() -> (Village, Device) {
    let mut village = Village::found(4);
    let device = village.device(0);
    for turn in 0..8 {
        village.chats(&device, turn);
        village.closes(&device, 30);
    }
    (village, device)
}

fn key(person: u8) -> MemberKey {
    SecretKey::from_seed(&seed(person)).member_key()
}

fn assert_same(a: &mut Tip, b: &mut Tip) {
    assert_eq!((a.height, a.hash, a.seed), (b.height, b.hash, b.seed));
    assert!(a.leaves().eq(b.leaves()));
    let (one, other) = (a.office.leaf(), b.office.leaf());
    assert_eq!(a.state.root(&one), b.state.root(&other));
}

fn joins(device: &Device, village: &Village) {
    let vault = device.vault();
    let join = Join {
        member: vault.member_key,
        name: vault.name.clone(),
        charter: village.genesis.charter_hash(),
        exchange: ExchangeKey::default(),
        ml_kem: BlobHash::default(),
        imported: None,
        signature: Signature([0; 64]),
    };
    let own = vault.device.device_key();
    let join = join.sign(device.network(), &own, &vault.member().unwrap());
    device
        .state(&MemberFact::Join(join), village.minutes())
        .unwrap();
}

fn vouches(device: &Device, subject: MemberKey, village: &Village) {
    let fact = MemberFact::Certification(Certification {
        subject,
        statements: Statements::ALL,
        met: ClaimedMinutes(29_400_000),
        meeting: [device.vault().member_key.0[0]; 16],
    });
    device.state(&fact, village.minutes()).unwrap();
}

#[test]
fn a_newcomer_knows_members_and_balances_as_final_without_a_single_entry() {
    let (village, device) = aged();
    village.newcomer(7);
    let newcomer = village.device(7);
    assert_eq!(height(&newcomer), 0);
    let given = device.given().unwrap();
    assert!(newcomer.begin_on(&given.bytes).unwrap());
    assert!(!newcomer.begin_on(&given.bytes).unwrap(), "once is enough");
    for _ in 0..2 {
        let newcomer = &newcomer;
        assert_same(&mut tip(newcomer), &mut tip(&device));
        let trust = Trust::of(newcomer, None).unwrap();
        assert_eq!(trust.members_status(), "final");
        assert!(trust.is_final(&key(3)));
        let ledger = tip(newcomer).state.ledger().clone();
        assert!((0..4).any(|it| ledger.balance(AccountId::Person(it)) > 0));
        assert_eq!(newcomer.history().unwrap().len(), 0);
        let newest = newcomer.with_finality(|it| {
            let note = it.note(newcomer, it.tip().height)?.unwrap();
            let set = it.set_of(newcomer, it.tip().height)?.unwrap();
            Ok(commune::finality::examined(set, &note).unwrap().is_final())
        });
        assert!(newest.unwrap());
    }
    drop(newcomer);
    // Started again it is the same, and it can give on what it was given.
    let newcomer = village.device(7);
    assert_same(&mut tip(&newcomer), &mut tip(&device));
    assert_eq!(newcomer.given().unwrap().bytes, given.bytes);
}

#[test]
fn a_newcomer_joins_is_vouched_for_pays_and_makes_the_same_records() {
    let (mut village, signer) = aged();
    // Something is on its way when they come.
    village.chats(&signer, 40);
    village.newcomer(7);
    let newcomer = village.device(7);
    let report = import(&newcomer, &village.bundle_for_newcomers(&signer));
    assert!(report.is_intact());
    assert_eq!(report.began_on.len(), 1);
    assert!(report.counts.imported > 0);
    assert_eq!(report.counts.pending, 0);
    assert_eq!(state_hash(&newcomer), state_hash(&signer));

    joins(&newcomer, &village);
    for person in 1..4 {
        let sponsor = village.device(person);
        village.carries(&signer, &sponsor);
        vouches(&sponsor, key(7), &village);
        village.carries(&sponsor, &signer);
        village.carries(&sponsor, &newcomer);
    }
    village.carries(&newcomer, &signer);
    assert_eq!(state_hash(&newcomer), state_hash(&signer));
    let mut turn = 50;
    while tip(&signer).state.membership().members() < 5 {
        village.closes(&signer, 24 * 6);
        village.carries(&signer, &newcomer);
        assert_same(&mut tip(&newcomer), &mut tip(&signer));
        turn += 1;
        assert!(turn < 80, "nobody lets them in");
    }
    let people = tip(&newcomer).state.membership().clone();
    let own = people
        .person(people.find(&key(7)).unwrap())
        .unwrap()
        .clone();
    assert_eq!(own.state, State::Member);
    for _ in 0..3 {
        village.chats(&newcomer, turn);
        village.carries(&newcomer, &signer);
        village.closes(&signer, 30);
        village.carries(&signer, &newcomer);
        assert_same(&mut tip(&newcomer), &mut tip(&signer));
        assert_eq!(state_hash(&newcomer), state_hash(&signer));
        turn += 1;
    }
    let ledger = tip(&signer).state.ledger().clone();
    let paid = tip(&signer).state.membership().find(&key(7)).unwrap();
    assert!(ledger.balance(AccountId::Person(paid)) > 0);
    drop(newcomer);
    // Started again it stands where it stood, and gives a third what it has.
    let newcomer = village.device(7);
    assert_same(&mut tip(&newcomer), &mut tip(&signer));
    assert_eq!(state_hash(&newcomer), state_hash(&signer));
    village.newcomer(8);
    let third = village.device(8);
    import(&third, &village.bundle_for_newcomers(&newcomer));
    assert_same(&mut tip(&third), &mut tip(&signer));
    assert_eq!(state_hash(&third), state_hash(&signer));
}

/// A device that has entries and is behind jumps over what it lacks, and loses nothing of its own.
#[test]
fn who_is_behind_jumps_and_keeps_what_waits() {
    let (mut village, signer) = aged();
    let behind = village.device(2);
    village.carries(&signer, &behind);
    assert_eq!(height(&behind), 8);
    village.chats(&behind, 60);
    for turn in 9..12 {
        village.chats(&signer, turn);
        village.closes(&signer, 30);
    }
    let report = import(&behind, &village.bundle_for_newcomers(&signer));
    assert!(report.is_intact());
    assert_same(&mut tip(&behind), &mut tip(&signer));
    village.carries(&behind, &signer);
    assert_eq!(state_hash(&behind), state_hash(&signer));
    village.closes(&signer, 30);
    village.carries(&signer, &behind);
    assert_same(&mut tip(&behind), &mut tip(&signer));
}

#[test]
fn what_is_false_or_cut_is_refused_and_changes_nothing() {
    let (village, device) = aged();
    village.newcomer(7);
    let newcomer = village.device(7);
    let bytes = device.given().unwrap().bytes;
    let known = Known::default();
    assert!(Carried::read(&bytes, &village.genesis, &known).is_ok());
    for at in (0..bytes.len()).step_by(17) {
        let mut wrong = bytes.clone();
        wrong[at] ^= 1 << (at % 8);
        // Of what a note says beside what counts, a bit may be another.
        if let Ok(read) = Carried::read(&wrong, &village.genesis, &known) {
            assert_same(&mut read.tip.clone(), &mut tip(&device));
        }
        assert!(Carried::read(&bytes[..at], &village.genesis, &known).is_err());
    }
    let mut wrong = bytes.clone();
    *wrong.last_mut().unwrap() ^= 1;
    let refused = newcomer.begin_on(&wrong);
    assert!(matches!(refused, Err(NewcomerError::Carried(_))));
    assert_eq!(height(&newcomer), 0);
    assert!(newcomer.begin_on(&bytes).unwrap());

    // A bundle that was damaged in the state still brings its entries, which wait.
    let bundle = village.bundle_for_newcomers(&device);
    let mut damaged = bundle.clone();
    damaged[2_000] ^= 1;
    village.newcomer(8);
    let other = village.device(8);
    let report = import(&other, &damaged);
    assert!(!report.is_intact() && report.began_on.is_empty());
    assert_eq!(height(&other), 0);
    let report = import(&other, &bundle);
    assert!(report.is_intact());
    assert_same(&mut tip(&other), &mut tip(&device));
    assert_eq!(state_hash(&other), state_hash(&device));
}

#[test]
fn who_lacks_the_entries_replays_nothing_and_says_so() {
    let (village, device) = aged();
    village.newcomer(7);
    let newcomer = village.device(7);
    import(&newcomer, &village.bundle_for_newcomers(&device));
    let past = commune::money::Past::of(&newcomer, true);
    assert!(matches!(past, Err(StoreError::Covered(it)) if it.0 == 8));
    assert!(commune::money::Past::of(&device, true).is_ok());
}
