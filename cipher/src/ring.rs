//! Polynomials of [`DIMENSION`] coefficients of 64 bits, where X to that power is −1, and numbers
//! as bytes.

use crate::params::DIMENSION;

/// `into` plus `other`, coefficient by coefficient.
pub(crate) fn add(into: &mut [u64], other: &[u64]) {
    for (into, other) in into.iter_mut().zip(other) {
        *into = into.wrapping_add(*other);
    }
}

/// `into` minus `other`, coefficient by coefficient.
pub(crate) fn subtract(into: &mut [u64], other: &[u64]) {
    for (into, other) in into.iter_mut().zip(other) {
        *into = into.wrapping_sub(*other);
    }
}

/// The polynomial times X^`by`: what encrypts to slot 0 with it encrypts to slot `by` without.
pub(crate) fn rotated(polynomial: &[u64], by: usize) -> impl Iterator<Item = u64> {
    let at = polynomial.len().saturating_sub(by);
    let (stay, wrap) = polynomial.split_at_checked(at).unwrap_or((polynomial, &[]));
    let wrapped = wrap.iter().map(|number| number.wrapping_neg());
    wrapped.chain(stay.iter().copied())
}

/// The polynomial times the sum of X^j for the `slots` j.
pub(crate) fn gathered(polynomial: &[u64], slots: std::ops::Range<usize>) -> Vec<u64> {
    let mut sum = vec![0_u64; DIMENSION];
    for slot in slots {
        for (sum, number) in sum.iter_mut().zip(rotated(polynomial, slot)) {
            *sum = sum.wrapping_add(number);
        }
    }
    sum
}

/// Eight bytes of each number, the low ones first.
pub(crate) fn to_bytes(numbers: &[u64]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

/// The numbers of whole groups of eight bytes.
pub(crate) fn from_bytes(bytes: &[u8]) -> Vec<u64> {
    let (words, _) = bytes.as_chunks::<8>();
    words.iter().map(|word| u64::from_le_bytes(*word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_turned_past_the_end_comes_back_negated() {
        let turned: Vec<u64> = rotated(&[1, 2, 3, 4], 1).collect();
        assert_eq!(turned, [4_u64.wrapping_neg(), 1, 2, 3]);
        let bytes = to_bytes(&turned);
        assert_eq!(from_bytes(&bytes), turned);
    }
}
