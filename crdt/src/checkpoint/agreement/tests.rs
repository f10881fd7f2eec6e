use std::convert::Infallible;

use super::*;

/// So many signers at one height; what each says reaches all at once, in order.
struct Room {
    signers: Vec<Agreement>,
    now: u64,
}

impl Room {
    fn new(count: u8) -> Self {
        Self {
            signers: (0..count)
                .map(|own| Agreement::begin(1, count, own, 0))
                .collect(),
            now: 0,
        }
    }

    /// Until nobody has anything to say. `silent` says nothing; a proposer proposes its round.
    fn talk(&mut self, silent: &[u8]) {
        loop {
            let mut words = Vec::new();
            for (own, signer) in (0..).zip(&mut self.signers) {
                if let Some(round) = signer.wants_value() {
                    let value = [u8::try_from(round).unwrap() + 1; 32];
                    signer.propose(self.now, round, value);
                }
                let said = signer.release(|_| Ok::<_, Infallible>(())).unwrap();
                if !silent.contains(&own) {
                    words.extend(said.into_iter().map(|word| (own, word)));
                }
            }
            if words.is_empty() {
                return;
            }
            for (by, word) in words {
                for signer in &mut self.signers {
                    signer.hear(self.now, by, word);
                }
            }
        }
    }

    fn decided(&self) -> Vec<Option<(u32, [u8; 32])>> {
        self.signers.iter().map(Agreement::decided).collect()
    }
}

#[test]
fn signers_who_hear_each_other_decide_in_one_round() {
    for count in [1, 4, 7, 22] {
        let mut room = Room::new(count);
        room.talk(&[]);
        let all = room.decided();
        assert!(
            all.iter().all(|it| *it == Some((0, [1; 32]))),
            "{count}: {all:?}"
        );
    }
}

#[test]
fn a_silent_proposer_costs_a_round() {
    let mut room = Room::new(4);
    // Of height 1 and round 0 the second proposes.
    room.talk(&[1]);
    assert_eq!(room.decided(), [None; 4]);
    let patience = Patience::default();
    for _ in 0..3 {
        let deadlines = room.signers.iter().filter_map(|it| it.deadline(&patience));
        room.now = deadlines.max().unwrap_or(room.now);
        for signer in &mut room.signers {
            signer.elapse(room.now, &patience);
        }
        room.talk(&[1]);
    }
    let all = room.decided();
    assert!(all.iter().all(|it| *it == Some((1, [2; 32]))), "{all:?}");
    assert!(room.now > 0);
}

#[test]
fn nothing_is_said_before_the_journal_is_safe_and_a_journal_says_the_same_again() {
    let mut room = Room::new(4);
    let first = &mut room.signers[1];
    first.propose(0, 0, [1; 32]);
    assert_eq!(first.release(|_| Err("disk full")), Err("disk full"));
    room.talk(&[]);
    for (own, signer) in (0..).zip(&mut room.signers) {
        let mut journal = Vec::new();
        signer.is_saved = false;
        signer
            .release(|notes| {
                journal = notes.to_vec();
                Ok::<_, Infallible>(())
            })
            .unwrap();
        for len in 1..=journal.len() {
            let again = Agreement::resume(1, 4, own, &journal[..len]).unwrap();
            assert!(signer.said().starts_with(again.said()), "{own} after {len}");
        }
        let again = Agreement::resume(1, 4, own, &journal).unwrap();
        assert_eq!(
            (again.said(), again.decided()),
            (signer.said(), signer.decided())
        );
        assert_eq!(again.timers, signer.timers);
    }
    assert!(Agreement::resume(1, 4, 0, &[]).is_err());
    assert!(Agreement::resume(1, 4, 0, &[vec![1]]).is_err());
}

const fn vote(round: u32, is_precommit: bool, value: Option<[u8; 32]>) -> Word {
    Word::Vote {
        round,
        is_precommit,
        value,
    }
}

const fn proposal(round: u32, value: [u8; 32]) -> Word {
    Word::Proposal {
        round,
        value,
        pol_round: None,
    }
}

/// The engine counts a signer's first vote only. Who hears a liar's other vote first would see no
/// quorum where those see one who lock on it, and the height would never end.
#[test]
fn a_liars_vote_counts_for_each_record_that_it_was_given_to() {
    let (one, other) = ([1; 32], [2; 32]);
    let mut signer = Agreement::begin(1, 4, 0, 0);
    signer.hear(0, 3, vote(0, false, Some(other)));
    signer.hear(0, 1, proposal(0, one));
    signer.hear(0, 1, vote(0, false, Some(one)));
    assert!(!signer.said().contains(&vote(0, true, Some(one))));
    signer.hear(0, 3, vote(0, false, Some(one)));
    assert!(signer.said().contains(&vote(0, true, Some(one))));
    let again = Agreement::resume(1, 4, 0, &signer.journal).unwrap();
    assert_eq!(again.said(), signer.said());
    assert_eq!((signer.faults(), again.faults()), (0, 0));
}

#[test]
fn a_clock_that_was_set_back_stops_no_timer() {
    let patience = Patience::default();
    let year = 365 * 86_400;
    let mut signer = Agreement::begin(1, 4, 0, 20 * year);
    assert!(!signer.elapse(year, &patience));
    // Nor if the journal is read again before each look at the clock.
    let mut signer = Agreement::resume(1, 4, 0, &signer.journal).unwrap();
    assert!(!signer.elapse(year + 1, &patience));
    assert_eq!(signer.began(), 20 * year);
    let deadline = signer.deadline(&patience).unwrap();
    assert_eq!(deadline, year + patience.seconds(0));
    assert!(signer.elapse(deadline, &patience));
    assert_eq!(signer.said(), [vote(0, false, None)]);
}

/// The engine sends them again from its tenth round on. Signed here they would be lies.
#[test]
fn nobody_says_proposals_of_others() {
    let value = [1; 32];
    let mut signer = Agreement::begin(1, 4, 0, 0);
    for by in [1, 2] {
        signer.hear(0, by, vote(10, false, Some(value)));
    }
    assert_eq!(signer.round(), 10);
    signer.hear(0, 3, proposal(10, value));
    let said: BTreeSet<_> = signer.said().iter().copied().collect();
    let votes = [false, true].map(|is_precommit| vote(10, is_precommit, Some(value)));
    assert_eq!(said, BTreeSet::from(votes));
}
