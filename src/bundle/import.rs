//! Takes a bundle in: chunk by chunk through the gate, and a report of what did not get in.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    io::Read,
};

use commune_crdt::{
    codec::to_u64,
    entry::{BlobRef, SignedEntry},
    hash::{BlobHash, EntryId},
    history::Verdict,
    state::MAX_CARRIED_LEN,
    sync::oneway::{BlobPart, CarriedPart, Description, Section, Ticket, read_blob_parts},
    time::Height,
};
use commune_transports::bundle::{Damage, FileHeader};

use super::{
    BundleError, BundleKey, Step,
    read::{BundleReader, Finding},
    sink::Sink,
};
use crate::{
    finality::NewcomerError,
    intake::{Counts, Fate},
    store::StoreError,
};

/// Entries that go through the gate together.
const BATCH_LEN: usize = 2_048;

/// Places with damage that are reported one by one; more are counted.
const MAX_LOST: usize = 1_000;

/// Detached payloads that may be incomplete at a time: of each part of a bundle, the last one.
const MAX_PARTIAL_BLOBS: usize = 8;

/// Takes files in, one after the other.
#[derive(Debug)]
pub struct Import<S> {
    sink: S,
    keys: Vec<BundleKey>,
    /// Entries of intact chunks that wait for the gate.
    batch: Vec<SignedEntry>,
    /// Where the first of those chunks begins.
    offset: u64,
    blobs: PartialBlobs,
    carried: Vec<u8>,
    waiting_before: usize,
    /// Which file is being read.
    file: usize,
    /// Entries with true signatures in it so far.
    seen: u64,
    /// Whether the files come again, for what had to wait the first time.
    again: bool,
    /// Entries that the passes before got in.
    imported_before: u64,
    report: Report,
}

/// What became of a bundle.
#[derive(Debug, Default)]
pub struct Report {
    /// What became of its entries.
    pub counts: Counts,
    /// Detached payloads that were lacking and are here now.
    pub blobs: u64,
    /// Entries that found no room to wait in; they may get in when the bundle comes again.
    pub no_room: u64,
    /// Detached payloads of which parts came in the wrong order.
    pub partial_blobs: u64,
    /// What is damaged, at most 1,000 places.
    pub lost: Vec<Lost>,
    /// How many places are damaged.
    pub places: u64,
    /// Entries of damaged chunks that did not get in, as far as can be told.
    pub lost_entries: u64,
    /// What the bundle says that it is.
    pub description: Option<Description>,
    /// What the writers of the bundles have, at most one a file.
    pub tickets: Vec<Ticket>,
    /// The parts that were read, by bundle, and the last one's number if its end was seen.
    pub parts: BTreeMap<[u8; 16], Parts>,
    /// The newest fork that came to light, if any.
    pub fork: Option<EntryId>,
    /// Checkpoints from which this device went on without the entries below.
    pub began_on: Vec<Height>,
    /// Why a checkpoint with its state was not taken, if one was not.
    pub not_taken: Option<NewcomerError>,
}

/// Which parts of a bundle were read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Parts {
    /// Their numbers, from 0.
    pub read: Vec<u16>,
    /// Number of the last part.
    pub last: Option<u16>,
}

/// A damaged place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Lost {
    /// Which of the files.
    pub file: usize,
    /// Where in it.
    pub offset: u64,
    /// What is wrong.
    pub why: Why,
    /// Entries of it that did not get in, as far as can be told.
    pub entries: u64,
}

/// What is wrong with a place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Why {
    /// Not what was written.
    Damaged(Damage),
    /// As it was written, and not to be read.
    Unreadable,
    /// Entries with false signatures, though nothing is damaged.
    FalseSignatures,
    /// The device named did not sign for the part.
    Closing,
}

impl Report {
    /// Whether all that was read is as it was written.
    pub fn is_intact(&self) -> bool {
        self.places == 0
    }

    /// Damaged places, those listed, and entries lost.
    fn damage(&self) -> (u64, usize, u64) {
        (self.places, self.lost.len(), self.lost_entries)
    }

    /// Forgets damage after `before`.
    fn undo(&mut self, before: (u64, usize, u64)) {
        self.places = before.0;
        self.lost.truncate(before.1);
        self.lost_entries = before.2;
    }

