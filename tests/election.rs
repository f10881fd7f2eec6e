//! An election by whole devices: 30 voters, 5 trustees of whom 3 open the sum, a stick and nothing else.
//! One device is up at a time. The vote is held once, and ended three times: with all trustees, with two
//! of them gone for good, and with one gone and one lying; every device computes the result of the first.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

#[path = "election/room.rs"]
mod room;
mod village;
#[path = "election/wards.rs"]
mod wards;

use std::collections::BTreeSet;

use commune::votes::{Missing, Step};
use commune_crdt::ballot::{Fate, Phase, Reason};
use room::{Election, STATION, lie_about_shares, lie_about_sums};
use village::Village;

const VOTERS: u8 = 30;
const TRUSTEES: [u8; 5] = [1, 2, 3, 4, 5];
/// These vote no.
const AGAINST: [u8; 11] = [3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29];

impl Election {
    /// Trustees lock, a checkpoint fixes it, three share; `liar` says something else each time.
    fn is_opened_by(&mut self, honest: &[u8], liar: Option<u8>) {
        if let Some(liar) = liar {
            self.visits(liar, lie_about_sums);
        }
        for trustee in honest {
            let done = self.acts(*trustee, Step::Lock);
            assert_eq!(done.wards, [0], "{done:?}");
        }
        self.closes(5);
        if let Some(liar) = liar {
            self.visits(liar, lie_about_shares);
        }
        for trustee in honest.iter().rev().take(3) {
            let done = self.acts(*trustee, Step::Share);
            assert_eq!(done.wards, [0], "{done:?}");
        }
        self.closes(5);
    }

    /// These devices compute the same result from the stick, and one verifies everything.
    fn agree(&self, people: impl Iterator<Item = u8>, false_shares: usize) {
        let yes = u32::from(VOTERS) - u32::try_from(AGAINST.len()).unwrap();
        for person in people {
            let counted = self.counts(person).unwrap();
            assert_eq!(counted.outcome.lines[0].count, yes, "device {person}");
            assert_eq!(counted.outcome.accepted, Some(true));
            assert_eq!(counted.ballots, u32::from(VOTERS));
            assert_eq!(counted.false_shares.len(), false_shares, "device {person}");
            assert!(counted.smudging >= 13.0, "{}", counted.smudging);
        }
        let checks = self.verifies(29);
        assert!(checks.holds(), "{checks:?}");
        assert_eq!((checks.counted, checks.verified), (30, 30));
        assert_eq!(checks.false_ballots, []);
    }
}

#[test]
fn trustees_who_never_meet_open_the_sum_and_a_liar_or_two_lost_ones_do_not_stop_them() {
    let mut election = Election::prepared(Village::found(VOTERS), &TRUSTEES);
    // Somebody votes twice; the second ballot counts.
    let first = election.casts(11, false);
    let mut ballots = BTreeSet::new();
    for person in 0..VOTERS {
        ballots.insert(election.casts(person, !AGAINST.contains(&person)));
    }
    election.closes(20);
    // Before anybody held a ballot none counts.
    assert!(matches!(election.counts(STATION), Err(Missing::Close)));
    for trustee in [1, 2, 3] {
        let done = election.acts(trustee, Step::Receipt);
        assert_eq!(done.receipts, 31, "{done:?}");
    }
    election.closes(30);
    let vote = election.known(STATION).vote;
    assert!(vote.end.is_none() && vote.close.is_none());
    // The end comes, and then the close; a trustee who comes between is in time.
    election.closes(25);
    let vote = election.known(STATION).vote;
    assert!(
        vote.end.is_some() && vote.close.is_none(),
        "{:?}",
        vote.phase
    );
    // What another replaces by now need not be held by more.
    let late = election.acts(4, Step::Receipt);
    assert_eq!(late.receipts, 30, "{late:?}");
    election.closes(13);
    let known = election.known(STATION);
    assert_eq!(known.vote.phase, Phase::Locking);
    for it in &known.vote.ballots {
        let fate = match it.id == first {
            true => Fate::Refused(Reason::Replaced),
            false => Fate::Counts,
        };
        assert_eq!(it.fate, fate);
        assert_eq!(it.receipts.len(), if it.id == first { 3 } else { 4 });
        assert!(it.id == first || ballots.contains(&it.id));
    }

    let mut lost = election.copied();
    let mut lied = election.copied();

    // All lock; three of them share, which is enough.
    election.is_opened_by(&TRUSTEES, None);
    election.agree(0..VOTERS, 0);
    let seeds = election.acts(5, Step::Erase).erased;
    assert_eq!(seeds, 6);

    // Two are gone for good: two locks are no quorum, and two trustees lack a piece.
    for trustee in [2, 4] {
        assert_eq!(lost.acts(trustee, Step::Lock).wards, [0]);
    }
    lost.closes(5);
    let two = lost.counts(STATION).unwrap_err();
    assert_eq!(two, Missing::Lock(0));
    assert_eq!(lost.acts(3, Step::Lock).wards, [0]);
    lost.closes(5);
    for (trustee, lacking) in [(2, 4), (4, 1)] {
        assert_eq!(lost.acts(trustee, Step::Share).wards, [0]);
        let missing = lost.counts(STATION).unwrap_err();
        let Missing::Shares(0, pieces) = &missing else {
            panic!("{missing:?}");
        };
        assert_eq!(pieces.len(), lacking);
    }
    lost.acts(3, Step::Share);
    lost.agree([0, 1, 3, 17].into_iter(), 0);

    // One is gone and one lies: three honest ones are what 3 of 5 needs.
    lied.is_opened_by(&[2, 3, 4], Some(5));
    lied.agree([0, 1, 5, 17].into_iter(), 6);
    let other = lied.verifies(STATION).other_locks;
    assert_eq!(other.len(), 1, "{other:?}");
}
