//! The state after the newest record in the store, so that a start reads no entry of years ago.
//!
//! | row | content |
//! |---|---|
//! | `leaf.KIND.NUMBER` | length 4 and bytes of a leaf; the kind by its place under the state root |
//! | `leaf.KIND.NUMBER.PART` | further parts of one that a row does not hold |
//! | `leaves` | height 4, hash of its record 32, how many leaves each kind has 7 × 4 |
//! | `log.BLOCK` | hash of each record of a block of 128 and its hash as a leaf of the log, 2 × 32 |
//! | `refused.HEIGHT` | entries of members to which a record gave no effect, n × (id 32, code 1 + n) |
//!
//! A record's leaves are in the commit of the record. If they are not what its root says, or not
//! there, the records are folded again from their entries, as an older program always did.

use commune_crdt::{
    checkpoint::{Record, RecordHash, RecordLog},
    codec::{CodecError, Reader, Writer},
    genesis::Genesis,
    hash::{EntryId, NetworkId},
    state::{Kind, Tip},
    time::Height,
    trust::Refusal,
};

use super::{MAX_REFUSED, rows};
use crate::store::{Batch, Durability, Store, StoreError};

/// Bytes of a leaf in one row.
const PART_LEN: usize = 32 * 1_024;

/// Records of which one row holds the hashes.
const BLOCK: u32 = 128;

/// The setting that says whose leaves these are.
const LEAVES: &str = "leaves";

/// Puts the leaves that changed with the record `bytes`, which follows `log` and leads to `tip`.
pub(super) fn put(batch: &mut Batch, tip: &mut Tip, log: &RecordLog, bytes: &[u8]) {
    for ((kind, number), leaf) in tip.take_changed() {
        put_leaf(batch, kind, number, &leaf);
    }
    put_newest(batch, tip);
    put_refused(batch, tip);
    let mut longer = Writer::new();
    for height in block_start(tip.height.0)..tip.height.0 {
        write_hashes(&mut longer, log, Height(height));
    }
    let (hash, leaf) = RecordLog::hashes_of(bytes);
    longer.raw(hash.as_bytes()).raw(&leaf);
    batch.put_meta(&block(tip.height.0), longer.as_bytes());
}

/// Puts all that [`read`] needs.
pub(super) fn put_whole(batch: &mut Batch, tip: &mut Tip, log: &RecordLog) {
    let (mut before, mut number) = (None, 0_u32);
    for (kind, leaf) in tip.leaves() {
        number = match before == Some(kind) {
            true => number.saturating_add(1),
            false => 0,
        };
        before = Some(kind);
        put_leaf(batch, kind, number, &leaf);
    }
    put_log(batch, log);
    put_newest(batch, tip);
}

/// Writes all that [`read`] needs.
///
/// # Errors
///
/// [`StoreError`]: some are not written, and the next start folds again.
pub(super) fn put_all(store: &Store, tip: &mut Tip, log: &RecordLog) -> Result<(), StoreError> {
    tip.take_changed();
    let mut batch = Batch::new();
    put_whole(&mut batch, tip, log);
    store.commit(batch, Durability::Data)
}

fn put_log(batch: &mut Batch, log: &RecordLog) {
    let newest = log.height().0;
    let mut from = 1_u32;
    while from <= newest {
        let mut out = Writer::new();
        for height in from..from.saturating_add(BLOCK).min(newest.saturating_add(1)) {
            write_hashes(&mut out, log, Height(height));
        }
        batch.put_meta(&block(from), out.as_bytes());
        from = from.saturating_add(BLOCK);
    }
}

fn write_hashes(out: &mut Writer, log: &RecordLog, height: Height) {
    if let Some((hash, leaf)) = log.hashes(height) {
        out.raw(hash.as_bytes()).raw(&leaf);
    }
}

/// The first height whose hashes stand in one row with those of `height`.
fn block_start(height: u32) -> u32 {
    let before = height.saturating_sub(1);
    before
        .saturating_sub(before.checked_rem(BLOCK).unwrap_or_default())
        .saturating_add(1)
}

/// The row with the hashes of the record at `height`.
fn block(height: u32) -> String {
    format!("log.{}", block_start(height))
}

fn put_leaf(batch: &mut Batch, kind: Kind, number: u32, leaf: &[u8]) {
    let name = leaf_name(kind, number);
    let mut parts = leaf.chunks(PART_LEN);
    let mut out = Writer::with_capacity(leaf.len().min(PART_LEN).saturating_add(4));
    out.u32(u32::try_from(leaf.len()).unwrap_or(u32::MAX))
        .raw(parts.next().unwrap_or_default());
    batch.put_meta(&name, out.as_bytes());
    for (part, bytes) in (1_u32..).zip(parts) {
        batch.put_meta(&format!("{name}.{part}"), bytes);
    }
}

fn leaf_name(kind: Kind, number: u32) -> String {
    let place = Kind::ALL.iter().position(|it| *it == kind);
    format!("leaf.{}.{number}", place.unwrap_or_default())
}

fn put_newest(batch: &mut Batch, tip: &mut Tip) {
    let mut out = Writer::new();
    out.u32(tip.height.0).raw(tip.hash.as_bytes());
    for count in tip.leaf_counts() {
        out.u32(count);
    }
    batch.put_meta(LEAVES, out.as_bytes());
}

