//! Every quorum opens a sum, and none smaller does.

use std::collections::BTreeSet;

use super::{Election, slots};
use crate::{Layout, OpenError, Share, Sum, Tally, cheat, open, pieces_of, quorum::subsets};

/// The sum of three ballots without proofs, and what it says.
fn sum(election: &Election, layout: &Layout) -> (Sum, Tally) {
    let mut sum = Sum::new(layout);
    for (voter, set) in [&[0, 3][..], &[3], &[1, 3, 7]].into_iter().enumerate() {
        let values: Vec<u64> = slots(8, set).into_iter().map(u64::from).collect();
        let chance = [u8::try_from(voter).unwrap(); 32];
        sum.add(&cheat::unproven(&election.key, &values, &chance))
            .unwrap();
    }
    let counts = vec![1, 1, 0, 3, 0, 0, 0, 1];
    (sum, Tally { counts })
}

/// The share that the holder on a seat computes of a piece; nothing in it is of the seat.
fn share(election: &Election, piece: usize, sum: &Sum) -> Share {
    Share {
        values: election.seeds[piece].share_values(&election.context, sum, &[9; 32]),
        proofs: vec![],
    }
}

#[test]
fn every_quorum_opens_the_same_and_every_smaller_one_lacks_a_piece() {
    let layout = Layout::new(8, vec![]).unwrap();
    for (n, t) in [(3, 2), (5, 3), (7, 4)] {
        let election = Election::new(n, t);
        let (sum, tally) = sum(&election, &layout);
        let pieces = pieces_of(n, t);
        let shares: Vec<Share> = (0..pieces.len())
            .map(|piece| share(&election, piece, &sum))
            .collect();
        let held_by = |seats: &[u8]| -> BTreeSet<usize> {
            let held = |holders: &Vec<u8>| holders.iter().any(|seat| seats.contains(seat));
            let all = pieces.iter().enumerate();
            all.filter(|(_, holders)| held(holders))
                .map(|(piece, _)| piece)
                .collect()
        };

        for seats in subsets(n, t) {
            let held = held_by(&seats);
            assert_eq!(held.len(), pieces.len(), "{seats:?} of {n}");
            // Each piece by the highest seat that holds it: what a holder makes, all make.
            let made: Vec<Share> = held
                .iter()
                .map(|piece| share(&election, *piece, &sum))
                .collect();
            assert_eq!(made, shares);
            let opened = open(&layout, &sum, &made.iter().collect::<Vec<_>>());
            assert_eq!(opened.as_ref(), Ok(&tally), "{seats:?} of {n}");
        }
        for seats in subsets(n, t - 1) {
            let held = held_by(&seats);
            assert_eq!(held.len(), pieces.len() - 1, "{seats:?} of {n}");
            let some: Vec<&Share> = held.iter().map(|piece| &shares[*piece]).collect();
            assert!(open(&layout, &sum, &some).is_err(), "{seats:?} of {n}");
        }
    }
}

#[test]
fn shares_that_do_not_fit_open_nothing() {
    let (election, layout) = (Election::new(3, 2), Layout::new(8, vec![]).unwrap());
    let (sum, tally) = sum(&election, &layout);
    let shares: Vec<Share> = (0..3).map(|piece| share(&election, piece, &sum)).collect();
    let [a, b, c] = [&shares[0], &shares[1], &shares[2]];
    assert_eq!(open(&layout, &sum, &[c, a, b]), Ok(tally));
    assert!(matches!(
        open(&layout, &sum, &[a, b, b]),
        Err(OpenError::Noise(_))
    ));
    assert!(matches!(open(&layout, &sum, &[]), Err(OpenError::Noise(_))));

    // Without its proof a share could take a vote that is not there; four are more than voted.
    let fewer = cheat::shifted(a);
    let said = open(&layout, &sum, &[&fewer, b, c]).unwrap();
    assert_eq!(said.counts.first(), Some(&0));
    let under = cheat::shifted(&fewer);
    let count = OpenError::Count {
        slot: 0,
        count: 4_095,
        ballots: 3,
    };
    assert_eq!(open(&layout, &sum, &[&under, b, c]), Err(count));

    let mut short = a.clone();
    short.values.pop();
    let size = OpenError::Slots {
        slots: 7,
        expected: 8,
    };
    assert_eq!(open(&layout, &sum, &[&short, b, c]), Err(size));
}

#[test]
fn a_public_value_is_that_of_its_seed_or_seen_not_to_be() {
    let election = Election::new(3, 2);
    let [mine, theirs] = [&election.seeds[0], &election.seeds[1]];
    // A holder who waits for the values of others cannot choose his own after them: the other
    // holders of his piece recompute it from the seed he gave them.
    assert_eq!(mine.public(&election.context), election.publics[0]);
    let mut chosen = election.publics[0].encode();
    chosen[0] ^= 1;
    assert_ne!(
        crate::Public::decode(&chosen).unwrap(),
        mine.public(&election.context)
    );
    assert_ne!(theirs.public(&election.context), election.publics[0]);

    // Another vote has another base and another secret.
    let other = crate::Context {
        vote: [43; 32],
        ..election.context
    };
    assert_ne!(mine.public(&other), election.publics[0]);
    assert_ne!(
        mine.secret(&other).binary,
        mine.secret(&election.context).binary
    );
}
