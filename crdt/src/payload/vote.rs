//! What entries of the vote stream state. Each is in a log of its device about one vote, whose name is
//! the tag.
//!
//! | kind | name | fields, in order |
//! |---:|---|---|
//! | 1 | [`Opening`] | see there |
//! | 2 | [`Piece`] | see there |
//! | 3 | [`Acknowledgement`] | round 1, hash over the pieces that the seat holds 32 |
//! | 4 | [`Complaint`] | round 1, key 2, piece 1 |
//! | 5 | [`Cast`] | a ballot, see there |
//! | 6 | receipt | var n, ballots n × 32, ascending, at most [`MAX_RECEIPTS`] |
//! | 7 | falsity | ballot 32 |
//! | 8 | [`Lock`] | see there |
//! | 9 | [`Shares`] | see there |
//! | 10 | erased | |
//!
//! What decides what counts stands in the entry: if bytes that travel apart did, who keeps them back
//! would leave each device with another vote. Only an opening and shares may be too long for an entry:
//! without its opening there is no vote, and of shares any that hold will do. Pieces, ballots and locks
//! name large bytes, which travel apart.

mod cast;
mod ceremony;
mod opening;
mod question;
mod tally;

use std::{fmt, str::FromStr};

use thiserror::Error;

pub use self::{
    cast::Cast,
    ceremony::{Acknowledgement, Complaint, PUBLIC_LEN, Piece, Seals},
    opening::{MAX_PERIOD_SECS, MAX_SUBSTITUTES, Opening, OpeningError},
    question::{
        Choice, ChoiceError, GRADES, MAX_OPTION_LEN, MAX_OPTIONS, MAX_QUESTION_LEN, MAX_SLOTS,
        Question, QuestionError, QuestionKind,
    },
    tally::{Lock, MAX_SHARE_LEN, MAX_SHARES, Shares},
};
use crate::{
    codec::{CodecError, Reader, Writer},
    entry::{BlobRef, Entry, Kind, Payload, Stream, Tag},
    hash::{EntryId, blake3, from_hex, to_hex},
    keys::DeviceKey,
    params::TallyQuorum,
};

/// Most ballots of one receipt: so many fit an entry.
pub const MAX_RECEIPTS: usize = 31;

/// The number of an opening's kind.
const OPENING: u8 = 1;

/// The number of a ballot's kind.
const BALLOT: u8 = 5;

/// The number of the kind of shares.
const SHARES: u8 = 9;

/// The highest kind of the table.
const LAST_KIND: u8 = 10;

/// The name of a vote: the tag of all logs about it.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct VoteId(pub [u8; 16]);

impl VoteId {
    /// The vote that the device `opener` opens with the payload `opening`.
    pub fn of(opener: &DeviceKey, opening: &[u8]) -> Self {
        let hash = blake3(&[b"commune vote v1", opener.as_bytes(), opening]);
        let (name, _) = hash.split_first_chunk().unwrap_or((&[0; 16], &[]));
        Self(*name)
    }

    /// The tag of its logs.
    pub const fn tag(self) -> Tag {
        Tag(self.0)
    }
}

impl From<Tag> for VoteId {
    fn from(tag: Tag) -> Self {
        Self(tag.0)
    }
}

impl fmt::Display for VoteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl FromStr for VoteId {
    type Err = CodecError;

    fn from_str(text: &str) -> Result<Self, CodecError> {
        let read = from_hex(text).map(Self);
        read.ok_or(CodecError::NotCanonical("name of a vote"))
    }
}

/// Most ballots of a ward: even if each of them carries as much noise as its proof lets pass, their
/// sum opens right.
pub const fn ward_cap(quorum: &TallyQuorum) -> u32 {
    match quorum.trustees {
        7 => 2_047,
        _ => 4_095,
    }
}

/// What an entry of the vote stream states.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum VoteFact {
    /// Somebody opens a vote.
    Opening(Opening),
    /// A trustee made a piece of the key.
    Piece(Piece),
    /// A trustee recomputed all pieces of their seat.
    Acknowledgement(Acknowledgement),
    /// A piece is not what its seed gives.
    Complaint(Complaint),
    /// A ballot.
    Ballot(Cast),
    /// A trustee holds these ballots and verified their proofs.
    Receipt(Vec<EntryId>),
    /// The proof of a ballot is false: whoever has its bytes can see that.
    Falsity(EntryId),
    /// A trustee says what the sum of a ward is.
    Lock(Lock),
    /// A trustee opens the sum of a ward.
    Shares(Shares),
    /// A trustee says that their seeds are erased.
    Erased,
}

/// Why an entry of the vote stream says nothing here.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum VoteFactError {
    /// Its payload travels apart and was not given.
    #[error("the payload {} of {} bytes is not here", .0.hash, .0.len)]
    Missing(BlobRef),
    /// Its payload is not of its form.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

