//! What this device knows by leaves alone, in the store: since a newcomer took a checkpoint with its
//! state, or old entries were given up.
//!
//! | row | content |
//! |---|---|
//! | `basis` | height 4 of the record above which entries are kept, number of logs 4 |
//! | `basis.N` | up to 256 logs as leaves, how far each is not kept |

use commune_crdt::{
    codec::{CodecError, Reader, Writer},
    genesis::Genesis,
    history::Basis,
    state::Logs,
    time::Height,
};

use super::leaves;
use crate::store::{Batch, Store, StoreError};

/// Bytes of the leaf of a log.
const LEAF_LEN: usize = 32 + 1 + 16 + 4 + 32;

/// Logs in one row.
const ROW: usize = 256;

/// Says that entries below `logs`, which are in at `height`, are not kept.
pub(crate) fn put(batch: &mut Batch, height: Height, logs: &Logs) {
    let numbers = 0..u32::try_from(logs.len()).unwrap_or(u32::MAX);
    let leaves: Vec<_> = numbers.filter_map(|it| logs.leaf(it)).collect();
    let mut head = Writer::new();
    head.u32(height.0)
        .u32(u32::try_from(leaves.len()).unwrap_or(u32::MAX));
    batch.put_meta("basis", head.as_bytes());
    for (row, leaves) in leaves.chunks(ROW).enumerate() {
        batch.put_meta(&format!("basis.{row}"), &leaves.concat());
    }
}

/// The height above which all entries are kept, and below what of each log nothing is; `None` where
/// everything is.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be read.
pub(crate) fn read(store: &Store) -> Result<Option<(Height, Logs)>, StoreError> {
    let Some(head) = store.meta("basis")? else {
        return Ok(None);
    };
    let damaged = |_| StoreError::damaged("the rows of what is not kept");
    let (height, count) = read_head(&head).map_err(damaged)?;
    let mut bytes = Vec::new();
    for row in 0..count.div_ceil(ROW) {
        bytes.extend(store.meta(&format!("basis.{row}"))?.unwrap_or_default());
    }
    let logs = Logs::from_leaves(bytes.chunks(LEAF_LEN).take(count)).map_err(damaged)?;
    if logs.len() != count {
        return Err(StoreError::damaged("the rows of what is not kept"));
    }
    Ok(Some((height, logs)))
}

/// The height above which all entries are kept: 0 where everything is.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be read.
pub(crate) fn height(store: &Store) -> Result<Height, StoreError> {
    let head = store.meta("basis")?;
    let head = head.as_deref().map(read_head).transpose();
    let head = head.map_err(|_| StoreError::damaged("the rows of what is not kept"))?;
    Ok(head.map_or(Height(0), |(height, _)| height))
}

fn read_head(head: &[u8]) -> Result<(Height, usize), CodecError> {
    let mut reader = Reader::new(head);
    let (height, count) = (Height(reader.u32()?), reader.u32()?);
    reader.finish()?;
    Ok((height, usize::try_from(count).unwrap_or(usize::MAX)))
}

/// What the history of a device with this store stands on.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be read, or lacks the leaves without which nobody is known.
pub(crate) fn of(store: &Store, genesis: &Genesis) -> Result<Basis, StoreError> {
    let Some((_, logs)) = read(store)? else {
        return Ok(Basis::default());
    };
    let newest = leaves::read(store, genesis)?;
    let (tip, _) = newest.ok_or_else(|| StoreError::damaged("the leaves of the newest record"))?;
    Ok(tip.basis(&logs))
}
