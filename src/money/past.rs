//! What the records so far did, one after the other: for statements, the supply and the audit.

use commune_crdt::{
    checkpoint::Record,
    ledger::Outcome,
    state::Tip,
    time::{Height, Seconds},
    trust::Membership,
};

use crate::{device::Device, finality::replayed, store::StoreError};

/// One record, closed again.
#[derive(Debug)]
pub struct Closing {
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time: Seconds,
    /// Members before it.
    pub before: Membership,
    /// What it did to money.
    pub outcome: Outcome,
    /// What in it is not what follows from its entries, if anything.
    pub fault: Option<String>,
}

/// All records, closed again from the genesis on.
#[derive(Debug)]
pub struct Past {
    /// Each record.
    pub closings: Vec<Closing>,
    /// Where they lead.
    pub tip: Tip,
}

impl Past {
    /// Closes the records of `device` again. With `check` each is made anew and compared, root and
    /// all; else they are only folded.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn of(device: &Device, check: bool) -> Result<Self, StoreError> {
        let mut closings = Vec::new();
        let tip = replayed(
            device,
            |before: &Tip, record: &Record, after: &Tip, fault| {
                closings.push(Closing {
                    height: record.height,
                    time: record.time,
                    before: before.state.membership().clone(),
                    outcome: after.done.money.clone(),
                    fault,
                });
            },
            check,
        )?;
        Ok(Self { closings, tip })
    }
}
