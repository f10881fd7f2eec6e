//! Trustees, the pieces of a key among them, and how many ballots a sum may hold.
//!
//! Of n trustees any t open a sum. For each t − 1 of them there is a piece that the others hold: so
//! any t hold all pieces together, and any t − 1 lack the one made against them.

use crate::params::{DIMENSION, MAX_SLOTS, NOISE_BITS, SMUDGE_BITS};

/// Most ballots of one sum opened with `pieces` pieces: even if every ballot carried the worst
/// noise that its proof lets through, the sum opens right, and [`smudging_bits`] stay above 13.
/// No ballots for more than 35 pieces.
pub const fn cap(pieces: usize) -> u32 {
    match pieces {
        0..=10 => 4_095,
        11..=35 => 2_047,
        _ => 0,
    }
}

/// The seats that hold each piece, of `n` trustees of whom any `t` open: the complements of the
/// (t − 1)-subsets, in the lexicographic order of the subsets.
pub fn pieces_of(n: u8, t: u8) -> Vec<Vec<u8>> {
    subsets(n, t.saturating_sub(1))
        .into_iter()
        .map(|out| (0..n).filter(|seat| !out.contains(seat)).collect())
        .collect()
}

/// All subsets of `size` seats of `n`, in lexicographic order.
pub(crate) fn subsets(n: u8, size: u8) -> Vec<Vec<u8>> {
    (0..size).fold(vec![vec![]], |found, _| {
        found
            .into_iter()
            .flat_map(|subset: Vec<u8>| {
                let from = subset.last().map_or(0, |last| last.saturating_add(1));
                (from..n).map(move |seat| subset.iter().copied().chain([seat]).collect())
            })
            .collect()
    })
}

/// By how many bits the number that hides in a share is wider than the noise it must hide, for a
/// sum of `ballots` honest ballots opened with `pieces` pieces.
///
/// The noise of a sum has three sources: the noise of each piece times the sum of what the voters
/// drew (which grows with the ballots, not with their root, since all voters use one key), the
/// voters' noise times the key, and the voters' noise. It is taken to lie evenly on the pieces. The
/// result is one of means: the slots of one vote share their draws and may lie a bit to either side.
pub fn smudging_bits(pieces: usize, ballots: u32) -> f64 {
    let pieces = f64::from(u32::try_from(pieces.max(1)).unwrap_or(u32::MAX));
    let ballots = f64::from(ballots.max(1));
    let dimension = f64::from(u32::try_from(DIMENSION).unwrap_or(u32::MAX));
    let draws = ballots * ballots / 4.0 + ballots / 4.0;
    let of_keys = pieces * dimension * draws;
    let of_voters = ballots * (dimension * (pieces + pieces * pieces) / 4.0 + 1.0);
    // Uniform noise from −2^b to 2^b has the variance 2^(2b) / 3.
    let variance = (of_keys + of_voters) / pieces / 3.0;
    let noise = f64::from(NOISE_BITS) + variance.log2() / 2.0;
    f64::from(NOISE_BITS.wrapping_add(SMUDGE_BITS)) - noise
}

/// The most that a slot of a sum lies off its count after its opening: `ballots` ballots of the
/// worst noise that their proofs let through, and `pieces` shares that hide by the most they can.
///
/// A proof bounds the Euclidean norm of a voter's noise by 2¹⁷ √(dimension + slots), so the inner
/// product with a key of coefficients up to `pieces` stays below 2¹⁷ `pieces` (dimension + slots).
pub(crate) fn worst_noise(pieces: u64, ballots: u32) -> u64 {
    let span = u64::try_from(
        DIMENSION
            .saturating_add(DIMENSION)
            .saturating_add(MAX_SLOTS),
    );
    let ballot = (span.unwrap_or(u64::MAX) << NOISE_BITS).saturating_mul(pieces);
    // Half the width of the number that hides, for its mean is taken off, and the noise under it.
    let hiding = (1_u64 << NOISE_BITS.wrapping_add(SMUDGE_BITS).wrapping_sub(1))
        .saturating_add(1 << NOISE_BITS)
        .saturating_mul(pieces);
    ballot.saturating_mul(ballots.into()).saturating_add(hiding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::STEP;

    #[test]
    fn pieces_are_held_by_those_outside_each_subset() {
        assert_eq!(pieces_of(3, 2), [[1, 2], [0, 2], [0, 1]]);
        assert_eq!(pieces_of(1, 1), [[0]]);
        let five = pieces_of(5, 3);
        assert_eq!(five.len(), 10);
        assert_eq!(five.first().unwrap(), &[2, 3, 4]);
        assert_eq!(five.last().unwrap(), &[0, 1, 2]);
        let seven = pieces_of(7, 4);
        assert_eq!(seven.len(), 35);
        assert!(seven.iter().all(|holders| holders.len() == 4));
        assert_eq!(seven.first().unwrap(), &[3, 4, 5, 6]);
    }

    #[test]
    fn at_its_cap_a_sum_opens_and_hides() {
        for pieces in [3, 10, 35] {
            let cap = cap(pieces);
            assert!(worst_noise(u64::try_from(pieces).unwrap(), cap) < STEP / 2);
            let bits = smudging_bits(pieces, cap);
            println!("{pieces} pieces, {cap} ballots: {bits:.1} bits");
            assert!(bits >= 13.0, "{pieces} pieces: {bits}");
        }
        // One slot alone wraps past 4,095.
        assert_eq!(u64::from(cap(3)), u64::MAX / STEP);
    }
}
