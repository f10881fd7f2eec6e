//! The store's own rows: how often it was written to, and what `status` shows.
//!
//! The counts are the last row of each commit, in the commit itself. So they are right after any crash,
//! and the last one in a journal tells how far the rest of it had reached the disk.

use commune_crdt::{
    codec::{CodecError, Reader, Writer},
    hash::StateHash,
};

use super::seal::{Row, Space};

/// Names of the rows, in [`Space::Meta`]. Settings have names that begin otherwise.
pub(super) const COUNTS: &[u8] = b"\0counts";
pub(super) const SUMMARY: &[u8] = b"\0summary";

/// Whether only the store itself uses a row.
pub(super) fn is_own(row: &Row) -> bool {
    row.space == Space::Meta && row.name.starts_with(b"\0")
}

/// How often the store was written to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// Commits, this one among them: the stamp of its rows.
    pub(super) stamp: u64,
    /// Commits that changed entries, pending entries or forks.
    pub(super) generation: u64,
    /// Stamp of the newest commit that was on the medium before this one was begun.
    pub(super) flushed: u64,
}

impl Counts {
    pub(super) fn bytes(self) -> Vec<u8> {
        let mut out = Writer::new();
        out.u64(self.stamp).u64(self.generation).u64(self.flushed);
        out.finish()
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let read = |bytes| {
            let mut reader = Reader::new(bytes);
            let counts = Self {
                stamp: reader.u64()?,
                generation: reader.u64()?,
                flushed: reader.u64()?,
            };
            reader.finish()?;
            Ok::<_, CodecError>(counts)
        };
        read(bytes).ok()
    }

    /// The counts that `row` holds, if it is the row of them.
    pub(super) fn of(row: &Row) -> Option<Self> {
        let is_row = row.space == Space::Meta && row.name == COUNTS;
        is_row.then(|| Self::read(&row.value)).flatten()
    }
}

/// What `status` shows, kept so that it need not read every entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Summary {
    /// Placed entries.
    pub entries: u64,
    /// Pending entries.
    pub pending: u64,
    /// Hash over the state.
    pub state_hash: StateHash,
    /// [`super::Store::generation`] of the state that it sums up.
    pub generation: u64,
}

impl Summary {
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.u64(self.entries)
            .u64(self.pending)
            .raw(self.state_hash.as_bytes())
            .u64(self.generation);
        out.finish()
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let read = |bytes| {
            let mut reader = Reader::new(bytes);
            let summary = Self {
                entries: reader.u64()?,
                pending: reader.u64()?,
                state_hash: StateHash(reader.array()?),
                generation: reader.u64()?,
            };
            reader.finish()?;
            Ok::<_, CodecError>(summary)
        };
        read(bytes).ok()
    }
}
