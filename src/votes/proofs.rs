//! Which ballots this device verified: each once ever, remembered by the name of its entry.
//!
//! A ballot is verified whole: its entry names voter, place and bytes, and its proof is bound to them.
//! Of a vote with several wards a device verifies its own ward in full and a random sample of the others.
//!
//! The row `ballots.VOTE.ROUND` has 33 bytes a ballot: its entry, and 1 if the proof holds.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use commune_cipher::{Ballot, BallotError};
use commune_crdt::{
    ballot::{BallotAt, Fate},
    codec::to_u64,
    hash::EntryId,
};

use super::{Known, Report, VotesError, numbers, references};
use crate::{
    cores,
    device::Device,
    store::{Batch, Durability, StoreError},
};

/// Ballots that are verified between two reports.
const STEP: usize = 8;

/// Which ballots are to be verified.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Extent {
    /// All.
    All,
    /// Those in the scope of this device: of one's own ward, and a sample of the others.
    Own,
}

/// What is known of the proofs of one vote's ballots.
#[derive(Clone, Debug, Default)]
pub struct Proofs(BTreeMap<EntryId, bool>);

impl Proofs {
    /// What this device remembers.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn read(device: &Device, known: &Known) -> Result<Self, StoreError> {
        let bytes = device.store().meta(&row(known))?.unwrap_or_default();
        let (rows, _) = bytes.as_chunks::<33>();
        let read = rows.iter().filter_map(|it| {
            let (id, holds) = it.split_first_chunk::<32>()?;
            Some((EntryId(*id), holds.first() == Some(&1)))
        });
        Ok(Self(read.collect()))
    }

    /// Whether the proof of a ballot holds, if this device looked.
    pub fn holds(&self, ballot: &EntryId) -> Option<bool> {
        self.0.get(ballot).copied()
    }

    /// How many ballots were verified.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn write(&self, device: &Device, known: &Known) {
        let rows = self.0.iter().flat_map(|(id, holds)| {
            let holds = u8::from(*holds);
            id.as_bytes().iter().copied().chain([holds])
        });
        let mut batch = Batch::new();
        batch.put_meta(&row(known), &rows.collect::<Vec<_>>());
        // Only a cache: a full disk is no reason to fail.
        let _ = device.store().commit(batch, Durability::Buffered);
    }
}

fn row(known: &Known) -> String {
    format!("ballots.{}.{}", known.vote.id, known.vote.round)
}

/// Verifies ballots that were not verified yet, on all cores: those that `wanted` names and whose
/// bytes are here. Says what is known then, and which bytes are missing.
///
/// # Errors
///
/// [`VotesError`]; what was verified before an interruption is remembered.
pub(super) fn verify(
    device: &Device,
    known: &Known,
    wanted: impl Fn(&BallotAt) -> bool,
    report: Report<'_>,
) -> Result<(Proofs, Vec<EntryId>), VotesError> {
    let mut proofs = Proofs::read(device, known)?;
    let ballots = known.vote.ballots.iter();
    let fresh = ballots.filter(|it| it.ward.is_some() && wanted(it));
    let fresh: Vec<&BallotAt> = fresh.filter(|it| proofs.holds(&it.id).is_none()).collect();
    let mut lacking = Vec::new();
    if fresh.is_empty() {
        return Ok((proofs, lacking));
    }
    let layout = numbers::layout(&known.vote.opening.question)?;
    let reference = references::of(
        device,
        known.vote.opening.references.first().unwrap_or(&[0; 32]),
        layout.use_(),
    )?;
    let mut keys = BTreeMap::new();
    for ward in fresh.iter().filter_map(|it| it.ward) {
        let key = known.roll.key_of(ward);
        if let Entry::Vacant(place) = keys.entry(key) {
            place.insert(numbers::election_key(device, known, key)?);
        }
    }
    let one = |it: &BallotAt| -> Result<Option<bool>, VotesError> {
        let Some(bytes) = device.store().blob(&it.cast.blob.hash)? else {
            return Ok(None);
        };
        let ward = it.ward.unwrap_or_default();
        let Some(key) = keys.get(&known.roll.key_of(ward)) else {
            return Ok(None);
        };
        let binding = numbers::binding(device.network(), known, ward, &it.device, it.seq);
        let verified = Ballot::decode(&layout, &bytes)
            .and_then(|ballot| ballot.verify(&reference, key, &layout, &binding));
        match verified {
            Ok(()) => Ok(Some(true)),
            // The reference string is of this device, not of the voter.
            Err(error @ BallotError::Reference(_)) => Err(error.into()),
            Err(_) => Ok(Some(false)),
        }
    };
    let total = to_u64(fresh.len());
    for (step, some) in fresh.chunks(STEP).enumerate() {
        if !report(to_u64(step.saturating_mul(STEP)), total) {
            proofs.write(device, known);
            return Err(VotesError::Interrupted);
        }
        for (it, verdict) in some.iter().zip(cores::map(some, |_, it| one(it))) {
            match verdict? {
                Some(holds) => {
                    proofs.0.insert(it.id, holds);
                }
                None => lacking.push(it.id),
            }
        }
    }
    proofs.write(device, known);
    report(total, total);
    Ok((proofs, lacking))
}

/// Those of `accused` whose proof is indeed false; of one whose bytes are not here nothing is known.
pub(super) fn false_among(
    device: &Device,
    known: &Known,
    accused: &BTreeSet<EntryId>,
) -> Result<BTreeSet<EntryId>, VotesError> {
    let (proofs, _) = verify(device, known, |it| accused.contains(&it.id), &|_, _| true)?;
    let is_false = |it: &&EntryId| proofs.holds(it) == Some(false);
    Ok(accused.iter().filter(is_false).copied().collect())
}

/// Verifies the ballots that a device looks at before it takes a result for right.
pub(super) fn verify_extent(
    device: &Device,
    known: &Known,
    extent: Extent,
    report: Report<'_>,
) -> Result<(Proofs, Vec<EntryId>), VotesError> {
    let counts = |it: &BallotAt| matches!(it.fate, Fate::Counts | Fate::Waiting);
    let scope = match extent {
        Extent::All => None,
        Extent::Own => device.scope(known.vote.id)?,
    };
    let in_scope = |it: &BallotAt| scope.as_ref().is_none_or(|scope| scope.covers(&it.cast));
    verify(device, known, |it| counts(it) && in_scope(it), report)
}
