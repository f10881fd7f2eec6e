//! One log as this device knows it: the names of its entries, in order.
//!
//! A log is the chain of entries from 0 on, each naming the one before. How far it may grow is a
//! function of the log alone ([`Log::next`]), so that every device stops at the same entry. How
//! much of it *counts* depends also on who vouches for its author ([`super::admission`]).

use crate::{
    codec::to_u64,
    entry::{Entry, LogId, Payload, Stream, VerifiedEntry},
    hash::EntryId,
    time::Height,
};

use super::{admission::Standing, fork::Fork, number, push_tight, verdict::Refusal};

/// Most entries of a log with one anchor height: what a busy person writes between two checkpoints.
pub const MAX_ENTRIES_PER_ANCHOR: u32 = 256;

/// The same for a text, where a day of drafting is many small edits.
pub const MAX_TEXT_ENTRIES_PER_ANCHOR: u32 = 5_000;

/// Most bytes of a log with one anchor height, detached ones included; texts and ballots apart.
pub const MAX_BYTES_PER_ANCHOR: u64 = 1_024 * 1_024;

/// Most bytes of a candidate's log, detached ones included.
pub const MAX_CANDIDATE_LOG_LEN: u64 = 16 * 1_024;

/// Most different people for whom one log vouches with effect: the first ones.
pub const MAX_CANDIDATES: usize = 256;

/// What a log needs to know of an entry to take it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) id: EntryId,
    pub(super) previous: Option<EntryId>,
    pub(super) anchor: Height,
    /// Bytes, detached ones included.
    pub(super) len: u64,
}

impl Link {
    pub(super) fn of(entry: &VerifiedEntry) -> Self {
        let Entry {
            previous,
            anchor,
            payload,
            ..
        } = entry.entry();
        let detached = match payload {
            Payload::Inline(_) => 0,
            Payload::Detached(blob) => blob.len.into(),
        };
        Self {
            id: entry.id(),
            previous: *previous,
            anchor: anchor.height,
            len: to_u64(entry.as_bytes().len()).saturating_add(detached),
        }
    }
}

/// A certification in a log, or a change of keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vouch {
    pub(super) seq: u32,
    /// Index of the member vouched for.
    pub(super) subject: u32,
    /// Index of the member whose key becomes that.
    pub(super) old: Option<u32>,
}

/// One log.
#[derive(Clone, Debug)]
pub struct Log {
    id: LogId,
    /// Number of its author.
    pub(super) device: u32,
    /// How many places a record has in of which only the last is known here, by its name.
    base: Option<(u32, EntryId)>,
    /// The chain below the fork point, from the base on.
    ids: Vec<EntryId>,
    /// How many entries of the chain count.
    placed: u32,
    /// How many count while the author is a candidate.
    short: u32,
    len: u64,
    anchor: Height,
    /// Entries and bytes with that anchor.
    run: (u32, u64),
    fork: Option<Box<Fork>>,
    vouches: Vec<Vouch>,
}

impl Log {
    pub(super) fn new(id: LogId, device: u32) -> Self {
        Self {
            id,
            device,
            base: None,
            ids: Vec::new(),
            placed: 0,
            short: 0,
            len: 0,
            anchor: Height(0),
            run: (0, 0),
            fork: None,
            vouches: Vec::new(),
        }
    }

    /// Which log it is.
    pub fn id(&self) -> &LogId {
        &self.id
    }

    /// Begins the log at `base`: what stands below is in a record and known by its leaf alone. A
    /// log that has entries already stays as it is.
    pub(super) fn begin_at(&mut self, next: u32, head: EntryId) {
        if self.ids.is_empty() && next > 0 {
            self.base = Some((next, head));
            self.short = next;
        }
    }

    /// The first place whose entry may be here: those below are known by the leaf of a record alone.
    pub fn base(&self) -> u32 {
        self.base.map_or(0, |(next, _)| next)
    }

    /// How many places are below the base, and the name of the last of them.
    pub fn below(&self) -> Option<(u32, &EntryId)> {
        self.base.as_ref().map(|(next, head)| (*next, head))
    }

    /// Names of the placed entries from the [base](Self::base) on.
    pub fn ids(&self) -> &[EntryId] {
        let placed = usize::try_from(self.placed.saturating_sub(self.base()));
        self.ids
            .get(..placed.unwrap_or(usize::MAX))
            .unwrap_or(&self.ids)
    }

    /// Number of placed entries, those below the base too.
    pub fn len(&self) -> u32 {
        self.placed
    }

    /// Whether none is placed.
    pub fn is_empty(&self) -> bool {
        self.placed == 0
    }

    /// The name of the placed entry at `seq`, if it is known.
    pub fn id_at(&self, seq: u32) -> Option<EntryId> {
        self.at(seq).filter(|_| seq < self.placed)
    }

    /// The names of the placed entries from `seq` on, as far as they are known.
    pub fn ids_from(&self, seq: u32) -> &[EntryId] {
        let from = usize::try_from(seq.saturating_sub(self.base()));
        let from = from.unwrap_or(usize::MAX);
        self.ids().get(from..).unwrap_or_default()
    }

