//! What a device knows as final, and what follows for the rest of it.

use std::sync::{MutexGuard, PoisonError};

use commune_crdt::{checkpoint::RecordHash, entry::Anchor, time::Height};

use super::{Device, StoreError};
use crate::{
    finality::{Finality, rows},
    intake::Taken,
    store::{Batch, Durability},
};

impl Device {
    /// Looks at what is final, after taking in what came since the last look.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read or written.
    pub fn with_finality<T>(
        &self,
        look: impl FnOnce(&mut Finality) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut slot = self.finality_slot();
        let mut finality = match slot.take() {
            Some(mut finality) => {
                finality.catch_up(self)?;
                finality
            }
            None => Finality::open(self)?,
        };
        let seen = look(&mut finality);
        *slot = Some(finality);
        seen
    }

    /// Forgets what is final; it is read again.
    pub(crate) fn forget_finality(&self) {
        *self.finality_slot() = None;
    }

    /// Keeps that the record at that height has that hash, as somebody trusted told: another one is never
    /// taken. Says whether it agrees with what is known here; if it does not, nothing is kept.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read or written.
    pub fn learn_record(&self, told: (Height, RecordHash)) -> Result<bool, StoreError> {
        let known = self.with_finality(|it| it.record(self, told.0))?;
        if known.is_some_and(|it| it.hash() != told.1) {
            return Ok(false);
        }
        let mut batch = Batch::new();
        rows::put_told(&mut batch, told);
        self.store().commit(batch, Durability::All)?;
        Ok(true)
    }

    /// The record that somebody trusted told of.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn told_record(&self) -> Result<Option<(Height, RecordHash)>, StoreError> {
        rows::told(self.store())
    }

    fn finality_slot(&self) -> MutexGuard<'_, Option<Finality>> {
        self.finality.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest record that this device knows, as what it writes names it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub(crate) fn anchor(&self) -> Result<Anchor, StoreError> {
        let newest = rows::newest(self.store())?;
        Ok(newest.map_or_else(
            || Anchor::genesis(self.network()),
            |(height, hash)| Anchor {
                height,
                prefix: hash.short(),
            },
        ))
    }

    /// Learns that there is a record of that height: what was written on top of it has its place.
    pub(crate) fn know_height(&self, height: Height) -> Result<(), StoreError> {
        let _turn = self.intake.lock().unwrap_or_else(PoisonError::into_inner);
        let mut history = self.history_mut()?;
        let changes = history.know_height(height);
        self.count_change(std::slice::from_ref(&changes));
        drop(history);
        let (mut taken, mut batch) = (Taken::default(), Batch::new());
        taken.note(changes, &mut batch);
        self.save(batch, Durability::Data, &taken).wait()?;
        Ok(())
    }

    /// Forgets what was folded: more is final now.
    pub(crate) fn forget_book(&self) {
        *self.book().lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
