//! The gate: what a device hears, and what it writes itself, on the way into the history.
//!
//! ```text
//! SignedEntry ─► known? room? (history, cheap) ─► signature (all cores) ─► place ─► disk ─► news
//! ```
//!
//! Verdicts are per entry: a bad one never costs a good one of the same batch.

use std::{
    mem,
    sync::{Mutex, PoisonError, mpsc::sync_channel},
    thread,
};

use commune_crdt::{
    entry::{LogId, SignedEntry, VerifiedEntry, VerifyError},
    hash::{EntryId, NetworkId},
    history::{Changes, Check, History, Roots, SoundEntry, Verdict},
    keys::{DeviceKey, KeyError, Verifier},
};

use crate::{
    cores,
    store::{Batch, Durability, Store},
};

/// Entries that one core takes at a time: enough that cores seldom meet, few enough that they
/// end together.
const SHARE: usize = 32;

/// What became of a batch.
#[derive(Debug, Default)]
pub struct Taken {
    /// What became of each entry, in the order of the batch.
    pub verdicts: Vec<(EntryId, Fate)>,
    /// Places that are new in the history, in order.
    pub placed: Vec<(LogId, u32)>,
    /// Logs whose fork is new or lower than before.
    pub forks: Vec<LogId>,
    /// Entries that waited and wait no more, though they have no place: nearer ones took their room,
    /// or their log forks below.
    pub dropped: Vec<EntryId>,
}

/// What became of one entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fate {
    /// Judged by the history.
    Judged(Verdict),
    /// Not signed by its author, or of another network. Nobody is to blame but who passed it on.
    False(VerifyError),
}

/// Sizes of what became of a batch, for people and scripts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Stored: placed, or waiting for a predecessor.
    pub imported: u64,
    /// Of those, waiting.
    pub pending: u64,
    /// Held before.
    pub known: u64,
    /// Not taken, or without effect: false, invalid, over a quota, after a fork.
    pub refused: u64,
    /// Forks that came to light.
    pub forks: u64,
    /// Of the refused: false signatures.
    pub false_signatures: u32,
}

impl Counts {
    /// Adds what became of another batch.
    pub fn add(&mut self, other: &Self) {
        self.imported = self.imported.saturating_add(other.imported);
        self.pending = self.pending.saturating_add(other.pending);
        self.known = self.known.saturating_add(other.known);
        self.refused = self.refused.saturating_add(other.refused);
        self.forks = self.forks.saturating_add(other.forks);
        self.false_signatures = self.false_signatures.saturating_add(other.false_signatures);
    }
}

impl Taken {
    /// How many of each.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        let up = |count: &mut u64| *count = count.saturating_add(1);
        for (_, fate) in &self.verdicts {
            match fate {
                Fate::Judged(Verdict::Placed) => up(&mut counts.imported),
                Fate::Judged(Verdict::Pending(_)) => {
                    up(&mut counts.imported);
                    up(&mut counts.pending);
                }
                Fate::Judged(Verdict::Known(_)) => up(&mut counts.known),
                Fate::Judged(Verdict::ForkFound { .. }) => up(&mut counts.forks),
                Fate::Judged(_) => up(&mut counts.refused),
                Fate::False(error) => {
                    up(&mut counts.refused);
                    if matches!(error, VerifyError::Signature(_) | VerifyError::Author) {
                        counts.false_signatures = counts.false_signatures.saturating_add(1);
                    }
                }
            }
        }
        counts
    }

    /// Notes what a change of the history asks of the store and of neighbours.
    pub(crate) fn note(&mut self, changes: Changes, batch: &mut Batch) {
        for (at, entry) in changes.placed.iter().enumerate() {
            batch.put_entry(entry);
            // The first is the one handed in, which never waited; the others did.
            if at > 0 {
                batch.remove_pending(&entry.id());
            }
            self.placed.push((entry.log(), entry.entry().seq));
        }
        for fork in &changes.forks {
            // Both halves are kept as entries; the history finds the fork in them again.
            for entry in &fork.fresh {
                batch.put_entry(entry);
                batch.remove_pending(&entry.id());
            }
            self.forks.push(fork.log);
        }
        for entry in &changes.pending {
            batch.put_pending(entry);
        }
        for id in &changes.dropped {
            batch.remove_pending(id);
        }
        self.dropped.extend(changes.dropped);
    }
}

/// What the history says of an entry before its signature is checked; `None` if that is worth it.
pub(crate) fn sieve(history: &History, entry: &SignedEntry) -> Option<Verdict> {
    match history.check(entry) {
        Check::New => None,
        Check::Known(known) => Some(Verdict::Known(known)),
        Check::AfterFork { point } => Some(Verdict::AfterFork { point }),
        Check::NoRoom => Some(Verdict::NoRoom),
    }
}

/// Checks the signatures of `entries` on all cores, in order.
pub fn verify_all(
    network: &NetworkId,
    entries: Vec<SignedEntry>,
) -> Vec<Result<VerifiedEntry, (EntryId, VerifyError)>> {
    on_all_cores(entries, |share| verify_share(network, share))
}