    /// The newest placed entry.
    pub fn head(&self) -> Option<EntryId> {
        self.id_at(self.placed.checked_sub(1)?)
    }

    /// Height of the anchor of the newest entry, 0 if there is none.
    pub fn anchor(&self) -> Height {
        self.anchor
    }

    /// Where it forks, if it does.
    pub fn fork(&self) -> Option<&Fork> {
        self.fork.as_deref()
    }

    /// Whether an entry of `len` bytes, detached ones included, may follow with that anchor.
    ///
    /// # Errors
    ///
    /// [`Refusal`]: no device would ever place it.
    pub fn next(&self, anchor: Height, len: u64) -> Result<(), Refusal> {
        if anchor < self.anchor {
            return Err(Refusal::AnchorFalls {
                found: anchor,
                before: self.anchor,
            });
        }
        let (entries, bytes) = self.run_at(anchor);
        let limit = match self.id.stream {
            Stream::TEXT => MAX_TEXT_ENTRIES_PER_ANCHOR,
            _ => MAX_ENTRIES_PER_ANCHOR,
        };
        if entries >= limit {
            return Err(Refusal::Entries {
                limit,
                height: anchor,
            });
        }
        let bytes = bytes.saturating_add(len);
        let is_bounded = !matches!(self.id.stream, Stream::TEXT | Stream::VOTE);
        if is_bounded && bytes > MAX_BYTES_PER_ANCHOR {
            return Err(Refusal::Bytes {
                bytes,
                limit: MAX_BYTES_PER_ANCHOR,
                height: anchor,
            });
        }
        Ok(())
    }

    fn run_at(&self, anchor: Height) -> (u32, u64) {
        if anchor == self.anchor {
            self.run
        } else {
            (0, 0)
        }
    }

    /// Length of the chain, whether it counts or not.
    pub(super) fn chain_len(&self) -> u32 {
        self.base().saturating_add(number(self.ids.len()))
    }

    /// The newest entry of the chain.
    pub(super) fn chain_head(&self) -> Option<EntryId> {
        let below = self.base.map(|(_, head)| head);
        self.ids.last().copied().or(below)
    }

    /// The entry of the chain at `seq`, if its name is known.
    pub(super) fn at(&self, seq: u32) -> Option<EntryId> {
        match (self.base, seq.checked_sub(self.base())) {
            (_, Some(place)) => self.ids.get(usize::try_from(place).ok()?).copied(),
            (Some((next, head)), None) if seq.saturating_add(1) == next => Some(head),
            _ => None,
        }
    }

    pub(super) fn placed(&self) -> u32 {
        self.placed
    }

    /// Lets as many entries count as for an author of that standing.
    pub(super) fn count_as(&mut self, standing: Option<Standing>) {
        self.placed = match standing {
            None => 0,
            Some(Standing::Candidate) => self.short,
            Some(_) => self.chain_len(),
        };
    }

    /// Whether `len` more bytes leave it within what a candidate may write.
    pub(super) fn is_short_with(&self, len: u64) -> bool {
        self.short == self.chain_len() && self.len.saturating_add(len) <= MAX_CANDIDATE_LOG_LEN
    }

    /// Adds an entry that names the head of the chain. It does not count yet.
    pub(super) fn append(&mut self, link: &Link) {
        let (entries, bytes) = self.run_at(link.anchor);
        self.anchor = link.anchor;
        self.run = (entries.saturating_add(1), bytes.saturating_add(link.len));
        if self.is_short_with(link.len) {
            self.short = self.short.saturating_add(1);
        }
        self.len = self.len.saturating_add(link.len);
        push_tight(&mut self.ids, link.id);
    }

    /// Notes that the entry at `seq` vouches for a person, while there is room for another.
    pub(super) fn vouch(&mut self, seq: u32, people: impl FnOnce() -> (u32, Option<u32>)) {
        if self.vouches.len() >= MAX_CANDIDATES {
            return;
        }
        let (subject, old) = people();
        let is_same = |it: &Vouch| (it.subject, it.old) == (subject, old);
        if !self.vouches.iter().any(is_same) {
            push_tight(&mut self.vouches, Vouch { seq, subject, old });
        }
    }

    /// Whom its placed entries vouch for, and whose keys they change.
    pub(super) fn vouched(&self) -> impl Iterator<Item = &Vouch> {
        self.vouches.iter().take_while(|it| it.seq < self.placed)
    }

    /// Ends the log at `fork`; gives back the entries and the people vouched for beyond.
    ///
    /// The chain never grows past the point again, so the counts behind [`Self::next`] stay.
    pub(super) fn end_at(&mut self, fork: Fork) -> (Vec<EntryId>, Vec<u32>) {
        self.fork = Some(Box::new(fork));
        let point = usize::try_from(fork.point.saturating_sub(self.base()));
        let point = point.unwrap_or(usize::MAX);
        let cut = self.ids.split_off(point.min(self.ids.len()));
        self.placed = self.placed.min(fork.point);
        self.short = self.short.min(fork.point);
        let kept = self.vouches.partition_point(|it| it.seq < fork.point);
        let void = self.vouches.split_off(kept);
        (cut, void.into_iter().map(|it| it.subject).collect())
    }
}
