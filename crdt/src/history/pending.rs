//! The waiting room: verified entries that have no place yet, bounded.
//!
//! Three shelves: strangers, whose keys cost nothing, push out strangers only, and nobody pushes
//! out what this device wrote itself, which nobody else may have. Where a shelf is full the entry farthest ahead is dropped: of its log, then of its author, then of the author
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

use super::certificate::{Fact, SoundEntry};

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
    own: Shelf,
    known: Shelf,
    strangers: Shelf,
    /// This device, where there is one.
    owner: Option<DeviceKey>,
}

impl Pending {
    pub(super) fn new() -> Self {
        let author = MAX_PENDING_PER_AUTHOR;
        let stranger = MAX_PENDING_PER_STRANGER;
        Self {
            own: Shelf::new([MAX_PENDING_PER_LOG, author, author]),
            known: Shelf::new([MAX_PENDING_PER_LOG, author, MAX_PENDING]),
            strangers: Shelf::new([stranger, stranger, MAX_PENDING_STRANGERS]),
            owner: None,
        }
    }

    pub(super) fn set_owner(&mut self, owner: DeviceKey) {
        self.owner = Some(owner);
    }

    /// Keeps an entry of a stranger or of a known author. Gives back what had to go, perhaps the
    /// entry itself.
    pub(super) fn hold(&mut self, sound: SoundEntry, is_stranger: bool) -> Vec<EntryId> {
        let shelf = match is_stranger {
            _ if self.owner == Some(sound.entry.author()) => &mut self.own,
            true => &mut self.strangers,
            false => &mut self.known,
        };
        shelf.insert(sound)
    }

    /// Whether an entry of a known author would stay at least until the next one comes.
    pub(super) fn has_room(&self, log: &LogId, seq: u32) -> bool {
        self.known.has_room(log, seq)
    }

    pub(super) fn len(&self) -> usize {
        self.shelves().map(|shelf| shelf.held.len()).sum()
    }

    pub(super) fn contains(&self, key: &Key) -> bool {
        self.shelves().any(|shelf| shelf.held.contains_key(key))
    }

    /// What waits at one place.
    pub(super) fn at(&self, log: LogId, seq: u32) -> impl Iterator<Item = VerifiedEntry> {
        self.shelves()
            .flat_map(move |shelf| shelf.held.range(place(log, seq)))
            .filter_map(|(_, held)| held.entry())
    }

    /// Takes out one entry.
    pub(super) fn take(&mut self, key: &Key) -> Option<VerifiedEntry> {
        self.take_range(*key..=*key).pop()
    }

    /// Takes out what waits at one place.
    pub(super) fn take_at(&mut self, log: LogId, seq: u32) -> Vec<VerifiedEntry> {
        self.take_range(place(log, seq))
    }

    /// Takes out what waits from `seq` on.
    pub(super) fn take_from(&mut self, log: LogId, seq: u32) -> Vec<VerifiedEntry> {
        self.take_range((log, seq, FIRST_ID)..=(log, u32::MAX, LAST_ID))
    }

    /// Takes out what waits of one author, in order.
    pub(super) fn take_author(&mut self, author: DeviceKey) -> Vec<VerifiedEntry> {
        self.take_range(all_of_author(author))
    }

    /// Takes out everything.
    pub(super) fn take_all(&mut self) -> Vec<VerifiedEntry> {
        let loads = self.shelves().flat_map(|shelf| shelf.loads.keys());
        let authors: BTreeSet<_> = loads.copied().collect();
        authors
            .into_iter()
            .flat_map(|author| self.take_author(author))
            .collect()
    }

    /// Devices whose waiting first entry says that they are `member`'s.
    pub(super) fn claimants(&self, member: MemberKey) -> Vec<DeviceKey> {
        let all = (member, DeviceKey([0; 32]))..=(member, DeviceKey([0xff; 32]));
        self.shelves()
            .flat_map(|shelf| shelf.claims.range(all.clone()))
            .map(|((_, device), _)| *device)
            .collect()
    }

    /// All that waits.
    pub(super) fn iter(&self) -> impl Iterator<Item = VerifiedEntry> {
        self.shelves()
            .flat_map(|shelf| shelf.held.values())
            .filter_map(Held::entry)
    }

    fn shelves(&self) -> impl Iterator<Item = &Shelf> {
        [&self.own, &self.known, &self.strangers].into_iter()
    }

    fn take_range(&mut self, range: RangeInclusive<Key>) -> Vec<VerifiedEntry> {
        [&mut self.own, &mut self.known, &mut self.strangers]
            .into_iter()
            .flat_map(|shelf| shelf.take_range(range.clone()))
            .collect()
    }
}

/// As bytes: a quarter of the memory of a decoded entry.
#[derive(Clone, Debug)]
struct Held {
    bytes: Box<[u8]>,
    /// The member whose device its author says to be, in a first entry.
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

    fn insert(&mut self, SoundEntry { entry, fact, .. }: SoundEntry) -> Vec<EntryId> {
        let claim = match fact {
            Fact::Claim { member, .. } => Some(member),
            _ => None,
        };
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

const FIRST_ID: EntryId = EntryId([0; 32]);
const LAST_ID: EntryId = EntryId([0xff; 32]);

fn place(log: LogId, seq: u32) -> RangeInclusive<Key> {
    (log, seq, FIRST_ID)..=(log, seq, LAST_ID)
}

fn all_of_log(log: LogId) -> RangeInclusive<Key> {
    (log, 0, FIRST_ID)..=(log, u32::MAX, LAST_ID)
}

fn all_of_author(author: DeviceKey) -> RangeInclusive<Key> {
    let [first, .., last] = Stream::ALL;
    let log = |stream, tag| LogId {
        author,
        stream,
        tag: Tag(tag),
    };
    let (first, last) = (log(first, [0; 16]), log(last, [0xff; 16]));
    (first, 0, FIRST_ID)..=(last, u32::MAX, LAST_ID)
}
