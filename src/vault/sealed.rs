//! Small files of the data folder, sealed under keys that the vault's store key gives.
//!
//! Each has a name, a mark at its head, a bound and a key of its own, so that none can stand in for
//! another.

use std::{io, path::Path};

use commune_crdt::{codec::CodecError, hash::derive_key};
use zeroize::Zeroizing;

use super::{
    VaultError, file,
    seal::{self, Magic, SealError, Sealed, Under},
};

/// A kind of sealed file.
#[derive(Clone, Copy, Debug)]
pub(super) struct SealedFile {
    /// Its name in the data folder.
    pub(super) name: &'static str,
    /// The mark at its head.
    pub(super) magic: Magic,
    /// What its key is derived for.
    pub(super) purpose: &'static str,
    /// The longest that is read, in bytes.
    pub(super) max_len: usize,
}

impl SealedFile {
    /// What `decode` makes of the content in the data folder `dir`; none if there is no such file.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the file is damaged or of another vault.
    pub(super) fn read<T>(
        &self,
        dir: &Path,
        store_key: &[u8; 32],
        decode: impl FnOnce(&[u8]) -> Result<T, CodecError>,
    ) -> Result<Option<T>, VaultError> {
        let path = dir.join(self.name);
        let bytes = match file::read(&path, self.max_len) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(VaultError::read(&path, source)),
        };
        Sealed::decode(&self.magic, &bytes)
            .and_then(|sealed| sealed.open_with(&self.key(store_key)))
            .and_then(|content| decode(&content).map_err(SealError::Format))
            .map(Some)
            .map_err(|source| VaultError::Seal { path, source })
    }

    /// Writes `content`, in place of what is there.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the disk refuses; what was there stands then.
    pub(super) fn replace(
        &self,
        dir: &Path,
        store_key: &[u8; 32],
        content: Vec<u8>,
    ) -> Result<(), VaultError> {
        let path = dir.join(self.name);
        let bytes = self.seal(&path, store_key, content)?;
        file::replace(&path, &bytes).map_err(|source| VaultError::Write { path, source })
    }

    /// Writes `content` where there is no such file yet.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if there is one, or the disk refuses.
    pub(super) fn create(
        &self,
        dir: &Path,
        store_key: &[u8; 32],
        content: Vec<u8>,
    ) -> Result<(), VaultError> {
        let path = dir.join(self.name);
        let bytes = self.seal(&path, store_key, content)?;
        file::create(&path, &bytes).map_err(|source| VaultError::Write { path, source })
    }

    fn seal(
        &self,
        path: &Path,
        store_key: &[u8; 32],
        content: Vec<u8>,
    ) -> Result<Vec<u8>, VaultError> {
        let content = Zeroizing::new(content);
        seal::seal(&self.magic, Under::Key(&self.key(store_key)), &content).map_err(|source| {
            VaultError::Seal {
                path: path.to_owned(),
                source,
            }
        })
    }

    fn key(&self, store_key: &[u8; 32]) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(derive_key(self.purpose, &[store_key]))
    }
}
