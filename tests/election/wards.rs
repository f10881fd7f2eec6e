//! Votes of several wards: which device holds which ballots, what it adds for itself, and what it takes
//! as a quorum of trustees locked it.

use std::collections::BTreeSet;

use commune::{
    device::Device,
    votes::{self, Extent, Known, Missing, Step},
};
use commune_crdt::{
    ballot::Scope,
    entry::BlobRef,
    payload::{Cast, Lock, VoteFact, VoteId},
};

use crate::{
    room::{Election, STATION, say},
    village::{Village, import, key, tip},
};

/// Two of them open a sum.
const TRUSTEES: [u8; 3] = [1, 2, 3];
/// Who has a folder of the network and is no member of it.
const AUDITOR: u8 = 60;
const PARAMS: [&str; 3] = ["sig_qty=3", "ward_max=50", "anonymity_min=10"];

/// Founders by ward, trustees and the station left out.
fn by_ward(election: &Election) -> Vec<Vec<u8>> {
    let station = election.village.device(STATION);
    let known = votes::one(&station, &election.vote.to_string()).unwrap();
    let people = tip(&station).state.membership().clone();
    let mut wards = vec![Vec::new(); known.roll.wards().into()];
    for person in 4..60_u8 {
        let id = people.find(&key(person)).unwrap();
        let ward = known.roll.ward_of(id).unwrap();
        wards[usize::from(ward)].push(person);
    }
    wards
}

/// Looks at no ballot of other keys, as if they were of millions: of so few a sample holds all.
fn holds_no_others(device: &Device, known: &Known) {
    let mut scope = device.scope(known.vote.id).unwrap().unwrap();
    assert!(!scope.all && scope.key.is_some(), "{scope:?}");
    scope.others = u32::MAX;
    device.set_scope(known.vote.id, &scope, &[]).unwrap();
}

#[test]
fn of_four_wards_two_are_counted_apart_and_two_together() {
    let village = Village::with_params(60, [5; 32], &PARAMS);
    let mut election = Election::prepared(village, &TRUSTEES);
    let wards = by_ward(&election);
    assert_eq!(wards.len(), 4);
    // The stick is to have everything; two voters hold what they must, one of each key.
    election.visits(STATION, |device, known| {
        votes::hold_all(device, known).unwrap();
    });
    let (near, far) = (wards[0][0], wards[2][0]);
    election.visits(near, holds_no_others);
    election.visits(far, holds_no_others);

    // Ten each in the first two wards; two and one in the others, too few to be shown apart.
    let mut cast = 0;
    for (ward, voters, yes) in [(0, 10, 7), (1, 10, 4), (2, 2, 1), (3, 1, 0)] {
        for (number, person) in (0..voters).zip(&wards[ward]) {
            election.casts(*person, number < yes);
            cast += 1;
        }
    }
    election.closes(20);
    for trustee in [1, 2] {
        let done = election.acts(trustee, Step::Receipt);
        assert_eq!(done.receipts, cast, "{done:?}");
    }
    election.closes(60);
    election.closes(13);
    let units = election.known(STATION).vote.units;
    let shape = units.iter();
    let shape = shape.map(|it| (it.ward, it.wards, it.key, it.ballots.len()));
    let expected = [(0, 1, 0, 10), (1, 1, 0, 10), (2, 2, 1, 3)];
    assert_eq!(shape.collect::<Vec<_>>(), expected);

    election.village.newcomer(AUDITOR);
    let mut lied = election.copied();
    for trustee in [1, 2] {
        assert_eq!(election.acts(trustee, Step::Lock).wards, [0, 1, 2]);
    }
    election.closes(5);
    for trustee in [1, 3] {
        assert_eq!(election.acts(trustee, Step::Share).wards, [0, 1, 2]);
    }
    election.closes(5);

    // Everybody has the same result, whichever sums they added themselves.
    let expected = [
        (near, 2, 1),
        (far, 1, 2),
        (2, 3, 0),
        (STATION, 3, 0),
        (AUDITOR, 3, 0),
    ];
    for (person, added, taken) in expected {
        let counted = election.counts(person).unwrap();
        let outcome = (counted.outcome.lines[0].count, counted.ballots);
        assert_eq!(outcome, (12, 23), "device {person}");
        assert_eq!(
            (counted.added, counted.taken),
            (added, taken),
            "device {person}"
        );
    }
    // What each verifies: the auditor every proof, a voter those of their own key.
    let checks = election.verifies(AUDITOR);
    assert!(checks.holds() && checks.lacking.is_empty(), "{checks:?}");
    assert_eq!((checks.counted, checks.verified), (23, 23));
    for (person, verified) in [(near, 20), (far, 3)] {
        let checks = election.visits(person, |device, known| {
            votes::verify(device, known, Extent::Own, [&|_, _| true; 2]).unwrap()
        });
        assert!(checks.holds() && checks.lacking.is_empty(), "{checks:?}");
        assert_eq!((checks.counted, checks.verified), (23, verified));
    }

    // A quorum that locks the second ward's sum for the first: who holds the ballots sees it, who does
    // not lacks only the shares, which honest trustees do not give.
    for trustee in [1, 2] {
        lied.visits(trustee, swap_sums);
    }
    lied.closes(5);
    assert_eq!(lied.acts(3, Step::Share).wards, [0; 0]);
    for person in [near, AUDITOR] {
        assert_eq!(lied.counts(person).unwrap_err(), Missing::Sum(0));
    }
    let missing = lied.counts(far).unwrap_err();
    assert_eq!(missing, Missing::Shares(0, vec![0, 1, 2]));
    assert!(!lied.verifies(near).holds());
}

