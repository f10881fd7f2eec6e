//! Two sets that differ, the same for all who reconcile them.
//!
//! An entry is a number. It was made at the time of its number, by the device `number % logs`, so
//! that the newest entries are the last ones of every log.

use std::time::Duration;

/// Devices that write that many entries in turn: 1,000, or more where each would write over 250,
/// since a log takes no more than 256 at one height.
#[must_use]
pub fn logs(entries: u32) -> u32 {
    entries.div_ceil(250).max(1_000)
}

/// Which entries differ.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// Evenly over all times.
    Spread,
    /// Those made last.
    Newest,
}

/// Who holds an entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Holder {
    /// Both sides.
    Both,
    /// The side that speaks first.
    Left,
    /// The side that answers.
    Right,
}

/// Who lacks what differs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Lack {
    /// Both sides, in turn: their counts are equal, and show nothing.
    Both,
    /// The side that answers.
    Right,
}

/// Two sets of entries, both together `entries`, of which one side lacks `differences`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Case {
    /// Entries that at least one side holds.
    pub entries: u32,
    /// Entries that exactly one side holds.
    pub differences: u32,
    /// Who lacks them.
    pub lack: Lack,
    /// Where those are.
    pub place: Place,
}

/// What it cost to find all differences.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Both ways, without the entries themselves.
    pub bytes: u64,
    /// Until both sides are equal, entries included where they are exchanged as well.
    pub round_trips: f64,
    /// Of both sides together, without making the sets.
    pub time: Duration,
}

impl Case {
    /// Who holds the entry of this number.
    #[must_use]
    pub fn holder(&self, number: u32) -> Holder {
        let rank = match self.place {
            Place::Spread => {
                let rank = |number: u32| {
                    u64::from(number)
                        .saturating_mul(self.differences.into())
                        .checked_div(self.entries.into())
                        .unwrap_or(0)
                };
                let own = rank(number);
                (own != rank(number.saturating_add(1))).then_some(own)
            }
            Place::Newest => {
                let common = self.entries.saturating_sub(self.differences);
                number.checked_sub(common).map(u64::from)
            }
        };
        match rank {
            None => Holder::Both,
            Some(rank) if rank & 1 == 0 || self.lack == Lack::Right => Holder::Left,
            Some(_) => Holder::Right,
        }
    }

    /// The numbers of a side's entries, oldest first.
    pub fn held_by(&self, side: Holder) -> impl Iterator<Item = u32> {
        (0..self.entries).filter(move |number| {
            let holder = self.holder(*number);
            holder == Holder::Both || holder == side
        })
    }
}

impl Cost {
    /// Bytes for each differing entry.
    #[must_use]
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "a figure to read"
    )]
    pub fn per_difference(&self, case: &Case) -> f64 {
        self.bytes as f64 / f64::from(case.differences)
    }
}

/// The id of an entry, as good as random.
#[must_use]
pub fn id(number: u32) -> [u8; 32] {
    *blake3::hash(&number.to_be_bytes()).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_lacks_half_of_the_differences() {
        for place in [Place::Spread, Place::Newest] {
            for differences in [10, 100, 1_000] {
                let case = Case {
                    entries: 10_007,
                    differences,
                    lack: Lack::Both,
                    place,
                };
                let count = |side| case.held_by(side).count();
                let missing = differences / 2;
                assert_eq!(
                    count(Holder::Left),
                    usize::try_from(10_007 - missing).unwrap()
                );
                assert_eq!(
                    count(Holder::Right),
                    usize::try_from(10_007 - missing).unwrap()
                );
            }
        }
    }

    #[test]
    fn the_newest_are_the_last() {
        let case = Case {
            entries: 100,
            differences: 10,
            lack: Lack::Both,
            place: Place::Newest,
        };
        assert!((0..90).all(|number| case.holder(number) == Holder::Both));
        assert!((90..100).all(|number| case.holder(number) != Holder::Both));
    }
}
