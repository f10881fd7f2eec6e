//! The history: which verified entries a device knows, and which of them have their place.
//!
//! ```text
//! SignedEntry ──check──► signature ──► VerifiedEntry ──place──► placed │ pending │ fork proof
//! ```
//!
//! It holds names and places, not bytes; those go to the store as each [`Outcome`] says. Only what
//! waits is held by value, in bounded room.
//!
//! What is placed is a function of the set of entries handed in, not of their order:
//!
//! - a log is the chain of entries from 0 on that name each other, below the lowest place at which
//!   two are known ([`Fork`]), as far as its quota goes ([`Log::next`]);
//! - it counts by the standing of its author, itself decided by placed entries (`admission`).
//!
//! Nothing is remembered against an entry that was refused or had no room: it can always come again.

mod admission;
mod basis;
mod certificate;
mod fork;
mod log;
mod pending;
mod people;
mod place;
#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a test may stop at an overflow"
)]
mod tests;
mod verdict;
#[cfg(test)]
pub(crate) mod world;

use std::collections::{BTreeMap, BTreeSet};

pub use self::{
    admission::{FULL_SPONSORS, Standing},
    basis::{Basis, KnownPerson},
    certificate::SoundEntry,
    fork::Fork,
    log::{
        Log, MAX_BYTES_PER_ANCHOR, MAX_CANDIDATE_LOG_LEN, MAX_CANDIDATES, MAX_ENTRIES_PER_ANCHOR,
        MAX_TEXT_ENTRIES_PER_ANCHOR,
    },
    pending::{
        MAX_PENDING, MAX_PENDING_PER_AUTHOR, MAX_PENDING_PER_LOG, MAX_PENDING_PER_STRANGER,
        MAX_PENDING_STRANGERS,
    },
    verdict::{
        Changes, Check, ForkFound, Invalid, Known, Outcome, Reason, Refusal, Verdict, Waits,
    },
};
use self::{pending::Pending, people::People};

use crate::{
    codec::Writer,
    entry::{LogId, Stream, VerifiedEntry},
    genesis::{Card, Genesis, ImportRoot},
    hash::{EntryId, NetworkId, blake3},
    keys::{DeviceKey, MemberKey},
    time::Height,
};

/// What a genesis says about who may write from the start.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Roots {
    /// The network.
    pub network: NetworkId,
    /// Its founders, each with their first device.
    pub founders: Vec<(MemberKey, DeviceKey)>,
    /// The list of people taken over from another network, if any.
    pub import: Option<ImportRoot>,
}

impl Roots {
    /// Those of `genesis`.
    pub fn of(genesis: &Genesis) -> Self {
        let founders = genesis.body().founders.iter().map(Card::person);
        Self {
            network: genesis.network(),
            founders: founders.map(|it| (it.member, it.device)).collect(),
            import: genesis.body().import,
        }
    }
}

/// All verified entries that a device knows, by name and place.
#[derive(Clone, Debug)]
pub struct History {
    roots: Roots,
    people: People,
    logs: Vec<Log>,
    by_log: BTreeMap<LogId, u32>,
    /// First bytes of the id, log and sequence number of each entry of a chain. Ids that begin
    /// alike, which somebody may have searched for, are told apart by the log.
    places: BTreeSet<(u64, u32, u32)>,
    pending: Pending,
    height: Height,
    is_based: bool,
}

/// An entry without its place.
#[derive(Clone, Debug)]
pub struct PendingEntry {
    /// The entry.
    pub entry: VerifiedEntry,
    /// What it waits for, or why it never counts.
    pub reason: Reason,
}

/// One thing that two devices compare.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SyncItem {
    /// Class of priority: 0 goes first.
    pub class: u8,
    /// Id of an entry, or [marker](Fork::marker) of a fork.
    pub id: [u8; 32],
    /// The log.
    pub log: LogId,
    /// Place in the log; of a marker, the fork point.
    pub seq: u32,
    /// Whether it is a marker.
    pub is_fork: bool,
}

impl History {
    /// The history of a network of which nothing but the genesis is known.
    pub fn new(roots: Roots) -> Self {
        Self {
            people: People::new(&roots),
            roots,
            logs: Vec::new(),
            by_log: BTreeMap::new(),
            places: BTreeSet::new(),
            pending: Pending::new(),
            height: Height(0),
            is_based: false,
        }
    }

    /// Says which device this is: what it wrote itself waits in room of its own.
    pub fn set_owner(&mut self, device: DeviceKey) {
        self.pending.set_owner(device);
    }

    /// What it starts from.
    pub fn roots(&self) -> &Roots {
        &self.roots
    }

    /// Number of placed entries that are here.
    pub fn len(&self) -> usize {
        self.logs.iter().map(|log| log.ids().len()).sum()
    }

    /// Whether no entry is placed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All logs with a placed entry or a fork that counts, in ascending order.
    pub fn logs(&self) -> impl Iterator<Item = &Log> {
        let logs = self.by_log.values().filter_map(|log| self.log_at(*log));
        logs.filter(|log| self.is_shown(log))
    }

    /// The same logs in an order in which another device can take them one by one, and nothing has
    /// to wait: each after those that vouch for its author.
    pub fn logs_in_order(&self) -> impl Iterator<Item = &Log> {
        let logs = self.people.in_order().flat_map(|device| &device.logs);
        logs.filter_map(|log| self.log_at(*log))
            .filter(|log| self.is_shown(log))
    }

    /// One log, if any entry of it ever had its place or proved a fork.
    pub fn log(&self, id: &LogId) -> Option<&Log> {
        self.log_at(*self.by_log.get(id)?)
    }

    /// The newest placed entry of a log.
    pub fn head(&self, id: &LogId) -> Option<EntryId> {
        self.log(id)?.head()
    }

