//! The seeds of a trustee's pieces: out of a seal, or handed over from hand to hand.
//!
//! | bytes | of what is handed over |
//! |------:|------------------------|
//! |    19 | `commune-trustee/1\n` and a zero |
//! |    16 | vote |
//! |     1 | round |
//! | var n | seeds, ascending: piece 1, seed 32 |
//!
//! A file or a picture of it opens ballots as the seeds do: it goes from hand to hand, and nowhere else.

use commune_cipher::{KeySeed, Seed};
use commune_crdt::{
    ballot::holders,
    codec::{CodecError, Reader, Writer},
    entry::BlobRef,
    payload::{Seals, VoteId},
};
use zeroize::Zeroizing;

use super::{Known, VotesError, numbers};
use crate::{device::Device, store::StoreError, vault::trustee::Seeds};

const MAGIC: &[u8; 18] = b"commune-trustee/1\n";

/// Most seeds that one seat holds.
const MAX_HELD: usize = 20;

/// The seed of a piece for one of the keys of a vote.
pub(super) fn key_seed(seed: &[u8; 32], key: u16) -> KeySeed {
    Seed::new(*seed).for_key(key)
}

/// What a sealed seed is bound to.
pub(super) fn binding(known: &Known, index: u8, seat: u8) -> Vec<u8> {
    let mut out = Writer::new();
    out.raw(&known.vote.id.0)
        .u8(known.vote.round)
        .u8(index)
        .u8(seat);
    out.finish()
}

/// The pieces that a seat holds.
pub(super) fn held(known: &Known, seat: u8) -> Vec<u8> {
    let holders = holders(&known.vote.opening.quorum);
    let held = (0_u8..).zip(holders).filter(|(_, it)| it.contains(&seat));
    held.map(|(index, _)| index).collect()
}

/// What came of a seed that was to be sealed.
pub(super) enum Sealed {
    Seed(Zeroizing<[u8; 32]>),
    /// It is there, and does not open.
    Closed,
    /// It is named, and its bytes are not here.
    OnTheWay,
    /// Nothing was sealed for this seat.
    Missing,
}

/// Takes the seed of a piece out of its seal.
pub(super) fn unseal(
    device: &Device,
    known: &Known,
    seat: u8,
    index: u8,
) -> Result<Sealed, StoreError> {
    let piece = known.vote.pieces.get(&(0, index));
    let seals = piece.filter(|it| it.seats.contains(&seat));
    let Some(seals) = seals.and_then(|it| it.seals) else {
        return Ok(Sealed::Missing);
    };
    let Some(bytes) = device.store().blob(&seals.hash)? else {
        return Ok(Sealed::OnTheWay);
    };
    let seals = Seals::decode(&bytes).unwrap_or_default().0;
    let sealed = seals.iter().find(|(it, _)| *it == seat);
    let binding = binding(known, index, seat);
    let seed = sealed.and_then(|(_, it)| device.vault().sealing.open_box(it, &binding));
    Ok(seed.map_or(Sealed::Closed, Sealed::Seed))
}

/// Seeds that one trustee hands to another, or prints for a bad day.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Handed {
    /// The vote.
    pub vote: VoteId,
    /// The round of its ceremony.
    pub round: u8,
    /// Piece and seed.
    pub seeds: Vec<(u8, Zeroizing<[u8; 32]>)>,
}

impl Handed {
    /// Its bytes.
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Writer::new();
        out.raw(MAGIC)
            .u8(0)
            .raw(&self.vote.0)
            .u8(self.round)
            .var_len(self.seeds.len());
        for (index, seed) in &self.seeds {
            out.u8(*index).raw(seed.as_ref());
        }
        Zeroizing::new(out.finish())
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if the bytes are none.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        if reader.array()? != *MAGIC || reader.u8()? != 0 {
            return Err(CodecError::NotCanonical("head of handed seeds"));
        }
        let (vote, round) = (VoteId(reader.array()?), reader.u8()?);
        let count = reader.var_max("number of seeds", MAX_HELD)?;
        let mut seeds: Vec<(u8, Zeroizing<[u8; 32]>)> = Vec::new();
        for _ in 0..count {
            seeds.push((reader.u8()?, Zeroizing::new(reader.array()?)));
        }
        reader.finish()?;
        if !seeds.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(CodecError::NotCanonical("list of seeds"));
        }
        Ok(Self { vote, round, seeds })
    }
}

/// The seeds that this device keeps of a vote: those that seat `to` holds as well, or all.
///
/// # Errors
///
/// [`VotesError::NoSeed`] if there is none.
pub fn hand_over(device: &Device, known: &Known, to: Option<u8>) -> Result<Handed, VotesError> {
    let kept = Seeds::read(device.dir(), device.vault().store_key.bytes())?;
    let wanted = to.map(|it| held(known, it));
    let is_wanted = |index: &u8| wanted.as_ref().is_none_or(|it| it.contains(index));
    let (vote, round) = (known.vote.id, known.vote.round);
    let seeds: Vec<_> = kept
        .of(vote, round)
        .filter(|(index, _)| is_wanted(index))
        .map(|(index, seed)| (index, Zeroizing::new(*seed)))
        .collect();
    if seeds.is_empty() {
        return Err(VotesError::NoSeed(0));
    }
    Ok(Handed { vote, round, seeds })
}

/// Keeps seeds that somebody handed over, those that this seat holds and that give the published
/// pieces; says how many are new.
///
/// # Errors
///
/// [`VotesError`]: `Piece` if a seed gives another piece than the published one.
pub fn take_over(device: &Device, known: &Known, handed: &Handed) -> Result<usize, VotesError> {
    let seat = known.seat().ok_or(VotesError::NotTrustee)?;
    if (handed.vote, handed.round) != (known.vote.id, known.vote.round) {
        return Err(VotesError::Unknown(handed.vote.to_string()));
    }
    let mut kept = Seeds::read(device.dir(), device.vault().store_key.bytes())?;
    let held = held(known, seat);
    let mut taken = 0_usize;
    for (index, seed) in handed.seeds.iter().filter(|(it, _)| held.contains(it)) {
        let name = (handed.vote, handed.round, *index);
        if let Some(piece) = known.vote.pieces.get(&(0, *index)) {
            let context = numbers::context(device.network(), handed.vote, handed.round, 0);
            let public = key_seed(seed, 0).public(&context).encode();
            if BlobRef::of(&public) != piece.public {
                return Err(VotesError::Piece);
            }
        }
        if kept.get(&name).is_none() {
            taken = taken.saturating_add(1);
        }
        kept.put(name, **seed);
    }
    kept.write(device.dir(), device.vault().store_key.bytes())?;
    Ok(taken)
}