    fn lost(&mut self, lost: Lost) {
        self.places = self.places.saturating_add(1);
        self.lost_entries = self.lost_entries.saturating_add(lost.entries);
        if self.lost.len() < MAX_LOST {
            self.lost.push(lost);
        }
    }
}

impl<S: Sink> Import<S> {
    /// Takes bundles into `sink` that are clear, or sealed with one of `keys`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn new(sink: S, keys: Vec<BundleKey>) -> Result<Self, StoreError> {
        Ok(Self {
            waiting_before: sink.pending()?,
            sink,
            keys,
            batch: Vec::new(),
            offset: 0,
            blobs: PartialBlobs::default(),
            carried: Vec::new(),
            file: 0,
            seen: 0,
            again: false,
            imported_before: 0,
            report: Report::default(),
        })
    }

    /// Takes a file in. `step` counts its bytes.
    ///
    /// # Errors
    ///
    /// [`BundleError`]. What was taken before stays, and [`Self::finish`] still has to be called.
    pub fn file(&mut self, source: impl Read, step: Step<'_>) -> Result<(), BundleError> {
        let network = *self.sink.network();
        let before = self.report.damage();
        self.report.description = None;
        self.seen = 0;
        let mut reader = BundleReader::new(source, self.keys.clone(), network);
        let mut done = 0;
        let result = loop {
            match reader.next_finding() {
                Ok(Some(finding)) => self.finding(finding)?,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
            let bytes = reader.summary().bytes;
            if !step(bytes.saturating_sub(done)) {
                break Err(BundleError::Stopped);
            }
            done = bytes;
        };
        self.flush()?;
        let summary = reader.summary();
        match (&result, summary.header) {
            (Ok(()), Some(header)) if !self.again => {
                let last = summary.trailer.is_some_and(|it| it.last);
                self.report.note_part(header, last);
                self.count_lost(before.1);
            }
            // Nothing is damaged: it is for others.
            (Err(BundleError::Sealed), _) => self.report.undo(before),
            _ => {}
        }
        self.file = self.file.saturating_add(1);
        result
    }

    /// What became of the files so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Where the entries go.
    pub fn sink_mut(&mut self) -> &mut S {
        &mut self.sink
    }

    /// Whether it is worth giving the same files once more: some entries found no room to wait in
    /// and others have got their places since, or parts came in the wrong order. Each pass closes what
    /// the one before made ready, such as the next record, so ask again after it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store fails.
    pub fn wants_again(&mut self) -> Result<bool, StoreError> {
        let imported = self.report.counts.imported;
        let got_in = imported > std::mem::replace(&mut self.imported_before, imported);
        let lacks = self.report.no_room > 0 || self.report.partial_blobs > 0;
        let once_more = got_in && lacks;
        self.again = self.again || once_more;
        if once_more {
            self.report.no_room = 0;
            self.sink.advance()?;
        }
        Ok(once_more)
    }

    /// Returns when everything taken is on the disk, with the report.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it is not.
    pub fn finish(mut self) -> Result<Report, StoreError> {
        self.flush()?;
        self.sink.finish()?;
        let waiting = self.sink.pending()?.saturating_sub(self.waiting_before);
        let counts = &mut self.report.counts;
        // What waited when it came may have its place by now.
        counts.pending = to_u64(waiting).min(counts.pending);
        Ok(self.report)
    }

    /// Counts what is missing from a damaged file that holds all of its bundle, as far as is known.
    fn count_lost(&mut self, lost_before: usize) {
        let is_whole = |parts: &Parts| parts.read == [0] && parts.last.is_none_or(|it| it == 0);
        let (Some(description), true) = (
            &self.report.description,
            self.report.parts.values().all(is_whole),
        ) else {
            return;
        };
        let here = self.report.lost.get_mut(lost_before..).unwrap_or_default();
        let known = here
            .iter()
            .map(|it| it.entries)
            .fold(0, u64::saturating_add);
        let missing = description.contents.entry_count().saturating_sub(self.seen);
        if let Some(last) = here.last_mut() {
            let more = missing.saturating_sub(known);
            last.entries = last.entries.saturating_add(more);
            self.report.lost_entries = self.report.lost_entries.saturating_add(more);
        }
    }

    fn finding(&mut self, finding: Finding) -> Result<(), BundleError> {
        match finding {
            Finding::Described { description, .. } => self.report.description = Some(*description),
            Finding::Entries {
                offset, section, ..
            } => {
                if !section.is_whole {
                    return Ok(self.take_damaged(offset, Why::Unreadable, section)?);
                }
                if self.batch.is_empty() {
                    self.offset = offset;
                }
                self.batch.extend(section.entries);
                if self.batch.len() >= BATCH_LEN {
                    self.flush()?;
                }
            }
            Finding::Carried { offset, body } => self.take_carried(offset, &body)?,
            Finding::Blobs(body) => self.take_blobs(&body)?,
            Finding::Ticket(ticket) => {
                if ticket.verify(self.sink.network()).is_ok() {
                    self.report.tickets.push(*ticket);
                }
            }
            Finding::Closed {
                offset, is_valid, ..
            } => {
                // With damage before it, a signature cannot be right any more.
                if !is_valid && self.report.is_intact() {
                    self.lost(offset, Why::Closing, 0);
                }
            }
            Finding::Unreadable { offset } => self.lost(offset, Why::Unreadable, 0),
            Finding::Damaged {
                offset,
                why,
                salvaged,
                ..
            } => {
                self.take_damaged(offset, Why::Damaged(why), salvaged.section)?;
                self.take_blobs(&salvaged.blobs)?;
            }
        }
        Ok(())
    }

    fn lost(&mut self, offset: u64, why: Why, entries: u64) {
        if self.again {
            return;
        }
        let file = self.file;
        self.report.lost(Lost {
            file,
            offset,
            why,
            entries,
        });
    }

    /// Takes what is left of a chunk, alone, so that what is false in it is blamed on the damage.
    fn take_damaged(&mut self, offset: u64, why: Why, section: Section) -> Result<(), StoreError> {
        self.flush()?;
        let count = to_u64(section.count);
        let found = to_u64(section.entries.len());
        let mut counts = self.pass(section.entries)?;
        let false_signatures = u64::from(std::mem::take(&mut counts.false_signatures));
        counts.refused = counts.refused.saturating_sub(false_signatures);
        self.add(&counts);
        let good = found.saturating_sub(false_signatures);
        self.lost(offset, why, count.saturating_sub(good));
        Ok(())
    }

    /// Passes the entries of intact chunks through the gate.
    fn flush(&mut self) -> Result<(), StoreError> {
        let batch = std::mem::take(&mut self.batch);
        let counts = self.pass(batch)?;
        self.add(&counts);
        if counts.false_signatures > 0 {
            let (offset, false_signatures) = (self.offset, counts.false_signatures);
            self.lost(offset, Why::FalseSignatures, false_signatures.into());
        }
        Ok(())
    }

    fn add(&mut self, counts: &Counts) {
        let all = &mut self.report.counts;
        if !self.again {
            all.add(counts);
            return;
        }
        // What was known the first time, or is since then, is counted already.
        all.imported = all.imported.saturating_add(counts.imported);
        all.pending = all.pending.saturating_add(counts.pending);
        all.forks = all.forks.saturating_add(counts.forks);
        all.refused = all.refused.saturating_sub(counts.imported);
    }

    fn pass(&mut self, entries: Vec<SignedEntry>) -> Result<Counts, StoreError> {
        if entries.is_empty() {
            return Ok(Counts::default());
        }
        let passed = to_u64(entries.len());
        let taken = self.sink.take(entries)?;
        let mut displaced: BTreeSet<_> = taken.dropped.iter().collect();
        for (id, fate) in &taken.verdicts {
            match fate {
                Fate::Judged(Verdict::NoRoom) => {
                    displaced.remove(id);
                    self.report.no_room = self.report.no_room.saturating_add(1);
                }
                Fate::Judged(Verdict::ForkFound { .. }) => self.report.fork = Some(*id),
                _ => {}
            }
        }
        let displaced = to_u64(displaced.len());
        self.report.no_room = self.report.no_room.saturating_add(displaced);
        let all = &mut self.report.counts;
        all.imported = all.imported.saturating_sub(displaced);
        let mut counts = taken.counts();
        let good = passed.saturating_sub(counts.false_signatures.into());
        self.seen = self.seen.saturating_add(good);
        // Proofs of forks are stored as well.
        counts.imported = counts.imported.saturating_add(counts.forks);
        Ok(counts)
    }

    /// Gathers a checkpoint with its state, part by part, and takes it when it is whole. A gap ends
    /// it: the damage that made it is told already.
    fn take_carried(&mut self, offset: u64, body: &[u8]) -> Result<(), StoreError> {
        let Ok(part) = CarriedPart::read(body) else {
            self.lost(offset, Why::Unreadable, 0);
            return Ok(());
        };
        let is_known = part.offset == 0 && !self.sink.wants_carried(part.height)?;
        let is_too_long = part.len > to_u64(MAX_CARRIED_LEN);
        if part.offset == 0 {
            self.carried.clear();
        }
        if is_known || is_too_long || part.offset != to_u64(self.carried.len()) {
            self.carried = Vec::new();
            return Ok(());
        }
        self.carried.extend_from_slice(part.bytes);
        if to_u64(self.carried.len()) < part.len {
            return Ok(());
        }
        self.flush()?;
        let whole = std::mem::take(&mut self.carried);
        match self.sink.take_carried(&whole) {
            Ok(true) => self.report.began_on.push(part.height),
            Ok(false) => {}
            Err(NewcomerError::Store(error)) => return Err(error),
            Err(error) => self.report.not_taken = Some(error),
        }
        Ok(())
    }

    fn take_blobs(&mut self, body: &[u8]) -> Result<(), StoreError> {
        // Only what an entry names is wanted.
        self.flush()?;
        for part in read_blob_parts(body).map_while(Result::ok) {
            if !self.sink.wants(&part.blob.hash) {
                continue;
            }
            if part.offset > 0 && !self.blobs.holds(&part.blob) {
                self.report.partial_blobs = self.report.partial_blobs.saturating_add(1);
            }
            if let Some(bytes) = self.blobs.add(&part) {
                self.sink.take_blob(part.blob, bytes)?;
                self.report.blobs = self.report.blobs.saturating_add(1);
            }
        }
        Ok(())
    }
}

