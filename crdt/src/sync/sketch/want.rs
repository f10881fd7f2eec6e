//! Which short ids one side asks of the other: some 2.7 bytes each for a thousand of a million.
//!
//! The other side needs only so many leading bits of a short id as tell its own entries apart.
//! Prefixes are sent in order, as gaps in [Rice coding]. A prefix may fit an entry that was not
//! meant: it is sent for nothing.
//!
//! ```text
//! bits    u8       bits of a prefix, 8..=40
//! rice    u8       low bits of a gap, 0..bits
//! count   u16      prefixes, 1..=16,384
//! then bits, the highest of each byte first, zeros up to the last byte's end:
//!   first prefix   bits
//!   each gap − 1   quotient by 2^rice as that many zeros and a one, remainder in rice bits
//! ```
//!
//! [Rice coding]: https://doi.org/10.1109/ICASSP.1979.1170680

use std::ops::RangeInclusive;

use thiserror::Error;

use super::ShortId;

/// Most prefixes in one want: at 40 bits and evenly spread, 57 KiB, so that it fits a frame.
pub const MAX_PREFIXES: usize = 16_384;

/// Longest want accepted, in bytes: a frame of 64 KiB, less some room for what is around it.
pub const MAX_WANT_LEN: usize = 65_000;

const MIN_BITS: u8 = 8;
const MAX_BITS: u8 = 40;

/// Bits beyond those that number the other side's entries: one prefix of 1,024 fits an entry that
/// was not meant. At 200 bytes an entry that costs 0.2 bytes a prefix; one bit more would cost as
/// much as it saves.
const SPARE_BITS: u32 = 10;

/// A set of short ids, known by their leading bits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Want {
    bits: u8,
    /// Ascending, each once, never empty.
    prefixes: Vec<u64>,
}

/// Why a want was refused.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum WantError {
    /// Longer than a frame holds.
    #[error("want has {0} bytes, the limit is {MAX_WANT_LEN}")]
    TooLong(usize),
    /// It ends too early.
    #[error("want ends within a prefix")]
    Truncated,
    /// Prefixes or gaps of a length out of range.
    #[error("want has prefixes of {bits} bits and gaps of {rice}")]
    Bits {
        /// Bits of a prefix.
        bits: u8,
        /// Low bits of a gap.
        rice: u8,
    },
    /// No prefix, or too many.
    #[error("want has {0} prefixes, the limit is {MAX_PREFIXES}")]
    Count(u16),
    /// A prefix has more bits than it should.
    #[error("want has a prefix out of range")]
    Range,
    /// Something follows the last prefix.
    #[error("want goes on after its last prefix")]
    Trailing,
}

impl Want {
    /// Asks for these ids of a side that holds `their_count`, in as many wants as it takes.
    #[must_use]
    pub fn split(ids: impl IntoIterator<Item = ShortId>, their_count: u64) -> Vec<Self> {
        let number_bits = u64::BITS.saturating_sub(their_count.leading_zeros());
        let bits = u8::try_from(number_bits.saturating_add(SPARE_BITS))
            .unwrap_or(MAX_BITS)
            .clamp(MIN_BITS, MAX_BITS);
        let mut prefixes: Vec<u64> = ids.into_iter().map(|id| id.0 >> dropped(bits)).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        prefixes
            .chunks(MAX_PREFIXES)
            .map(|chunk| Self {
                bits,
                prefixes: chunk.to_vec(),
            })
            .collect()
    }

    /// Ranges of short ids that are asked for, ascending. They do not overlap.
    pub fn ranges(&self) -> impl Iterator<Item = RangeInclusive<ShortId>> {
        let dropped = dropped(self.bits);
        self.prefixes.iter().map(move |prefix| {
            let low = prefix << dropped;
            ShortId(low)..=ShortId(low | low_bits(dropped))
        })
    }

    /// Whether this id is asked for.
    #[must_use]
    pub fn contains(&self, id: ShortId) -> bool {
        self.prefixes
            .binary_search(&(id.0 >> dropped(self.bits)))
            .is_ok()
    }

    /// Number of prefixes, at least 1.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a want is never empty")]
    pub fn len(&self) -> usize {
        self.prefixes.len()
    }

