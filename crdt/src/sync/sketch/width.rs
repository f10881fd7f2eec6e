//! How wide symbols are: as narrow as the sets and their difference allow.
//!
//! | bytes | id | check | for |
//! |---:|---:|---:|---|
//! | 6 | 4 | 2 | items × symbols ≤ 2²⁸, items < 2²² and few symbols |
//! | 7 | 5 | 2 | items × symbols ≤ 2³³ and few symbols |
//! | 8 | 5 | 3 | items × symbols ≤ 2³³ |
//! | 9 | 6 | 3 | more |
//!
//! Of 2ᵇ ids, one that differs is the same as one of n others with a chance of n/2ᵇ, and is hidden
//! then; a check of c bits fits by chance once in 2ᶜ places that are looked at, 2.6 for each that
//! differs. With the widths above the first happens to two comparisons in a hundred at most, the
//! second to one, and what it costs is another comparison, under another salt.

use super::ShortId;

/// Most symbols for which a check of 2 bytes suffices.
const FEW: u64 = 500;

/// The width of a sketch's symbols.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Width {
    id_len: u8,
    check_len: u8,
}

impl Width {
    /// The narrowest.
    pub const MIN: Self = Self {
        id_len: 4,
        check_len: 2,
    };

    /// The widest.
    pub const MAX: Self = Self {
        id_len: 6,
        check_len: 3,
    };

    const ALL: [Self; 4] = [
        Self::MIN,
        Self {
            id_len: 5,
            check_len: 2,
        },
        Self {
            id_len: 5,
            check_len: 3,
        },
        Self::MAX,
    ];

    /// What suffices for a set of `items`, when about so many `symbols` will be sent.
    #[must_use]
    pub fn of(items: u64, symbols: usize) -> Self {
        let symbols = u64::try_from(symbols).unwrap_or(u64::MAX);
        let pairs = items.saturating_mul(symbols);
        let fits = |width: &&Self| {
            (width.check_len > 2 || symbols <= FEW)
                && match width.id_len {
                    // A want names an item by ten bits more than number them all.
                    4 => pairs <= 1 << 28 && items < 1 << 22,
                    5 => pairs <= 1 << 33,
                    _ => true,
                }
        };
        Self::ALL.iter().find(fits).copied().unwrap_or(Self::MAX)
    }

    /// Bytes of a symbol, which also name the width on the wire.
    #[must_use]
    pub const fn symbol_len(self) -> u8 {
        self.id_len.saturating_add(self.check_len)
    }

    /// The width whose symbols have so many bytes, if there is one.
    #[must_use]
    pub fn with_symbol_len(len: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.symbol_len() == len)
    }

    /// The id as it stands in symbols: without its last bytes, so that order is kept.
    pub(super) const fn cut(self, id: ShortId) -> ShortId {
        ShortId(id.0 & !self.rest())
    }

    /// The last of all ids that are cut to this one.
    #[must_use]
    pub const fn last(self, id: ShortId) -> ShortId {
        ShortId(id.0 | self.rest())
    }

    /// The first bytes of an item's 32 bits of check.
    pub(super) const fn cut_check(self, check: u32) -> u32 {
        match self.check_len {
            2 => check >> 16,
            _ => check >> 8,
        }
    }

    pub(super) const fn id_len(self) -> u8 {
        self.id_len
    }

    /// Ones where an id of this width has none of its own bits.
    const fn rest(self) -> u64 {
        match self.id_len {
            4 => 0xffff,
            5 => 0xff,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Salt, *};

    #[test]
    fn few_differences_in_a_small_set_take_narrow_symbols() {
        let len = |items, symbols| Width::of(items, symbols).symbol_len();
        assert_eq!(len(100_000, 180), 6);
        assert_eq!(len(1_000_000, 200), 6);
        assert_eq!(len(1_000_000, 400), 7);
        assert_eq!(len(5_000_000, 40), 7);
        assert_eq!(len(1_000_000, 1_800), 8);
        assert_eq!(len(1_000_000, 18_000), 9);
        assert_eq!(len(u64::MAX, 1), 9);
    }

    #[test]
    fn each_width_has_its_own_length() {
        for width in Width::ALL {
            assert_eq!(Width::with_symbol_len(width.symbol_len()), Some(width));
        }
        assert_eq!(Width::with_symbol_len(10), None);
    }

    #[test]
    fn what_is_cut_lies_between_the_cut_and_its_last() {
        let id = Salt::new([1; 32]).short_id(&[2; 32]);
        for width in Width::ALL {
            let cut = width.cut(id);
            assert!(cut <= id && id <= width.last(cut));
            assert_eq!(width.cut(width.last(cut)), cut);
        }
    }
}
