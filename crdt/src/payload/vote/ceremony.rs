//! How trustees make a key without meeting: pieces, acknowledgements, complaints.

use super::cast::{read_blob, write_blob};
use crate::{
    codec::{CodecError, Reader, Writer},
    entry::BlobRef,
    keys::SEALED_SEED_LEN,
};

/// Bytes of the public half of a piece.
pub const PUBLIC_LEN: usize = 16_384;

/// Most others who hold a piece.
const MAX_SEALED: usize = 6;

/// A seat and the seed sealed for it.
const SEAL_LEN: usize = 1 + SEALED_SEED_LEN;

/// Most pieces of a key: of 4 of 7.
const MAX_PIECES: u8 = 35;

/// A piece of a tally key, made by the lowest seat that holds it.
///
/// | bytes | field |
/// |------:|-------|
/// |     1 | round |
/// |     2 | key, from 0 |
/// |     1 | piece, from 0 |
/// | 32 + 4 | hash and length of its public half, which travels apart: [`PUBLIC_LEN`] bytes |
/// | 1 + n | number of seats for whom the seed is sealed; the seats, ascending. None but of key 0, whose seed is that of all keys |
/// | 32 + 4 | if there are any: hash and length of the [`Seals`], which travel apart |
///
/// What decides who keeps a seat stands in the entry: nobody stops a vote by keeping bytes back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Piece {
    /// Round of the ceremony.
    pub round: u8,
    /// Which key of the vote.
    pub key: u16,
    /// Which piece of it.
    pub index: u8,
    /// Its public half.
    pub public: BlobRef,
    /// For which seats the seed is sealed, ascending.
    pub seats: Vec<u8>,
    /// The seals, if there are any.
    pub seals: Option<BlobRef>,
}

/// The seed of a piece, sealed for each other seat that holds it.
///
/// | bytes | field |
/// |------:|-------|
/// | 1 + 1,168 | seat, ascending; the seed sealed for it; up to the end |
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Seals(pub Vec<(u8, Vec<u8>)>);

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
        out.u8(self.round).u16(self.key).u8(self.index);
        write_blob(out, &self.public);
        out.u8(u8::try_from(self.seats.len()).unwrap_or(u8::MAX))
            .raw(&self.seats);
        if let Some(seals) = &self.seals {
            write_blob(out, seals);
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let (round, key, index) = (reader.u8()?, reader.u16()?, read_index(reader)?);
        let public = read_blob(reader)?;
        if usize::try_from(public.len) != Ok(PUBLIC_LEN) {
            return Err(CodecError::NotCanonical("length of a piece"));
        }
        let count = super::super::read_count(reader, "number of seals", MAX_SEALED)?;
        let seats = reader.bytes(count)?.to_vec();
        if !seats.is_sorted_by(|a, b| a < b) || (key > 0 && count > 0) {
            return Err(CodecError::NotCanonical("list of seats"));
        }
        let seals = (count > 0).then(|| read_blob(reader)).transpose()?;
        let expected = count.saturating_mul(SEAL_LEN);
        if seals.is_some_and(|it| usize::try_from(it.len) != Ok(expected)) {
            return Err(CodecError::NotCanonical("length of seals"));
        }
        Ok(Self {
            round,
            key,
            index,
            public,
            seats,
            seals,
        })
    }
}

impl Seals {
    /// Their bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::new();
        for (seat, sealed) in &self.0 {
            out.u8(*seat).raw(sealed);
        }
        out.finish()
    }

    /// Reads them.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if the bytes are none.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let mut seals: Vec<(u8, Vec<u8>)> = Vec::new();
        for _ in 0..bytes.len().div_ceil(SEAL_LEN).min(MAX_SEALED) {
            seals.push((reader.u8()?, reader.bytes(SEALED_SEED_LEN)?.to_vec()));
        }
        reader.finish()?;
        match seals.is_sorted_by(|a, b| a.0 < b.0) {
            true => Ok(Self(seals)),
            false => Err(CodecError::NotCanonical("list of seals")),
        }
    }

    /// The seats for whom there is one.
    pub fn seats(&self) -> Vec<u8> {
        self.0.iter().map(|(seat, _)| *seat).collect()
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
