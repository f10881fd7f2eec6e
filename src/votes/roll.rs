//! Who may vote: the members at the record that has the opening in, kept once computed.

use commune_crdt::{
    ballot::{Roll, Sums},
    params::TallyQuorum,
    payload::VoteId,
    state::Tip,
    time::Height,
    trust::State,
};

use super::VotesError;
use crate::{
    device::Device,
    finality::{included::begun_on, replayed},
    store::{Batch, Durability},
};

/// The roll of a vote whose opening is in the record at `height`.
pub(super) fn of(
    device: &Device,
    id: VoteId,
    quorum: TallyQuorum,
    height: Height,
) -> Result<Roll, VotesError> {
    let row = format!("electors.{id}.{height}");
    if let Some(roll) = device
        .store()
        .meta(&row)?
        .and_then(|it| Roll::decode(&it).ok())
    {
        return Ok(roll);
    }
    let begun = begun_on(device)?;
    if begun > Height(0) {
        return Err(VotesError::Covered(begun));
    }
    let mut drawn = None;
    let see = |_: &Tip, _: &_, after: &Tip, _| {
        if after.height == height {
            drawn = Some(draw(after, &quorum));
        }
    };
    replayed(device, see, false)?;
    let roll = drawn.ok_or(VotesError::NotOpened(id))?;
    let mut batch = Batch::new();
    batch.put_meta(&row, &roll.encode());
    // Only a cache: a full disk is no reason to fail.
    let _ = device.store().commit(batch, Durability::Buffered);
    Ok(roll)
}

fn draw(tip: &Tip, quorum: &TallyQuorum) -> Roll {
    let membership = tip.state.membership();
    let members = (0..)
        .zip(membership.people())
        .filter(|(_, it)| it.state == State::Member);
    let electors = members.map(|(id, it)| (id, it.residence.map(|(commune, _)| commune)));
    let sums = Sums::of(membership.params(), quorum);
    Roll::draw(electors.collect(), &tip.seed.0, sums)
}
