//! Checkpoints with their state: what this device gives to a newcomer, and what a newcomer takes.

use std::sync::Arc;

use commune_crdt::{
    checkpoint::{Checker, ExportError, Known, Link, Note, Record, SignerSet, export},
    state::{Carried, CarriedError, Logs, Tip, carry},
    time::Height,
};
use thiserror::Error;

use super::{basis, leaves, rows};
use crate::{
    device::Device,
    store::{Batch, Durability, StoreError},
};

/// Why a checkpoint with its state was not taken, or not made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NewcomerError {
    /// It is not what it should be.
    #[error(transparent)]
    Carried(#[from] CarriedError),
    /// The newest checkpoint is not signed by a quorum, as far as is known here.
    #[error("the newest checkpoint is not final yet")]
    NotFinal,
    /// The notes that are known do not lead to it.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A checkpoint with its state, for somebody new.
#[derive(Clone, Debug)]
pub struct Given {
    /// Its height.
    pub height: Height,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How far each log is in: what is above is to be given as entries.
    pub logs: Logs,
}

impl Device {
    /// The newest checkpoint with its state, if a quorum signed it.
    ///
    /// # Errors
    ///
    /// [`NewcomerError`] if there is none.
    pub fn given(&self) -> Result<Given, NewcomerError> {
        self.with_finality(|finality| {
            let height = finality.tip.height;
            let is_final = match (finality.note(self, height)?, finality.set_of(self, height)?) {
                (Some(note), Some(set)) => {
                    let examined = Checker::new(set).examine(&note);
                    examined.is_ok_and(|it| it.is_final())
                }
                _ => false,
            };
            if !is_final {
                return Ok(Err(NewcomerError::NotFinal));
            }
            let chain = match finality.chain(self, height)? {
                Some(Ok(chain)) => chain,
                Some(Err(error)) => return Ok(Err(error.into())),
                None => return Ok(Err(NewcomerError::NotFinal)),
            };
            let mut records = Vec::new();
            for height in 1..=height.0 {
                let row = rows::record(self.store(), Height(height))?;
                records.push(row.ok_or_else(|| StoreError::damaged("a record"))?.0);
            }
            let mut tip = Tip::clone(&finality.tip);
            let bytes = carry(&chain, records.iter().map(Vec::as_slice), &mut tip);
            let logs = tip.state.logs().clone();
            Ok(Ok(Given {
                height,
                bytes,
                logs,
            }))
        })?
    }

    /// Takes a checkpoint with its state, verified with the genesis alone, if it is newer than what
    /// is known here. Entries that it has in are not needed from then on. True if it was taken.
    ///
    /// # Errors
    ///
    /// [`NewcomerError`]: nothing is changed.
    pub fn begin_on(&self, bytes: &[u8]) -> Result<bool, NewcomerError> {
        // Nobody takes a record meanwhile: what is newest here would go back.
        let taken = self.with_finality(|finality| {
            let told = self.told_record()?;
            let known = Known {
                log: Some(&finality.log),
                records: told.as_slice(),
            };
            match Carried::read(bytes, self.genesis(), &known) {
                Ok(carried) if carried.tip.height > finality.tip.height => {
                    finality.begin_on(self, carried)?;
                    Ok(Ok(true))
                }
                Ok(_) => Ok(Ok(false)),
                Err(error) => Ok(Err(error)),
            }
        })??;
        if taken {
            self.reload()?;
        }
        Ok(taken)
    }
}

/// Puts a note with those of its lines that are true.
fn put_note(batch: &mut Batch, note: &Note, carried: &Carried) {
    let height = note.height();
    let next = Height(height.0.saturating_add(1));
    let own = carried.signers_of(height);
    let after = carried.signers_of(next).filter(|it| Some(*it) != own);
    let stripped = |set: Option<&SignerSet>| Checker::new(set?.clone()).strip(note).ok();
    if let Some(note) = stripped(own) {
        rows::put_note(batch, "note", &note);
    }
    if let Some(note) = stripped(after) {
        rows::put_note(batch, "handover", &note);
    }
}

impl super::Finality {
    /// Makes a checkpoint with its state the newest record here.
    fn begin_on(&mut self, device: &Device, mut carried: Carried) -> Result<(), StoreError> {
        let (own, height) = (self.tip.height, carried.tip.height);
        // One commit: a device that has only half of it could neither go on nor back.
        let mut batch = Batch::new();
        for (at, bytes) in (1..).zip(&carried.records) {
            if at > own.0 {
                rows::put_bare(&mut batch, Height(at), bytes);
            }
        }
        for at in own.0.saturating_add(1)..=height.0 {
            if let Some(set) = carried.signers_of(Height(at)) {
                rows::put_set(&mut batch, Height(at), set);
            }
        }
        let next = Height(height.0.saturating_add(1));
        rows::put_set(&mut batch, next, carried.tip.office.set());
        for note in &carried.notes {
            put_note(&mut batch, note, &carried);
        }
        leaves::put_whole(&mut batch, &mut carried.tip, &carried.log);
        basis::put(&mut batch, height, carried.tip.state.logs());
        rows::put_newest(&mut batch, &carried.tip);
        device.store().commit(batch, Durability::All)?;
        self.pool = super::pool_of(&carried.tip);
        (self.tip, self.log) = (Arc::new(carried.tip), carried.log);
        self.last = None;
        self.read_again();
        Ok(())
    }

    /// Proofs of each change of signers up to `height`, and of it; `None` if nothing is signed.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn chain(
        &self,
        device: &Device,
        height: Height,
    ) -> Result<Option<Result<String, ExportError>>, StoreError> {
        let mut steps: Vec<(Record, Note, Option<SignerSet>)> = Vec::new();
        for step in 1..=height.0 {
            let step = Height(step);
            let record = self.record(device, step)?;
            let note = self.note(device, step)?;
            let own = self.set_of(device, step)?;
            let next = self.set_of(device, Height(step.0.saturating_add(1)))?;
            let next = next.filter(|_| next_differs(own.as_ref(), record.as_ref()));
            if let (Some(record), Some(note)) = (record, note)
                && (next.is_some() || step == height)
            {
                steps.push((record, note, next));
            }
        }
        let links = steps.iter().map(|(record, note, next)| Link {
            record,
            note,
            next: next.as_ref(),
        });
        let links: Vec<_> = links.collect();
        Ok((!links.is_empty()).then(|| export(&self.log, &links)))
    }
}

fn next_differs(own: Option<&SignerSet>, record: Option<&Record>) -> bool {
    own.zip(record)
        .is_some_and(|(own, record)| own.hash() != record.next_signers)
}
