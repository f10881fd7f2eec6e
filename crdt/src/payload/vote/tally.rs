//! How trustees open a sum: first all say which sum it is, then each publishes shares of it.

use super::{
    VoteId,
    cast::{read_blob, write_blob},
    ceremony::read_index,
};
use crate::{
    codec::{CodecError, Reader, Writer, to_u64},
    entry::BlobRef,
    hash::blake3,
};

/// Most shares of one trustee: those of a seat in 4 of 7.
pub const MAX_SHARES: usize = 20;

/// Longest share with its proofs, in bytes: 256 slots and 16 proofs are less.
pub const MAX_SHARE_LEN: usize = 20_000;

/// What a trustee says the sum of a ward, or of two neighbours, to be.
///
/// | bytes | field |
/// |------:|-------|
/// |     2 | first ward |
/// |     1 | wards, 1 or 2 |
/// |     4 | ballots |
/// |    32 | root over the names of the ballots |
/// | 32 + 4 | hash of the sum, and its length: its bytes travel apart |
///
/// No share is published before a quorum said the same and a record has it in: shares of two sums that
/// differ by a ballot would open that ballot.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Lock {
    /// The first ward.
    pub ward: u16,
    /// How many wards, 1 or 2.
    pub wards: u8,
    /// How many ballots.
    pub ballots: u32,
    /// Root over their names.
    pub set: [u8; 32],
    /// Their sum, for who does not hold the ballots.
    pub sum: BlobRef,
}

/// Shares of a locked sum.
///
/// | bytes | field |
/// |------:|-------|
/// |     2 | first ward |
/// |    32 | hash of the lock |
/// |     1 | number of shares |
/// | 1 + var n + n | piece, ascending; share with its proofs |
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shares {
    /// The first ward.
    pub ward: u16,
    /// [`Lock::hash`] of what is opened.
    pub lock: [u8; 32],
    /// Piece and share, by piece.
    pub shares: Vec<(u8, Vec<u8>)>,
}

impl Lock {
    /// What its shares are bound to.
    pub fn hash(&self, vote: &VoteId) -> [u8; 32] {
        let mut out = Writer::new();
        self.write(&mut out);
        blake3(&[b"commune tally lock v1", &vote.0, out.as_bytes()])
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.u16(self.ward)
            .u8(self.wards)
            .u32(self.ballots)
            .raw(&self.set);
        write_blob(out, &self.sum);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let lock = Self {
            ward: reader.u16()?,
            wards: reader.u8()?,
            ballots: reader.u32()?,
            set: reader.array()?,
            sum: read_blob(reader)?,
        };
        match lock.wards {
            1 | 2 => Ok(lock),
            _ => Err(CodecError::NotCanonical("number of wards")),
        }
    }
}

impl Shares {
    pub(super) fn write(&self, out: &mut Writer) {
        out.u16(self.ward)
            .raw(&self.lock)
            .u8(u8::try_from(self.shares.len()).unwrap_or(u8::MAX));
        for (index, share) in &self.shares {
            out.u8(*index).var_len(share.len()).raw(share);
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let (ward, lock) = (reader.u16()?, reader.array()?);
        let count = super::super::read_count(reader, "number of shares", MAX_SHARES)?;
        let mut shares = Vec::with_capacity(count);
        for _ in 0..count {
            let index = read_index(reader)?;
            let len = reader.var_max("length of a share", MAX_SHARE_LEN)?;
            shares.push((index, reader.bytes(len)?.to_vec()));
        }
        if to_u64(shares.len()) == 0 || !shares.is_sorted_by(|a: &(u8, _), b| a.0 < b.0) {
            return Err(CodecError::NotCanonical("list of shares"));
        }
        Ok(Self { ward, lock, shares })
    }
}
