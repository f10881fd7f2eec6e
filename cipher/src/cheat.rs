//! For tests, in no build for people: ballots and shares that break the rules, to see them refused.

use crate::{
    ballot::{Ballot, CastError},
    lattice::Reference,
    layout::Layout,
    params::STEP,
    piece::{Context, ElectionKey, KeySeed},
    share::Share,
    sum::Sum,
};

/// A ballot of whatever values, with proofs that claim they are 0 or 1 and one of each group.
///
/// # Errors
///
/// [`CastError`] if they are not as many as the slots, or the reference is for something else.
pub fn ballot(
    reference: &Reference,
    key: &ElectionKey,
    layout: &Layout,
    values: &[u64],
    binding: &[u8],
    chance: &[u8; 32],
) -> Result<Ballot, CastError> {
    Ballot::with_values(reference, key, layout, values, binding, chance)
}

/// A ballot of whatever values without proofs, made a thousand times as fast as one with them.
pub fn unproven(key: &ElectionKey, values: &[u64], chance: &[u8; 32]) -> Ballot {
    Ballot::unproven(key, values, chance)
}

/// The share of a piece without its proofs, as quick to make as a sum of ballots.
pub fn unproven_share(seed: &KeySeed, context: &Context, sum: &Sum, lock: &[u8; 32]) -> Share {
    Share {
        values: seed.share_values(context, sum, lock),
        proofs: Vec::new(),
    }
}

/// The ballot with one vote more in its first slot, and the proofs of the one without.
pub fn stuffed(ballot: &Ballot) -> Ballot {
    let mut ballot = ballot.clone();
    add_vote(&mut ballot.slots);
    ballot
}

/// The share that takes one vote off the first slot, with the proofs of the true one.
pub fn shifted(share: &Share) -> Share {
    let mut share = share.clone();
    add_vote(&mut share.values);
    share
}

fn add_vote(numbers: &mut [u64]) {
    if let Some(first) = numbers.first_mut() {
        *first = first.wrapping_add(STEP);
    }
}
