//! The waiting room: verified entries that have no place yet, bounded.
//!
//! Two shelves, so that strangers, whose keys cost nothing, push out strangers only. Where a shelf
//! is full the entry farthest ahead is dropped: of its log, then of its author, then of the author
//! with the most entries and, among equals, of the one who came first. A dropped entry may come
//! again; nothing remembers it.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use crate::{
    entry::{LogId, SignedEntry, Stream, Tag, VerifiedEntry},
    hash::EntryId,
    keys::{DeviceKey, MemberKey},
};

/// Most entries of one log that wait.
pub const MAX_PENDING_PER_LOG: usize = 64;

/// Most entries of one known author that wait.
pub const MAX_PENDING_PER_AUTHOR: usize = 512;

/// Most entries of known authors that wait: 26 MB at their longest.
pub const MAX_PENDING: usize = 16_384;

/// Most entries of one unknown author that wait: a candidate's join and first steps.
pub const MAX_PENDING_PER_STRANGER: usize = 16;

/// Most entries of unknown authors that wait: 6.5 MB at their longest.
pub const MAX_PENDING_STRANGERS: usize = 4_096;

/// Place and name of an entry; in this order entries of one log follow each other.
type Key = (LogId, u32, EntryId);

#[derive(Clone, Debug)]
pub(super) struct Pending {
    known: Shelf,
    strangers: Shelf,
}

impl Pending {
    pub(super) fn new() -> Self {
        Self {
            known: Shelf::new([MAX_PENDING_PER_LOG, MAX_PENDING_PER_AUTHOR, MAX_PENDING]),
            strangers: Shelf::new([
                MAX_PENDING_PER_STRANGER,
                MAX_PENDING_PER_STRANGER,
                MAX_PENDING_STRANGERS,
            ]),
        }
    }

    /// Keeps an entry, of a stranger who says to be a device of `claim` or of a known author.
    /// Gives back what had to go, perhaps the entry itself.
    pub(super) fn hold(
        &mut self,
        entry: VerifiedEntry,
        is_stranger: bool,
        claim: Option<MemberKey>,
    ) -> Vec<EntryId> {
        let shelf = if is_stranger {
            &mut self.strangers
        } else {
            &mut self.known
        };
        shelf.insert(entry, claim)
    }

    /// Whether an entry of a known author would stay at least until the next one comes.
    pub(super) fn has_room(&self, log: &LogId, seq: u32) -> bool {
        self.known.has_room(log, seq)
    }

    pub(super) fn len(&self) -> usize {
        self.known
            .held
            .len()
            .saturating_add(self.strangers.held.len())
    }

    pub(super) fn contains(&self, key: &Key) -> bool {
        self.known.held.contains_key(key) || self.strangers.held.contains_key(key)
    }

    /// Another entry than `id` at that place.
    pub(super) fn rival(&self, log: LogId, seq: u32, id: &EntryId) -> Option<EntryId> {
        let place = (log, seq, EntryId([0; 32]))..=(log, seq, EntryId([0xff; 32]));
        [&self.known, &self.strangers]
            .into_iter()
            .flat_map(|shelf| shelf.held.range(place.clone()))
            .map(|((_, _, other), _)| *other)
            .find(|other| other != id)
    }

    /// Takes out one entry.
    pub(super) fn take(&mut self, key: &Key) -> Option<VerifiedEntry> {
        self.known
            .remove(key)
            .or_else(|| self.strangers.remove(key))
    }

    /// Takes out what waits at one place.
    pub(super) fn take_at(&mut self, log: LogId, seq: u32) -> Vec<VerifiedEntry> {
        self.take_range((log, seq, EntryId([0; 32]))..=(log, seq, EntryId([0xff; 32])))
    }

    /// Takes out what waits from `seq` on.
    pub(super) fn take_from(&mut self, log: LogId, seq: u32) -> Vec<VerifiedEntry> {
        self.take_range((log, seq, EntryId([0; 32]))..=last_of_log(log))
    }

    /// Takes out what waits of one author, in order.
    pub(super) fn take_author(&mut self, author: DeviceKey) -> Vec<VerifiedEntry> {
        self.take_range(all_of_author(author))
    }

    /// Takes out everything of known authors.
    pub(super) fn take_known(&mut self) -> Vec<VerifiedEntry> {
        let authors: Vec<_> = self.known.loads.keys().copied().collect();
        authors
            .into_iter()
            .flat_map(|author| self.take_author(author))
            .collect()
    }

    /// Strangers who say to be devices of `member`.
    pub(super) fn claimants(&self, member: MemberKey) -> Vec<DeviceKey> {
        let all = (member, DeviceKey([0; 32]))..=(member, DeviceKey([0xff; 32]));
        self.strangers
            .claims
            .range(all)
            .map(|(it, _)| it.1)
            .collect()
    }

    /// All that waits, in order of logs and places.
    pub(super) fn iter(&self) -> impl Iterator<Item = VerifiedEntry> + '_ {
        [&self.known, &self.strangers]
            .into_iter()
            .flat_map(|shelf| shelf.held.values())
            .filter_map(Held::entry)
    }

    fn take_range(&mut self, range: RangeInclusive<Key>) -> Vec<VerifiedEntry> {
        let mut taken = self.strangers.take_range(range.clone());
        taken.extend(self.known.take_range(range));
        taken
    }
}

