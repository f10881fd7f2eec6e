//! Where the entries of a bundle go.

use std::collections::VecDeque;

use commune_crdt::{
    entry::{BlobRef, SignedEntry},
    hash::{BlobHash, NetworkId},
    history::{History, Verdict},
    time::Height,
};

use crate::{
    device::Device,
    finality::NewcomerError,
    intake::{Fate, Receipt, Taken, sieve, verify_all},
    store::{Durability, StoreError},
};

/// Batches that may be on their way to the disk.
const MAX_UNDER_WAY: usize = 2;

/// Takes what a bundle brings.
pub trait Sink {
    /// The network whose entries it takes.
    fn network(&self) -> &NetworkId;

    /// Takes entries; they are in the history at once, and saved after [`Self::finish`].
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store fails.
    fn take(&mut self, entries: Vec<SignedEntry>) -> Result<Taken, StoreError>;

    /// Whether these detached bytes are named by an entry and lacking.
    fn wants(&mut self, blob: &BlobHash) -> bool;

    /// Takes detached bytes that are what their name says.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store fails.
    fn take_blob(&mut self, blob: BlobRef, bytes: Vec<u8>) -> Result<(), StoreError>;

    /// Whether a checkpoint of that height with its state would be news.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store fails.
    fn wants_carried(&mut self, height: Height) -> Result<bool, StoreError>;

    /// Takes a checkpoint with its state. True if it was news.
    ///
    /// # Errors
    ///
    /// [`NewcomerError`]: nothing of it was taken.
    fn take_carried(&mut self, bytes: &[u8]) -> Result<bool, NewcomerError>;

    /// Draws what follows from the entries taken, such as the next record: others may get in then.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store fails.
    fn advance(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Entries that wait for something at present.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store fails.
    fn pending(&self) -> Result<usize, StoreError>;

    /// Returns when everything taken is on the disk.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it is not.
    fn finish(&mut self) -> Result<(), StoreError>;
}

/// Puts what it takes into a device.
#[derive(Debug)]
pub struct DeviceSink<'a> {
    device: &'a Device,
    under_way: VecDeque<Receipt>,
    blobs: Vec<(BlobRef, Vec<u8>)>,
    blob_bytes: usize,
}

/// Detached bytes that are gathered before the disk is asked to keep them.
const BLOB_BATCH_LEN: usize = 4 * 1_024 * 1_024;

impl<'a> DeviceSink<'a> {
    /// Takes for `device`.
    pub fn new(device: &'a Device) -> Self {
        Self {
            device,
            under_way: VecDeque::new(),
            blobs: Vec::new(),
            blob_bytes: 0,
        }
    }

    fn flush_blobs(&mut self) -> Result<(), StoreError> {
        self.blob_bytes = 0;
        self.device.take_blobs(std::mem::take(&mut self.blobs))
    }
}

impl Sink for DeviceSink<'_> {
    fn network(&self) -> &NetworkId {
        self.device.network()
    }

    fn take(&mut self, entries: Vec<SignedEntry>) -> Result<Taken, StoreError> {
        let (taken, receipt) = self.device.take(entries, Durability::Data)?;
        self.under_way.push_back(receipt);
        while self.under_way.len() > MAX_UNDER_WAY {
            if let Some(oldest) = self.under_way.pop_front() {
                oldest.wait()?;
            }
        }
        Ok(taken)
    }

    fn wants(&mut self, blob: &BlobHash) -> bool {
        self.device.wants_blob(blob)
    }

    fn take_blob(&mut self, blob: BlobRef, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.blob_bytes = self.blob_bytes.saturating_add(bytes.len());
        self.blobs.push((blob, bytes));
        if self.blob_bytes >= BLOB_BATCH_LEN {
            self.flush_blobs()?;
        }
        Ok(())
    }

    fn wants_carried(&mut self, height: Height) -> Result<bool, StoreError> {
        self.device.with_finality(|it| Ok(it.tip().height < height))
    }

    fn take_carried(&mut self, bytes: &[u8]) -> Result<bool, NewcomerError> {
        // What came before has to be on the disk: it is read again.
        self.finish()?;
        self.device.begin_on(bytes)
    }

    fn advance(&mut self) -> Result<(), StoreError> {
        // Records are read from the disk.
        self.finish()?;
        self.device.with_finality(|_| Ok(()))
    }

    fn pending(&self) -> Result<usize, StoreError> {
        Ok(self.device.history()?.pending_len())
    }

    fn finish(&mut self) -> Result<(), StoreError> {
        self.flush_blobs()?;
        for receipt in self.under_way.drain(..) {
            receipt.wait()?;
        }
        self.device.store().flush(Durability::All)
    }
}

/// Only says what would become of what it takes.
#[derive(Clone, Debug)]
pub struct DrySink {
    network: NetworkId,
    history: History,
}

impl DrySink {
    /// Judges as a device with this history would.
    pub fn new(history: History) -> Self {
        Self {
            network: history.roots().network,
            history,
        }
    }
}

impl Sink for DrySink {
    fn network(&self) -> &NetworkId {
        &self.network
    }

    fn take(&mut self, entries: Vec<SignedEntry>) -> Result<Taken, StoreError> {
        let mut taken = Taken::default();
        let mut fresh = Vec::new();
        for entry in entries {
            match sieve(&self.history, &entry) {
                Some(verdict) => taken.verdicts.push((entry.id(), Fate::Judged(verdict))),
                None => fresh.push(entry),
            }
        }
        for result in verify_all(&self.network, fresh) {
            let (id, fate) = match result {
                Ok(entry) => {
                    let id = entry.id();
                    let outcome = self.history.place(entry);
                    if let Verdict::ForkFound { .. } = outcome.verdict {
                        taken
                            .forks
                            .extend(outcome.changes.forks.iter().map(|it| it.log));
                    }
                    (id, Fate::Judged(outcome.verdict))
                }
                Err((id, error)) => (id, Fate::False(error)),
            };
            taken.verdicts.push((id, fate));
        }
        Ok(taken)
    }

    fn wants(&mut self, _: &BlobHash) -> bool {
        false
    }

    fn take_blob(&mut self, _: BlobRef, _: Vec<u8>) -> Result<(), StoreError> {
        Ok(())
    }

    fn wants_carried(&mut self, _: Height) -> Result<bool, StoreError> {
        Ok(false)
    }

    fn take_carried(&mut self, _: &[u8]) -> Result<bool, NewcomerError> {
        Ok(false)
    }

    fn pending(&self) -> Result<usize, StoreError> {
        Ok(self.history.pending_len())
    }

    fn finish(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}
