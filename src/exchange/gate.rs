//! The gate: entries of all links, taken in together, by two threads.
//!
//! ```text
//! links ─Job─► check: gathers a batch, signatures on all cores ─Step─► place: history, disk, answers
//! ```
//!
//! Small arrivals share a batch and its fsync. While one batch is placed and the disk has another,
//! the signatures of the next are checked.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, SyncSender, TryRecvError, channel, sync_channel},
    },
    thread,
};

use commune_crdt::{
    entry::{SignedEntry, VerifyError},
    history::Verdict,
};
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    device::{Checked, Device},
    intake::{Fate, Receipt, Taken},
    store::Durability,
};

/// Entries that are taken in together at most: some 40 ms of signatures, one fsync.
const MAX_BATCH: usize = 2_048;

/// What was reported to a session as taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    /// Bytes of frames, as the session counted them.
    pub bytes: usize,
    /// Entries that were new.
    pub placed: u64,
    /// Entries whose author did not sign them.
    pub false_signatures: u32,
}

/// The way into the gate. Copies lead to the same one.
#[derive(Clone, Debug)]
pub struct Gate(Sender<Job>);

#[derive(Debug)]
struct Job {
    what: What,
    bytes: usize,
    done: UnboundedSender<Done>,
}

#[derive(Debug)]
enum What {
    Entries(Vec<SignedEntry>),
    Fork(Box<[SignedEntry; 2]>),
}

/// Number of entries and bytes of one arrival in a batch, and who wants to know what became of it.
type Part = (usize, usize, UnboundedSender<Done>);

/// What was checked, on its way to its place.
enum Step {
    Entries(Checked, Vec<Part>),
    /// Too rare to be checked ahead.
    Fork(Box<[SignedEntry; 2]>, usize, UnboundedSender<Done>),
}

/// Answers that wait for the disk.
struct Waiting {
    receipt: Receipt,
    answers: Vec<(UnboundedSender<Done>, Done)>,
}

impl Gate {
    /// Starts the threads. They end when the last copy of the gate is gone.
    pub fn open(device: Arc<Device>) -> Self {
        let (jobs, queue) = channel();
        let (steps, checked) = sync_channel(1);
        let placing = Arc::clone(&device);
        thread::spawn(move || place(&placing, &checked));
        thread::spawn(move || check(&device, &queue, &steps));
        Self(jobs)
    }

    pub(crate) fn entries(
        &self,
        entries: Vec<SignedEntry>,
        bytes: usize,
        done: UnboundedSender<Done>,
    ) {
        self.send(What::Entries(entries), bytes, done);
    }

    pub(super) fn fork(
        &self,
        proof: Box<[SignedEntry; 2]>,
        bytes: usize,
        done: UnboundedSender<Done>,
    ) {
        self.send(What::Fork(proof), bytes, done);
    }

    fn send(&self, what: What, bytes: usize, done: UnboundedSender<Done>) {
        // A gate whose thread is gone answers nothing: the session waits, and no byte is granted.
        let _ = self.0.send(Job { what, bytes, done });
    }
}

/// Gathers what came and checks it, while [`place`] works on what came before.
fn check(device: &Device, queue: &Receiver<Job>, checked: &SyncSender<Step>) {
    let mut next: Option<Job> = None;
    while let Some(job) = next.take().or_else(|| queue.recv().ok()) {
        let step = match job.what {
            What::Fork(proof) => Ok(Step::Fork(proof, job.bytes, job.done)),
            What::Entries(entries) => {
                let mut all = entries;
                let mut parts = vec![(all.len(), job.bytes, job.done)];
                while all.len() < MAX_BATCH {
                    match queue.try_recv() {
                        Ok(Job {
                            what: What::Entries(entries),
                            bytes,
                            done,
                        }) => {
                            parts.push((entries.len(), bytes, done));
                            all.extend(entries);
                        }
                        Ok(other) => {
                            next = Some(other);
                            break;
                        }
                        Err(_) => break,
                    }
                }
                device.check(all).map(|it| Step::Entries(it, parts))
            }
        };
        match step {
            Ok(step) => {
                if checked.send(step).is_err() {
                    // Whoever places has said why it stopped.
                    return;
                }
            }
            Err(error) => {
                tracing::error!(%error, "the store cannot be read; nothing more is taken in");
                return;
            }
        }
    }
}

/// Places what is checked, and answers once the disk has it.
fn place(device: &Device, checked: &Receiver<Step>) {
    let mut waiting: VecDeque<Waiting> = VecDeque::new();
    loop {
        let step = match checked.try_recv() {
            Ok(step) => step,
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => {
                // Nothing to place meanwhile: wait for the disk, then for work.
                if let Some(first) = waiting.pop_front() {
                    if !answer(first) {
                        return;
                    }
                    continue;
                }
                match checked.recv() {
                    Ok(step) => step,
                    Err(_) => break,
                }
            }
        };
        let placed = match step {
            Step::Fork(proof, bytes, to) => device.take_proof(*proof).map(|(taken, receipt)| {
                let done = done_of(&taken, 0..taken.verdicts.len(), bytes);
                let answers = vec![(to, done)];
                Waiting { receipt, answers }
            }),
            Step::Entries(entries, parts) => {
                let placed = device.place(entries, Durability::Data);
                placed.map(|(taken, receipt)| Waiting {
                    receipt,
                    answers: answers(&taken, parts),
                })
            }
        };
        match placed {
            Ok(placed) => waiting.push_back(placed),
            Err(error) => {
                tracing::error!(%error, "the store cannot be read; nothing more is taken in");
                return;
            }
        }
        if waiting.len() > 1
            && let Some(first) = waiting.pop_front()
            && !answer(first)
        {
            return;
        }
    }
    waiting.into_iter().all(answer);
}

fn answers(taken: &Taken, parts: Vec<Part>) -> Vec<(UnboundedSender<Done>, Done)> {
    let mut start = 0_usize;
    parts
        .into_iter()
        .map(|(len, bytes, to)| {
            let end = start.saturating_add(len);
            let done = done_of(taken, start..end, bytes);
            start = end;
            (to, done)
        })
        .collect()
}

fn done_of(taken: &Taken, part: std::ops::Range<usize>, bytes: usize) -> Done {
    let mut done = Done {
        bytes,
        ..Done::default()
    };
    for (_, fate) in taken.verdicts.get(part).unwrap_or_default() {
        match fate {
            Fate::False(VerifyError::Signature(_) | VerifyError::Author) => {
                done.false_signatures = done.false_signatures.saturating_add(1);
            }
            Fate::Judged(Verdict::Placed | Verdict::Pending(_)) => {
                done.placed = done.placed.saturating_add(1);
            }
            _ => {}
        }
    }
    done
}

/// Waits for the disk, then answers. False if the disk failed.
fn answer(waiting: Waiting) -> bool {
    if let Err(error) = waiting.receipt.wait() {
        tracing::error!(%error, "entries could not be saved; nothing more is taken in");
        return false;
    }
    for (to, done) in waiting.answers {
        // The session may be over.
        let _ = to.send(done);
    }
    true
}
