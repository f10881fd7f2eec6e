//! Which ballots count.

use super::{world::*, *};

#[test]
fn a_ballot_counts_between_key_and_end_for_electors_of_the_right_size() {
    let mut world = World::prepared();
    let early = world.ballot(4, KEY);
    let first = world.ballot(5, KEY + 1);
    let last = world.ballot(6, END);
    let late = world.ballot(7, END + 1);
    let stranger = world.ballot(31, 5);
    let cast = |ward, len| {
        let hash = BlobHash([1; 32]);
        VoteFact::Ballot(Cast {
            ward,
            blob: BlobRef { hash, len },
        })
    };
    let size = world.says(8, 5, cast(0, BALLOT_LEN + 1));
    let ward = world.says(9, 5, cast(1, BALLOT_LEN));
    let all = [early, first, last, late, stranger, size, ward];
    for trustee in [0, 2] {
        world.receipts(trustee, 14, &all);
    }
    world.hours = CLOSE;
    let fates = all.map(|it| world.fate(it));
    let refused = Fate::Refused;
    let expected = [
        refused(Reason::BeforeKey),
        Fate::Counts,
        Fate::Counts,
        refused(Reason::AfterEnd),
        refused(Reason::NotElector),
        refused(Reason::WrongSize),
        refused(Reason::WrongWard),
    ];
    assert_eq!(fates, expected);
}

#[test]
fn receipts_count_between_end_and_close_and_not_after() {
    let mut world = World::prepared();
    let ballot = world.ballot(4, 5);
    world.receipts(0, 6, &[ballot]);
    world.hours = END;
    assert_eq!(world.fate(ballot), Fate::Waiting);
    // Twice by one trustee, and by nobody's trustee, is no second receipt.
    world.receipts(0, 14, &[ballot]);
    world.receipts(20, 14, &[ballot]);
    world.hours = 14;
    assert_eq!(world.fate(ballot), Fate::Waiting);
    let mut late = World {
        facts: world.facts.clone(),
        ..World::prepared()
    };
    world.receipts(1, CLOSE, &[ballot]);
    world.hours = CLOSE;
    assert_eq!(world.fate(ballot), Fate::Counts);
    late.next = 100;
    late.receipts(1, CLOSE + 1, &[ballot]);
    late.hours = CLOSE + 1;
    assert_eq!(late.fate(ballot), Fate::Refused(Reason::NotReceipted));
}

#[test]
fn the_last_receipted_ballot_of_a_voter_counts() {
    let mut world = World::prepared();
    let ballots = [world.ballot(4, 5), world.ballot(4, 6), world.ballot(4, 7)];
    for trustee in [0, 1] {
        world.receipts(trustee, 8, &ballots[..2]);
    }
    world.hours = CLOSE;
    let expected = [
        Fate::Refused(Reason::Replaced),
        Fate::Counts,
        Fate::Refused(Reason::NotReceipted),
    ];
    assert_eq!(ballots.map(|it| world.fate(it)), expected);
}

#[test]
fn a_false_proof_drops_the_ballot_before_the_close_and_contests_the_vote_after() {
    let mut world = World::prepared();
    let (ballot, honest) = (world.ballot(4, 5), world.ballot(5, 5));
    for trustee in [0, 1] {
        world.receipts(trustee, 6, &[ballot, honest]);
    }
    world.hours = CLOSE;
    // A word against an honest ballot changes nothing.
    world.says(9, 7, VoteFact::Falsity(honest));
    world.false_ballots.insert(ballot);
    let before = world.facts.clone();
    world.says(9, 7, VoteFact::Falsity(ballot));
    assert_eq!(world.fate(ballot), Fate::Refused(Reason::False));
    assert_eq!(world.fate(honest), Fate::Counts);
    world.facts = before;
    world.says(9, CLOSE + 1, VoteFact::Falsity(ballot));
    world.hours = CLOSE + 1;
    assert_eq!(world.fold().contested, [(ballot, vec![0, 1])]);
}
