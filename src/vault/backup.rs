//! A backup: what brings a person back after the loss of every device.
//!
//! It holds the member seed, the name and the genesis with the network's secret, sealed under a
//! passphrase. It holds no device key, no store key and no signing key: a restored device starts new
//! ones, since the old logs may have entries out that no backup knows. Entries come back by sync.
//!
//! | bytes | field of the sealed content |
//! |------:|-------|
//! |    32 | member seed |
//! | 2 + n | name, at most 64 bytes |
//! |     4 | minute of the backup |
//! | 1 (+ 4 + n) | whether there is a genesis; its file |

use commune_crdt::{
    codec::{CodecError, Reader, Writer},
    genesis::MAX_GENESIS_LEN,
    keys::{MemberKey, SecretKey},
    payload::MAX_NAME_LEN,
    time::ClaimedMinutes,
};
use zeroize::Zeroizing;

use super::{
    NAME, Seed,
    seal::{self, Magic, SealError, Sealed, Under},
};

const MAGIC: Magic = *b"cmnbckup";

/// The longest backup that is read, in bytes: a genesis, and room for the rest.
pub const MAX_LEN: usize = MAX_GENESIS_LEN.saturating_add(64 * 1024);

/// What a backup holds.
#[derive(Clone)]
pub struct Backup {
    /// The member seed.
    pub seed: Seed,
    /// Name of the member.
    pub name: String,
    /// When it was made, by the device's clock.
    pub created: ClaimedMinutes,
    /// The genesis file of the network, if the device had joined one.
    pub genesis: Option<Zeroizing<Vec<u8>>>,
}

impl Backup {
    /// Whose backup it is.
    pub fn member_key(&self) -> MemberKey {
        SecretKey::from_seed(&self.seed).member_key()
    }

    /// The backup as a file.
    ///
    /// # Errors
    ///
    /// [`SealError`] when the system has no randomness or no memory.
    pub fn seal(&self, under: Under<'_>) -> Result<Vec<u8>, SealError> {
        let genesis_len = self.genesis.as_ref().map_or(0, |it| it.len());
        // Room for all of it, so that no copy stays behind where the memory grew.
        let mut out = Writer::with_capacity(genesis_len.saturating_add(1_024));
        out.raw(self.seed.as_ref())
            .short_bytes(self.name.as_bytes())
            .u32(self.created.0)
            .flag(self.genesis.is_some());
        if let Some(genesis) = &self.genesis {
            out.u32(u32::try_from(genesis.len()).map_err(|_| SealError::TooLong)?)
                .raw(genesis);
        }
        seal::seal(&MAGIC, under, &Zeroizing::new(out.finish()))
    }

    /// Reads a backup that is still closed.
    ///
    /// # Errors
    ///
    /// [`SealError`] if it is none, or damaged.
    pub fn read(bytes: &[u8]) -> Result<Sealed<'_>, SealError> {
        Sealed::decode(&MAGIC, bytes)
    }

    /// Opens one.
    ///
    /// # Errors
    ///
    /// [`SealError`] if the passphrase is not the right one.
    pub fn open(sealed: &Sealed<'_>, passphrase: Option<&str>) -> Result<Self, SealError> {
        Self::decode(&sealed.open(passphrase)?).map_err(SealError::Format)
    }

    fn decode(content: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(content);
        let seed = Zeroizing::new(reader.array()?);
        let name = reader.text(NAME, MAX_NAME_LEN)?;
        let created = ClaimedMinutes(reader.u32()?);
        let genesis = if reader.flag()? {
            let len = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
            Some(Zeroizing::new(reader.bytes(len)?.to_vec()))
        } else {
            None
        };
        reader.finish()?;
        Ok(Self {
            seed,
            name,
            created,
            genesis,
        })
    }
}

impl std::fmt::Debug for Backup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backup")
            .field("member", &self.member_key())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::seal::Cost;

    #[test]
    fn a_backup_comes_back_with_and_without_a_network() {
        for genesis in [None, Some(Zeroizing::new(vec![7; 100_000]))] {
            let backup = Backup { genesis, ..zoe() };
            let file = backup
                .seal(Under::Passphrase("correct horse", Cost::CHEAP))
                .unwrap();
            let sealed = Backup::read(&file).unwrap();
            let read = Backup::open(&sealed, Some("correct horse")).unwrap();
            assert_eq!(
                (read.seed, read.name, read.created),
                (backup.seed, backup.name, backup.created)
            );
            assert_eq!(read.genesis, backup.genesis);
            let wrong = Backup::open(&sealed, Some("wrong")).unwrap_err();
            assert_eq!(wrong, SealError::Passphrase);
        }
    }

    #[test]
    fn every_truncation_of_the_content_is_an_error() {
        let backup = Backup {
            genesis: Some(Zeroizing::new(vec![7; 9])),
            ..zoe()
        };
        let file = backup.seal(Under::Nothing).unwrap();
        let content = Backup::read(&file).unwrap().open(None).unwrap();
        for len in 0..content.len() {
            assert!(Backup::decode(&content[..len]).is_err(), "{len}");
        }
    }

    fn zoe() -> Backup {
        Backup {
            seed: Zeroizing::new([3; 32]),
            name: "Zoé".to_owned(),
            created: ClaimedMinutes(29_400_000),
            genesis: None,
        }
    }
}
