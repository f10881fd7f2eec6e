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
//! | 4 | height that the journal is about; it and what follows are missing before the first signature |
//! | 1 + 8 | the second that was stamped at that height, if one was |
//! | var n × (var m, m) | the journal: what was decided on before it was said, in order |
//!
//! Keys and journal are one file, so that no key can meet a journal older than itself.

use std::{io, path::Path};

use commune_crdt::{
    checkpoint::SeedPreimage,
    codec::{CodecError, Reader, Writer},
    keys::SecretKey,
    time::{Height, Seconds},
};
use zeroize::Zeroizing;

use super::{VaultError, folder::SIGNER, random, sealed::SealedFile};

const FILE: SealedFile = SealedFile {
    name: SIGNER,
    magic: *b"cmnsignr",
    purpose: "commune signer file v1",
    max_len: 8 * 1_024 * 1_024,
};

/// Most notes of a journal.
const MAX_NOTES: usize = 100_000;

/// Longest note of a journal, in bytes.
const MAX_NOTE_LEN: usize = 64 * 1_024;

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

/// What a signer decided on at one height, in the order in which it did, before it said it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Journal {
    /// The height.
    pub height: Height,
    /// The second that was stamped.
    pub stamp: Option<Seconds>,
    /// Notes in a form of their owner's.
    pub notes: Vec<Vec<u8>>,
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
        Self::read_all(dir, store_key).map(|(keys, _)| keys)
    }

    /// Reads the keys and the journal in the data folder `dir`.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the file is missing, damaged or of another vault.
    pub fn read_all(dir: &Path, store_key: &[u8; 32]) -> Result<(Self, Journal), VaultError> {
        let keys = FILE.read(dir, store_key, Self::decode)?;
        let missing = || VaultError::read(&dir.join(SIGNER), io::ErrorKind::NotFound.into());
        keys.ok_or_else(missing)
    }

    /// Writes the keys into a folder that has none.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the disk refuses.
    pub(super) fn write(&self, dir: &Path, store_key: &[u8; 32]) -> Result<(), VaultError> {
        FILE.create(dir, store_key, self.encode(None))
    }

    /// Draws new keys in place of those in the data folder `dir`, if there are any: what these said is
    /// forgotten with them.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the disk refuses: then the old ones are there still.
    pub fn renew(dir: &Path, store_key: &[u8; 32]) -> Result<Self, VaultError> {
        let keys = Self::generate()?;
        FILE.replace(dir, store_key, keys.encode(None))?;
        Ok(keys)
    }

    /// Brings the journal to the disk, beside the keys, before anything of it is said.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the disk refuses: then nothing may be said.
    pub fn save(
        &self,
        dir: &Path,
        store_key: &[u8; 32],
        journal: &Journal,
    ) -> Result<(), VaultError> {
        FILE.replace(dir, store_key, self.encode(Some(journal)))
    }

    fn encode(&self, journal: Option<&Journal>) -> Vec<u8> {
        let mut content = Writer::with_capacity(96);
        content
            .raw(&self.cosignature.seed())
            .raw(&self.log_line.seed())
            .raw(self.chain.0.as_ref());
        if let Some(journal) = journal {
            content.u32(journal.height.0).flag(journal.stamp.is_some());
            if let Some(stamp) = journal.stamp {
                content.u64(stamp.0);
            }
            content.var_len(journal.notes.len());
            for note in &journal.notes {
                content.var_len(note.len()).raw(note);
            }
        }
        content.finish()
    }

    fn decode(content: &[u8]) -> Result<(Self, Journal), CodecError> {
        let mut reader = Reader::new(content);
        let keys = Self {
            cosignature: SecretKey::from_seed(&reader.array()?),
            log_line: SecretKey::from_seed(&reader.array()?),
            chain: SeedChain(Zeroizing::new(reader.array()?)),
        };
        let mut journal = Journal::default();
        if !reader.is_empty() {
            journal.height = Height(reader.u32()?);
            journal.stamp = match reader.flag()? {
                true => Some(Seconds(reader.u64()?)),
                false => None,
            };
            for _ in 0..reader.var_max("notes of the journal", MAX_NOTES)? {
                let len = reader.var_max("length of a note", MAX_NOTE_LEN)?;
                journal.notes.push(reader.bytes(len)?.to_vec());
            }
        }
        reader.finish()?;
        Ok((keys, journal))
    }
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

    /// The value whose next is `end`, the last one revealed or the commitment; `None` if the chain
    /// does not lead there. At most some 5 ms.
    pub fn before(&self, end: &[u8; 32]) -> Option<[u8; 32]> {
        let mut value = *self.0;
        for _ in 0..CHAIN_LEN {
            let next = Self::next(&value);
            if next == *end {
                return Some(value);
            }
            value = next;
        }
        None
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
    fn a_journal_is_kept_beside_the_keys() {
        let folder = tempfile::tempdir().unwrap();
        let keys = SignerKeys::generate().unwrap();
        keys.write(folder.path(), &[5; 32]).unwrap();
        let (_, journal) = SignerKeys::read_all(folder.path(), &[5; 32]).unwrap();
        assert_eq!(journal, Journal::default());
        let journal = Journal {
            height: Height(7),
            stamp: Some(Seconds(1_700_000_000)),
            notes: vec![vec![1, 2], vec![], vec![3; 300]],
        };
        keys.save(folder.path(), &[5; 32], &journal).unwrap();
        let (again, read) = SignerKeys::read_all(folder.path(), &[5; 32]).unwrap();
        assert_eq!(read, journal);
        assert_eq!(again.cosignature.public(), keys.cosignature.public());
        assert_eq!(again.chain.commitment(), keys.chain.commitment());
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
        assert_eq!(chain.before(&chain.commitment()), chain.reveal(1));
        assert_eq!(chain.before(&chain.reveal(7).unwrap()), chain.reveal(8));
        assert_eq!(chain.before(&[9; 32]), None);
        assert!(chain.reveal(CHAIN_LEN).is_some());
        assert_eq!(chain.reveal(CHAIN_LEN + 1), None);
        assert_eq!(chain.reveal(0), None);
    }
}
