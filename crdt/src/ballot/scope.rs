//! Whose ballots a device holds: those of its owner's ward, and of all others a sample that nobody else
//! can tell.
//!
//! A ballot has 18 kB and a national vote millions of them. What a device does not hold it knows by
//! name, by the root over the names, by the sum that a quorum of trustees locked, and by its shares.
//!
//! | bytes | of an encoded scope |
//! |------:|-------|
//! |     1 | 0 all, 1 a ward and a sample, 2 a sample |
//! |     2 | the ward, else 0 |
//! |    32 | secret that draws the sample |
//! |     4 | electors of other wards |

use crate::{
    codec::{CodecError, Reader, Writer},
    hash::keyed_blake3,
    payload::Cast,
};

/// Ballots of other wards that a device looks at, on average if all electors vote.
///
/// If one ballot in a hundred is false, 300 show none with a chance of 5 %.
pub const SAMPLE: u32 = 300;

/// Which ballots of one vote a device asks for, verifies and adds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scope {
    /// All of them.
    pub all: bool,
    /// Those of this ward.
    pub ward: Option<u16>,
    /// What draws the sample; nobody else may know it before the ballots are fixed.
    pub secret: [u8; 32],
    /// Electors of other wards.
    pub others: u32,
}

impl Scope {
    /// Whether a ballot is in it.
    pub fn covers(&self, ballot: &Cast) -> bool {
        self.all || self.ward == Some(ballot.ward) || self.draws(ballot)
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
        let kind = match (self.all, self.ward) {
            (true, _) => 0,
            (false, Some(_)) => 1,
            (false, None) => 2,
        };
        out.u8(kind)
            .u16(self.ward.unwrap_or_default())
            .raw(&self.secret)
            .u32(self.others);
        out.finish()
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if the bytes are none.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let (kind, ward) = (reader.u8()?, reader.u16()?);
        let scope = Self {
            all: kind == 0,
            ward: (kind == 1).then_some(ward),
            secret: reader.array()?,
            others: reader.u32()?,
        };
        reader.finish()?;
        match kind {
            0..=2 => Ok(scope),
            _ => Err(CodecError::NotCanonical("scope")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{entry::BlobRef, hash::BlobHash};

    fn cast(ward: u16, number: u32) -> Cast {
        Cast {
            ward,
            blob: BlobRef::of(&number.to_be_bytes()),
        }
    }

    fn scope(ward: Option<u16>, others: u32) -> Scope {
        Scope {
            all: false,
            ward,
            secret: [7; 32],
            others,
        }
    }

    #[test]
    fn a_device_holds_its_ward_and_three_hundred_of_the_others() {
        let scope = scope(Some(3), 60_000);
        assert!((0..2_000).all(|it| scope.covers(&cast(3, it))));
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
        for it in [scope(Some(3), 7), scope(None, 8), all] {
            let bytes = it.encode();
            assert_eq!(Scope::decode(&bytes), Ok(it));
            for len in 0..bytes.len() {
                assert!(Scope::decode(&bytes[..len]).is_err());
            }
        }
        assert!(Scope::decode(&[3; 39]).is_err());
        let hash = BlobHash([0; 32]);
        let blob = BlobRef { hash, len: 1 };
        assert!(!scope(Some(1), u32::MAX).covers(&Cast { ward: 2, blob }));
    }
}