/// As bytes: a quarter of the memory of a decoded entry.
#[derive(Clone, Debug)]
struct Held {
    bytes: Box<[u8]>,
    /// The member whose device its author says to be, in a stranger's first entry.
    claim: Option<MemberKey>,
}

impl Held {
    /// The entry again: these bytes were verified, and never left this memory.
    fn entry(&self) -> Option<VerifiedEntry> {
        SignedEntry::decode(&self.bytes)
            .ok()
            .map(SignedEntry::trust_sealed)
    }
}

/// How much an author has here.
#[derive(Clone, Copy, Debug)]
struct Load {
    entries: usize,
    /// Number of the arrival of the author.
    since: u64,
}

#[derive(Clone, Debug)]
struct Shelf {
    max_per_log: usize,
    max_per_author: usize,
    max: usize,
    held: BTreeMap<Key, Held>,
    loads: BTreeMap<DeviceKey, Load>,
    /// Authors, the last one first to lose an entry.
    heaviest: BTreeSet<(usize, Reverse<u64>, DeviceKey)>,
    /// How many entries say that one device is one member's.
    claims: BTreeMap<(MemberKey, DeviceKey), usize>,
    arrivals: u64,
}

impl Shelf {
    fn new([max_per_log, max_per_author, max]: [usize; 3]) -> Self {
        Self {
            max_per_log,
            max_per_author,
            max,
            held: BTreeMap::new(),
            loads: BTreeMap::new(),
            heaviest: BTreeSet::new(),
            claims: BTreeMap::new(),
            arrivals: 0,
        }
    }

    fn insert(&mut self, entry: VerifiedEntry, claim: Option<MemberKey>) -> Vec<EntryId> {
        let log = entry.log();
        let key = (log, entry.entry().seq, entry.id());
        let held = Held {
            bytes: entry.into_bytes().into_boxed_slice(),
            claim,
        };
        if self.held.insert(key, held).is_some() {
            return Vec::new();
        }
        self.reload(log.author, |entries| entries.saturating_add(1));
        if let Some(member) = claim {
            let count = self.claims.entry((member, log.author)).or_default();
            *count = count.saturating_add(1);
        }

        let mut dropped = Vec::new();
        if self.held.range(all_of_log(log)).count() > self.max_per_log {
            dropped.extend(self.drop_last(all_of_log(log)));
        }
        if self.load(&log.author) > self.max_per_author {
            dropped.extend(self.drop_last(all_of_author(log.author)));
        }
        if self.held.len() > self.max
            && let Some((_, _, author)) = self.heaviest.last().copied()
        {
            dropped.extend(self.drop_last(all_of_author(author)));
        }
        dropped
    }

    fn has_room(&self, log: &LogId, seq: u32) -> bool {
        let is_full = self.held.range(all_of_log(*log)).count() >= self.max_per_log;
        let farthest = self.held.range(all_of_log(*log)).next_back();
        !is_full || farthest.is_some_and(|((_, last, _), _)| seq < *last)
    }

    fn drop_last(&mut self, range: RangeInclusive<Key>) -> Option<EntryId> {
        let (key, _) = self.held.range(range).next_back()?;
        let key = *key;
        self.forget(&key)?;
        Some(key.2)
    }

    fn take_range(&mut self, range: RangeInclusive<Key>) -> Vec<VerifiedEntry> {
        let keys: Vec<Key> = self.held.range(range).map(|(key, _)| *key).collect();
        keys.iter().filter_map(|key| self.remove(key)).collect()
    }

    fn remove(&mut self, key: &Key) -> Option<VerifiedEntry> {
        self.forget(key)?.entry()
    }

    fn forget(&mut self, key: &Key) -> Option<Held> {
        let held = self.held.remove(key)?;
        let author = key.0.author;
        self.reload(author, |entries| entries.saturating_sub(1));
        if let Some(member) = held.claim
            && let Some(count) = self.claims.get_mut(&(member, author))
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.claims.remove(&(member, author));
            }
        }
        Some(held)
    }

    fn load(&self, author: &DeviceKey) -> usize {
        self.loads.get(author).map_or(0, |load| load.entries)
    }

    fn reload(&mut self, author: DeviceKey, change: impl Fn(usize) -> usize) {
        self.arrivals = self.arrivals.saturating_add(1);
        let load = self.loads.entry(author).or_insert(Load {
            entries: 0,
            since: self.arrivals,
        });
        self.heaviest
            .remove(&(load.entries, Reverse(load.since), author));
        load.entries = change(load.entries);
        if load.entries == 0 {
            self.loads.remove(&author);
        } else {
            self.heaviest
                .insert((load.entries, Reverse(load.since), author));
        }
    }
}

fn all_of_log(log: LogId) -> RangeInclusive<Key> {
    (log, 0, EntryId([0; 32]))..=last_of_log(log)
}

fn last_of_log(log: LogId) -> Key {
    (log, u32::MAX, EntryId([0xff; 32]))
}

fn all_of_author(author: DeviceKey) -> RangeInclusive<Key> {
    let [first, .., last] = Stream::ALL;
    let log = |stream, tag| LogId {
        author,
        stream,
        tag: Tag(tag),
    };
    (log(first, [0; 16]), 0, EntryId([0; 32]))..=last_of_log(log(last, [0xff; 16]))
}
