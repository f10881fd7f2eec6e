//! The way in for entries, in two steps, so that two threads can do one each:
//!
//! ```text
//! entries ─check─► known? room? signatures on all cores ─► Checked ─place─► history ─► disk
//!         any number of batches ahead                     in the order of arrival
//! ```

use std::sync::PoisonError;

use commune_crdt::{
    entry::SignedEntry,
    hash::EntryId,
    history::{History, SoundEntry, Verdict},
};

use super::{Device, StoreError};
use crate::{
    intake::{Fate, Receipt, Taken, sieve, sound_all},
    store::{Batch, Durability},
};

/// Entries placed before whoever waits for the history has a turn: under a millisecond.
const TURN: usize = 128;

/// Entries whose signatures are checked, on their way to their places.
#[derive(Debug)]
pub struct Checked(Vec<(EntryId, Step)>);

/// How far the check of one entry came.
#[derive(Debug)]
enum Step {
    Sound(SoundEntry),
    Judged(Fate),
    /// There was no room for it, perhaps since a batch before this one is not placed yet: it is
    /// looked at again when its turn comes.
    Crowded(SignedEntry),
}

impl Device {
    /// Takes entries through the gate: known and hopeless ones are sorted out, signatures checked
    /// on all cores, the rest placed. They are in the history at once, and saved when the receipt
    /// says so.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn take(
        &self,
        entries: Vec<SignedEntry>,
        durability: Durability,
    ) -> Result<(Taken, Receipt), StoreError> {
        self.place(self.check(entries)?, durability)
    }

    /// The first half of [`Self::take`]: may run while a batch before this one is placed.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn check(&self, entries: Vec<SignedEntry>) -> Result<Checked, StoreError> {
        let mut fresh = Vec::with_capacity(entries.len());
        let (sieved, roots) = {
            let history = self.history()?;
            let sieved: Vec<_> = entries
                .into_iter()
                .map(|entry| (entry.id(), sift(&history, entry, &mut fresh)))
                .collect();
            (sieved, history.roots().clone())
        };
        let mut sound = sound_all(&roots, fresh).into_iter();
        let step = |(id, step): (EntryId, Option<Step>)| {
            let step = step.or_else(|| sound.next().map(Step::from));
            // Each fresh entry has its answer.
            (
                id,
                step.unwrap_or(Step::Judged(Fate::Judged(Verdict::NoRoom))),
            )
        };
        Ok(Checked(sieved.into_iter().map(step).collect()))
    }

    /// The second half of [`Self::take`].
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn place(
        &self,
        checked: Checked,
        durability: Durability,
    ) -> Result<(Taken, Receipt), StoreError> {
        let _turn = self.intake.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut taken, mut batch) = (Taken::default(), Batch::new());
        let mut steps = self.look_again(checked)?.0.into_iter();
        while !steps.as_slice().is_empty() {
            let mut changes = Vec::with_capacity(TURN);
            let mut history = self.history_mut()?;
            for (id, step) in steps.by_ref().take(TURN) {
                let fate = match step {
                    Step::Sound(entry) => {
                        self.note_blobs(&entry);
                        let outcome = history.place_sound(entry);
                        changes.push(outcome.changes);
                        Fate::Judged(outcome.verdict)
                    }
                    Step::Judged(fate) => fate,
                    Step::Crowded(_) => Fate::Judged(Verdict::NoRoom),
                };
                taken.verdicts.push((id, fate));
            }
            // While the history is held: nobody sees it changed with its old number.
            self.count_change(&changes);
            drop(history);
            for it in changes {
                taken.note(it, &mut batch);
            }
        }
        let receipt = self.save(batch, durability, &taken);
        Ok((taken, receipt))
    }

    /// Checks entries for which there was no room, if there is now.
    fn look_again(&self, Checked(mut steps): Checked) -> Result<Checked, StoreError> {
        let mut fresh = Vec::new();
        let mut places = Vec::new();
        {
            let history = self.history()?;
            for (place, (_, step)) in steps.iter_mut().enumerate() {
                let Step::Crowded(entry) = step else { continue };
                match sift(&history, entry.clone(), &mut fresh) {
                    Some(judged) => *step = judged,
                    None => places.push(place),
                }
            }
        }
        if fresh.is_empty() {
            return Ok(Checked(steps));
        }
        let roots = self.history()?.roots().clone();
        for (place, result) in places.into_iter().zip(sound_all(&roots, fresh)) {
            if let Some((_, step)) = steps.get_mut(place) {
                *step = Step::from(result);
            }
        }
        Ok(Checked(steps))
    }
}

impl From<Result<SoundEntry, (EntryId, Fate)>> for Step {
    fn from(result: Result<SoundEntry, (EntryId, Fate)>) -> Self {
        result.map_or_else(|(_, fate)| Self::Judged(fate), Self::Sound)
    }
}

/// Puts `entry` to the `fresh` ones if its signature is worth a check, or says what became of it.
fn sift(history: &History, entry: SignedEntry, fresh: &mut Vec<SignedEntry>) -> Option<Step> {
    match sieve(history, &entry) {
        None => {
            fresh.push(entry);
            None
        }
        Some(Verdict::NoRoom) => Some(Step::Crowded(entry)),
        Some(verdict) => Some(Step::Judged(Fate::Judged(verdict))),
    }
}

#[cfg(test)]
mod tests;
