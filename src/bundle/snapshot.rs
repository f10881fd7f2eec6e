//! What a device holds at one moment, for a work so long that others must not wait for it.

use commune_crdt::{
    entry::{BlobRef, LogId, SignedEntry},
    hash::EntryId,
    history::History,
    sync::holdings::Holdings,
};

use crate::{device::Device, store::StoreError};

/// A copy of a device's history, and its store.
#[derive(Debug)]
pub struct Snapshot<'a> {
    device: &'a Device,
    history: History,
    missing: Vec<(BlobRef, u32)>,
}

impl<'a> Snapshot<'a> {
    /// What `device` holds now.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn of(device: &'a Device) -> Result<Self, StoreError> {
        let view = device.view()?;
        Ok(Self {
            device,
            history: view.history().clone(),
            missing: view.missing_blobs(),
        })
    }

    /// The history alone.
    pub fn into_history(self) -> History {
        self.history
    }
}

impl Holdings for Snapshot<'_> {
    fn history(&self) -> &History {
        &self.history
    }

    fn digest(&self) -> [u8; 32] {
        self.history.digest()
    }

    fn entry(&self, id: &EntryId) -> Option<SignedEntry> {
        let bytes = self.device.store().entry(id).ok()??;
        SignedEntry::decode(&bytes).ok()
    }

    fn fork(&self, log: &LogId) -> Option<[Vec<u8>; 2]> {
        let [a, b] = self.history.log(log)?.fork()?.proof;
        let bytes = |id| self.device.store().entry(&id).ok()?;
        Some([bytes(a)?, bytes(b)?])
    }

    fn blob_part(&self, blob: &BlobRef, offset: u32, max_len: usize) -> Option<Vec<u8>> {
        let end = offset.saturating_add(u32::try_from(max_len).unwrap_or(u32::MAX));
        self.device.store().blob_part(blob, offset..end).ok()
    }

    fn missing_blobs(&self) -> Vec<(BlobRef, u32)> {
        self.missing.clone()
    }
}
