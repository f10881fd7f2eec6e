//! Ballots that are encrypted and neither cast nor opened yet, so that a voter can decide after seeing
//! the tracker which of the two it shall be.
//!
//! `DIR/ballots` is sealed like the signing keys and in no backup. A ballot that was cast is forgotten:
//! whoever knows its chance knows the choice.
//!
//! | bytes | field, sealed under a key that the vault's store key gives |
//! |------:|-------|
//! | var n | ballots, ascending by vote, each: |
//! |    16 | vote |
//! |     4 | place in this device's log for which it is bound |
//! |    32 | chance |
//! | 2 + n | slots, a byte 0 or 1 each |

use std::{collections::BTreeMap, path::Path};

use commune_crdt::{
    codec::{CodecError, Reader, Writer},
    payload::VoteId,
};
use zeroize::Zeroizing;

use super::{VaultError, folder::BALLOTS, sealed::SealedFile};

const FILE: SealedFile = SealedFile {
    name: BALLOTS,
    magic: *b"cmnballt",
    purpose: "commune ballots file v1",
    max_len: 1_024 * 1_024,
};

/// Most ballots that wait.
const MAX_BALLOTS: usize = 1_000;

/// Most slots of one.
const MAX_SLOTS: usize = 256;

/// A ballot that waits: what makes it again, byte for byte.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Prepared {
    /// The place in the device's log for which it is bound.
    pub seq: u32,
    /// Where its randomness comes from.
    pub chance: Zeroizing<[u8; 32]>,
    /// What it says.
    pub slots: Vec<bool>,
}

/// The ballots that wait, at most one a vote.
#[derive(Debug, Default)]
pub struct Ballots(BTreeMap<VoteId, Prepared>);

impl Ballots {
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
        for (vote, it) in &self.0 {
            let slots: Vec<u8> = it.slots.iter().map(|it| u8::from(*it)).collect();
            out.raw(&vote.0).u32(it.seq).raw(it.chance.as_ref());
            out.var_len(slots.len()).raw(&slots);
        }
        FILE.replace(dir, store_key, out.finish())
    }

    /// The ballot that waits in `vote`.
    pub fn get(&self, vote: VoteId) -> Option<&Prepared> {
        self.0.get(&vote)
    }

    /// Keeps one, in place of what waited.
    pub fn put(&mut self, vote: VoteId, prepared: Prepared) {
        self.0.insert(vote, prepared);
    }

    /// Forgets the one that waits in `vote`.
    pub fn forget(&mut self, vote: VoteId) {
        self.0.remove(&vote);
    }

    fn decode(content: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(content);
        let count = reader.var_max("number of ballots", MAX_BALLOTS)?;
        let mut ballots = Self::default();
        for _ in 0..count {
            let vote = VoteId(reader.array()?);
            let (seq, chance) = (reader.u32()?, Zeroizing::new(reader.array()?));
            let len = reader.var_max("number of slots", MAX_SLOTS)?;
            let slots = (0..len).map(|_| reader.flag()).collect::<Result<_, _>>()?;
            ballots.put(vote, Prepared { seq, chance, slots });
        }
        reader.finish()?;
        Ok(ballots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ballot_waits_until_it_is_forgotten_and_for_its_vault_only() {
        let folder = tempfile::tempdir().unwrap();
        let vote = VoteId([1; 16]);
        let prepared = Prepared {
            seq: 4,
            chance: Zeroizing::new([7; 32]),
            slots: vec![false, true],
        };
        let mut ballots = Ballots::read(folder.path(), &[5; 32]).unwrap();
        ballots.put(vote, prepared.clone());
        ballots.write(folder.path(), &[5; 32]).unwrap();
        let mut read = Ballots::read(folder.path(), &[5; 32]).unwrap();
        assert_eq!(read.get(vote), Some(&prepared));
        assert!(Ballots::read(folder.path(), &[6; 32]).is_err());
        read.forget(vote);
        read.write(folder.path(), &[5; 32]).unwrap();
        assert_eq!(
            Ballots::read(folder.path(), &[5; 32]).unwrap().get(vote),
            None
        );
    }
}
