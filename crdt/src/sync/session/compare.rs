//! Finding what differs: a sketch where differences are few, else the frontier of all logs.
//!
//! The one who dialled shows a sketch of its items, the other decodes it. When the sketch would
//! cost more than naming every log with its length, the logs are named.

use std::collections::BTreeMap;

use crate::{
    codec::to_u64,
    entry::LogId,
    hash::{EntryId, keyed_blake3},
    history::{History, Log},
};

use super::{
    super::{
        message::FrontierLog,
        sketch::{Counters, Decoder, Encoder, Salt, ShortId, Summary, Want, Width},
    },
    outbox::Range,
};

/// Bytes that a difference costs in a sketch, symbols and want together.
const SKETCH_COST: u64 = 18;

/// Bytes that a log of fewer than 16,384 entries costs in a frontier.
const FRONTIER_LOG_COST: u64 = 14;

/// Most logs that a frontier may name: more than a device of a whole city holds.
pub(super) const MAX_FRONTIER_LOGS: usize = 1 << 20;

/// What an item of the comparison stands for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Item {
    /// The entry at this place of a log.
    Entry(u32),
    /// The fork of a log.
    Fork,
}

/// This side's items under the salt of one comparison.
#[derive(Debug)]
pub(super) struct Table {
    salt: Salt,
    /// Short id, log, item; in order.
    items: Vec<(ShortId, u32, Item)>,
    logs: Vec<LogId>,
    counters: Counters,
}

impl Table {
    /// Lists what `history` holds now.
    pub(super) fn new(history: &History, salt: Salt) -> Self {
        let mut table = Self {
            salt,
            items: Vec::with_capacity(history.len()),
            logs: Vec::new(),
            counters: Counters::default(),
        };
        for log in history.logs() {
            let number = u32::try_from(table.logs.len()).unwrap_or(u32::MAX);
            table.logs.push(*log.id());
            for (seq, entry) in (log.base()..).zip(log.ids()) {
                table.add(entry.as_bytes(), number, Item::Entry(seq));
            }
            if let Some(fork) = log.fork() {
                table.add(&fork.marker(log.id()), number, Item::Fork);
            }
        }
        table.items.sort_unstable();
        table
    }

    fn add(&mut self, id: &[u8; 32], log: u32, item: Item) {
        let (short, coins) = self.salt.hash(id);
        self.items.push((short, log, item));
        self.counters.insert(coins);
    }

    pub(super) fn len(&self) -> u64 {
        to_u64(self.items.len())
    }

    pub(super) fn summary(&self) -> Summary {
        self.counters.summary()
    }

    pub(super) fn encoder(&self, width: Width) -> Encoder {
        let ids = self.items.iter().map(|(short, _, _)| *short);
        Encoder::new(&self.salt, width, ids)
    }

    pub(super) fn decoder(&self, width: Width) -> Decoder {
        Decoder::new(self.encoder(width))
    }

    /// Whether naming all logs is cheaper than a sketch of so many `differences` from a side that
    /// holds `items`.
    pub(super) fn prefers_frontier(&self, items: u64, differences: u64) -> bool {
        let lacking = self.len().saturating_add(differences).saturating_sub(items) / 2;
        differences.saturating_mul(SKETCH_COST) > self.frontier_cost(lacking)
    }

    /// About how many bytes a frontier costs, answered by a side that lacks so many items: each of
    /// them may be of another log, which it names in its turn.
    pub(super) fn frontier_cost(&self, lacking: u64) -> u64 {
        let logs = to_u64(self.logs.len());
        logs.saturating_add(lacking.min(logs))
            .saturating_mul(FRONTIER_LOG_COST)
    }

    /// The items with these short ids, cut to a width.
    pub(super) fn found(&self, ids: &[ShortId], width: Width) -> Found {
        let items = |id: &ShortId| self.between(*id, width.last(*id));
        self.collect(ids.iter().flat_map(items))
    }

    /// The items that `want` may mean.
    pub(super) fn wanted(&self, want: &Want) -> Found {
        self.collect(want.ranges().flat_map(|range| {
            let (first, last) = range.into_inner();
            self.between(first, last)
        }))
    }

    fn between(&self, first: ShortId, last: ShortId) -> &[(ShortId, u32, Item)] {
        let start = self.items.partition_point(|(id, _, _)| *id < first);
        let end = self.items.partition_point(|(id, _, _)| *id <= last);
        self.items.get(start..end).unwrap_or_default()
    }

    fn collect<'a>(&self, items: impl Iterator<Item = &'a (ShortId, u32, Item)>) -> Found {
        let mut places: Vec<_> = items.map(|(_, log, item)| (*log, *item)).collect();
        places.sort_unstable();
        places.dedup();
        let mut found = Found::default();
        for (number, item) in places {
            let log = usize::try_from(number)
                .ok()
                .and_then(|number| self.logs.get(number));
            match (log, item) {
                (Some(log), Item::Fork) => found.forks.push(*log),
                (Some(log), Item::Entry(seq)) => found.add(*log, seq),
                (None, _) => {}
            }
        }
        found
    }
}

/// Entries and forks to send.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) ranges: Vec<Range>,
    pub(super) forks: Vec<LogId>,
}

