//! Which record has which entries in: for facts that no record folds, such as those of votes.
//!
//! A record names how far each log is in. The entries between one record and the next are read from
//! the head back, by name, so that of a forked log only the branch counts that the record chose.

use std::collections::BTreeMap;

use commune_crdt::{
    checkpoint::Record,
    entry::{LogId, VerifiedEntry},
    time::{Height, Seconds},
};

use super::{basis, rows, stored};
use crate::{
    device::Device,
    store::{Store, StoreError},
};

/// An entry, and the record that has it in.
#[derive(Clone, Debug)]
pub(crate) struct Included {
    pub(crate) entry: VerifiedEntry,
    pub(crate) height: Height,
    pub(crate) time: Seconds,
}

/// The entries of the `wanted` logs that records have in, in the order of records, logs and places.
/// On a device that began on a checkpoint, those above it.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be read.
pub(crate) fn included(
    device: &Device,
    wanted: impl Fn(&LogId) -> bool,
) -> Result<Vec<Included>, StoreError> {
    // What came since the last look may decide records.
    device.with_finality(|_| Ok(()))?;
    let mut reached: BTreeMap<LogId, u32> = BTreeMap::new();
    let mut all = Vec::new();
    for (height, time) in times(device)? {
        let Some((_, moves)) = rows::record(device.store(), height)? else {
            continue;
        };
        for reach in moves.iter().filter(|it| wanted(&it.log)) {
            let from = reached.insert(reach.log, reach.next).unwrap_or(0);
            let mut chain = Vec::new();
            let mut next = Some(reach.head);
            for _ in from..reach.next {
                let Some(entry) = next.map(|it| stored(device, &it)).transpose()?.flatten() else {
                    break;
                };
                next = entry.entry().previous;
                chain.push(entry);
            }
            all.extend(chain.into_iter().rev().map(|entry| Included {
                entry,
                height,
                time,
            }));
        }
    }
    Ok(all)
}

/// Height and time of each record that this device knows, the oldest first.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be read.
pub(crate) fn times(device: &Device) -> Result<Vec<(Height, Seconds)>, StoreError> {
    let newest = rows::newest(device.store())?.map_or(0, |(height, _)| height.0);
    let mut times = Vec::new();
    for height in 1..=newest {
        times.push((Height(height), time_of(device.store(), Height(height))?));
    }
    Ok(times)
}

fn time_of(store: &Store, height: Height) -> Result<Seconds, StoreError> {
    let damaged = || StoreError::damaged("a record");
    let (bytes, _) = rows::record(store, height)?.ok_or_else(damaged)?;
    Record::decode(&bytes)
        .map(|it| it.time)
        .map_err(|_| damaged())
}

/// The height of the checkpoint that this device began on; 0 for one that holds everything.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be read.
pub(crate) fn begun_on(device: &Device) -> Result<Height, StoreError> {
    basis::height(device.store())
}
