//! What a trustee keeps until a vote is counted: the seeds of the pieces of its key.
//!
//! `DIR/trustee` is sealed like the signing keys. No backup has it: a seed that outlives its vote opens
//! single ballots.
//!
//! | bytes | field, sealed under a key that the vault's store key gives |
//! |------:|-------|
//! | var n | seeds, ascending, each: |
//! |    16 | vote |
//! |     1 | round of the ceremony |
//! |     1 | piece |
//! |    32 | seed |

use std::{collections::BTreeMap, path::Path};

use commune_crdt::{
    codec::{CodecError, Reader, Writer},
    payload::VoteId,
};
use zeroize::{Zeroize, Zeroizing};

use super::{VaultError, folder::TRUSTEE, sealed::SealedFile};

const FILE: SealedFile = SealedFile {
    name: TRUSTEE,
    magic: *b"cmntrust",
    purpose: "commune trustee file v1",
    max_len: 1_024 * 1_024,
};

/// Most seeds that are kept: 20 for each of a thousand votes.
const MAX_SEEDS: usize = 20_000;

/// Which piece of which vote's key, in which round of its ceremony.
pub type PieceName = (VoteId, u8, u8);

/// The seeds of one trustee.
#[derive(Debug, Default)]
pub struct Seeds(BTreeMap<PieceName, Zeroizing<[u8; 32]>>);

impl Seeds {
    /// Those in the data folder `dir`.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the file is damaged or of another vault.
    pub fn read(dir: &Path, store_key: &[u8; 32]) -> Result<Self, VaultError> {
        Ok(FILE.read(dir, store_key, Self::decode)?.unwrap_or_default())
    }

    /// Brings them to the disk.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the disk refuses: what was there stands.
    pub fn write(&self, dir: &Path, store_key: &[u8; 32]) -> Result<(), VaultError> {
        let mut out = Writer::new();
        out.var_len(self.0.len());
        for ((vote, round, piece), seed) in &self.0 {
            out.raw(&vote.0).u8(*round).u8(*piece).raw(seed.as_ref());
        }
        FILE.replace(dir, store_key, out.finish())
    }

    /// The seed of a piece.
    pub fn get(&self, name: &PieceName) -> Option<&[u8; 32]> {
        self.0.get(name).map(|it| &**it)
    }

    /// Keeps the seed of a piece.
    pub fn put(&mut self, name: PieceName, seed: [u8; 32]) {
        self.0.insert(name, Zeroizing::new(seed));
    }

    /// The pieces of one round of a vote.
    pub fn of(&self, vote: VoteId, round: u8) -> impl Iterator<Item = (u8, &[u8; 32])> {
        let here = self.0.range((vote, round, 0)..=(vote, round, u8::MAX));
        here.map(|((_, _, piece), seed)| (*piece, &**seed))
    }

    /// Forgets all seeds of a vote, and says how many there were.
    pub fn erase(&mut self, vote: VoteId) -> usize {
        let before = self.0.len();
        self.0.retain(|(it, ..), seed| {
            let keep = *it != vote;
            if !keep {
                seed.zeroize();
            }
            keep
        });
        before.saturating_sub(self.0.len())
    }

    fn decode(content: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(content);
        let count = reader.var_max("number of seeds", MAX_SEEDS)?;
        let mut seeds = Self::default();
        for _ in 0..count {
            let name = (VoteId(reader.array()?), reader.u8()?, reader.u8()?);
            seeds.put(name, reader.array()?);
        }
        reader.finish()?;
        Ok(seeds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_come_back_until_they_are_erased_and_for_their_vault_only() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (VoteId([1; 16]), VoteId([2; 16]));
        let mut seeds = Seeds::read(folder.path(), &[5; 32]).unwrap();
        seeds.put((one, 0, 3), [7; 32]);
        seeds.put((one, 1, 3), [8; 32]);
        seeds.put((other, 0, 3), [9; 32]);
        seeds.write(folder.path(), &[5; 32]).unwrap();
        let mut read = Seeds::read(folder.path(), &[5; 32]).unwrap();
        assert_eq!(read.of(one, 0).collect::<Vec<_>>(), [(3, &[7; 32])]);
        assert_eq!(read.get(&(one, 1, 3)), Some(&[8; 32]));
        assert!(Seeds::read(folder.path(), &[6; 32]).is_err());
        assert_eq!(read.erase(one), 2);
        read.write(folder.path(), &[5; 32]).unwrap();
        let left = Seeds::read(folder.path(), &[5; 32]).unwrap();
        assert_eq!(left.of(one, 0).count(), 0);
        assert_eq!(left.get(&(other, 0, 3)), Some(&[9; 32]));
    }
}
