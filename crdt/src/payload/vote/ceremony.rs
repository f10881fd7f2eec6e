//! How trustees make a key without meeting: pieces, acknowledgements, complaints.

use crate::{
    codec::{CodecError, Reader, Writer},
    keys::SEALED_SEED_LEN,
};

/// Bytes of the public half of a piece.
pub const PUBLIC_LEN: usize = 16_384;

/// Most others who hold a piece.
const MAX_SEALED: usize = 6;

/// Most pieces of a key: of 4 of 7.
const MAX_PIECES: u8 = 35;

/// A piece of a tally key, made by the lowest seat that holds it.
///
/// | bytes | field |
/// |------:|-------|
/// |     1 | round |
/// |     2 | key, from 0 |
/// |     1 | piece, from 0 |
/// | 16,384 | public half |
/// |     1 | number of seals; none but of key 0, whose seed is that of all keys |
/// | 1 + 1,168 | seat, ascending; the seed sealed for it |
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Piece {
    /// Round of the ceremony.
    pub round: u8,
    /// Which key of the vote.
    pub key: u16,
    /// Which piece of it.
    pub index: u8,
    /// Its public half, [`PUBLIC_LEN`] bytes.
    pub public: Vec<u8>,
    /// Seat and sealed seed, by seat.
    pub sealed: Vec<(u8, Vec<u8>)>,
}

/// A trustee recomputed all pieces that their seat holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Acknowledgement {
    /// Round of the ceremony.
    pub round: u8,
    /// Hash over these pieces: `ballot::pieces_hash`.
    pub pieces: [u8; 32],
}

/// A piece is not what its seed gives, or the seed does not come out of its seal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Complaint {
    /// Round of the ceremony.
    pub round: u8,
    /// Which key.
    pub key: u16,
    /// Which piece of it.
    pub index: u8,
}

impl Piece {
    pub(super) fn write(&self, out: &mut Writer) {
        out.u8(self.round)
            .u16(self.key)
            .u8(self.index)
            .raw(&self.public)
            .u8(u8::try_from(self.sealed.len()).unwrap_or(u8::MAX));
        for (seat, sealed) in &self.sealed {
            out.u8(*seat).raw(sealed);
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let (round, key, index) = (reader.u8()?, reader.u16()?, read_index(reader)?);
        let public = reader.bytes(PUBLIC_LEN)?.to_vec();
        let count = super::super::read_count(reader, "number of seals", MAX_SEALED)?;
        let mut sealed = Vec::with_capacity(count);
        for _ in 0..count {
            sealed.push((reader.u8()?, reader.bytes(SEALED_SEED_LEN)?.to_vec()));
        }
        let ascend = sealed.is_sorted_by(|a: &(u8, _), b| a.0 < b.0);
        if !ascend || (key > 0 && count > 0) {
            return Err(CodecError::NotCanonical("list of seals"));
        }
        Ok(Self {
            round,
            key,
            index,
            public,
            sealed,
        })
    }
}

impl Acknowledgement {
    pub(super) fn write(&self, out: &mut Writer) {
        out.u8(self.round).raw(&self.pieces);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            round: reader.u8()?,
            pieces: reader.array()?,
        })
    }
}

impl Complaint {
    pub(super) fn write(&self, out: &mut Writer) {
        out.u8(self.round).u16(self.key).u8(self.index);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            round: reader.u8()?,
            key: reader.u16()?,
            index: read_index(reader)?,
        })
    }
}

pub(super) fn read_index(reader: &mut Reader<'_>) -> Result<u8, CodecError> {
    match reader.u8()? {
        it if it < MAX_PIECES => Ok(it),
        it => Err(CodecError::OverLimit {
            what: "number of a piece",
            value: it.into(),
            limit: u64::from(MAX_PIECES).saturating_sub(1),
        }),
    }
}
