//! About how many items differ, known before the first symbol is sent.
//!
//! Each item has 128 coins. Counter *j* of a set is the number of its items whose coin *j* shows
//! one. Of two sets, the items that both hold cancel out of a counter's difference, and each of the
//! `d` others moves it by a fair ±½: its variance is d/4, and 128 counters tell d within an eighth
//! (a standard deviation). This is the sketch of [Alon, Matias and Szegedy].
//!
//! ```text
//! items      how many the set holds                  var
//! counters   128 × (number of ones / 4) mod 256      128 B
//! ```
//!
//! What a counter leaves out costs little. Steps of 4 blur a difference by a known variance, and
//! 256 of them hold four standard deviations of 65,000 differences, more than a session's symbols
//! decode.
//!
//! [Alon, Matias and Szegedy]: https://doi.org/10.1006/jcss.1997.1545

/// Counters of a set.
pub const COUNTERS: usize = 128;

/// Bits of a counter: the lowest two are not sent, and eight are.
const PLANES: usize = 10;

/// Variance that steps of 4 on both sides add to twice a counter's difference.
const BLUR: u64 = 10;

/// An item's coins, which nobody could foresee before the salt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Coins(u128);

impl Coins {
    pub(super) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

/// The counters of one set while it is counted: bit j of plane i is bit i of counter j, so that an
/// item is added to all of them in two or three steps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    items: u64,
    planes: [u128; PLANES],
}

impl Counters {
    /// Adds an item, which MUST NOT be in the set yet.
    pub fn insert(&mut self, coins: Coins) {
        self.items = self.items.saturating_add(1);
        let mut carry = coins.0;
        for plane in &mut self.planes {
            let next = *plane & carry;
            *plane ^= carry;
            carry = next;
            if carry == 0 {
                return;
            }
        }
    }

    /// What the other side is told.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let [_, _, planes @ ..] = self.planes;
        let mut counters = [0_u8; COUNTERS];
        for (lane, counter) in counters.iter_mut().enumerate() {
            for (bit, plane) in planes.iter().enumerate() {
                let is_one = (plane >> lane) & 1 == 1;
                *counter |= u8::from(is_one) << bit;
            }
        }
        Summary {
            items: self.items,
            counters,
        }
    }
}

/// How much a set holds, and what tells it from another one's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Summary {
    /// Items in the set.
    pub items: u64,
    /// Its counters.
    pub counters: [u8; COUNTERS],
}

impl Summary {
    /// About how many items only one of the two sets holds: a standard deviation of an eighth, and
    /// never less than their sizes tell.
    #[must_use]
    pub fn differences(&self, other: &Self) -> u64 {
        let surplus = self.items.abs_diff(other.items);
        let squares = self
            .counters
            .iter()
            .zip(&other.counters)
            .map(|(own, their)| {
                // Twice the ones less all items is the sum of ±1: modulo 2,048, nearest to zero.
                let ones = u64::from(own.wrapping_sub(*their)).wrapping_mul(8);
                let items = self.items.wrapping_sub(other.items);
                let sum = items.wrapping_sub(ones) & 2_047;
                let distance = sum.min(2_048_u64.wrapping_sub(sum));
                distance.wrapping_mul(distance)
            })
            .fold(0, u64::saturating_add);
        let mean = squares >> COUNTERS.ilog2();
        mean.saturating_sub(BLUR).max(surplus)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::as_conversions, reason = "tests count small things")]

    use super::{super::Salt, *};

    fn summary(salt: u8, items: impl Iterator<Item = u32>) -> Summary {
        let salt = Salt::new([salt; 32]);
        let mut counters = Counters::default();
        for item in items {
            counters.insert(salt.hash(blake3::hash(&item.to_be_bytes()).as_bytes()).1);
        }
        counters.summary()
    }

    #[test]
    fn a_counter_is_the_number_of_ones() {
        let mut counters = Counters::default();
        (0..2_000).for_each(|n: u128| counters.insert(Coins(n << 3 | 1)));
        let Summary { items, counters } = counters.summary();
        assert_eq!(items, 2_000);
        assert_eq!(
            counters[..5],
            [(2_000_u32 / 4 % 256) as u8, 0, 0, 250, 250],
            "a coin that always shows one, two that never do, two that do every other time"
        );
    }

    #[test]
    fn equal_sets_differ_in_nothing() {
        assert_eq!(summary(1, 0..5_000), summary(1, (0..5_000).rev()));
        let one = summary(1, 0..5_000);
        assert_eq!(one.differences(&one), 0);
    }

    #[test]
    fn the_estimate_is_an_eighth_off_whoever_holds_more() {
        for (differences, one_sided) in [(100, 0), (100, 100), (1_000, 300), (30_000, 30_000)] {
            let (mut squares, runs) = (0.0, 24);
            for salt in 0..runs {
                let both = (differences - one_sided) / 2;
                let ours = summary(salt, 0..40_000 + both);
                let theirs = (0..40_000).chain(50_000..50_000 + both + one_sided);
                let found = summary(salt, theirs).differences(&ours);
                let error = found as f64 / f64::from(differences) - 1.0;
                assert!(error.abs() < 0.5, "{found} for {differences}");
                squares += error * error;
            }
            let deviation = (squares / f64::from(runs)).sqrt();
            println!("{differences} differ, {one_sided} of surplus: {deviation:.3}");
            assert!(deviation < 0.2, "{deviation}");
        }
    }
}