    /// Bytes for the wire.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let rice = self.best_rice();
        let count = u16::try_from(self.prefixes.len()).unwrap_or(u16::MAX);
        let mut out = BitWriter {
            bytes: vec![self.bits, rice],
            used: 0,
        };
        out.bytes.extend_from_slice(&count.to_be_bytes());
        if let Some(first) = self.prefixes.first() {
            out.put(*first, self.bits);
        }
        for gap in self.gaps() {
            for _ in 0..gap >> rice {
                out.put(0, 1);
            }
            out.put(1, 1);
            out.put(gap & low_bits(rice), rice);
        }
        out.bytes
    }

    /// Reads a want.
    ///
    /// # Errors
    ///
    /// [`WantError`]; each want has its prefixes ascending by the form itself.
    pub fn decode(bytes: &[u8]) -> Result<Self, WantError> {
        if bytes.len() > MAX_WANT_LEN {
            return Err(WantError::TooLong(bytes.len()));
        }
        let (&[bits, rice, high, low], rest) =
            bytes.split_first_chunk().ok_or(WantError::Truncated)?;
        if !(MIN_BITS..=MAX_BITS).contains(&bits) || rice >= bits {
            return Err(WantError::Bits { bits, rice });
        }
        let count = u16::from_be_bytes([high, low]);
        if count == 0 || usize::from(count) > MAX_PREFIXES {
            return Err(WantError::Count(count));
        }
        let mut input = BitReader {
            bytes: rest,
            used: 0,
        };
        let mut last = input.take(bits).ok_or(WantError::Truncated)?;
        let mut prefixes = vec![last];
        for _ in 1..count {
            let gap = input.gap(rice, low_bits(bits))?;
            last = last.saturating_add(gap).saturating_add(1);
            if last > low_bits(bits) {
                return Err(WantError::Range);
            }
            prefixes.push(last);
        }
        if !input.is_at_end() {
            return Err(WantError::Trailing);
        }
        Ok(Self { bits, prefixes })
    }

    /// Each prefix less the one before it, less 1.
    fn gaps(&self) -> impl Iterator<Item = u64> {
        let later = self.prefixes.iter().skip(1);
        self.prefixes
            .iter()
            .zip(later)
            .map(|(a, b)| b.saturating_sub(*a).saturating_sub(1))
    }

    /// The low bits of a gap that make it shortest: near the logarithm of the mean gap.
    fn best_rice(&self) -> u8 {
        let (count, sum) = self.gaps().fold((0_u64, 0_u64), |(n, sum), gap| {
            (n.saturating_add(1), sum.saturating_add(gap))
        });
        let mean = sum.checked_div(count).unwrap_or(0);
        let log = u8::try_from(mean.checked_ilog2().unwrap_or(0)).unwrap_or(0);
        let cost = |rice: u8| {
            self.gaps().fold(0_u64, |cost, gap| {
                cost.saturating_add(gap >> rice).saturating_add(rice.into())
            })
        };
        let (lower, upper) = (log.saturating_sub(1), log.min(self.bits.saturating_sub(1)));
        if cost(lower) < cost(upper) {
            lower
        } else {
            upper
        }
    }
}

/// Bits of a short id that a prefix lacks.
const fn dropped(bits: u8) -> u8 {
    48_u8.saturating_sub(bits)
}

/// The number whose lowest bits, fewer than 64, are ones.
const fn low_bits(bits: u8) -> u64 {
    (1_u64 << (bits & 63)).wrapping_sub(1)
}

struct BitWriter {
    bytes: Vec<u8>,
    /// Bits used of the last byte; 0 says that it is full.
    used: u8,
}

impl BitWriter {
    /// Appends the lowest `bits` bits, the highest of them first.
    fn put(&mut self, value: u64, bits: u8) {
        for shift in (0..bits).rev() {
            let bit = value >> shift & 1 == 1;
            if self.used == 0 {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut().filter(|_| bit) {
                *last |= 0x80 >> self.used;
            }
            self.used = self.used.wrapping_add(1) & 7;
        }
    }
}

struct BitReader<'a> {
    bytes: &'a [u8],
    /// Bits read.
    used: usize,
}

