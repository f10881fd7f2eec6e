//! The sum of the ballots of a unit: added here, or, of wards whose ballots this device does not hold,
//! as a quorum of trustees locked it.

use std::collections::BTreeMap;

use commune_cipher::{Ballot, Sum};
use commune_crdt::{ballot::Unit, entry::BlobRef, hash::EntryId, payload::Lock};

use super::{Known, Missing, VotesError, numbers, scope};
use crate::device::Device;

/// A sum, and where it is from.
pub(super) struct Located {
    pub(super) sum: Sum,
    /// Added on this device, ballot by ballot.
    pub(super) is_added: bool,
}

/// The sum of a unit, or the ballots of which the bytes are not here.
pub(super) fn added(
    device: &Device,
    known: &Known,
    unit: &Unit,
) -> Result<Result<Sum, Vec<EntryId>>, VotesError> {
    let layout = numbers::layout(&known.vote.opening.question)?;
    let mut sum = Sum::new(&layout);
    let mut lacking = Vec::new();
    let blobs = known.vote.ballots.iter().map(|it| (it.id, it.cast.blob));
    let blobs: BTreeMap<_, _> = blobs.collect();
    for id in &unit.ballots {
        let blob = blobs.get(id).map(|it| device.store().blob(&it.hash));
        match blob.transpose()?.flatten() {
            Some(bytes) => sum.add(&Ballot::decode(&layout, &bytes)?)?,
            None => lacking.push(*id),
        }
    }
    Ok(match lacking.is_empty() {
        true => Ok(sum),
        false => Err(lacking),
    })
}

/// The sum that is opened, or why it is not known.
pub(super) fn locked(
    device: &Device,
    known: &Known,
    unit: &Unit,
    lock: &Lock,
) -> Result<Result<Located, Missing>, VotesError> {
    match added(device, known, unit)? {
        Ok(sum) if BlobRef::of(&sum.encode()) == lock.sum => Ok(Ok(Located {
            sum,
            is_added: true,
        })),
        Ok(_) => Ok(Err(Missing::Sum(unit.ward))),
        Err(lacking) if scope::holds(device, known, unit)? => Ok(Err(Missing::Ballots(lacking))),
        Err(_) => taken(device, known, unit, lock),
    }
}

/// The sum whose name a quorum locked.
fn taken(
    device: &Device,
    known: &Known,
    unit: &Unit,
    lock: &Lock,
) -> Result<Result<Located, Missing>, VotesError> {
    let Some(bytes) = device.store().blob(&lock.sum.hash)? else {
        return Ok(Err(Missing::LockedSum(unit.ward)));
    };
    let layout = numbers::layout(&known.vote.opening.question)?;
    match Sum::decode(&layout, &bytes) {
        Ok(sum) if sum.count() == lock.ballots => Ok(Ok(Located {
            sum,
            is_added: false,
        })),
        _ => Ok(Err(Missing::Sum(unit.ward))),
    }
}
