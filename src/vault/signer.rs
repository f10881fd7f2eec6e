//! The keys that sign checkpoints: `DIR/signer`.
//!
//! A signing key serves one purpose and lives in one place: it is in no backup, and a restored
//! device draws new ones. Otherwise a signer that comes back from yesterday's copy could sign a
//! second, different record of a height that it has signed already.
//!
//! | bytes | field, sealed under a key that the vault's store key gives |
//! |------:|-------|
//! |    32 | seed of the cosignature key |
//! |    32 | seed of the log line key, whose name is the network's |
//! |    32 | start of the seed chain |

use std::path::Path;

use commune_crdt::{
    checkpoint::SeedPreimage,
    codec::{CodecError, Reader, Writer},
    hash::derive_key,
    keys::SecretKey,
};
use zeroize::Zeroizing;

use super::{
    VaultError, file,
    folder::SIGNER,
    random,
    seal::{self, Magic, SealError, Sealed, Under},
};

const MAGIC: Magic = *b"cmnsignr";

/// The longest signer file that is read, in bytes.
const MAX_LEN: usize = 4 * 1024;

/// Values of a seed chain: one a day for 179 years, and a few thousand meetups.
pub const CHAIN_LEN: u32 = 65_536;

/// The keys of one signer.
#[derive(Clone, Debug)]
pub struct SignerKeys {
    /// Cosigns checkpoints.
    pub cosignature: SecretKey,
    /// Signs the log line of a checkpoint that this device assembles.
    pub log_line: SecretKey,
    /// Where the randomness of records comes from.
    pub chain: SeedChain,
}

impl SignerKeys {
    /// Draws new keys.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when the system has no randomness.
    pub fn generate() -> Result<Self, VaultError> {
        Ok(Self {
            cosignature: SecretKey::from_seed(&*random::secret()?),
            log_line: SecretKey::from_seed(&*random::secret()?),
            chain: SeedChain(random::secret()?),
        })
    }

    /// Reads the keys in the data folder `dir`.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the file is missing, damaged or of another vault.
    pub fn read(dir: &Path, store_key: &[u8; 32]) -> Result<Self, VaultError> {
        let path = dir.join(SIGNER);
        let bytes = file::read(&path, MAX_LEN).map_err(|source| VaultError::read(&path, source))?;
        Sealed::decode(&MAGIC, &bytes)
            .and_then(|sealed| sealed.open_with(&file_key(store_key)))
            .and_then(|content| Self::decode(&content).map_err(SealError::Format))
            .map_err(|source| VaultError::Seal { path, source })
    }

    /// Writes the keys into a folder that has none.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the disk refuses.
    pub(super) fn write(&self, dir: &Path, store_key: &[u8; 32]) -> Result<(), VaultError> {
        let path = dir.join(SIGNER);
        let mut content = Writer::with_capacity(96);
        content
            .raw(&self.cosignature.seed())
            .raw(&self.log_line.seed())
            .raw(self.chain.0.as_ref());
        let content = Zeroizing::new(content.finish());
        let bytes =
            seal::seal(&MAGIC, Under::Key(&file_key(store_key)), &content).map_err(|source| {
                VaultError::Seal {
                    path: path.clone(),
                    source,
                }
            })?;
        file::create(&path, &bytes).map_err(|source| VaultError::Write { path, source })
    }

    fn decode(content: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(content);
        let keys = Self {
            cosignature: SecretKey::from_seed(&reader.array()?),
            log_line: SecretKey::from_seed(&reader.array()?),
            chain: SeedChain(Zeroizing::new(reader.array()?)),
        };
        reader.finish()?;
        Ok(keys)
    }
}

fn file_key(store_key: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(derive_key("commune signer file v1", &[store_key]))
}

/// A chain of hashes, committed to by its end and revealed backwards: each value proves the one
/// before it, and nobody, its owner neither, can choose the next.
#[derive(Clone)]
pub struct SeedChain(Zeroizing<[u8; 32]>);

impl SeedChain {
    /// The end of the chain, which the card publishes. Some 5 ms.
    pub fn commitment(&self) -> [u8; 32] {
        self.link(CHAIN_LEN)
    }

    /// The value revealed as the `number`-th, from 1; `None` after the last.
    pub fn reveal(&self, number: u32) -> Option<[u8; 32]> {
        let steps = CHAIN_LEN.checked_sub(number)?;
        (number > 0).then(|| self.link(steps))
    }

    /// What comes after `value` in a chain, towards its commitment.
    pub fn next(value: &[u8; 32]) -> [u8; 32] {
        SeedPreimage(*value).proves()
    }

    fn link(&self, steps: u32) -> [u8; 32] {
        (0..steps).fold(*self.0, |value, _| Self::next(&value))
    }
}

impl std::fmt::Debug for SeedChain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SeedChain")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_and_open_with_their_vault_only() {
        let folder = tempfile::tempdir().unwrap();
        let keys = SignerKeys::generate().unwrap();
        keys.write(folder.path(), &[5; 32]).unwrap();
        let read = SignerKeys::read(folder.path(), &[5; 32]).unwrap();
        assert_eq!(read.cosignature.public(), keys.cosignature.public());
        assert_eq!(read.log_line.public(), keys.log_line.public());
        assert_eq!(read.chain.commitment(), keys.chain.commitment());
        assert!(SignerKeys::read(folder.path(), &[6; 32]).is_err());
    }

    #[test]
    fn each_revealed_value_proves_the_one_before() {
        let chain = SeedChain(Zeroizing::new([1; 32]));
        assert_eq!(
            SeedChain::next(&chain.reveal(1).unwrap()),
            chain.commitment()
        );
        assert_eq!(
            SeedChain::next(&chain.reveal(2).unwrap()),
            chain.reveal(1).unwrap()
        );
        assert!(chain.reveal(CHAIN_LEN).is_some());
        assert_eq!(chain.reveal(CHAIN_LEN + 1), None);
        assert_eq!(chain.reveal(0), None);
    }
}
