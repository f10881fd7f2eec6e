//! Which ballots this device holds, set once the roll of a vote is known: a trustee and an auditor
//! hold all, everybody else those of the own ward and a sample of the others. Of a vote with one ward everybody holds all.

use commune_crdt::{
    ballot::{Fate, Scope, Unit},
    entry::{BlobRef, Stream},
    payload::{Cast, VoteId},
};

use super::{Known, VotesError, gather};
use crate::{
    device::Device,
    store::StoreError,
    vault::{VaultError, random},
};

/// Sets the scope of a vote, if it is not set so already, and asks for what a result needs beside it:
/// where few voted, the own ward is counted together with its neighbour.
pub(super) fn settle(device: &Device, known: &Known) -> Result<(), VotesError> {
    let before = device.scope(known.vote.id)?;
    let own = known.person.and_then(|it| known.roll.ward_of(it));
    let was_all = before.as_ref().is_some_and(|it| it.all);
    // Whom the records do not know is an auditor, who reads a bundle to check all of it.
    let is_auditor = known.person.is_none();
    let all = known.roll.wards() <= 1 || known.seat().is_some() || is_auditor || was_all;
    let is_set = |it: &Scope| it.all == all && it.ward == own.filter(|_| !all);
    if !before.as_ref().is_some_and(is_set) {
        set(device, known, all)?;
    }
    for unit in known.vote.units.iter().filter(|it| covers(it, own)) {
        device.ask_for(blobs(known, unit));
    }
    Ok(())
}

/// From now on this device holds all ballots of a vote.
///
/// # Errors
///
/// [`VotesError`] if the store refuses.
pub fn hold_all(device: &Device, known: &Known) -> Result<(), VotesError> {
    set(device, known, true)
}

fn set(device: &Device, known: &Known, all: bool) -> Result<(), VotesError> {
    let own = known.person.and_then(|it| known.roll.ward_of(it));
    let here = own.map_or(0, |it| known.roll.electors_in(it));
    let others = known.roll.electors().saturating_sub(here);
    let scope = Scope {
        all,
        ward: own.filter(|_| !all),
        secret: *random::secret().map_err(VaultError::from)?,
        others: u32::try_from(others).unwrap_or(u32::MAX),
    };
    let ballots: Vec<Cast> = known.vote.ballots.iter().map(|it| it.cast).collect();
    Ok(device.set_scope(known.vote.id, &scope, &ballots)?)
}

/// Whether the ballots of `ward` are counted in `unit`.
pub(super) fn covers(unit: &Unit, ward: Option<u16>) -> bool {
    let wards = unit.ward..unit.ward.saturating_add(u16::from(unit.wards));
    ward.is_some_and(|it| wards.contains(&it))
}

/// Whether this device holds, or asks for, all ballots of a unit, so that it adds for itself.
pub(super) fn holds(device: &Device, known: &Known, unit: &Unit) -> Result<bool, StoreError> {
    let scope = device.scope(known.vote.id)?;
    let own = known.person.and_then(|it| known.roll.ward_of(it));
    Ok(scope.is_none_or(|it| it.all) || covers(unit, own))
}

fn blobs(known: &Known, unit: &Unit) -> Vec<BlobRef> {
    let ballots = known.vote.ballots.iter();
    let inside = ballots.filter(|it| it.fate == Fate::Counts && covers(unit, it.ward));
    inside.map(|it| it.cast.blob).collect()
}

/// Sets the scopes of votes that came to be known since. Costs next to nothing if there are none.
///
/// # Errors
///
/// [`VotesError`] if the store cannot be read.
pub fn settle_new(device: &Device) -> Result<(), VotesError> {
    let votes: Vec<VoteId> = {
        let history = device.history()?;
        let logs = history.logs().map(|it| it.id());
        let votes = logs.filter(|it| it.stream == Stream::VOTE);
        votes.map(|it| VoteId::from(it.tag)).collect()
    };
    for vote in std::collections::BTreeSet::from_iter(votes) {
        if device.scope(vote)?.is_some() {
            continue;
        }
        match gather::one(device, &vote.to_string()) {
            // Reading it has set its scope.
            Ok(_) => {}
            Err(VotesError::Store(error)) => return Err(error.into()),
            // It cannot be read yet, or never: its ballots are asked for like everything.
            Err(_) => {}
        }
    }
    Ok(())
}
