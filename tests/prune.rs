//! Old entries are given up, and everything goes on.

#![expect(
    clippy::unwrap_used,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

mod village;

use commune::{device::Device, finality::Pruned, money::Money, store::StoreError, trust::Trust};
use commune_crdt::{entry::Stream, state::Tip, time::Height};
use village::{Village, height, import, state_hash, talk, tip};

fn assert_same(a: &mut Tip, b: &mut Tip) {
    assert_eq!((a.height, a.hash, a.seed), (b.height, b.hash, b.seed));
    assert!(a.leaves().eq(b.leaves()));
    let (one, other) = (a.office.leaf(), b.office.leaf());
    assert_eq!(a.state.root(&one), b.state.root(&other));
}

/// Two devices with the same ten records: one signs, the other only follows.
fn aged() -> (Village, Device, Device) {
    let mut village = Village::found(4);
    let (signer, other) = (village.device(0), village.device(1));
    for turn in 0..10 {
        village.chats(&signer, turn);
        village.chats(&other, turn);
        village.carries(&other, &signer);
        village.closes(&signer, 30);
        village.carries(&signer, &other);
    }
    assert_same(&mut tip(&signer), &mut tip(&other));
    (village, signer, other)
}

fn stored(device: &Device) -> usize {
    device.store().entries().count()
}

/// Each learns what the other has: over a link, dialled by either, or on a stick both ways.
fn meet(village: &Village, a: &Device, b: &Device) {
    match height(a) % 3 {
        0 => _ = talk(a, b),
        1 => _ = talk(b, a),
        _ => {
            village.carries(a, b);
            village.carries(b, a);
        }
    }
    // What was written on top of a new record has its place once that is taken in.
    assert_eq!(height(a), height(b));
    // Now there is nothing to say, whichever way.
    assert!(talk(a, b) && talk(b, a));
    assert_eq!(state_hash(a), state_hash(b));
    let digest = |device: &Device| device.history().unwrap().digest();
    assert_eq!(digest(a), digest(b));
}

#[test]
fn what_is_pruned_is_what_was_said_and_nobody_is_any_worse_for_it() {
    let (mut village, signer, pruned) = aged();
    let before = stored(&pruned);
    let bytes: usize = pruned.store().entries().map(|it| it.unwrap().len()).sum();
    let would = pruned.prune(true).unwrap();
    assert_eq!(stored(&pruned), before, "only asked");
    let (hash, mut old) = (state_hash(&pruned), tip(&pruned));
    let did = pruned.prune(false).unwrap();
    assert_eq!(did, would);
    println!("of {before} entries with {bytes} bytes: {did:?}");
    assert_eq!(did.height, Height(8));
    assert!(
        did.entries > 30 && did.blobs > 0 && did.bytes > 10_000,
        "{did:?}"
    );
    assert_eq!(
        stored(&pruned),
        before - usize::try_from(did.entries).unwrap()
    );
    let nothing = Pruned {
        height: Height(8),
        ..Pruned::default()
    };
    assert_eq!(pruned.prune(false).unwrap(), nothing, "once is enough");
    // The same state, members and money.
    assert_eq!(state_hash(&pruned), hash);
    assert_same(&mut tip(&pruned), &mut old);
    let trust = Trust::of(&pruned, None).unwrap();
    assert_eq!(trust.members_status(), "final");
    Money::of(&pruned, None).unwrap();
    // One's own stay, and members'.
    {
        let history = pruned.history().unwrap();
        let own = pruned.vault().device.device_key();
        for log in history.logs() {
            let id = log.id();
            let is_dropped = id.author != own && id.stream != Stream::MEMBER;
            assert_eq!(log.base() > 0, is_dropped, "{id:?}");
        }
    }
    meet(&village, &signer, &pruned);
    assert_eq!(
        stored(&pruned),
        before - usize::try_from(did.entries).unwrap()
    );
    // It starts again, and goes on with everybody.
    drop(pruned);
    let pruned = village.device(1);
    assert_eq!(state_hash(&pruned), hash);
    for turn in 20..26 {
        village.chats(&pruned, turn);
        village.chats(&signer, turn);
        meet(&village, &pruned, &signer);
        village.closes(&signer, 30);
        meet(&village, &signer, &pruned);
        assert_same(&mut tip(&signer), &mut tip(&pruned));
        if turn == 23 {
            let more = pruned.prune(false).unwrap();
            assert!(more.entries > 0 && more.height > did.height);
        }
    }
    // What it has suffices for somebody new, and says of itself what it cannot do.
    village.newcomer(7);
    let newcomer = village.device(7);
    import(&newcomer, &village.bundle_for_newcomers(&pruned));
    assert_same(&mut tip(&newcomer), &mut tip(&signer));
    assert_eq!(state_hash(&newcomer), state_hash(&signer));
    let past = commune::money::Past::of(&pruned, true);
    assert!(matches!(past, Err(StoreError::Covered(_))));
    assert!(commune::money::Past::of(&signer, true).is_ok());
}

#[test]
fn a_signer_who_pruned_signs_on_and_a_newcomer_prunes_too() {
    let (mut village, signer, other) = aged();
    assert!(signer.prune(false).unwrap().entries > 0);
    village.newcomer(7);
    let newcomer = village.device(7);
    import(&newcomer, &village.bundle_for_newcomers(&signer));
    for turn in 30..36 {
        village.chats(&other, turn);
        meet(&village, &other, &signer);
        village.closes(&signer, 30);
        meet(&village, &signer, &other);
        village.carries(&signer, &newcomer);
        for device in [&other, &newcomer] {
            assert_same(&mut tip(device), &mut tip(&signer));
            assert_eq!(state_hash(device), state_hash(&signer));
        }
    }
    let did = newcomer.prune(false).unwrap();
    assert!(did.entries > 0 && did.height == Height(14));
    drop(newcomer);
    let newcomer = village.device(7);
    assert_eq!(state_hash(&newcomer), state_hash(&signer));
    village.chats(&other, 40);
    meet(&village, &other, &signer);
    village.closes(&signer, 30);
    village.carries(&signer, &newcomer);
    assert_same(&mut tip(&newcomer), &mut tip(&signer));
    assert_eq!(height(&newcomer), 17);
}

#[test]
fn a_young_network_keeps_everything() {
    let mut village = Village::found(4);
    let device = village.device(0);
    for turn in 0..2 {
        village.chats(&device, turn);
        village.closes(&device, 30);
    }
    let before = stored(&device);
    assert_eq!(device.prune(false).unwrap(), Pruned::default());
    assert_eq!(stored(&device), before);
    assert!(!device.history().unwrap().is_based());
}