/// Locks the sum of the second ward, which opens as well, as that of the first.
fn swap_sums(device: &Device, known: &Known) {
    let (unit, other) = (&known.vote.units[0], &known.vote.units[1]);
    let layout = commune_cipher::Layout::new(1, Vec::new()).unwrap();
    let mut sum = commune_cipher::Sum::new(&layout);
    let ballots = known.vote.ballots.iter();
    for it in ballots.filter(|it| other.ballots.contains(&it.id)) {
        let bytes = device.store().blob(&it.cast.blob.hash).unwrap().unwrap();
        let ballot = commune_cipher::Ballot::decode(&layout, &bytes).unwrap();
        sum.add(&ballot).unwrap();
    }
    let named = BlobRef::of(&sum.encode());
    device.take_blobs(vec![(named, sum.encode())]).unwrap();
    let lock = Lock {
        ward: unit.ward,
        wards: unit.wards,
        ballots: u32::try_from(unit.ballots.len()).unwrap(),
        set: unit.set,
        sum: named,
    };
    say(device, known, &VoteFact::Lock(lock));
}

/// What a device does not hold of other wards comes when it wants all, and goes when it does not.
#[test]
fn bytes_of_ballots_outside_the_scope_are_not_taken_and_come_when_all_are_wanted() {
    let village = Village::found(6);
    let (from, to) = (village.device(1), village.device(2));
    let vote = VoteId([9; 16]);
    let casts = [2_u16, 4].map(|ward| {
        let bytes = vec![u8::try_from(ward).unwrap(); 17_520];
        let blob = BlobRef::of(&bytes);
        from.take_blobs(vec![(blob, bytes)]).unwrap();
        let fact = VoteFact::Ballot(Cast { ward, blob });
        from.state_about(vote.tag(), fact.kind(), fact.payload(), village.minutes())
            .unwrap();
        Cast { ward, blob }
    });
    let bundle = village.bundle(&from);
    let scope = |all| Scope {
        all,
        key: Some(1).filter(|_| !all),
        secret: [1; 32],
        others: u32::MAX,
        accused: BTreeSet::new(),
    };
    let held = |to: &Device| casts.map(|it| to.store().blob(&it.blob.hash).unwrap().is_some());
    to.set_scope(vote, &scope(false), &[]).unwrap();
    drop(import(&to, &bundle));
    assert_eq!(held(&to), [true, false]);
    assert!(!to.wants_blob(&casts[1].blob.hash));
    // It is known after a restart as well.
    drop(to);
    let to = village.device(2);
    drop(to.history().unwrap());
    assert!(!to.wants_blob(&casts[1].blob.hash));
    to.set_scope(vote, &scope(true), &casts).unwrap();
    assert!(to.wants_blob(&casts[1].blob.hash));
    drop(import(&to, &bundle));
    assert_eq!(held(&to), [true, true]);
    to.set_scope(vote, &scope(false), &casts).unwrap();
    assert_eq!(held(&to), [true, false]);
}