/// Puts what the record of `tip` gave no effect.
pub(super) fn put_refused(batch: &mut Batch, tip: &Tip) {
    let refused = &tip.done.trust.refused;
    if refused.is_empty() {
        return;
    }
    let mut out = Writer::new();
    for (id, why) in refused.iter().take(MAX_REFUSED_AT_ONCE) {
        out.raw(id.as_bytes()).short_bytes(why.code().as_bytes());
    }
    batch.put_meta(&format!("refused.{}", tip.height), out.as_bytes());
}

/// Most entries without effect of one record that are remembered: what one row holds.
const MAX_REFUSED_AT_ONCE: usize = 1_000;

/// What records up to `newest` gave no effect, newest last.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be read.
pub(super) fn refused(
    store: &Store,
    newest: Height,
) -> Result<Vec<(EntryId, Refusal)>, StoreError> {
    let mut all = Vec::new();
    for height in (1..=newest.0).rev() {
        let Some(bytes) = store.meta(&format!("refused.{height}"))? else {
            continue;
        };
        let mut some = read_refused(&bytes).map_err(|_| StoreError::damaged("refused entries"))?;
        some.reverse();
        all.extend(some);
        if all.len() >= MAX_REFUSED {
            break;
        }
    }
    all.truncate(MAX_REFUSED);
    all.reverse();
    Ok(all)
}

fn read_refused(bytes: &[u8]) -> Result<Vec<(EntryId, Refusal)>, CodecError> {
    let mut reader = Reader::new(bytes);
    let mut refused = Vec::new();
    while !reader.is_empty() {
        let id = EntryId(reader.array()?);
        let code = reader.text("code", usize::from(u8::MAX))?;
        // A reason that another release knows is no fault of the store.
        refused.extend(Refusal::of_code(&code).map(|why| (id, why)));
    }
    Ok(refused)
}

/// The newest record's tip and the log of all, as the store keeps them; `None` if they are not
/// there, or not what the record says.
///
/// # Errors
///
/// [`StoreError`] if the disk does not give them back.
pub(super) fn read(
    store: &Store,
    genesis: &Genesis,
) -> Result<Option<(Tip, RecordLog)>, StoreError> {
    match try_read(store, genesis) {
        Err(StoreError::Damaged { .. }) => Ok(None),
        other => other,
    }
}

fn try_read(store: &Store, genesis: &Genesis) -> Result<Option<(Tip, RecordLog)>, StoreError> {
    let (Some((height, hash)), Some(newest)) = (rows::newest(store)?, store.meta(LEAVES)?) else {
        return Ok(None);
    };
    let damaged = |_| StoreError::damaged("the row of the leaves");
    let (at, of, counts) = read_newest(&newest).map_err(damaged)?;
    let Some((bytes, _)) = rows::record(store, height)?.filter(|_| (at, of) == (height, hash))
    else {
        return Ok(None);
    };
    let record = Record::decode(&bytes).map_err(|_| StoreError::damaged("a record"))?;
    let mut fault = None;
    let numbers = Kind::READING.into_iter().zip(counts);
    let numbers = numbers.flat_map(|(kind, count)| (0..count).map(move |it| (kind, it)));
    let leaves = numbers.map_while(|(kind, number)| match leaf(store, kind, number) {
        Ok(leaf) => Some((kind, leaf?)),
        Err(error) => {
            fault = Some(error);
            None
        }
    });
    let tip = Tip::from_leaves(genesis, &record, leaves);
    if let Some(error) = fault {
        return Err(error);
    }
    let log = read_log(store, genesis.network(), height)?;
    let is_whole = |log: &RecordLog| log.hash(height) == Some(hash);
    Ok(tip.ok().zip(log.filter(is_whole)))
}

fn read_newest(bytes: &[u8]) -> Result<(Height, RecordHash, [u32; 7]), CodecError> {
    let mut reader = Reader::new(bytes);
    let (height, hash) = (Height(reader.u32()?), RecordHash(reader.array()?));
    let mut counts = [0; 7];
    for count in &mut counts {
        *count = reader.u32()?;
    }
    reader.finish()?;
    Ok((height, hash, counts))
}

fn leaf(store: &Store, kind: Kind, number: u32) -> Result<Option<Vec<u8>>, StoreError> {
    let name = leaf_name(kind, number);
    let Some(row) = store.meta(&name)? else {
        return Ok(None);
    };
    let mut reader = Reader::new(&row);
    let damaged = |_| StoreError::damaged("the row of a leaf");
    let len = usize::try_from(reader.u32().map_err(damaged)?).unwrap_or(usize::MAX);
    let mut leaf = reader.rest().to_vec();
    for part in 1_u32.. {
        if leaf.len() >= len {
            break;
        }
        match store.meta(&format!("{name}.{part}"))? {
            Some(more) => leaf.extend(more),
            None => return Ok(None),
        }
    }
    // A row that was longer once has parts too many.
    Ok((leaf.len() == len).then_some(leaf))
}

fn read_log(
    store: &Store,
    network: NetworkId,
    newest: Height,
) -> Result<Option<RecordLog>, StoreError> {
    let mut log = RecordLog::new(network);
    while log.height() < newest {
        let Some(bytes) = store.meta(&block(log.height().0.saturating_add(1)))? else {
            return Ok(None);
        };
        let mut reader = Reader::new(&bytes);
        while !reader.is_empty() {
            let read = (reader.array(), reader.array());
            let (Ok(hash), Ok(leaf)) = read else {
                return Ok(None);
            };
            log.push_hashes(RecordHash(hash), leaf);
        }
    }
    Ok(Some(log))
}
