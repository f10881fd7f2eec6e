//! What a session may look at: the history, and the bytes behind it.

use crate::{
    entry::{BlobRef, LogId, SignedEntry},
    hash::EntryId,
    history::History,
};

/// A device's facts, as a session reads them. Nothing is written through it.
pub trait Holdings {
    /// Names and places of all verified entries.
    fn history(&self) -> &History;

    /// A digest over everything that two devices compare, equal exactly when they hold the same.
    fn digest(&self) -> [u8; 32];

    /// A placed entry. `None` if it cannot be read: the session then goes on without it.
    fn entry(&self, id: &EntryId) -> Option<SignedEntry>;

    /// The two entries that prove the fork of a log.
    fn fork(&self, log: &LogId) -> Option<[Vec<u8>; 2]>;

    /// At most `max_len` bytes of detached bytes from `offset` on; `None` if this device lacks
    /// them.
    fn blob_part(&self, blob: &BlobRef, offset: u32, max_len: usize) -> Option<Vec<u8>>;

    /// Detached bytes that placed entries name and this device lacks, with the first byte lacking.
    fn missing_blobs(&self) -> Vec<(BlobRef, u32)>;
}
