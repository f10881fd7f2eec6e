//! Two sets' symbols against each other: the difference peels out.
//!
//! A cell of the other side's symbols minus our own holds what only one of us has. Where it holds
//! one item, that item is known, and is taken out of its other cells, where it may leave single
//! items in turn. Symbol 0 holds every item, so once it is empty nothing is left.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
};

use thiserror::Error;

use super::{
    Encoder, MAX_SYMBOLS_A_FRAME, MAX_SYMBOLS_A_SESSION, ShortId, Width,
    mapping::{Cell, Item},
};

/// Finds what differs between its own set and the one whose symbols it is given.
///
/// Whatever the symbols are and however they are cut into frames, it finds at most as many ids as
/// there were symbols, each in some 20 steps, and keeps 16 bytes a symbol and about 60 an id found.
#[derive(Clone, Debug)]
pub struct Decoder {
    own: Encoder,
    cells: Vec<Cell>,
    found: Vec<Item>,
    /// Which symbol to come concerns which item found: (index, place in `found`).
    due: BinaryHeap<Reverse<(usize, usize)>>,
    known: BTreeSet<ShortId>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Open,
    Done,
    Failed,
}

/// What a batch of symbols led to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Progress {
    /// More symbols are needed.
    NeedMore,
    /// The difference is complete.
    Done,
}

/// Short ids that only one side holds, each list ascending.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Difference {
    /// What only the decoder's own set holds: to be sent.
    pub ours: Vec<ShortId>,
    /// What only the other side's set holds: to be asked for.
    pub theirs: Vec<ShortId>,
}

/// Why symbols were refused.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum SketchError {
    /// The bytes are no whole number of symbols.
    #[error("sketch has {len} bytes, symbols have {symbol_len}")]
    Length {
        /// Bytes of the sketch.
        len: usize,
        /// Bytes of a symbol.
        symbol_len: u8,
    },
    /// Too many symbols in one frame.
    #[error("sketch has {0} symbols, the limit of a frame is {MAX_SYMBOLS_A_FRAME}")]
    Frame(usize),
    /// The session's symbols did not suffice.
    #[error("sketch is not decoded after {MAX_SYMBOLS_A_SESSION} symbols")]
    Exhausted,
    /// No set has these symbols.
    #[error("symbols contradict each other")]
    Inconsistent,
}

impl Decoder {
    /// A decoder against one's own set, under the same salt as the other side's. Symbols that the
    /// encoder has already made are used again.
    #[must_use]
    pub fn new(own: Encoder) -> Self {
        Self {
            own,
            cells: Vec::new(),
            found: Vec::new(),
            due: BinaryHeap::new(),
            known: BTreeSet::new(),
            stage: Stage::Open,
        }
    }

    /// Takes the next symbols, in the order in which the other side made them. Once done, more of
    /// them are ignored: they were under way.
    ///
    /// # Errors
    ///
    /// [`SketchError`]; from then on each call fails, and what was found by then is still there.
    pub fn push_symbols(&mut self, bytes: &[u8]) -> Result<Progress, SketchError> {
        match self.stage {
            Stage::Done => return Ok(Progress::Done),
            Stage::Failed => return Err(SketchError::Inconsistent),
            Stage::Open => {}
        }
        let result = self
            .receive(bytes)
            .and_then(|first| self.peel(first))
            .and_then(|()| self.progress());
        self.stage = match result {
            Ok(Progress::NeedMore) => Stage::Open,
            Ok(Progress::Done) => Stage::Done,
            Err(_) => Stage::Failed,
        };
        result
    }

    /// The width of the symbols.
    #[must_use]
    pub const fn width(&self) -> Width {
        self.own.width()
    }

    /// Symbols taken so far.
    #[must_use]
    pub const fn received(&self) -> usize {
        self.cells.len()
    }

    /// What was found so far: all of it once [`Progress::Done`] was said.
    #[must_use]
    pub fn difference(&self) -> Difference {
        let (ours, theirs) = self.known.iter().partition(|id| self.own.contains(**id));
        Difference { ours, theirs }
    }

    /// Gives the own set back, with all symbols made so far.
    #[must_use]
    pub fn into_encoder(self) -> Encoder {
        self.own
    }

    /// Adds cells for new symbols, without own items and without those already found. Returns the
    /// index of the first.
    fn receive(&mut self, bytes: &[u8]) -> Result<usize, SketchError> {
        let width = self.own.width();
        let symbols = bytes.chunks_exact(width.symbol_len().into());
        if !symbols.remainder().is_empty() {
            return Err(SketchError::Length {
                len: bytes.len(),
                symbol_len: width.symbol_len(),
            });
        }
        if symbols.len() > MAX_SYMBOLS_A_FRAME {
            return Err(SketchError::Frame(symbols.len()));
        }
        let first = self.cells.len();
        let end = first.saturating_add(symbols.len());
        if end > MAX_SYMBOLS_A_SESSION {
            return Err(SketchError::Exhausted);
        }
        self.cells.extend(
            symbols
                .zip(self.own.cells(first, end))
                .map(|(symbol, own)| {
                    let mut cell = Cell::read(symbol, width);
                    cell.xor(*own);
                    cell
                }),
        );
        while let Some(mut due) = self.due.peek_mut() {
            let Reverse((index, place)) = &mut *due;
            if *index >= end {
                break;
            }
            let Some(item) = self.found.get_mut(*place) else {
                break;
            };
            item.scatter(&mut self.cells);
            *index = item.index();
        }
        Ok(first)
    }

    /// Takes single items out until no cell from `first` on, nor one they touch, holds just one.
    fn peel(&mut self, first: usize) -> Result<(), SketchError> {
        let mapping = self.own.mapping();
        let mut open: Vec<usize> = (first..self.cells.len()).collect();
        while let Some(index) = open.pop() {
            let Some(mut item) = self
                .cells
                .get(index)
                .and_then(|cell| cell.single(index, mapping))
            else {
                continue;
            };
            // Each find empties a cell for good, unless the symbols lie.
            if self.found.len() >= self.cells.len() || !self.known.insert(item.id) {
                return Err(SketchError::Inconsistent);
            }
            while let Some(cell) = self.cells.get_mut(item.index()) {
                cell.toggle(&item);
                if !cell.is_empty() {
                    open.push(item.index());
                }
                item.advance();
            }
            self.due.push(Reverse((item.index(), self.found.len())));
            self.found.push(item);
        }
        Ok(())
    }

    fn progress(&self) -> Result<Progress, SketchError> {
        match self.cells.first() {
            Some(all) if all.is_empty() => {
                let settled = self.cells.iter().all(|cell| cell.is_empty());
                if settled {
                    Ok(Progress::Done)
                } else {
                    Err(SketchError::Inconsistent)
                }
            }
            _ if self.cells.len() >= MAX_SYMBOLS_A_SESSION => Err(SketchError::Exhausted),
            _ => Ok(Progress::NeedMore),
        }
    }
}