impl Found {
    fn add(&mut self, log: LogId, seq: u32) {
        match self.ranges.last_mut() {
            Some(range) if range.log == log && range.to == seq => {
                range.to = seq.saturating_add(1);
            }
            // What is not in the difference, the reader holds.
            _ => self.ranges.push(Range {
                log,
                from: seq,
                to: seq.saturating_add(1),
                is_linked: true,
            }),
        }
    }
}

/// Everything that `history` holds.
pub(super) fn everything(history: &History) -> Found {
    let mut found = Found::default();
    for log in history.logs() {
        found.ranges.push(range(log, 0));
        if log.fork().is_some() {
            found.forks.push(*log.id());
        }
    }
    found
}

/// Short names of logs within one comparison.
#[derive(Debug)]
pub(super) struct LogNames {
    key: [u8; 32],
}

impl LogNames {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    fn short(&self, log: &LogId) -> [u8; 8] {
        let stream = [log.stream.number()];
        let parts = [&log.author.as_bytes()[..], &stream, &log.tag.0];
        let [a, b, c, d, e, f, g, h, ..] = keyed_blake3(&self.key, &parts);
        [a, b, c, d, e, f, g, h]
    }

    /// All logs of `history`, by short name.
    pub(super) fn frontier(&self, history: &History) -> Vec<FrontierLog> {
        let mut logs: Vec<_> = history
            .logs()
            .map(|log| FrontierLog {
                short: self.short(log.id()),
                seq: length(log),
                tag: tag_at(log, length(log)),
            })
            .collect();
        logs.sort_unstable_by_key(|log| log.short);
        logs
    }

    /// What follows from the other side's frontier: what to send it, and what to ask for.
    pub(super) fn against(
        &self,
        history: &History,
        theirs: &[FrontierLog],
    ) -> (Found, Vec<FrontierLog>) {
        let mut theirs: BTreeMap<[u8; 8], &FrontierLog> =
            theirs.iter().map(|log| (log.short, log)).collect();
        let (mut found, mut wants) = (Found::default(), Vec::new());
        for log in history.logs() {
            let short = self.short(log.id());
            let len = length(log);
            let own_tag = tag_at(log, len);
            let is_forked = log.fork().is_some();
            match theirs.remove(&short) {
                None if log.base() > 0 && !is_forked => {}
                None => {
                    found.ranges.push(range(log, 0));
                    if is_forked {
                        found.forks.push(*log.id());
                    }
                }
                Some(their) if their.seq == len && their.tag == own_tag => {}
                // They lack what is not kept here: nothing that is would follow on what they have.
                Some(their) if their.seq < log.base() && !is_forked => {}
                Some(their) if is_forked => {
                    // The proof settles what a comparison of lengths cannot.
                    found.forks.push(*log.id());
                    let from = if tag_matches(log, their) {
                        their.seq
                    } else {
                        0
                    };
                    found.ranges.push(range(log, from));
                    wants.push(FrontierLog {
                        short,
                        seq: 0,
                        tag: [0; 4],
                    });
                }
                Some(their) if their.seq <= len && tag_matches(log, their) => {
                    found.ranges.push(range(log, their.seq));
                }
                Some(their) => {
                    // Longer than ours, or of another branch, or forked: they know where to begin.
                    if their.seq <= len {
                        found.ranges.push(range(log, 0));
                    }
                    wants.push(FrontierLog {
                        short,
                        seq: len,
                        tag: own_tag,
                    });
                }
            }
        }
        wants.extend(theirs.into_keys().map(|short| FrontierLog {
            short,
            seq: 0,
            tag: [0; 4],
        }));
        (found, wants)
    }

    /// What the other side asks for by the names of logs.
    pub(super) fn asked(&self, history: &History, wants: &[FrontierLog]) -> Found {
        let wants: BTreeMap<[u8; 8], &FrontierLog> =
            wants.iter().map(|want| (want.short, want)).collect();
        let mut found = Found::default();
        for log in history.logs() {
            let Some(want) = wants.get(&self.short(log.id())) else {
                continue;
            };
            if want.seq < log.base() && log.fork().is_none() {
                continue;
            }
            // Of another branch than ours: the whole log shows where they part.
            let from = if tag_matches(log, want) { want.seq } else { 0 };
            found.ranges.push(range(log, from));
            if log.fork().is_some() {
                found.forks.push(*log.id());
            }
        }
        found
    }
}

/// First bytes of the id of the entry just before `seq`; at the end of a forked log, of its fork,
/// so that forks are compared too.
fn tag_at(log: &Log, seq: u32) -> [u8; 4] {
    let whole = match log.fork() {
        Some(fork) if seq == length(log) => fork.marker(log.id()),
        _ => before(log, seq).map_or([0; 32], |id| id.0),
    };
    let [a, b, c, d, ..] = whole;
    [a, b, c, d]
}

fn tag_matches(log: &Log, their: &FrontierLog) -> bool {
    their.seq == 0 || before(log, their.seq).is_some_and(|id| id.0.starts_with(&their.tag))
}

fn before(log: &Log, seq: u32) -> Option<EntryId> {
    log.id_at(seq.checked_sub(1)?)
}

fn length(log: &Log) -> u32 {
    log.len()
}

/// The entries of `log` from `from` on.
fn range(log: &Log, from: u32) -> Range {
    Range {
        log: *log.id(),
        from: from.max(log.base()),
        to: length(log),
        is_linked: true,
    }
}
