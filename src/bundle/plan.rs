//! What goes into a bundle: what its readers lack and does not lie there already, by priority, as
//! far as there is room.

use commune_crdt::{
    codec::to_u64,
    entry::{BlobRef, SignedEntry},
    hash::EntryId,
    history::{History, Log, class_of},
    payload::blobs,
    sync::{
        holdings::Holdings,
        oneway::{
            Contents, Coverage, FORK_CLASS, Held, LogView, MAX_BLOB_HEAD_LEN, PRIORITIES,
            SectionWriter, Ticket,
        },
    },
};
use commune_transports::bundle::{CHUNK_OVERHEAD, MAX_CHUNK_LEN};

use super::{BundleError, Options, Step, create::proceed};

/// Bytes of a bundle besides its entries and detached bytes: header, introduction, closing, trailer.
const ENDS_LEN: u64 = 2 * 1_024;

/// What goes into a bundle, by priority.
pub(super) struct Plan<'a> {
    pub(super) classes: [Vec<Places<'a>>; PRIORITIES],
    /// Lacking entries that lie there already. What they name may not.
    pub(super) present: Vec<&'a [EntryId]>,
    /// Entries that found no room.
    pub(super) left: u64,
}

/// Some entries of one log.
pub(super) enum Places<'a> {
    Ids(&'a [EntryId]),
    Proof([EntryId; 2]),
    Waiting(SignedEntry),
}

impl<'a> Plan<'a> {
    pub(super) fn new(history: &'a History, options: &Options<'_>) -> Self {
        let mut plan = Self {
            classes: Default::default(),
            present: Vec::new(),
            left: 0,
        };
        let nothing = Coverage::default();
        let present = options.present.unwrap_or(&nothing);
        for (log, held) in held_by_all(history, options.targets) {
            let fork = log.fork().filter(|it| !present.has_proof(&it.proof));
            if let Some(fork) = fork.filter(|_| !held.knows_fork) {
                plan.push(FORK_CLASS, Places::Proof(fork.proof));
            }
            let held = u32::try_from(held.count).unwrap_or(u32::MAX);
            let below = options.carried.map_or(0, |it| it.logs.next(log.id()));
            let from = held.max(below).max(log.base());
            let mut at = from;
            for gap in present.gaps(log.id(), from..log.len()) {
                let lacking = between(log, gap.start, gap.end);
                if !lacking.is_empty() {
                    plan.push(class_of(log.id().stream), Places::Ids(lacking));
                }
                plan.present.push(between(log, at, gap.start));
                at = gap.end;
            }
            if options.present.is_some() {
                plan.present.push(between(log, at, log.len()));
            }
        }
        let own = options.device.device_key();
        for waiting in history.pending().filter(|it| it.entry.author() == own) {
            if let Ok(entry) = SignedEntry::decode(waiting.entry.as_bytes()) {
                let at = entry.claim().seq;
                let log = entry.log();
                if !present.gaps(&log, at..at.saturating_add(1)).is_empty() {
                    plan.push(class_of(log.stream), Places::Waiting(entry));
                }
            }
        }
        plan
    }

    fn push(&mut self, class: u8, places: Places<'a>) {
        if let Some(class) = self.classes.get_mut(usize::from(class)) {
            class.push(places);
        }
    }

    pub(super) fn contents(&self) -> Contents {
        let mut contents = Contents::default();
        for (count, places) in contents.entries.iter_mut().zip(&self.classes) {
            *count = to_u64(places.iter().map(Places::len).sum());
        }
        contents
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn len(&self) -> u64 {
        let all = self.classes.iter().flatten();
        to_u64(all.map(Places::len).sum())
    }

    /// Leaves out, from the end, what does not fit into `room` bytes, and gives the bytes over. The
    /// length of an entry is known only when it is read, so a plan that may not fit is read twice.
    pub(super) fn fit(
        &mut self,
        holdings: &dyn Holdings,
        room: u64,
        step: Step<'_>,
    ) -> Result<u64, BundleError> {
        let mut meter = Meter {
            room: room.saturating_sub(ENDS_LEN),
            used: 0,
        };
        for class in &mut self.classes {
            let mut section = SectionWriter::new(holdings.history().roots().network);
            for places in class.iter_mut() {
                let (mut fitting, mut lost) = (0_usize, 0_u64);
                for entry in places.entries(holdings) {
                    let full = entry.as_ref().and_then(|it| section.push(it));
                    meter.use_up(full.map_or(0, |it| it.len()));
                    // What is open may need a chunk of its own at any time.
                    if lost > 0 || !meter.has(section.body_len()) {
                        lost = lost.saturating_add(1);
                    } else {
                        fitting = fitting.saturating_add(1);
                    }
                    proceed(step)?;
                }
                self.left = self.left.saturating_add(lost);
                places.truncate(fitting);
            }
            meter.use_up(section.finish().map_or(0, |it| it.len()));
        }
        Ok(meter.room.saturating_sub(meter.used))
    }

    /// Whether all of it fits into `room` bytes, however long its entries are.
    pub(super) fn surely_fits(&self, room: u64) -> bool {
        let longest = to_u64(commune_crdt::entry::MAX_ENTRY_LEN).saturating_add(128);
        self.len()
            .saturating_mul(longest)
            .saturating_add(ENDS_LEN)
            .saturating_add(to_u64(MAX_CHUNK_LEN))
            <= room
    }
}

/// The entries of a log in those places.
fn between(log: &Log, from: u32, to: u32) -> &[EntryId] {
    let ids = log.ids_from(from);
    let len = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
    ids.get(..len).unwrap_or(ids)
}

/// Bytes of chunks.
struct Meter {
    room: u64,
    used: u64,
}

impl Meter {
    fn use_up(&mut self, body: usize) {
        if body > 0 {
            let chunk = body.saturating_add(CHUNK_OVERHEAD);
            self.used = self.used.saturating_add(to_u64(chunk));
        }
    }

