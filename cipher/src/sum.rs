//! The sum of ballots: as large as one, whatever their number, and the same in any order.
//!
//! | bytes | of a sum |
//! |------:|----------|
//! |     4 | how many ballots, low byte first |
//! | 16,384 | mask |
//! | 8 a slot | the slots, encrypted |

use crate::{
    ballot::Ballot,
    layout::Layout,
    params::{DIMENSION, PUBLIC_LEN},
    ring,
};

/// Ballots added up, still encrypted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sum {
    pub(crate) count: u32,
    pub(crate) mask: Vec<u64>,
    pub(crate) slots: Vec<u64>,
}

/// Why nothing can be added, or bytes are no sum.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SumError {
    /// Of another layout.
    #[error("{slots} slots, not the {expected} of the sum")]
    Slots {
        /// How many.
        slots: usize,
        /// How many the sum has.
        expected: usize,
    },
    /// More ballots than can be counted.
    #[error("more than {} ballots", u32::MAX)]
    Count,
    /// Too few or too many bytes.
    #[error("sum of {len} bytes, not {expected}")]
    Length {
        /// How many there are.
        len: usize,
        /// How many the layout takes.
        expected: usize,
    },
}

impl Sum {
    /// No ballots.
    pub fn new(layout: &Layout) -> Self {
        Self {
            count: 0,
            mask: vec![0; DIMENSION],
            slots: vec![0; layout.slots()],
        }
    }

    /// One ballot more, whose proofs the caller verified.
    ///
    /// # Errors
    ///
    /// [`SumError`] if the ballot is of another layout; nothing is added then.
    pub fn add(&mut self, ballot: &Ballot) -> Result<(), SumError> {
        self.add_numbers(1, &ballot.mask, &ballot.slots)
    }

    /// The ballots of `other` too.
    ///
    /// # Errors
    ///
    /// [`SumError`] if it is of another layout; nothing is added then.
    pub fn merge(&mut self, other: &Self) -> Result<(), SumError> {
        self.add_numbers(other.count, &other.mask, &other.slots)
    }

    fn add_numbers(&mut self, count: u32, mask: &[u64], slots: &[u64]) -> Result<(), SumError> {
        if slots.len() != self.slots.len() {
            return Err(SumError::Slots {
                slots: slots.len(),
                expected: self.slots.len(),
            });
        }
        self.count = self.count.checked_add(count).ok_or(SumError::Count)?;
        ring::add(&mut self.mask, mask);
        ring::add(&mut self.slots, slots);
        Ok(())
    }

    /// How many ballots.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// BLAKE3 of [`Self::encode`], which all who added the same ballots have.
    pub fn hash(&self) -> [u8; 32] {
        *blake3::hash(&self.encode()).as_bytes()
    }

    /// The sum as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.count.to_le_bytes().to_vec();
        bytes.extend(ring::to_bytes(&self.mask));
        bytes.extend(ring::to_bytes(&self.slots));
        bytes
    }

    /// Reads a sum; any bytes of the right number are one.
    ///
    /// # Errors
    ///
    /// [`SumError`] if the length is not that of the layout.
    pub fn decode(layout: &Layout, bytes: &[u8]) -> Result<Self, SumError> {
        let expected =
            PUBLIC_LEN.saturating_add(layout.slots().saturating_mul(8).saturating_add(4));
        let wrong = SumError::Length {
            len: bytes.len(),
            expected,
        };
        if bytes.len() != expected {
            return Err(wrong);
        }
        let (count, rest) = bytes.split_first_chunk::<4>().ok_or(wrong)?;
        let (mask, slots) = rest.split_at_checked(PUBLIC_LEN).ok_or(wrong)?;
        Ok(Self {
            count: u32::from_le_bytes(*count),
            mask: ring::from_bytes(mask),
            slots: ring::from_bytes(slots),
        })
    }
}
