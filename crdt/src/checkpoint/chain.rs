//! Writing what a verifier outside needs: a proof for one record, and a chain of them from the
//! genesis to the last.
//!
//! A chain is proofs one after the other, in order of height: each record that changed the
//! signers, the last one, and any between that somebody asked for. A reader that trusts the
//! genesis jumps from change to change.

use thiserror::Error;

use super::{log::RecordLog, note::Note, proof::Proof, record::Record, signers::SignerSet};
use crate::time::Height;

/// One step of a chain.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// The record.
    pub record: &'a Record,
    /// The note of its height, signed: by a quorum of the next signers too, if there are new ones.
    pub note: &'a Note,
    /// The next signers, if this record changed them.
    pub next: Option<&'a SignerSet>,
}

/// Writes a chain over `log`.
///
/// # Errors
///
/// [`ExportError`] if the links are not of this log, in order.
pub fn export(log: &RecordLog, links: &[Link<'_>]) -> Result<String, ExportError> {
    let (mut text, mut before) = (String::new(), Height(0));
    for link in links {
        let height = link.note.height();
        if height != link.record.height {
            return Err(ExportError::NotOfLog(height));
        }
        if height <= before {
            return Err(ExportError::Order(height));
        }
        let mut proof = prove(log, link.record, link.note)?;
        let consistency = log.consistency(before, height);
        proof.consistency = consistency.ok_or(ExportError::NotOfLog(height))?;
        proof.next = link.next.cloned();
        text.push_str(&proof.text());
        before = height;
    }
    Ok(text)
}

/// The proof that `record` is in the checkpoint of `note`, which may be a later one.
///
/// # Errors
///
/// [`ExportError::NotOfLog`] if either is not of this log.
pub fn prove(log: &RecordLog, record: &Record, note: &Note) -> Result<Proof, ExportError> {
    let (height, of) = (record.height, note.height());
    let is_of_log = log.hash(height) == Some(record.hash()) && log.root(of) == Some(*note.root());
    let inclusion = log.inclusion(height, of).filter(|_| is_of_log);
    Ok(Proof {
        record_bytes: record.encode(),
        record: record.clone(),
        next: None,
        consistency: Vec::new(),
        inclusion: inclusion.ok_or(ExportError::NotOfLog(height))?,
        note: note.clone(),
    })
}

/// Links that are no chain.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum ExportError {
    /// A record or a note that is not in the log.
    #[error("height {0} is not that of the log")]
    NotOfLog(Height),
    /// Heights do not ascend.
    #[error("height {0} does not follow the one before")]
    Order(Height),
}