    fn has(&self, body: usize) -> bool {
        let chunk = body.saturating_add(CHUNK_OVERHEAD);
        self.used.saturating_add(to_u64(chunk)) <= self.room
    }
}

/// Bytes that detached bytes need in a bundle.
pub(super) fn blob_room(blob: &BlobRef) -> u64 {
    let chunks = blob.len.div_ceil(u16::MAX.into());
    let heads = to_u64(MAX_BLOB_HEAD_LEN.saturating_add(CHUNK_OVERHEAD));
    let heads = heads.saturating_mul(u64::from(chunks).saturating_add(1));
    u64::from(blob.len).saturating_add(heads)
}

/// Each log, and what everybody who wrote one of `tickets` has of it; nothing without a ticket.
pub fn held_by_all<'a>(
    history: &'a History,
    tickets: &[Ticket],
) -> impl Iterator<Item = (&'a Log, Held)> {
    let logs: Vec<_> = history.logs_in_order().collect();
    let views: Vec<_> = logs.iter().map(|log| view(log)).collect();
    let mut least: Option<Vec<Held>> = None;
    for ticket in tickets {
        let held = ticket.held(&views);
        least = Some(match least {
            None => held,
            Some(least) => least.iter().zip(held).map(|(a, b)| both(a, &b)).collect(),
        });
    }
    let least = least.unwrap_or_else(|| vec![Held::default(); logs.len()]);
    logs.into_iter().zip(least)
}

/// What both have.
fn both(a: &Held, b: &Held) -> Held {
    Held {
        count: a.count.min(b.count),
        knows_fork: a.knows_fork && b.knows_fork,
    }
}

impl Plan<'_> {
    /// Detached bytes that lacking entries name which lie there already.
    pub(super) fn named_there(&self, holdings: &dyn Holdings) -> Vec<BlobRef> {
        let ids = self.present.iter().copied().flatten();
        ids.filter_map(|id| holdings.entry(id))
            .flat_map(|entry| blobs(entry.claim()))
            .collect()
    }
}

/// Detached bytes that one of the tickets asks for, as far as held entries name them.
pub(super) fn asked_for(holdings: &dyn Holdings, options: &Options<'_>) -> Vec<BlobRef> {
    let asking: Vec<_> = options.targets.iter().filter(|it| it.wants_any()).collect();
    if asking.is_empty() {
        return Vec::new();
    }
    let is_wanted = |it: &BlobRef| {
        asking.iter().any(|ticket| ticket.wants(&it.hash))
            && !options
                .present
                .is_some_and(|there| there.has_blob(&it.hash))
    };
    let held = holdings.history().logs().flat_map(Log::ids);
    held.filter_map(|id| holdings.entry(id))
        .flat_map(|entry| blobs(entry.claim()))
        .filter(is_wanted)
        .collect()
}

/// A log as tickets see it.
pub(super) fn view(log: &Log) -> LogView<'_> {
    LogView {
        id: log.id(),
        below: log.below().filter(|_| !log.is_empty()),
        ids: log.ids(),
        fork: log.fork().map(|it| it.marker(log.id())),
    }
}

impl Places<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Ids(ids) => ids.len(),
            Self::Proof(ids) => ids.len(),
            Self::Waiting(_) => 1,
        }
    }

    /// Keeps the first `len`; half a proof proves nothing.
    fn truncate(&mut self, len: usize) {
        match self {
            Self::Ids(ids) => *ids = ids.get(..len).unwrap_or(ids),
            Self::Proof(proof) if len < proof.len() => *self = Self::Ids(&[]),
            Self::Waiting(_) if len == 0 => *self = Self::Ids(&[]),
            Self::Proof(_) | Self::Waiting(_) => {}
        }
    }

    /// The entries; `None` for one that cannot be read.
    pub(super) fn entries<'a>(
        &'a self,
        holdings: &'a dyn Holdings,
    ) -> impl Iterator<Item = Option<SignedEntry>> + 'a {
        let (ids, waiting) = match self {
            Self::Ids(ids) => (*ids, None),
            Self::Proof(ids) => (&ids[..], None),
            Self::Waiting(entry) => (&[][..], Some(Some(entry.clone()))),
        };
        ids.iter().map(|id| holdings.entry(id)).chain(waiting)
    }
}
