//! A keyed sum over a set: two sets with the same one are equal.

use std::iter::Sum;

/// What one entry adds to a [`SetSum`]: 128 bits that nobody could foresee before the salt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Weight(u128);

impl Weight {
    pub(super) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

/// Count and sum of a set's weights, modulo 2⁶⁴ and 2¹²⁸; the order does not matter.
///
/// Two sets that differ have the same sum with a chance of 2⁻¹²⁸, as long as they were fixed before
/// the salt. Compare only sums of one salt.
///
/// ```text
/// count   8 B big-endian
/// sum    16 B big-endian
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SetSum {
    count: u64,
    sum: u128,
}

impl SetSum {
    /// Bytes on the wire.
    pub const LEN: usize = 24;

    /// Adds an entry, which MUST NOT be in the set yet.
    pub const fn insert(&mut self, weight: Weight) {
        self.count = self.count.wrapping_add(1);
        self.sum = self.sum.wrapping_add(weight.0);
    }

    /// Takes an entry out, which MUST be in the set.
    pub const fn remove(&mut self, weight: Weight) {
        self.count = self.count.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(weight.0);
    }

    /// Entries in the set.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Reads count and sum.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        let [a, b, c, d, e, f, g, h, sum @ ..] = bytes;
        Self {
            count: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            sum: u128::from_be_bytes(sum),
        }
    }

    /// Count and sum, big-endian.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let (count, sum) = bytes.split_at_mut(8);
        count.copy_from_slice(&self.count.to_be_bytes());
        sum.copy_from_slice(&self.sum.to_be_bytes());
        bytes
    }
}

impl Sum<Weight> for SetSum {
    fn sum<I: Iterator<Item = Weight>>(weights: I) -> Self {
        weights.fold(Self::default(), |mut sum, weight| {
            sum.insert(weight);
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Salt, *};

    fn weight(entry: u8) -> Weight {
        Salt::new([9; 32]).hash(&[entry; 32]).1
    }

    #[test]
    fn the_order_does_not_matter() {
        let forth: SetSum = (0..50).map(weight).sum();
        let back: SetSum = (0..50).rev().map(weight).sum();
        assert_eq!(forth, back);
        assert_eq!(forth.count(), 50);
    }

    #[test]
    fn what_is_taken_out_was_never_in() {
        let mut sum: SetSum = (0..10).map(weight).sum();
        (5..10).for_each(|entry| sum.remove(weight(entry)));
        assert_eq!(sum, (0..5).map(weight).sum());
    }

    #[test]
    fn one_entry_for_another_changes_the_sum() {
        let one: SetSum = [1, 2, 3].map(weight).into_iter().sum();
        let other: SetSum = [1, 2, 4].map(weight).into_iter().sum();
        assert_ne!(one, other);
    }

    #[test]
    fn bytes_go_there_and_back() {
        let sum: SetSum = (0..3).map(weight).sum();
        assert_eq!(SetSum::from_bytes(sum.to_bytes()), sum);
        assert_eq!(sum.to_bytes()[..8], 3_u64.to_be_bytes());
    }
}
