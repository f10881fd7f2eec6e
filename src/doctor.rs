//! The doctor: looks at each layer of a data folder and of the network, and rebuilds a damaged store.

use std::path::{Path, PathBuf};

use commune_crdt::{
    entry::SignedEntry,
    genesis::Genesis,
    history::{History, Roots},
    time::Height,
};

use crate::{
    finality::{basis, rows},
    intake::{Taken, verify_all},
    store::{Batch, Durability, Salvage, Space, StoreError, StoreKey},
};

/// Entries that are verified together.
const BATCH: usize = 2_048;

/// What a salvage brought back.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Salvaged {
    /// Entries that have their place in the new store.
    pub entries: u64,
    /// Entries that wait for others, which were lost.
    pub pending: u64,
    /// Intact rows whose signature is false all the same.
    pub refused: u64,
    /// Frames that do not open.
    pub broken: u64,
    /// Where the damaged store is kept.
    pub kept: PathBuf,
}

/// Builds a new store from every intact row of the one at `dir`, and puts it in its place.
///
/// Every entry passes the gate again. `progress` is told how many more are done.
///
/// # Errors
///
/// [`StoreError`]: the damaged store is where it was.
pub fn salvage(
    dir: &Path,
    key: &StoreKey,
    genesis: &Genesis,
    progress: &dyn Fn(u64),
) -> Result<Salvaged, StoreError> {
    let salvage = Salvage::begin(dir, key)?;
    let mut result = Salvaged {
        broken: salvage.scan().broken,
        ..Salvaged::default()
    };
    let (mut entries, mut others) = (Vec::new(), Batch::new());
    for row in salvage.rows() {
        let row = row?;
        match row.space {
            Space::Entries | Space::Pending => match SignedEntry::decode(&row.value) {
                Ok(entry) => entries.push(entry),
                Err(_) => result.refused = result.refused.saturating_add(1),
            },
            _ => {
                others.put_row(&row);
                if others.len() >= BATCH {
                    let batch = std::mem::replace(&mut others, Batch::new());
                    salvage.store().commit(batch, Durability::Buffered)?;
                }
            }
        }
    }
    salvage.store().commit(others, Durability::Buffered)?;

    // Log by log, so that few have to wait for those before them.
    entries.sort_unstable_by_key(|it| (it.log(), it.claim().seq, it.id()));
    // What stands below some record may be known by its leaves alone.
    let newest = rows::newest(salvage.store())?.map_or(Height(0), |(height, _)| height);
    let basis = basis::of(salvage.store(), genesis)?;
    let (mut history, _) = History::restore_on(&basis, Roots::of(genesis), newest, []);
    let network = genesis.network();
    // Whoever had to wait for a voucher in a later log gets another turn.
    loop {
        let before = history.len();
        let mut left = Vec::new();
        for share in entries.chunks(BATCH) {
            let (mut taken, mut batch) = (Taken::default(), Batch::new());
            for verified in verify_all(&network, share.to_vec()) {
                match verified {
                    Ok(entry) => {
                        let again = SignedEntry::decode(entry.as_bytes());
                        let outcome = history.place(entry);
                        if outcome.verdict == commune_crdt::history::Verdict::NoRoom {
                            left.extend(again);
                        }
                        taken.note(outcome.changes, &mut batch);
                    }
                    Err(_) => result.refused = result.refused.saturating_add(1),
                }
            }
            salvage.store().commit(batch, Durability::Buffered)?;
            progress(commune_crdt::codec::to_u64(share.len()));
        }
        if left.is_empty() || history.len() == before {
            break;
        }
        entries = left;
    }
    salvage.store().flush(Durability::All)?;
    result.entries = commune_crdt::codec::to_u64(history.len());
    result.pending = commune_crdt::codec::to_u64(history.pending_len());
    let (store, kept) = salvage.finish()?;
    drop(store);
    result.kept = kept;
    Ok(result)
}
