//! Automerge's sync protocol between two documents that have not met before.
//!
//! An entry is a change; each device's changes follow each other and no one else's, as logs do. So
//! what differs can only be the end of logs, whatever the [`Place`](crate::sets::Place) asks.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use automerge::{
    ActorId, Automerge, Change, ROOT,
    sync::{State, SyncDoc as _},
    transaction::Transactable as _,
};

use crate::sets::{Case, Cost, Holder, logs};

/// Who needs more time than this has given up.
const PATIENCE: Duration = Duration::from_secs(120);

/// All changes of a size of network, made once for several cases.
pub struct Changes(Vec<Change>);

impl std::fmt::Debug for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Changes").field(&self.0.len()).finish()
    }
}

impl Changes {
    /// Makes the changes of `entries` entries, by number.
    ///
    /// # Errors
    /// When automerge refuses one.
    pub fn of(entries: u32) -> Result<Self> {
        let mut devices: Vec<_> = (0..logs(entries))
            .map(|device| Automerge::new().with_actor(ActorId::from(device.to_be_bytes())))
            .collect();
        let mut changes = Vec::new();
        for number in 0..entries {
            let device = usize::try_from(number.checked_rem(logs(entries)).unwrap_or(0))?;
            let device = devices.get_mut(device).context("there is no such device")?;
            let key = device.get_actor().to_hex_string();
            let mut transaction = device.transaction();
            transaction.put(ROOT, key, i64::from(number))?;
            transaction.commit();
            changes.push(
                device
                    .get_last_local_change()
                    .context("no change was made")?,
            );
        }
        Ok(Self(changes))
    }

    fn document(&self, numbers: impl Iterator<Item = u32>) -> Result<Automerge> {
        let Self(changes) = self;
        let mut document = Automerge::new();
        let numbers = numbers
            .map(usize::try_from)
            .collect::<Result<Vec<_>, _>>()?;
        let held = numbers
            .iter()
            .filter_map(|number| changes.get(*number).cloned());
        document.apply_changes(held)?;
        Ok(document)
    }
}

/// Syncs two documents until both are silent, and counts all but the changes themselves.
///
/// # Errors
/// When automerge fails, has not ended after two minutes, or ends with two documents.
pub fn reconcile(case: &Case, changes: &Changes) -> Result<Cost> {
    let mut left = changes.document(case.held_by(Holder::Left))?;
    let mut right = changes.document(case.held_by(Holder::Right))?;
    let (mut left_state, mut right_state) = (State::new(), State::new());
    let (mut bytes, mut round_trips) = (0_usize, 0_u32);

    let start = Instant::now();
    loop {
        let asked = one_way(&left, &mut left_state, &mut right, &mut right_state)?;
        let answered = one_way(&right, &mut right_state, &mut left, &mut left_state)?;
        if asked.is_none() && answered.is_none() {
            break;
        }
        bytes = bytes
            .saturating_add(asked.unwrap_or(0))
            .saturating_add(answered.unwrap_or(0));
        round_trips = round_trips.saturating_add(1);
        ensure!(
            start.elapsed() < PATIENCE,
            "gave up after {round_trips} round trips"
        );
    }
    let time = start.elapsed();

    let (mut ours, mut theirs) = (left.get_heads(), right.get_heads());
    ours.sort_unstable();
    theirs.sort_unstable();
    ensure!(
        ours == theirs,
        "silent after {round_trips} round trips, and not in sync"
    );
    Ok(Cost {
        bytes: bytes.try_into()?,
        round_trips: round_trips.into(),
        time,
    })
}

/// One message, and what it cost without its changes.
fn one_way(
    from: &Automerge,
    from_state: &mut State,
    to: &mut Automerge,
    to_state: &mut State,
) -> Result<Option<usize>> {
    let Some(message) = from.generate_sync_message(from_state) else {
        return Ok(None);
    };
    let carried: usize = message.changes.iter().map(<[u8]>::len).sum();
    let length = message.clone().encode().len();
    to.receive_sync_message(to_state, message)?;
    Ok(Some(length.saturating_sub(carried)))
}
