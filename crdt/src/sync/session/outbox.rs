//! What waits to be sent, the urgent first.
//!
//! | class | what |
//! |---|---|
//! | – | messages of the session itself |
//! | P0 | fork proofs, agreement of the signers |
//! | P1 | members |
//! | P2 | votes, pledges |
//! | P3 | accounts |
//! | P4 | texts, unknown streams |
//! | P5 | detached bytes |
//!
//! Strict between classes, in turn between the logs of a class.

use std::collections::VecDeque;

use crate::{
    codec::Writer,
    entry::{BlobRef, LogId, MAX_ENTRY_LEN, Stream},
};

use super::super::{
    holdings::Holdings,
    message::{BLOB_PART_LEN, LinkClass, Message},
    run::{MAX_OVERHEAD, RunWriter},
};

/// Classes that hold ranges of logs, P0 to P4.
const CLASSES: usize = 5;

/// Longest frame of detached bytes on a slow link: what is urgent waits for two or three that left before.
const MAX_SLOW_PART_LEN: usize = 2_048;

/// Entries of one log before the next log of its class has its turn.
const TURN: u32 = 64;

/// Most logs and detached payloads that may wait: what a peer can ask for costs it at least as
/// many bytes as it costs this device.
const MAX_WAITING: usize = 4 * 1_024 * 1_024;

/// Consecutive entries of one log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Range {
    pub(crate) log: LogId,
    pub(crate) from: u32,
    /// The first one not to send.
    pub(crate) to: u32,
    /// The reader holds the entry before `from`.
    pub(crate) is_linked: bool,
}

/// What waits to be sent.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    control: VecDeque<Vec<u8>>,
    forks: VecDeque<LogId>,
    ranges: [VecDeque<Range>; CLASSES],
    blobs: VecDeque<(BlobRef, u32)>,
}

impl Outbox {
    pub(crate) fn say(&mut self, message: &Message<'_>) {
        self.control.push_back(message.encode());
    }

    pub(crate) fn push(&mut self, range: Range) {
        let queue = self.ranges.get_mut(class(range.log.stream));
        if let Some(queue) = queue.filter(|it| it.len() < MAX_WAITING && range.from < range.to) {
            queue.push_back(range);
        }
    }

    pub(crate) fn push_fork(&mut self, log: LogId) {
        if self.forks.len() < MAX_WAITING {
            self.forks.push_back(log);
        }
    }

    /// Whether there was room.
    pub(crate) fn push_blob(&mut self, blob: BlobRef, offset: u32) -> bool {
        let has_room = self.blobs.len() < 64;
        if has_room {
            self.blobs.push_back((blob, offset));
        }
        has_room
    }

    /// Whether all entries are on their way.
    pub(crate) fn has_entries(&self) -> bool {
        !self.forks.is_empty() || self.ranges.iter().any(|queue| !queue.is_empty())
    }

    pub(crate) fn next_control(&mut self) -> Option<Vec<u8>> {
        self.control.pop_front()
    }

    /// The next frame of entries or detached bytes, at most `credit` bytes, and the number of
    /// entries in it.
    pub(crate) fn next_data(
        &mut self,
        holdings: &dyn Holdings,
        link: LinkClass,
        credit: usize,
    ) -> Option<(Vec<u8>, u64)> {
        let room = link.max_frame_len().min(credit);
        self.next_fork(holdings, room)
            .map(|frame| (frame, 2))
            .or_else(|| self.next_run(holdings, room))
            .or_else(|| Some((self.next_blob(holdings, link, room)?, 0)))
    }

    fn next_fork(&mut self, holdings: &dyn Holdings, room: usize) -> Option<Vec<u8>> {
        if room < MAX_ENTRY_LEN.saturating_mul(2).saturating_add(8) {
            return None;
        }
        loop {
            let log = self.forks.pop_front()?;
            if let Some([a, b]) = holdings.fork(&log) {
                return Some(Message::Fork(&a, &b).encode());
            }
        }
    }

    fn next_run(&mut self, holdings: &dyn Holdings, room: usize) -> Option<(Vec<u8>, u64)> {
        let smallest = MAX_ENTRY_LEN.saturating_add(MAX_OVERHEAD).saturating_add(1);
        if room < smallest {
            return None;
        }
        let mut count = 0_u64;
        let mut out = Writer::with_capacity(room);
        out.u8(RUN_TYPE);
        let mut runs = RunWriter::new(holdings.history().roots().network, &mut out);
        while runs.len().saturating_add(smallest) <= room {
            let Some((queue, mut range)) = self
                .ranges
                .iter_mut()
                .find_map(|queue| queue.pop_front().map(|range| (queue, range)))
            else {
                break;
            };
            let turn_end = range.from.saturating_add(TURN).min(range.to);
            while range.from < turn_end && runs.len().saturating_add(smallest) <= room {
                if let Some(entry) = holdings
                    .history()
                    .log(&range.log)
                    .and_then(|log| log.id_at(range.from))
                    .and_then(|id| holdings.entry(&id))
                {
                    runs.push(&entry, range.is_linked);
                    count = count.saturating_add(1);
                }
                range.from = range.from.saturating_add(1);
                range.is_linked = false;
            }
            if range.from < range.to {
                queue.push_back(range);
            }
        }
        runs.finish();
        (out.len() > 1).then(|| (out.finish(), count))
    }

    fn next_blob(
        &mut self,
        holdings: &dyn Holdings,
        link: LinkClass,
        room: usize,
    ) -> Option<Vec<u8>> {
        let room = match link {
            LinkClass::Slow => room.min(MAX_SLOW_PART_LEN),
            LinkClass::Fast => room,
        };
        let max_len = room.checked_sub(64).filter(|len| *len >= 512)?;
        let max_len = match max_len % BLOB_PART_LEN {
            rest if rest < max_len => max_len.saturating_sub(rest),
            _ => max_len,
        };
        let (blob, offset) = self.blobs.pop_front()?;
        let bytes = holdings
            .blob_part(&blob, offset, max_len)
            .unwrap_or_default();
        if bytes.len() == max_len {
            let next = offset.saturating_add(u32::try_from(max_len).unwrap_or(u32::MAX));
            self.blobs.push_back((blob, next));
        }
        Some(
            Message::Blob {
                hash: blob.hash,
                offset,
                bytes: &bytes,
            }
            .encode(),
        )
    }
}

/// The type of a frame of runs, which is written without an intermediate copy.
const RUN_TYPE: u8 = 6;

fn class(stream: Stream) -> usize {
    match stream {
        Stream::SIGNER => 0,
        Stream::MEMBER => 1,
        Stream::VOTE | Stream::ACTION => 2,
        Stream::ACCOUNT => 3,
        _ => 4,
    }
}
