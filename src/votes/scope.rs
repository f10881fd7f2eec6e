//! Which ballots this device holds, set once the roll of a vote is known: a trustee and an auditor
//! hold all, everybody else those of the own ward, of its neighbour, and a sample of the others. Of a
//! vote with one ward everybody holds all.

use std::collections::BTreeSet;

use commune_crdt::{
    ballot::{Scope, Unit},
    entry::Stream,
    hash::{BlobHash, EntryId},
    payload::{Cast, VoteId},
};

use super::{Known, VotesError, gather};
use crate::{
    device::Device,
    store::StoreError,
    vault::{VaultError, random},
};

/// Sets the scope of a vote, if it is not set so already; `accused` are ballots whose proof somebody
/// calls false: every device looks at them, since whether they count hangs on it.
pub(super) fn settle(
    device: &Device,
    known: &Known,
    accused: &BTreeSet<EntryId>,
) -> Result<(), VotesError> {
    let before = device.scope(known.vote.id)?;
    let was_all = before.as_ref().is_some_and(|it| it.all);
    // Whom the records do not know is an auditor, who reads a bundle to check all of it.
    let is_auditor = known.person.is_none();
    let all = known.roll.wards() <= 1 || known.seat().is_some() || is_auditor || was_all;
    let key = own_key(known).filter(|_| !all);
    let is_same = |it: &Scope| it.all == all && it.key == key;
    let mut scope = match before.clone().filter(is_same) {
        Some(scope) => scope,
        None => fresh(known, all)?,
    };
    if !all {
        let named = known.vote.ballots.iter();
        let named = named.filter(|it| accused.contains(&it.id));
        scope.accuse(
            named
                .map(|it| it.cast.blob.hash)
                .collect::<BTreeSet<BlobHash>>(),
        );
    }
    if before.as_ref() != Some(&scope) {
        set(device, known, &scope)?;
    }
    Ok(())
}

/// From now on this device holds all ballots of a vote.
///
/// # Errors
///
/// [`VotesError`] if the store refuses.
pub fn hold_all(device: &Device, known: &Known) -> Result<(), VotesError> {
    set(device, known, &fresh(known, true)?)
}

fn fresh(known: &Known, all: bool) -> Result<Scope, VotesError> {
    let key = own_key(known);
    let here = key.map_or(0, |it| known.roll.electors_with(it));
    let others = known.roll.electors().saturating_sub(here);
    Ok(Scope {
        all,
        key: key.filter(|_| !all),
        secret: *random::secret().map_err(VaultError::from)?,
        others: u32::try_from(others).unwrap_or(u32::MAX),
        accused: BTreeSet::new(),
    })
}

fn set(device: &Device, known: &Known, scope: &Scope) -> Result<(), VotesError> {
    let ballots: Vec<Cast> = known.vote.ballots.iter().map(|it| it.cast).collect();
    Ok(device.set_scope(known.vote.id, scope, &ballots)?)
}

/// The key of the owner's ward.
fn own_key(known: &Known) -> Option<u16> {
    let ward = known.person.and_then(|it| known.roll.ward_of(it));
    ward.map(|it| known.roll.key_of(it))
}

/// Whether this device holds, or asks for, all ballots of a unit, so that it adds for itself.
pub(super) fn holds(device: &Device, known: &Known, unit: &Unit) -> Result<bool, StoreError> {
    let scope = device.scope(known.vote.id)?;
    Ok(scope.is_none_or(|it| it.all || it.key == Some(unit.key)))
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
    for vote in BTreeSet::from_iter(votes) {
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