/// As [`verify_all`], and checks the certificates in first entries as well.
pub(crate) fn sound_all(
    roots: &Roots,
    entries: Vec<SignedEntry>,
) -> Vec<Result<SoundEntry, (EntryId, Fate)>> {
    let sound = |entry: VerifiedEntry| {
        let id = entry.id();
        SoundEntry::new(entry, roots).map_err(|fault| (id, Fate::Judged(Verdict::Invalid(fault))))
    };
    on_all_cores(entries, |share| {
        verify_share(&roots.network, share)
            .into_iter()
            .map(|it| it.map_or_else(|(id, error)| Err((id, Fate::False(error))), sound))
            .collect()
    })
}

/// Lets each core check a share of `entries` as long as there are any; results come in order.
fn on_all_cores<T: Send>(
    entries: Vec<SignedEntry>,
    check: impl Fn(Vec<SignedEntry>) -> Vec<T> + Sync,
) -> Vec<T> {
    // By value: a copy of each entry costs more than to hand it over.
    let mut rest = entries.into_iter();
    let shares = std::iter::from_fn(|| {
        let share: Vec<_> = rest.by_ref().take(SHARE).collect();
        (!share.is_empty()).then(|| Mutex::new(share))
    });
    let shares: Vec<_> = shares.collect();
    let checked = cores::map(&shares, |_, share| {
        let mut share = share.lock().unwrap_or_else(PoisonError::into_inner);
        check(mem::take(&mut *share))
    });
    checked.into_iter().flatten().collect()
}

fn verify_share(
    network: &NetworkId,
    entries: Vec<SignedEntry>,
) -> Vec<Result<VerifiedEntry, (EntryId, VerifyError)>> {
    // Entries of one author come in a row; its key is read once.
    let mut last: Option<(DeviceKey, Result<Verifier, KeyError>)> = None;
    entries
        .into_iter()
        .map(|entry| {
            let (id, author) = (entry.id(), entry.author());
            if last.as_ref().is_none_or(|(key, _)| *key != author) {
                last = Some((author, Verifier::new(author.as_bytes())));
            }
            match &last {
                Some((_, Ok(verifier))) => entry
                    .verify_by(network, verifier)
                    .map_err(|error| (id, error)),
                _ => Err((id, VerifyError::Author)),
            }
        })
        .collect()
}

/// Makes one thing after the other here while `then` works on those before, on another thread.
///
/// One waits between the two, so that neither runs far ahead. Ends with the first error; an error of
/// `make` counts more, since `then` goes on with what came before it.
///
/// # Errors
///
/// That of either.
pub fn ahead<T: Send, E: Send>(
    make: impl IntoIterator<Item = Result<T, E>>,
    mut then: impl FnMut(T) -> Result<(), E> + Send,
) -> Result<(), E> {
    let (made, waiting) = sync_channel(1);
    thread::scope(|scope| {
        let other = scope.spawn(move || waiting.into_iter().try_for_each(&mut then));
        let made_all: Result<(), E> = make
            .into_iter()
            .map_while(|it| match it {
                // Once the other side has failed nobody receives; it says why below.
                Ok(it) => made.send(it).ok().map(Ok),
                Err(error) => Some(Err(error)),
            })
            .collect();
        drop(made);
        let done = match other.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        made_all.and(done)
    })
}

/// Writes batches one after the other on a thread of its own, so that the next signatures are
/// checked while the disk works.
#[derive(Debug)]
pub(crate) struct Committer {
    jobs: Option<std::sync::mpsc::SyncSender<Job>>,
    worker: Option<thread::JoinHandle<()>>,
}

#[derive(Debug)]
struct Job {
    batch: Batch,
    durability: Durability,
    done: std::sync::mpsc::Sender<Result<(), crate::store::StoreError>>,
    then: Then,
}

/// What follows a commit that succeeded.
pub(crate) struct Then(pub(crate) Box<dyn FnOnce() + Send>);

impl std::fmt::Debug for Then {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Then")
    }
}

/// A commit under way. What it holds is saved only when [`Receipt::wait`] says so.
#[derive(Debug)]
#[must_use]
pub struct Receipt(std::sync::mpsc::Receiver<Result<(), crate::store::StoreError>>);

impl Receipt {
    /// Waits until the disk has it.
    ///
    /// # Errors
    ///
    /// [`StoreError`](crate::store::StoreError) if it does not.
    pub fn wait(self) -> Result<(), crate::store::StoreError> {
        self.0
            .recv()
            .unwrap_or(Err(crate::store::StoreError::Stopped))
    }
}

impl Committer {
    pub(crate) fn new(store: std::sync::Arc<Store>) -> Self {
        // Two batches under way: one on the disk, one behind it.
        let (jobs, queue) = sync_channel::<Job>(1);
        let worker = thread::spawn(move || {
            for job in queue {
                let result = store.commit(job.batch, job.durability);
                if result.is_ok() {
                    (job.then.0)();
                }
                // Nobody waits for it any more: the commit stands all the same.
                let _ = job.done.send(result);
            }
        });
        Self {
            jobs: Some(jobs),
            worker: Some(worker),
        }
    }

    pub(crate) fn commit(&self, batch: Batch, durability: Durability, then: Then) -> Receipt {
        let (done, receipt) = std::sync::mpsc::channel();
        let job = Job {
            batch,
            durability,
            done,
            then,
        };
        if let Some(jobs) = &self.jobs {
            // A worker that is gone drops `done`, and the receipt says that nothing was saved.
            let _ = jobs.send(job);
        }
        Receipt(receipt)
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(worker) = self.worker.take() {
            let _ = worker.join();
        }
    }
}