impl Report {
    fn note_part(&mut self, header: FileHeader, is_last: bool) {
        let parts = self.parts.entry(header.bundle).or_default();
        parts.read.push(header.part);
        if is_last {
            parts.last = Some(header.part);
        }
    }

    /// Numbers of parts that were not among the files, as far as can be told.
    pub fn missing_parts(&self) -> Vec<u16> {
        let missing = |parts: &Parts| {
            let end = parts.last.or_else(|| parts.read.iter().max().copied());
            let end = end.unwrap_or(0);
            let read = parts.read.clone();
            (0..=end).filter(move |it| !read.contains(it))
        };
        self.parts.values().flat_map(missing).collect()
    }
}

/// Detached payloads of which only a part came so far.
#[derive(Debug, Default)]
struct PartialBlobs {
    /// The oldest first.
    held: VecDeque<(BlobRef, Vec<u8>)>,
}

impl PartialBlobs {
    fn holds(&self, blob: &BlobRef) -> bool {
        self.held.iter().any(|it| it.0 == *blob)
    }

    /// Adds a part. Gives the whole, once it is complete and what its name says.
    fn add(&mut self, part: &BlobPart<'_>) -> Option<Vec<u8>> {
        let at = self.held.iter().position(|(blob, _)| *blob == part.blob);
        let mut bytes = match at {
            Some(at) => self.held.remove(at).map(|it| it.1).unwrap_or_default(),
            None => Vec::new(),
        };
        if to_u64(bytes.len()) == u64::from(part.offset) {
            bytes.extend_from_slice(part.bytes);
        }
        let len = to_u64(bytes.len());
        if len >= part.blob.len.into() {
            return (BlobHash::of(&bytes) == part.blob.hash).then_some(bytes);
        }
        if !bytes.is_empty() {
            self.held.push_back((part.blob, bytes));
            if self.held.len() > MAX_PARTIAL_BLOBS {
                self.held.pop_front();
            }
        }
        None
    }
}
