//! Records that never were: one a day, so that days can pass in a test.
//!
//! Entries are included by the time that they claim. That is why such a build refuses to do it on a
//! network whose genesis does not say that it is a test network.

use commune_crdt::{
    hash::derive_key,
    params::Param,
    time::{Height, Seconds},
    trust::{Closed, Membership, Outcome},
};

use super::{Stated, Trust};

/// Closes a record a day from the newest record or the founding on, and one at `at`.
pub(super) fn fold(mut membership: Membership, stated: &[Stated], at: Seconds) -> Trust {
    let newest = *membership.newest();
    let founded = newest.time;
    let epoch = membership.params().get(Param::Epoch).max(1);
    let days = at.since(founded).checked_div(epoch).unwrap_or(0);
    let times = (1..=days)
        .map(|day| founded.after(day.saturating_mul(epoch)))
        .chain([at.max(founded)]);
    let mut stated: Vec<_> = stated.iter().collect();
    stated.sort_by_key(|it| it.claimed);
    let mut stated = stated.into_iter().peekable();
    let mut all = Outcome::default();
    for (height, time) in (newest.height.0.saturating_add(1)..).zip(times) {
        let mut entries = Vec::new();
        while let Some(next) = stated.next_if(|it| Seconds::from(it.claimed) <= time) {
            entries.push(next.entry.clone());
        }
        let closed = Closed {
            height: Height(height),
            time,
            hash: [0; 32],
            seed: derive_key(
                "commune seed of a simulated record v1",
                &[&height.to_be_bytes()],
            ),
            members: membership.members(),
        };
        let outcome = membership.close(closed, entries);
        all.taken.extend(outcome.taken);
        all.refused.extend(outcome.refused);
        all.changed.extend(outcome.changed);
    }
    Trust::new(membership, all)
}
