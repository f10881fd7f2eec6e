//! Giving up old entries: what the records of long ago made of them stands in the leaves.
//!
//! Dropped are entries of accounts and of signers that the record two heights back has in, with the
//! detached bytes that nothing else names. Kept are the member's own, the member stream, streams that
//! no record folds, forked logs, and the log of records itself.

use std::collections::BTreeSet;

use commune_crdt::{
    codec::to_u64,
    entry::{BlobRef, LogId, Stream},
    hash::EntryId,
    history::History,
    payload::blobs,
    state::{Logs, Reach},
    time::Height,
};

use super::{basis, rows, stored};
use crate::{
    device::Device,
    store::{Batch, Durability, StoreError},
};

/// Records whose entries are kept, beside what comes after the newest: whoever lags a little still
/// finds them here.
const KEPT_RECORDS: u32 = 2;

/// What was dropped, or would be.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Pruned {
    /// The record up to which.
    pub height: Height,
    /// Entries.
    pub entries: u64,
    /// Detached payloads.
    pub blobs: u64,
    /// Bytes of both, before sealing.
    pub bytes: u64,
}

impl Device {
    /// Drops entries that the record two heights back has in, or with `dry_run` says what would go.
    /// No other part of this device MUST use its history meanwhile.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: nothing was dropped.
    pub fn prune(&self, dry_run: bool) -> Result<Pruned, StoreError> {
        let newest = self.with_finality(|it| Ok(it.tip.height))?;
        let height = Height(newest.0.saturating_sub(KEPT_RECORDS));
        let (before, mut logs) = basis::read(self.store())?.unwrap_or_default();
        let mut pruned = Pruned {
            height,
            ..Pruned::default()
        };
        if height <= before {
            return Ok(pruned);
        }
        for at in before.0.saturating_add(1)..=height.0 {
            let (_, moves) = rows::record(self.store(), Height(at))?
                .ok_or_else(|| StoreError::damaged("a record"))?;
            logs.go_on(&moves);
        }
        let own = self.vault().member_key;
        let (ids, based) = {
            let history = self.history()?;
            let is_own = |log: &LogId| {
                log.author == self.vault().device.device_key()
                    || history.member_of(&log.author) == Some(own)
            };
            chosen(&history, &logs, is_own)
        };
        let mut batch = Batch::new();
        let mut dropped: BTreeSet<BlobRef> = BTreeSet::new();
        for id in &ids {
            let Some(entry) = stored(self, id)? else {
                continue;
            };
            pruned.entries = pruned.entries.saturating_add(1);
            pruned.bytes = pruned.bytes.saturating_add(to_u64(entry.as_bytes().len()));
            dropped.extend(blobs(entry.entry()));
            batch.remove_entry(id);
        }
        for blob in self.still_named(&ids)? {
            dropped.remove(&blob);
        }
        for blob in &dropped {
            if self.store().blob_missing(blob)?.is_none() {
                pruned.blobs = pruned.blobs.saturating_add(1);
                pruned.bytes = pruned.bytes.saturating_add(blob.len.into());
            }
            batch.remove_blob(blob);
        }
        if dry_run {
            return Ok(pruned);
        }
        // With what goes in one commit: an entry is kept, or known to be covered.
        basis::put(&mut batch, height, &based);
        self.store().commit(batch, Durability::All)?;
        self.reload()?;
        Ok(pruned)
    }

    /// Detached bytes that entries name which stay, and those that wait.
    fn still_named(&self, dropped: &BTreeSet<EntryId>) -> Result<BTreeSet<BlobRef>, StoreError> {
        let mut named = BTreeSet::new();
        for bytes in self.store().entries().chain(self.store().pending()) {
            let entry = super::read_entry(&bytes?)?;
            if !dropped.contains(&entry.id()) {
                named.extend(blobs(entry.entry()));
            }
        }
        Ok(named)
    }
}

/// The entries to drop, and where logs begin without them: those that were begun before stay so.
fn chosen(
    history: &History,
    logs: &Logs,
    is_own: impl Fn(&LogId) -> bool,
) -> (BTreeSet<EntryId>, Logs) {
    let (mut ids, mut based) = (BTreeSet::new(), Vec::new());
    for reach in logs.iter() {
        let Some(log) = history.log(&reach.log) else {
            continue;
        };
        let is_folded = matches!(reach.log.stream, Stream::ACCOUNT | Stream::SIGNER);
        let is_on = log.fork().is_none()
            && reach.next > log.base()
            && reach.next.checked_sub(1).and_then(|it| log.id_at(it)) == Some(reach.head);
        if is_folded && is_on && !is_own(&reach.log) {
            let end = reach.next.saturating_sub(log.base());
            let end = usize::try_from(end).unwrap_or(usize::MAX);
            ids.extend(log.ids().iter().take(end));
            based.push(*reach);
        } else if let Some((next, head)) = log.below() {
            based.push(Reach {
                log: reach.log,
                next,
                head: *head,
            });
        }
    }
    (ids, based.into_iter().collect())
}
