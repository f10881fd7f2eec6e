//! Whose ballots a device holds: those of its owner's ward and of the neighbour with which it may be
//! counted, and of all others a sample that nobody else can tell.
//!
//! A ballot has 18 kB and a national vote millions of them. What a device does not hold it knows by
//! name, by the root over the names, by the sum that a quorum of trustees locked, and by its shares.
//!
//! | bytes | of an encoded scope |
//! |------:|-------|
//! |     1 | 0 all, 1 those of a key and a sample, 2 a sample |
//! |     2 | the key, else 0 |
//! |    32 | secret that draws the sample |
//! |     4 | electors with other keys |
//! | var n | accused, ascending: 32 each |

use std::collections::BTreeSet;

use crate::{
    codec::{CodecError, Reader, Writer},
    hash::{BlobHash, keyed_blake3},
    payload::Cast,
};

/// Most accused ballots that a device asks for outside its wards.
const MAX_ACCUSED: usize = 1_000;

/// Ballots of other wards that a device looks at, on average if all electors vote.
///
/// If one ballot in a hundred is false, 300 show none with a chance of 5 %.
pub const SAMPLE: u32 = 300;

/// Which ballots of one vote a device asks for, verifies and adds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scope {
    /// All of them.
    pub all: bool,
    /// Those of the two wards with this key, of which few ballots are counted together.
    pub key: Option<u16>,
    /// What draws the sample; nobody else may know it before the ballots are fixed.
    pub secret: [u8; 32],
    /// Electors with other keys.
    pub others: u32,
    /// Those whose proof somebody calls false: whether they count hangs on their bytes.
    pub accused: BTreeSet<BlobHash>,
}

impl Scope {
    /// Whether a ballot is in it.
    pub fn covers(&self, ballot: &Cast) -> bool {
        // There is a scope without all only where there are two wards or more.
        let is_here = self.key == Some(ballot.ward / 2);
        self.all || is_here || self.draws(ballot) || self.accused.contains(&ballot.blob.hash)
    }

    /// Takes in what somebody accuses, as far as there is room.
    pub fn accuse(&mut self, ballots: impl IntoIterator<Item = BlobHash>) {
        for it in ballots {
            if self.accused.len() < MAX_ACCUSED {
                self.accused.insert(it);
            }
        }
    }

    /// Each with the same chance, whatever else was cast.
    fn draws(&self, ballot: &Cast) -> bool {
        let hash = keyed_blake3(&self.secret, &[b"sample", ballot.blob.hash.as_bytes()]);
        let (chance, _) = hash.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
        let place = u128::from(u64::from_be_bytes(*chance)).saturating_mul(self.others.into());
        place < u128::from(SAMPLE) << 64
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        let kind = match (self.all, self.key) {
            (true, _) => 0,
            (false, Some(_)) => 1,
            (false, None) => 2,
        };
        out.u8(kind)
            .u16(self.key.unwrap_or_default())
            .raw(&self.secret)
            .u32(self.others)
            .var_len(self.accused.len());
        for it in &self.accused {
            out.raw(it.as_bytes());
        }
        out.finish()
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if the bytes are none.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let (kind, key) = (reader.u8()?, reader.u16()?);
        let mut scope = Self {
            all: kind == 0,
            key: (kind == 1).then_some(key),
            secret: reader.array()?,
            others: reader.u32()?,
            accused: BTreeSet::new(),
        };
        for _ in 0..reader.var_max("number of accused ballots", MAX_ACCUSED)? {
            let hash = BlobHash(reader.array()?);
            if scope.accused.last() >= Some(&hash) {
                return Err(CodecError::NotCanonical("scope"));
            }
            scope.accused.insert(hash);
        }
        reader.finish()?;
        match scope.encode() == bytes {
            true => Ok(scope),
            false => Err(CodecError::NotCanonical("scope")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::BlobRef;

    fn cast(ward: u16, number: u32) -> Cast {
        Cast {
            ward,
            blob: BlobRef::of(&number.to_be_bytes()),
        }
    }

    fn scope(key: Option<u16>, others: u32) -> Scope {
        Scope {
            all: false,
            key,
            secret: [7; 32],
            others,
            accused: BTreeSet::new(),
        }
    }

    #[test]
    fn a_device_holds_its_ward_its_neighbour_and_three_hundred_of_the_others() {
        let scope = scope(Some(1), 60_000);
        let here = |it| scope.covers(&cast(2, it)) && scope.covers(&cast(3, it));
        assert!((0..2_000).all(here));
        let drawn = (0..60_000).filter(|it| scope.covers(&cast(4, *it))).count();
        // Three hundred on average; four standard deviations are 70.
        assert!((230..=370).contains(&drawn), "{drawn}");
        let other = Scope {
            secret: [8; 32],
            ..scope.clone()
        };
        let both = |it: &u32| scope.covers(&cast(4, *it)) && other.covers(&cast(4, *it));
        assert!((0..60_000).filter(both).count() < 20);
    }

    #[test]
    fn where_few_others_vote_all_are_looked_at() {
        assert!((0..300).all(|it| scope(None, 300).covers(&cast(4, it))));
        let all = Scope {
            all: true,
            ..scope(None, u32::MAX)
        };
        assert!((0..300).all(|it| all.covers(&cast(4, it))));
    }

    #[test]
    fn it_comes_back_as_it_was_written() {
        let all = Scope {
            all: true,
            ..scope(None, 9)
        };
        let mut accusing = scope(Some(2), 7);
        let hashes = (0..2_000).map(|it| cast(9, it).blob.hash);
        accusing.accuse(hashes);
        assert_eq!(accusing.accused.len(), MAX_ACCUSED);
        assert!((0..MAX_ACCUSED).all(|it| accusing.covers(&cast(9, it.try_into().unwrap()))));
        for it in [scope(Some(3), 7), scope(None, 8), all, accusing] {
            // Thirty thousand cuts of thirty thousand bytes take too long.
            let step = 1 + it.accused.len() / 10;
            let bytes = it.encode();
            assert_eq!(Scope::decode(&bytes), Ok(it));
            for len in (0..bytes.len()).step_by(step) {
                assert!(Scope::decode(&bytes[..len]).is_err());
            }
        }
        let kind = |kind| [&[kind, 0, 0], [0; 37].as_slice()].concat();
        assert!(Scope::decode(&kind(2)).is_ok());
        assert!(Scope::decode(&kind(3)).is_err());
        // A key where there is none.
        assert!(Scope::decode(&[&[2, 0, 1], [0; 37].as_slice()].concat()).is_err());
        assert!(!scope(Some(1), u32::MAX).covers(&cast(4, 0)));
    }
}
