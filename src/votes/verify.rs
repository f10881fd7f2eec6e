//! Verifying a vote: everything that its result rests on, checked again on this device, and said.

use commune_crdt::{
    ballot::{Fate, Phase},
    codec::to_u64,
    hash::EntryId,
    trust::PersonId,
};

use super::{Counted, Extent, Known, Missing, Proofs, Report, VotesError, proofs};
use crate::{device::Device, finality::replayed};

/// What was checked, and what was found.
#[derive(Clone, Debug)]
pub struct Checks {
    /// Records folded again from the genesis on; none on a device that began on a checkpoint.
    pub records: Option<u64>,
    /// Of them with a fault.
    pub record_faults: u64,
    /// Pieces of the key that are here, and that their holders acknowledged.
    pub pieces: usize,
    /// Seats that acknowledged.
    pub seats: usize,
    /// Ballots that count.
    pub counted: u64,
    /// Of them verified on this device, now or before.
    pub verified: u64,
    /// Of them verified now.
    pub fresh: u64,
    /// Ballots that count and whose proof is false.
    pub false_ballots: Vec<EntryId>,
    /// Ballots that count and whose bytes are not here.
    pub lacking: Vec<EntryId>,
    /// Who locked something else than a quorum did, in which ward.
    pub other_locks: Vec<(PersonId, u16)>,
    /// The result, or what it lacks.
    pub counted_result: Result<Counted, Missing>,
}

impl Checks {
    /// Whether nothing is wrong, as far as it could be checked.
    pub fn holds(&self) -> bool {
        let sum = matches!(self.counted_result, Err(Missing::Sum(_)));
        self.record_faults == 0 && self.false_ballots.is_empty() && !sum
    }
}

/// Checks a vote: the records that fix it, every proof of `extent`, the locks, every share that the
/// result takes, and the result. The reports are of ballots and of shares.
///
/// # Errors
///
/// [`VotesError`] if the store cannot be read, a reference string is missing, or a report ends it.
pub fn verify(
    device: &Device,
    known: &Known,
    extent: Extent,
    [ballots, shares]: [Report<'_>; 2],
) -> Result<Checks, VotesError> {
    if !known.missing.is_empty() {
        return Err(VotesError::Incomplete(known.missing.clone()));
    }
    let (records, record_faults) = records(device)?;
    let remembered = Proofs::read(device, known)?;
    let (proofs, lacking) = match known.vote.phase {
        Phase::Preparing | Phase::Failed => (remembered.clone(), Vec::new()),
        _ => proofs::verify_extent(device, known, extent, ballots)?,
    };
    let counting = known
        .vote
        .ballots
        .iter()
        .filter(|it| it.fate == Fate::Counts);
    let ids: Vec<EntryId> = counting.map(|it| it.id).collect();
    let verified = ids.iter().filter(|it| proofs.holds(it).is_some()).count();
    let before = ids
        .iter()
        .filter(|it| remembered.holds(it).is_some())
        .count();
    let is_false = |it: &&EntryId| proofs.holds(it) == Some(false);
    let units = known.vote.units.iter();
    let other = units.flat_map(|unit| unit.other_locks.iter().map(|(who, _)| (*who, unit.ward)));
    Ok(Checks {
        records,
        record_faults,
        pieces: known.vote.pieces.len(),
        seats: known.vote.acknowledged.len(),
        counted: to_u64(ids.len()),
        verified: to_u64(verified),
        fresh: to_u64(verified.saturating_sub(before)),
        false_ballots: ids.iter().filter(is_false).copied().collect(),
        lacking: lacking.into_iter().filter(|it| ids.contains(it)).collect(),
        other_locks: other.collect(),
        counted_result: known.count(device, shares)?,
    })
}

/// Folds all records again from the genesis: how many, and how many are not what follows.
fn records(device: &Device) -> Result<(Option<u64>, u64), VotesError> {
    let (mut records, mut faults) = (0_u64, 0_u64);
    let see = |_: &_, _: &_, _: &_, fault: Option<String>| {
        records = records.saturating_add(1);
        faults = faults.saturating_add(u64::from(fault.is_some()));
    };
    match replayed(device, see, true) {
        Ok(_) => Ok((Some(records), faults)),
        Err(crate::store::StoreError::Covered(_)) => Ok((None, 0)),
        Err(error) => Err(error.into()),
    }
}

impl Known {
    /// The ballot whose tracker begins as `tracker` (44 bits at least), newest first.
    pub fn ballots_with(&self, tracker: &[u8]) -> Vec<&commune_crdt::ballot::BallotAt> {
        let begins =
            |it: &&commune_crdt::ballot::BallotAt| it.cast.blob.hash.0.starts_with(tracker);
        self.vote.ballots.iter().rev().filter(begins).collect()
    }

    /// The unit in which a ballot of `ward` is counted, once the vote is closed.
    pub fn unit_of(&self, ward: u16) -> Option<&commune_crdt::ballot::Unit> {
        let covers = |it: &&commune_crdt::ballot::Unit| {
            (it.ward..it.ward.saturating_add(u16::from(it.wards))).contains(&ward)
        };
        self.vote.units.iter().find(covers)
    }
}
