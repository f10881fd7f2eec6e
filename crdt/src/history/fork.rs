//! Forks: two entries of one log at one place.
//!
//! Both are signed by the log's author, so they prove to anybody that it says different things to
//! different people. The lowest such place is the **fork point**. Only the point counts: any pair
//! proves it, devices that hold different pairs of one point agree, and each lower pair lowers it.
//! Entries at or above it have no place. An unknown entry below it is still taken.

use crate::{
    codec::Writer,
    entry::LogId,
    hash::{EntryId, blake3},
};

const MARKER: &[u8] = b"commune/fork/v1";

/// Where a log forks, and which entries prove it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fork {
    /// The lowest place at which two entries are known.
    pub point: u32,
    /// Two entries at that place, in ascending order.
    pub proof: [EntryId; 2],
}

impl Fork {
    pub(super) fn new(point: u32, a: EntryId, b: EntryId) -> Self {
        Self {
            point,
            proof: if a < b { [a, b] } else { [b, a] },
        }
    }

    /// What stands for this fork where two devices compare what they have: the same for every
    /// proof of one point.
    pub fn marker(&self, log: &LogId) -> [u8; 32] {
        let mut bytes = Writer::new();
        bytes
            .raw(MARKER)
            .raw(log.author.as_bytes())
            .u8(log.stream.number())
            .raw(&log.tag.0)
            .u32(self.point);
        blake3(&[bytes.as_bytes()])
    }
}