impl BitReader<'_> {
    fn bit(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.used / 8)?;
        let bit = byte & (0x80 >> (self.used & 7)) != 0;
        self.used = self.used.wrapping_add(1);
        Some(bit)
    }

    fn take(&mut self, bits: u8) -> Option<u64> {
        (0..bits).try_fold(0, |value, _| Some(value << 1 | u64::from(self.bit()?)))
    }

    /// A gap of at most `max`.
    fn gap(&mut self, rice: u8, max: u64) -> Result<u64, WantError> {
        let mut quotient = 0_u64;
        while !self.bit().ok_or(WantError::Truncated)? {
            quotient = quotient.saturating_add(1);
            if quotient > max >> rice {
                return Err(WantError::Range);
            }
        }
        Ok(quotient << rice | self.take(rice).ok_or(WantError::Truncated)?)
    }

    /// Whether only zeros of the last byte are left.
    fn is_at_end(&mut self) -> bool {
        if self.used.div_ceil(8) != self.bytes.len() {
            return false;
        }
        while let Some(bit) = self.bit() {
            if bit {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, test_runner::RngSeed};

    use super::{super::Salt, *};

    fn id(number: u64) -> ShortId {
        Salt::new([3; 32]).short_id(&std::array::from_fn(|i| number.to_be_bytes()[i % 8]))
    }

    #[test]
    fn a_thousand_of_a_million_cost_under_3_bytes_each() {
        let wants = Want::split((0..1_000).map(id), 1_000_000);
        let [want] = &wants[..] else {
            panic!("one want")
        };
        let bytes = want.encode().len();
        println!("1,000 of 10⁶: {bytes} bytes");
        assert!(bytes < 3_000, "{bytes} bytes");
    }

    #[test]
    fn hardly_an_entry_is_sent_for_nothing() {
        let wants = Want::split((0..1_000).map(id), 100_000);
        let extra = (1_000..101_000)
            .filter(|n| wants[0].contains(id(*n)))
            .count();
        assert!(extra <= 5, "{extra} entries that nobody asked for");
    }

    #[test]
    fn nothing_wanted_is_nothing_said() {
        assert_eq!(Want::split([], 1_000), []);
    }

    #[test]
    fn many_are_split_so_that_each_fits_a_frame() {
        let wants = Want::split((0..40_000).map(id), u64::MAX);
        assert_eq!(wants.len(), 3);
        assert!(wants.iter().all(|want| want.encode().len() <= MAX_WANT_LEN));
        assert!(
            (0..40_000)
                .map(id)
                .all(|id| wants.iter().any(|want| want.contains(id)))
        );
    }

    #[test]
    fn these_bytes_say_this() {
        let ids = [0x0012_3456_789a, 0x8000_0000_0000, 0xffff_ffff_ffff].map(ShortId);
        let [want] = &Want::split(ids, 3)[..] else {
            panic!("one want")
        };
        // 12 bits: 0x001, 0x800, 0xfff; gaps less 1: 0x7fe, 0x7fe; ten low bits, quotient 1.
        assert_eq!(want.encode(), [12, 10, 0, 3, 0x00, 0x17, 0xfe, 0x7f, 0xe0]);
        let ranges: Vec<_> = want.ranges().collect();
        assert_eq!(
            ranges[1],
            ShortId(0x8000_0000_0000)..=ShortId(0x800f_ffff_ffff)
        );
    }

    #[test]
    fn out_of_range_is_refused() {
        let refused = |bytes: &[u8]| Want::decode(bytes).unwrap_err();
        assert_eq!(
            refused(&[7, 0, 0, 1, 0]),
            WantError::Bits { bits: 7, rice: 0 }
        );
        assert_eq!(
            refused(&[41, 0, 0, 1, 0]),
            WantError::Bits { bits: 41, rice: 0 }
        );
        assert_eq!(
            refused(&[8, 8, 0, 1, 0]),
            WantError::Bits { bits: 8, rice: 8 }
        );
        assert_eq!(refused(&[8, 0, 0, 0, 0]), WantError::Count(0));
        assert_eq!(refused(&[8, 0, 0x40, 1, 0]), WantError::Count(16_385));
        assert_eq!(refused(&[8, 0, 0, 1]), WantError::Truncated);
        assert_eq!(refused(&[8, 0, 0, 2, 0xff, 0x80]), WantError::Range);
        assert_eq!(
            refused(&[8, 0, 0, 2, 0xfe, 0x81]),
            WantError::Trailing,
            "a bit after the end"
        );
        assert_eq!(
            refused(&[8, 0, 0, 1, 0xfe, 0]),
            WantError::Trailing,
            "a byte after the end"
        );
        assert_eq!(
            refused(&vec![8; MAX_WANT_LEN + 1]),
            WantError::TooLong(MAX_WANT_LEN + 1)
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

        #[test]
        fn a_want_comes_back_as_it_was(ids in prop::collection::vec(0..1_u64 << 48, 1..300), count: u64) {
            let wants = Want::split(ids.iter().copied().map(ShortId), count);
            prop_assert_eq!(wants.len(), 1);
            let bytes = wants[0].encode();
            prop_assert_eq!(Want::decode(&bytes), Ok(wants[0].clone()));
            prop_assert!(ids.iter().all(|id| wants[0].contains(ShortId(*id))));
            prop_assert!(ids.iter().all(|id| wants[0].ranges().any(|range| range.contains(&ShortId(*id)))));
            for len in 0..bytes.len() {
                prop_assert!(Want::decode(&bytes[..len]).is_err());
            }
        }

        #[test]
        fn any_bytes_give_a_want_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200), bits in 8..=40_u8, rice in 0..40_u8, count in 1..300_u16) {
            let _ = Want::decode(&bytes);
            let mut framed = vec![bits, rice];
            framed.extend(count.to_be_bytes());
            framed.extend(bytes);
            if let Ok(want) = Want::decode(&framed) {
                prop_assert_eq!(want.len(), usize::from(count));
                prop_assert!(want.prefixes.is_sorted_by(|a, b| a < b));
            }
        }
    }
}
