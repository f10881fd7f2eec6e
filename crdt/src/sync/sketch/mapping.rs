//! Which symbols an item is part of: dense at the start, ever sparser, different in each session.
//!
//! The chance that an item is in symbol i is 1/(1 + i/2); of the first m it is in about 2 ln(m/2).
//! `sketch.rs` specifies every step.

use super::{Salt, ShortId, Width};

/// The increment of splitmix64.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Turns short ids into items of one session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapping {
    k0: u64,
    k1: u64,
    width: Width,
}

impl Mapping {
    pub(super) fn new(salt: &Salt, width: Width) -> Self {
        let (k0, k1) = salt.mapping_keys();
        Self { k0, k1, width }
    }

    pub(super) const fn width(self) -> Width {
        self.width
    }

    /// The item of a short id, cut to the width, at its first index, which is 0.
    pub(super) const fn item(self, id: ShortId) -> Item {
        let z = mix(mix(id.0 ^ self.k0) ^ self.k1);
        let [a, b, c, d, ..] = z.to_be_bytes();
        Item {
            id,
            state: z,
            check: self.width.cut_check(u32::from_be_bytes([a, b, c, d])),
            next: 0,
        }
    }
}

/// A short id on its way through the symbols: 24 bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) id: ShortId,
    state: u64,
    check: u32,
    /// Next symbol that it is part of; `u32::MAX` stands for all above.
    next: u32,
}

impl Item {
    /// The index it is at, as an index into a slice.
    pub(super) fn index(&self) -> usize {
        usize::try_from(self.next).unwrap_or(usize::MAX)
    }

    /// Goes to the next index.
    pub(super) fn advance(&mut self) {
        self.state = self.state.wrapping_add(GOLDEN);
        let next = u64::from(self.next).saturating_add(gap(self.next, mix(self.state)));
        self.next = u32::try_from(next).unwrap_or(u32::MAX);
    }

    /// Toggles itself in all cells that it is part of, from where it stands to their end.
    pub(super) fn scatter(&mut self, cells: &mut [Cell]) {
        while let Some(cell) = cells.get_mut(self.index()) {
            cell.toggle(self);
            self.advance();
        }
    }
}

/// Steps from index x to the next one; never 0. `x` is below the session's limit, so no step
/// comes near 64 bits.
fn gap(x: u32, draw: u64) -> u64 {
    let s = (draw >> 32).max(draw & 0xffff_ffff);
    let above = u64::from(x)
        .wrapping_mul(2)
        .wrapping_add(3)
        .wrapping_mul(0xffff_ffff_u64.wrapping_sub(s));
    above.div_ceil(s.wrapping_add(1).wrapping_mul(2)).max(1)
}

/// The finaliser of splitmix64 (Steele, Lea and Flood 2014; Stafford's variant 13).
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A symbol in memory: the xor of its items.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Cell {
    id: u64,
    check: u32,
}

impl Cell {
    /// Reads the bytes of one symbol, as many as the width has.
    pub(super) fn read(symbol: &[u8], width: Width) -> Self {
        let (id, check) = symbol
            .split_at_checked(width.id_len().into())
            .unwrap_or_default();
        let number = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
        };
        let cut = 6_usize.saturating_sub(id.len()) << 3;
        Self {
            id: number(id) << cut,
            check: u32::try_from(number(check)).unwrap_or(u32::MAX),
        }
    }

    pub(super) fn write(self, width: Width, out: &mut Vec<u8>) {
        let id_len = usize::from(width.id_len());
        let check_len = usize::from(width.symbol_len()).saturating_sub(id_len);
        out.extend(ShortId(self.id).to_bytes().iter().take(id_len));
        let check = self.check.to_be_bytes();
        out.extend(check.iter().skip(check.len().saturating_sub(check_len)));
    }

    pub(super) const fn toggle(&mut self, item: &Item) {
        self.xor(Self {
            id: item.id.0,
            check: item.check,
        });
    }

    pub(super) const fn xor(&mut self, other: Self) {
        self.id ^= other.id;
        self.check ^= other.check;
    }

    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// The one item in this cell at `index`, if it is one.
    pub(super) fn single(self, index: usize, mapping: Mapping) -> Option<Item> {
        if self.is_empty() {
            return None;
        }
        let item = mapping.item(ShortId(self.id));
        if item.check != self.check {
            return None;
        }
        let mut walk = item;
        while walk.index() < index {
            walk.advance();
        }
        (walk.index() == index).then_some(item)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::as_conversions, reason = "tests count small things")]

    use super::*;

    /// The first twenty indices of a short id under the salt of 32 bytes 7.
    fn indices(id: u64) -> Vec<u32> {
        let mut item = Mapping::new(&Salt::new([7; 32]), Width::MAX).item(ShortId(id));
        (0..20)
            .map(|_| {
                let at = item.next;
                item.advance();
                at
            })
            .collect()
    }

    #[test]
    fn indices_are_these_on_every_machine() {
        let want: [&[u32]; 3] = [
            &[
                0, 2, 6, 9, 10, 13, 52, 90, 94, 176, 352, 820, 1054, 1456, 3261, 10073, 11052,
                14607, 25904, 33325,
            ],
            &[
                0, 2, 4, 7, 15, 43, 71, 428, 1611, 1891, 5561, 37139, 40815, 47618, 57563, 96147,
                100401, 262062, 754275, 756826,
            ],
            &[
                0, 2, 3, 6, 8, 21, 28, 37, 49, 73, 80, 131, 158, 311, 786, 1582, 1946, 2119, 5300,
                8599,
            ],
        ];
        assert_eq!([indices(0), indices(1), indices(0xffff_ffff_ffff)], want);
    }

    #[test]
    fn steps_at_the_edges_are_exact() {
        assert_eq!(gap(0, u64::MAX), 1, "the largest draw still moves");
        assert_eq!(gap(0, 0), 6_442_450_943, "⌈3(2³² − 1)/2⌉");
        assert_eq!(
            gap(65_535, 0x8000_0000),
            65_537,
            "s = 2³¹: (2x + 3)(2³¹ − 1)/2(2³¹ + 1), rounded up"
        );
        assert_eq!(
            gap(9, 0x4000_0000_0000_0000),
            gap(9, 0x4000_0000),
            "either half may be the larger"
        );
    }

    #[test]
    fn an_item_is_in_symbol_i_with_a_chance_of_nearly_2_in_i_plus_2() {
        let mapping = Mapping::new(&Salt::new([1; 32]), Width::MAX);
        let mut cells = [0_u32; 300];
        for id in 0..40_000 {
            let mut item = mapping.item(ShortId(id));
            while let Some(cell) = cells.get_mut(item.index()) {
                *cell += 1;
                item.advance();
            }
        }
        for (i, seen) in cells.iter().enumerate() {
            let expected = 40_000.0 * 2.0 / (i as f64 + 2.0);
            let error = (f64::from(*seen) - expected).abs();
            assert!(
                error < 0.05 * expected + 4.0 * expected.sqrt(),
                "symbol {i}: {seen} items, {expected} expected"
            );
        }
    }

    #[test]
    fn a_check_without_the_index_is_not_an_item() {
        let mapping = Mapping::new(&Salt::new([7; 32]), Width::MAX);
        let item = mapping.item(ShortId(1));
        let mut cell = Cell::default();
        cell.toggle(&item);
        let here = indices(1);
        for index in 0..100 {
            assert_eq!(
                cell.single(index, mapping).is_some(),
                here.contains(&(index as u32))
            );
        }
    }
}
