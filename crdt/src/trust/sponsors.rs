//! What is asked of a candidate's sponsors among themselves.
//!
//! Longer walks help who makes up people, so three local checks stand beside the distance. They
//! are for joining only, and were chosen to cost honest people nothing: of the 8,173 members of a
//! real network 6 fail the first, none the second. (That no one person vouches for all sponsors
//! would be refused to 368 of them; so only those count whose certification the sponsors *need*.)

use std::collections::BTreeSet;

use super::{Graph, person::PersonId};
use crate::payload::MeetingId;

/// Whether at least two pairs of `sponsors` are within 2 steps of each other, one way or the other.
pub fn are_acquainted(graph: &Graph, sponsors: &[PersonId]) -> bool {
    let vouches = |a: PersonId, b: PersonId| graph.issuers(b).binary_search(&a).is_ok();
    let reaches = |a: PersonId, b: PersonId| {
        vouches(a, b) || graph.issuers(b).iter().any(|middle| vouches(a, *middle))
    };
    let pairs = sponsors
        .iter()
        .enumerate()
        .flat_map(|(at, a)| sponsors.iter().take(at).map(move |b| (*a, *b)));
    pairs
        .filter(|(a, b)| reaches(*a, *b) || reaches(*b, *a))
        .nth(1)
        .is_some()
}

/// Whether all sponsors lean on one same person: each list names those whom that sponsor needs to
/// be a member.
pub fn lean_on_one(sponsors: impl IntoIterator<Item = Vec<PersonId>>) -> bool {
    let mut common: Option<BTreeSet<PersonId>> = None;
    for needed in sponsors {
        let needed: BTreeSet<_> = needed.into_iter().collect();
        let left = match common {
            None => needed,
            Some(before) => before.intersection(&needed).copied().collect(),
        };
        if left.is_empty() {
            return false;
        }
        common = Some(left);
    }
    common.is_some()
}

/// Whether `meetings` are two or more. Two who met alone (zeros) are a meeting each.
pub fn met_apart(meetings: impl IntoIterator<Item = MeetingId>) -> bool {
    let (mut alone, mut together) = (0_usize, BTreeSet::new());
    for meeting in meetings {
        if meeting == MeetingId::default() {
            alone = alone.saturating_add(1);
        } else {
            together.insert(meeting);
        }
    }
    alone.saturating_add(together.len()) >= 2
}
