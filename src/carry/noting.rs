//! Notes what lies on a stick while it is read.

use std::collections::BTreeMap;

use commune_crdt::{
    entry::{BlobRef, SignedEntry},
    hash::{BlobHash, NetworkId},
    history::{Known, Verdict},
    sync::oneway::Coverage,
    time::Height,
};

use crate::{
    bundle::Sink,
    finality::NewcomerError,
    intake::{Fate, Taken},
    store::StoreError,
};

/// A sink that notes what passes through it.
#[derive(Debug)]
pub(super) struct Noting<S> {
    inner: S,
    noted: Coverage,
}

impl<S> Noting<S> {
    pub(super) fn new(inner: S) -> Self {
        let noted = Coverage::default();
        Self { inner, noted }
    }

    /// What passed since the last call.
    pub(super) fn noted(&mut self) -> Coverage {
        std::mem::take(&mut self.noted)
    }
}

impl<S: Sink> Sink for Noting<S> {
    fn network(&self) -> &NetworkId {
        self.inner.network()
    }

    fn take(&mut self, entries: Vec<SignedEntry>) -> Result<Taken, StoreError> {
        let places: BTreeMap<_, _> = entries
            .iter()
            .map(|it| (it.id(), (it.log(), it.claim().seq)))
            .collect();
        let taken = self.inner.take(entries)?;
        for (id, fate) in &taken.verdicts {
            match (fate, places.get(id)) {
                (Fate::Judged(Verdict::Known(Known::Proof) | Verdict::ForkFound { .. }), _) => {
                    self.noted.note_proof(*id);
                }
                (
                    Fate::Judged(Verdict::Placed | Verdict::Known(_) | Verdict::Pending(_)),
                    Some((log, seq)),
                ) => self.noted.note(log, *seq),
                (Fate::Judged(Verdict::NoRoom), _) => self.noted.note_other(),
                // Of no use to anybody.
                _ => {}
            }
        }
        Ok(taken)
    }

    fn wants(&mut self, blob: &BlobHash) -> bool {
        self.noted.note_blob(*blob);
        self.inner.wants(blob)
    }

    fn take_blob(&mut self, blob: BlobRef, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.inner.take_blob(blob, bytes)
    }

    fn wants_carried(&mut self, height: Height) -> Result<bool, StoreError> {
        self.inner.wants_carried(height)
    }

    fn take_carried(&mut self, bytes: &[u8]) -> Result<bool, NewcomerError> {
        self.inner.take_carried(bytes)
    }

    fn advance(&mut self) -> Result<(), StoreError> {
        self.inner.advance()
    }

    fn pending(&self) -> Result<usize, StoreError> {
        self.inner.pending()
    }

    fn finish(&mut self) -> Result<(), StoreError> {
        self.inner.finish()
    }
}
