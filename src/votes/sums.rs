//! The sum of the ballots of a unit: every device adds for itself.

use commune_cipher::{Ballot, Sum};
use commune_crdt::{ballot::Unit, hash::EntryId};

use super::{Known, VotesError, numbers};
use crate::device::Device;

/// The sum of a unit, or the ballots of which the bytes are not here.
pub(super) fn of(
    device: &Device,
    known: &Known,
    unit: &Unit,
) -> Result<Result<Sum, Vec<EntryId>>, VotesError> {
    let layout = numbers::layout(&known.vote.opening.question)?;
    let mut sum = Sum::new(&layout);
    let mut lacking = Vec::new();
    let blobs = known.vote.ballots.iter().map(|it| (it.id, it.blob));
    let blobs: std::collections::BTreeMap<_, _> = blobs.collect();
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
