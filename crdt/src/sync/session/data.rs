//! What arrives: entries, fork proofs, detached bytes.

use crate::{
    codec::{Reader, to_u64},
    entry::{BlobRef, LogId, SignedEntry},
    hash::BlobHash,
};

use super::{
    super::{
        holdings::Holdings,
        message::{BLOB_PART_LEN, LinkClass, Message},
        run::read_runs,
    },
    CloseReason, Event, Session, WINDOW,
};

/// Detached payloads asked for at once.
const BLOBS_AT_ONCE: usize = 8;

/// Longest detached bytes that are asked for over a slow link: a vote in a room without anything but
/// Bluetooth has pieces, ballots and sums of 16 to 21 kB each.
const MAX_SLOW_BLOB_LEN: u32 = 32 * 1_024;

/// Detached bytes on their way to us.
#[derive(Debug)]
pub(super) struct WantedBlob {
    pub(super) blob: BlobRef,
    /// The first byte that was not handed on.
    offset: u32,
    /// From there on.
    buffer: Vec<u8>,
}

impl WantedBlob {
    fn next(&self) -> u32 {
        let len = u32::try_from(self.buffer.len()).unwrap_or(u32::MAX);
        self.offset.saturating_add(len)
    }
}

impl Session {
    pub(super) fn receive(&mut self, len: usize) -> Result<(), CloseReason> {
        self.in_flight = self.in_flight.saturating_add(len);
        if self.in_flight.saturating_add(self.to_grant) > WINDOW {
            return Err(CloseReason::Protocol("more bytes than granted"));
        }
        Ok(())
    }

    pub(super) fn read_runs(
        &mut self,
        runs: &[u8],
        len: usize,
        holdings: &dyn Holdings,
    ) -> Result<(), CloseReason> {
        self.receive(len)?;
        let history = holdings.history();
        let own = |log: &LogId, seq: u32| history.log(log)?.id_at(seq);
        let runs = read_runs(&mut Reader::new(runs), &history.roots().network, &own)?;
        self.stats.entries_in = self
            .stats
            .entries_in
            .saturating_add(to_u64(runs.entries.len()));
        for entry in &runs.entries {
            let held = entry.claim().seq.saturating_add(1);
            let head = self.their_heads.entry(entry.log()).or_insert(0);
            *head = held.max(*head);
        }
        self.events.push_back(Event::Entries {
            entries: runs.entries,
            bytes: len,
        });
        Ok(())
    }

    pub(super) fn read_fork(&mut self, a: &[u8], b: &[u8], len: usize) -> Result<(), CloseReason> {
        self.receive(len)?;
        let proof = [SignedEntry::decode(a)?, SignedEntry::decode(b)?];
        self.events.push_back(Event::Fork {
            proof: Box::new(proof),
            bytes: len,
        });
        Ok(())
    }

    pub(super) fn read_blob(
        &mut self,
        hash: BlobHash,
        offset: u32,
        bytes: &[u8],
        len: usize,
    ) -> Result<(), CloseReason> {
        self.receive(len)?;
        let at = self
            .blobs
            .iter()
            .position(|it| it.blob.hash == hash && it.next() == offset)
            .ok_or(CloseReason::Protocol(
                "detached bytes that nobody asked for",
            ))?;
        let mut wanted = self.blobs.swap_remove(at);
        wanted.buffer.extend_from_slice(bytes);
        let is_whole = wanted.next() == wanted.blob.len;
        if wanted.next() > wanted.blob.len {
            return Err(CloseReason::Protocol("more detached bytes than named"));
        }
        // Whole parts only: that is what a store keeps.
        let ready = if is_whole {
            wanted.buffer.len()
        } else {
            wanted
                .buffer
                .len()
                .saturating_sub(wanted.buffer.len() % BLOB_PART_LEN)
        };
        let rest = wanted.buffer.split_off(ready);
        let part = std::mem::replace(&mut wanted.buffer, rest);
        let start = wanted.offset;
        let blob = wanted.blob;
        wanted.offset = start.saturating_add(u32::try_from(ready).unwrap_or(u32::MAX));
        if bytes.is_empty() {
            self.blobs_refused.push(hash);
        } else if !is_whole {
            self.blobs.push(wanted);
        }
        self.events.push_back(Event::Blob {
            blob,
            offset: start,
            part,
            bytes: len,
        });
        Ok(())
    }

    /// Asks for detached bytes that are lacking, a few at once.
    pub(super) fn want_blobs(&mut self, holdings: &dyn Holdings) {
        let Some(peer) = self.peer else { return };
        if self.blobs.len() >= BLOBS_AT_ONCE {
            return;
        }
        for (blob, offset) in holdings.missing_blobs() {
            let is_known = self.blobs.iter().any(|it| it.blob.hash == blob.hash)
                || self.blobs_refused.contains(&blob.hash);
            let is_too_long = peer.link == LinkClass::Slow && blob.len > MAX_SLOW_BLOB_LEN;
            if is_known || is_too_long {
                continue;
            }
            self.blobs.push(WantedBlob {
                blob,
                offset,
                buffer: Vec::new(),
            });
            self.outbox.say(&Message::WantBlob { blob, offset });
            if self.blobs.len() >= BLOBS_AT_ONCE {
                return;
            }
        }
    }

    pub(super) fn send_blob(&mut self, blob: BlobRef, offset: u32) -> Result<(), CloseReason> {
        if self.outbox.push_blob(blob, offset) {
            return Ok(());
        }
        Err(CloseReason::Protocol(
            "more detached bytes wanted than allowed",
        ))
    }
}
