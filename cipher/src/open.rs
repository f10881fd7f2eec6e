//! The opening of a sum: the shares of all pieces taken off its slots leave the counts, and noise
//! that is too small to change them.

use crate::{
    layout::Layout,
    params::{NOISE_BITS, SMUDGE_BITS, STEP, TALLY_BITS},
    quorum::worst_noise,
    ring,
    share::Share,
    sum::Sum,
};

/// What a sum says, in the open.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tally {
    /// How many ballots set each slot.
    pub counts: Vec<u32>,
}

/// Why shares do not open a sum.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OpenError {
    /// The sum or a share is of another layout.
    #[error("{slots} slots, not {expected}")]
    Slots {
        /// How many.
        slots: usize,
        /// How many the layout has.
        expected: usize,
    },
    /// Some piece's share is missing, false or there twice.
    #[error("what the shares leave in slot {0} is no count: one is missing, false or there twice")]
    Noise(usize),
    /// More votes than ballots.
    #[error("{count} in slot {slot}, more than the {ballots} ballots")]
    Count {
        /// Which slot.
        slot: usize,
        /// What it says.
        count: u32,
        /// How many ballots were added.
        ballots: u32,
    },
}

/// Opens `sum` by the `shares`, one of every piece, which the caller verified.
///
/// # Errors
///
/// [`OpenError`] if the sizes differ or what is left is not what verified ballots and verified
/// shares leave. Wrong shares can pass for right ones by chance: it is their proofs that tell.
pub fn open(layout: &Layout, sum: &Sum, shares: &[&Share]) -> Result<Tally, OpenError> {
    let expected = layout.slots();
    let sizes = shares.iter().map(|share| share.values.len());
    if let Some(slots) = sizes
        .chain([sum.slots.len()])
        .find(|slots| *slots != expected)
    {
        return Err(OpenError::Slots { slots, expected });
    }
    let pieces = u64::try_from(shares.len()).unwrap_or(u64::MAX);
    let mut left = sum.slots.clone();
    for share in shares {
        ring::subtract(&mut left, &share.values);
    }
    // The mean of what hides is known and comes off.
    let half = 1_u64 << NOISE_BITS.wrapping_add(SMUDGE_BITS).wrapping_sub(1);
    let mean = pieces.wrapping_mul(half);
    let most = worst_noise(pieces, sum.count);
    let counts = left
        .into_iter()
        .enumerate()
        .map(|(slot, left)| read(slot, left.wrapping_add(mean), most, sum.count))
        .collect::<Result<_, _>>()?;
    Ok(Tally { counts })
}

fn read(slot: usize, left: u64, most: u64, ballots: u32) -> Result<u32, OpenError> {
    let rounded = left.wrapping_add(STEP >> 1) >> u64::BITS.wrapping_sub(TALLY_BITS);
    let noise = left.wrapping_sub(rounded.wrapping_mul(STEP)).cast_signed();
    if noise.unsigned_abs() > most {
        return Err(OpenError::Noise(slot));
    }
    let count = u32::try_from(rounded).unwrap_or(u32::MAX);
    if count > ballots {
        return Err(OpenError::Count {
            slot,
            count,
            ballots,
        });
    }
    Ok(count)
}