impl VoteFact {
    /// The kind under which it is written.
    pub fn kind(&self) -> Kind {
        Kind::new(
            Stream::VOTE,
            match self {
                Self::Opening(_) => OPENING,
                Self::Piece(_) => 2,
                Self::Acknowledgement(_) => 3,
                Self::Complaint(_) => 4,
                Self::Ballot(_) => BALLOT,
                Self::Receipt(_) => 6,
                Self::Falsity(_) => 7,
                Self::Lock(_) => 8,
                Self::Shares(_) => SHARES,
                Self::Erased => 10,
            },
        )
    }

    /// The field's word for an entry of `kind`.
    pub(super) fn kind_name(kind: Kind) -> Option<&'static str> {
        const NAMES: [&str; 10] = [
            "opening",
            "piece",
            "acknowledgement",
            "complaint",
            "ballot",
            "receipt",
            "falsity",
            "tally_lock",
            "shares",
            "erased",
        ];
        let number = usize::from(kind.0 & 0x1f);
        let name = || NAMES.get(number.checked_sub(1)?).copied();
        (kind.stream() == Stream::VOTE).then(name).flatten()
    }

    /// The bytes of its payload.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Writer::new();
        match self {
            Self::Opening(fact) => fact.write(&mut out),
            Self::Piece(fact) => fact.write(&mut out),
            Self::Acknowledgement(fact) => fact.write(&mut out),
            Self::Complaint(fact) => fact.write(&mut out),
            Self::Ballot(fact) => fact.write(&mut out),
            Self::Receipt(ballots) => {
                out.var_len(ballots.len());
                for it in ballots {
                    out.raw(it.as_bytes());
                }
            }
            Self::Falsity(ballot) => {
                out.raw(ballot.as_bytes());
            }
            Self::Lock(fact) => fact.write(&mut out),
            Self::Shares(fact) => fact.write(&mut out),
            Self::Erased => {}
        }
        out.finish()
    }

    /// The payload of an entry that states it.
    pub fn payload(&self) -> Payload {
        Payload::of(self.bytes())
    }

    /// The bytes that it names and that travel apart, beside those of its own payload.
    pub(super) fn named(&self) -> Vec<BlobRef> {
        match self {
            Self::Ballot(cast) => vec![cast.blob],
            Self::Lock(lock) => vec![lock.sum],
            Self::Piece(piece) => [Some(piece.public), piece.seals]
                .into_iter()
                .flatten()
                .collect(),
            _ => vec![],
        }
    }

    /// Reads what `entry` states, with the bytes of its payload if that is detached; `None` for
    /// another stream, or a kind that this build does not know.
    ///
    /// # Errors
    ///
    /// [`VoteFactError`]; `Missing` says which bytes it takes.
    pub fn of(entry: &Entry, detached: Option<&[u8]>) -> Result<Option<Self>, VoteFactError> {
        let kind = entry.kind;
        let number = kind.0 & 0x1f;
        if kind.stream() != Stream::VOTE || number == 0 || number > LAST_KIND {
            return Ok(None);
        }
        let bytes = match (&entry.payload, detached) {
            (Payload::Inline(bytes), _) => bytes.as_slice(),
            (Payload::Detached(_), _) if number != OPENING && number != SHARES => {
                return Err(CodecError::NotCanonical("payload").into());
            }
            (Payload::Detached(_), Some(bytes)) => bytes,
            (Payload::Detached(blob), None) => return Err(VoteFactError::Missing(*blob)),
        };
        Ok(Some(Self::read(number, bytes)?))
    }

    fn read(number: u8, bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let fact = match number {
            OPENING => Self::Opening(Opening::read(&mut reader)?),
            2 => Self::Piece(Piece::read(&mut reader)?),
            3 => Self::Acknowledgement(Acknowledgement::read(&mut reader)?),
            4 => Self::Complaint(Complaint::read(&mut reader)?),
            BALLOT => Self::Ballot(Cast::read(&mut reader)?),
            6 => Self::Receipt(read_receipt(&mut reader)?),
            7 => Self::Falsity(EntryId(reader.array()?)),
            8 => Self::Lock(Lock::read(&mut reader)?),
            SHARES => Self::Shares(Shares::read(&mut reader)?),
            _ => Self::Erased,
        };
        reader.finish()?;
        Ok(fact)
    }
}

fn read_receipt(reader: &mut Reader<'_>) -> Result<Vec<EntryId>, CodecError> {
    let count = reader.var_max("number of ballots", MAX_RECEIPTS)?;
    let mut ballots = Vec::with_capacity(count);
    for _ in 0..count {
        ballots.push(EntryId(reader.array()?));
    }
    if ballots.is_empty() || !ballots.is_sorted_by(|a, b| a < b) {
        return Err(CodecError::NotCanonical("list of ballots"));
    }
    Ok(ballots)
}

#[cfg(test)]
mod tests;
