//! What a session sees of a device.

use std::sync::{PoisonError, RwLockReadGuard};

use commune_crdt::{
    entry::{BlobRef, LogId, SignedEntry},
    hash::EntryId,
    history::History,
    sync::holdings::Holdings,
};

use super::{Device, StoreError};

/// A device's history at one moment, and the bytes behind it.
#[derive(Debug)]
pub struct View<'a> {
    device: &'a Device,
    history: RwLockReadGuard<'a, History>,
}

impl Device {
    /// Looks at the device; nothing is placed while the view lives.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn view(&self) -> Result<View<'_>, StoreError> {
        Ok(View {
            device: self,
            history: self.history()?,
        })
    }
}

impl Holdings for View<'_> {
    fn history(&self) -> &History {
        &self.history
    }

    fn digest(&self) -> [u8; 32] {
        let device = self.device;
        let version = *device
            .version
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut cache = device.digest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, digest)) = *cache
            && at == version
        {
            return digest;
        }
        let digest = self.history.digest();
        *cache = Some((version, digest));
        digest
    }

    fn entry(&self, id: &EntryId) -> Option<SignedEntry> {
        let bytes = self.device.store.entry(id).ok()??;
        SignedEntry::decode(&bytes).ok()
    }

    fn fork(&self, log: &LogId) -> Option<[Vec<u8>; 2]> {
        let [a, b] = self.history.log(log)?.fork()?.proof;
        let bytes = |id| self.device.store.entry(&id).ok()?;
        Some([bytes(a)?, bytes(b)?])
    }

    fn blob_part(&self, blob: &BlobRef, offset: u32, max_len: usize) -> Option<Vec<u8>> {
        let end = offset
            .saturating_add(u32::try_from(max_len).unwrap_or(u32::MAX))
            .min(blob.len);
        self.device.store.blob_part(blob, offset..end).ok()
    }

    fn missing_blobs(&self) -> Vec<(BlobRef, u32)> {
        self.device
            .missing()
            .values()
            .take(64)
            .filter_map(|blob| {
                let lacking = self.device.store.blob_missing(blob).ok()??;
                Some((*blob, lacking.start))
            })
            .collect()
    }
}
