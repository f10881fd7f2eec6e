//! A set, as an endless row of symbols.

use super::{
    MAX_SYMBOLS_A_FRAME, MAX_SYMBOLS_A_SESSION, Salt, ShortId, Width,
    mapping::{Cell, Item, Mapping},
};

/// Cells made at a time, at least.
const MIN_CELLS: usize = 64;

/// One side's set of short ids, and the symbols it gives.
///
/// 24 bytes an id, 32 while it is made. Symbols are made ahead, up to the next power of two: that
/// costs each item 1.4 steps at most, and the set is walked a few times in all, not once a batch.
#[derive(Clone, Debug)]
pub struct Encoder {
    mapping: Mapping,
    items: Vec<Item>,
    cells: Vec<Cell>,
    sent: usize,
}

impl Encoder {
    /// Takes the set; ids that come twice, or are cut alike, count once.
    #[must_use]
    pub fn new(salt: &Salt, width: Width, ids: impl IntoIterator<Item = ShortId>) -> Self {
        let mut ids: Vec<ShortId> = ids.into_iter().map(|id| width.cut(id)).collect();
        ids.sort_unstable();
        ids.dedup();
        let mapping = Mapping::new(salt, width);
        let items = ids.into_iter().map(|id| mapping.item(id)).collect();
        Self {
            mapping,
            items,
            cells: Vec::new(),
            sent: 0,
        }
    }

    /// Appends the next `count` symbols to `out`, at most [`MAX_SYMBOLS_A_FRAME`] and never past
    /// [`MAX_SYMBOLS_A_SESSION`] in all. Returns how many; 0 says that the session's are used up.
    pub fn next_symbols(&mut self, count: usize, out: &mut Vec<u8>) -> usize {
        let end = self
            .sent
            .saturating_add(count.min(MAX_SYMBOLS_A_FRAME))
            .min(MAX_SYMBOLS_A_SESSION);
        self.extend(end);
        let width = self.width();
        let symbols = self.cells.get(self.sent..end).unwrap_or_default();
        symbols.iter().for_each(|cell| cell.write(width, out));
        self.sent = end;
        symbols.len()
    }

    /// Symbols handed out so far.
    #[must_use]
    pub const fn sent(&self) -> usize {
        self.sent
    }

    /// Ids in the set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether the set has no id.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The width of the symbols.
    #[must_use]
    pub const fn width(&self) -> Width {
        self.mapping.width()
    }

    /// Whether the set holds this id, cut to the width.
    #[must_use]
    pub fn contains(&self, id: ShortId) -> bool {
        self.items.binary_search_by_key(&id, |item| item.id).is_ok()
    }

    pub(super) const fn mapping(&self) -> Mapping {
        self.mapping
    }

    /// The cells of a range of symbols, all of which exist after this.
    pub(super) fn cells(&mut self, start: usize, end: usize) -> &[Cell] {
        self.extend(end);
        self.cells.get(start..end).unwrap_or_default()
    }

    /// Makes at least the first `len` cells.
    fn extend(&mut self, len: usize) {
        if len <= self.cells.len() {
            return;
        }
        let len = len
            .next_power_of_two()
            .clamp(MIN_CELLS, MAX_SYMBOLS_A_SESSION);
        self.cells.resize(len, Cell::default());
        for item in &mut self.items {
            item.scatter(&mut self.cells);
        }
    }
}