    /// Where the next entry of a log goes: its sequence number and the entry before it, which may
    /// be waiting still. For the author, who knows that nobody else writes there.
    pub fn end_of(&self, id: &LogId) -> (u32, Option<EntryId>) {
        let log = self.log(id);
        let mut seq = log.map_or(0, Log::chain_len);
        let mut head = log.and_then(Log::chain_head);
        let follows = |seq, head| {
            let mut waiting = self.pending.at(*id, seq);
            waiting.find(|it| it.entry().previous == head)
        };
        while let Some(next) = follows(seq, head) {
            seq = seq.saturating_add(1);
            head = Some(next.id());
        }
        (seq, head)
    }

    /// The place of a placed entry.
    pub fn place_of(&self, id: &EntryId) -> Option<(LogId, u32)> {
        let start = start_of(id);
        self.places
            .range((start, 0, 0)..=(start, u32::MAX, u32::MAX))
            .filter_map(|(_, log, seq)| Some((self.log_at(*log)?, *seq)))
            .find(|(log, seq)| *seq < log.placed() && log.at(*seq) == Some(*id))
            .map(|(log, seq)| (*log.id(), seq))
    }

    /// All placed entries that are here, each with its log and place, in order of logs and places.
    pub fn placed_ids(&self) -> impl Iterator<Item = (EntryId, LogId, u32)> {
        self.logs().flat_map(|log| {
            let ids = (log.base()..).zip(log.ids());
            ids.map(|(seq, id)| (*id, *log.id(), seq))
        })
    }

    /// The forks that count, with their logs, in ascending order.
    pub fn forks(&self) -> impl Iterator<Item = (&LogId, &Fork)> {
        self.logs()
            .filter_map(|log| Some((log.id(), self.counted_fork(log)?)))
    }

    /// Whether what stands below some record is known by its leaves alone.
    pub fn is_based(&self) -> bool {
        self.is_based
    }

    /// A digest over the ends and the forks of all logs: the same on two devices that hold the same,
    /// whatever of it each still has, since every entry names the one before.
    pub fn digest(&self) -> [u8; 32] {
        let mut bytes = Writer::new();
        for log in self.logs() {
            log.id().write(&mut bytes);
            let head = log.head().unwrap_or_default();
            bytes.u32(log.len()).raw(head.as_bytes());
            let marker = self.counted_fork(log).map(|it| it.marker(log.id()));
            bytes.flag(marker.is_some());
            bytes.raw(&marker.unwrap_or_default());
        }
        blake3(&[b"commune/history/v1", bytes.as_bytes()])
    }

    /// What two devices compare: each placed entry, and one marker for each fork.
    pub fn sync_items(&self) -> impl Iterator<Item = SyncItem> {
        self.logs().flat_map(|log| {
            let item = |class, id: [u8; 32], seq, is_fork| SyncItem {
                class,
                id,
                log: *log.id(),
                seq,
                is_fork,
            };
            let class = class_of(log.id().stream);
            let marker = self.counted_fork(log);
            let marker = marker.map(|it| item(0, it.marker(log.id()), it.point, true));
            let entries = (log.base()..)
                .zip(log.ids())
                .map(move |(seq, id)| item(class, id.0, seq, false));
            marker.into_iter().chain(entries)
        })
    }

    /// Entries without a place, with the reason.
    pub fn pending(&self) -> impl Iterator<Item = PendingEntry> {
        self.pending.iter().map(|entry| PendingEntry {
            reason: self.reason(entry.clone()),
            entry,
        })
    }

    /// Number of entries without a place.
    pub fn pending_len(&self) -> usize {
        self.pending.len()
    }

    /// Why logs of this device count, if they do.
    pub fn standing(&self, device: &DeviceKey) -> Option<Standing> {
        let owner = self.people.owner(self.people.find_device(device)?)?;
        self.people.standing(owner)
    }

    /// The member whose device it is, if its logs count.
    pub fn member_of(&self, device: &DeviceKey) -> Option<MemberKey> {
        let owner = self.people.owner(self.people.find_device(device)?)?;
        let owner = self.people.member_at(owner)?;
        owner.standing().is_some().then_some(owner.key)
    }

    /// Height of the newest checkpoint that this device knows.
    pub fn height(&self) -> Height {
        self.height
    }

    /// Whether it counts for anything.
    fn is_shown(&self, log: &Log) -> bool {
        !log.is_empty() || self.counted_fork(log).is_some()
    }

    /// The fork of a log, unless nobody known stands behind its author any more.
    fn counted_fork<'a>(&self, log: &'a Log) -> Option<&'a Fork> {
        log.fork().filter(|_| self.people.is_known(log.device))
    }

    fn log_at(&self, log: u32) -> Option<&Log> {
        self.logs.get(index(log))
    }
}

/// Class of priority of a stream's entries; 0 is for forks.
pub fn class_of(stream: Stream) -> u8 {
    match stream {
        Stream::SIGNER => 0,
        Stream::MEMBER => 1,
        Stream::VOTE | Stream::ACTION => 2,
        Stream::ACCOUNT => 3,
        Stream::TEXT => 4,
        _ => 6,
    }
}

/// The first bytes of an id, as a number.
fn start_of(id: &EntryId) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = id.0;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Things are numbered as they come; no memory holds 2³² of them.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Adds `item` to `list` and gives back its number. Grows by a quarter: what is held here, by the
/// hundred thousand and for long, should not wait for twice as much.
fn push_tight<T>(list: &mut Vec<T>, item: T) -> u32 {
    if list.len() == list.capacity() {
        list.reserve_exact((list.len() / 4).saturating_add(1));
    }
    list.push(item);
    number(list.len().saturating_sub(1))
}
