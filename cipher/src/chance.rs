//! Numbers drawn from a seed by BLAKE3: the same seed gives the same numbers on every device.

use zeroize::Zeroizing;

use crate::params::NOISE_BITS;

/// Hash of `parts`, each after its length, under `domain`.
pub(crate) fn hash(domain: &str, parts: &[&[u8]]) -> [u8; 32] {
    *hasher(domain, parts).finalize().as_bytes()
}

fn hasher(domain: &str, parts: &[&[u8]]) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new_derive_key(domain);
    for part in parts {
        let len = u64::try_from(part.len()).unwrap_or(u64::MAX);
        hasher.update(&len.to_le_bytes()).update(part);
    }
    hasher
}

/// A stream of numbers.
pub(crate) struct Chance(blake3::OutputReader);

impl Chance {
    /// The stream of `parts` under `domain`.
    pub(crate) fn new(domain: &str, parts: &[&[u8]]) -> Self {
        Self(hasher(domain, parts).finalize_xof())
    }

    /// The next bytes.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    /// The next `count` numbers of 64 bits.
    pub(crate) fn words(&mut self, count: usize) -> Zeroizing<Vec<u64>> {
        let mut bytes = Zeroizing::new(vec![0; count.saturating_mul(8)]);
        self.0.fill(&mut bytes);
        let (words, _) = bytes.as_chunks::<8>();
        Zeroizing::new(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
    }

    /// `count` numbers of 0 or 1.
    pub(crate) fn binary(&mut self, count: usize) -> Zeroizing<Vec<u64>> {
        let words = self.words(count.div_ceil(64));
        let bits = words
            .iter()
            .flat_map(|word| (0..u64::BITS).map(move |bit| (word >> bit) & 1));
        Zeroizing::new(bits.take(count).collect())
    }

    /// `count` numbers of `bits` bits.
    pub(crate) fn numbers(&mut self, count: usize, bits: u32) -> Zeroizing<Vec<u64>> {
        let mut words = self.words(count);
        for word in words.iter_mut() {
            *word &= (1_u64 << bits).wrapping_sub(1);
        }
        words
    }

    /// `count` numbers of noise: from −2^b to 2^b, both ends half as likely as the others.
    pub(crate) fn noise(&mut self, count: usize) -> Zeroizing<Vec<u64>> {
        let mut words = self.numbers(count, NOISE_BITS.wrapping_add(2));
        for word in words.iter_mut() {
            let rounded = (*word >> 1).wrapping_add(*word & 1);
            *word = rounded.wrapping_sub(1 << NOISE_BITS);
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_stream_and_parts_do_not_run_together() {
        let words = |parts: &[&[u8]]| Chance::new("commune test", parts).words(4);
        assert_eq!(words(&[b"ab", b"c"]), words(&[b"ab", b"c"]));
        assert_ne!(words(&[b"ab", b"c"]), words(&[b"a", b"bc"]));
    }

    #[test]
    fn noise_stays_in_its_bounds_and_reaches_all_of_them() {
        let noise = Chance::new("commune test", &[]).noise(1 << 20);
        let signed = noise.iter().map(|word| word.cast_signed());
        let (low, high) = (signed.clone().min().unwrap(), signed.clone().max().unwrap());
        assert!(low >= -(1 << 17) && high <= 1 << 17);
        assert!(low < -131_000 && high > 131_000, "{low} to {high}");
        let mean = signed.sum::<i64>() >> 20;
        assert!(mean.abs() < 400, "{mean}");
    }
}
