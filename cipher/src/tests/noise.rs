//! The noise of sums: the worst that proofs let through, and what shares have to hide.

use super::Election;
use crate::{
    Layout, Share, Sum, cap,
    chance::Chance,
    cheat, lattice, open,
    params::{DIMENSION, NOISE_BITS, SMUDGE_BITS, STEP},
    quorum::worst_noise,
    ring, smudging_bits,
};

/// What the shares would be if they hid nothing.
fn exact(election: &Election, sum: &Sum) -> Vec<Vec<u64>> {
    let secrets = election
        .seeds
        .iter()
        .map(|seed| seed.secret(&election.context));
    secrets
        .map(|secret| lattice::slots(&sum.mask, &secret.binary, sum.slots.len()))
        .collect()
}

#[test]
fn sums_of_the_worst_ballots_at_the_cap_open_right_with_the_worst_shares() {
    for (n, t) in [(3, 2), (5, 3), (7, 4)] {
        let election = Election::new(n, t);
        let pieces = election.seeds.len();
        let most = cap(pieces);
        let counts = vec![0, 1, most / 2, most - 1, most];
        let layout = Layout::new(counts.len(), vec![]).unwrap();
        let hiding = u64::try_from(pieces).unwrap() << (NOISE_BITS + SMUDGE_BITS - 1);
        let worst = worst_noise(u64::try_from(pieces).unwrap(), most) - hiding;
        for up in [true, false] {
            let mask = Chance::new("commune test mask", &[])
                .words(DIMENSION)
                .to_vec();
            let slots = counts
                .iter()
                .map(|count| u64::from(*count).wrapping_mul(STEP))
                .collect();
            let mut sum = Sum {
                count: most,
                mask,
                slots,
            };
            let exact = exact(&election, &sum);
            let off = if up { worst } else { worst.wrapping_neg() };
            for slot in &mut sum.slots {
                *slot = slot.wrapping_add(off);
            }
            // A share that hides in nothing lifts what is left by half the width, the other way
            // one that hides in the most.
            let hide = if up {
                0
            } else {
                ((1 << SMUDGE_BITS) - 1) << NOISE_BITS
            };
            let shares: Vec<Share> = exact
                .into_iter()
                .map(|values| {
                    ring::add(&mut sum.slots, &values);
                    let values = values
                        .iter()
                        .map(|value| value.wrapping_add(hide))
                        .collect();
                    Share {
                        values,
                        proofs: vec![],
                    }
                })
                .collect();
            let tally = open(&layout, &sum, &shares.iter().collect::<Vec<_>>()).unwrap();
            assert_eq!(tally.counts, counts, "{t} of {n}, up: {up}");
        }
    }
}

#[test]
fn shares_hide_by_as_many_bits_as_computed() {
    let election = Election::new(5, 3);
    // As many slots as there are coefficients: neighbours share their draws, so fewer say little.
    let mut sum = Sum {
        count: 0,
        mask: vec![0; DIMENSION],
        slots: vec![0; DIMENSION],
    };
    for voter in 0..100_u8 {
        let ballot = cheat::unproven(&election.key, &[0; DIMENSION], &[voter; 32]);
        sum.add(&ballot).unwrap();
        if ![10, 100].contains(&sum.count()) {
            continue;
        }
        let mut left = sum.slots.clone();
        for values in exact(&election, &sum) {
            ring::subtract(&mut left, &values);
        }
        let squares = left.iter().map(|noise| {
            let noise = f64::from(i32::try_from(noise.cast_signed() >> 8).unwrap()) * 256.0;
            noise * noise
        });
        let of_a_piece = (squares.sum::<f64>() / 2_048.0 / 10.0).sqrt().log2();
        let measured = f64::from(NOISE_BITS + SMUDGE_BITS) - of_a_piece;
        let computed = smudging_bits(10, sum.count());
        println!(
            "{} ballots: {measured:.1} bits measured, {computed:.1} computed",
            sum.count()
        );
        assert!((measured - computed).abs() < 1.0, "{measured} {computed}");
    }
}

#[test]
fn sums_are_the_same_in_any_order_and_in_parts() {
    let election = Election::new(3, 2);
    let layout = Layout::new(3, vec![]).unwrap();
    let ballots: Vec<_> = (0..5_u8)
        .map(|voter| cheat::unproven(&election.key, &[1, 0, 1], &[voter; 32]))
        .collect();
    let sum = |voters: &[usize]| {
        let mut sum = Sum::new(&layout);
        for voter in voters {
            sum.add(&ballots[*voter]).unwrap();
        }
        sum
    };
    let (whole, mut parts) = (sum(&[0, 1, 2, 3, 4]), sum(&[4, 1]));
    parts.merge(&sum(&[3, 0, 2])).unwrap();
    assert_eq!(parts.hash(), whole.hash());
    assert_eq!(parts.count(), 5);
    assert_ne!(sum(&[0, 1, 2, 3]).hash(), whole.hash());
    // Once more is not the same sum, even of an empty ballot.
    assert_ne!(sum(&[0, 1, 2, 3, 4, 4]).hash(), whole.hash());
}
