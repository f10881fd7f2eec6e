//! Records and notes in the store.
//!
//! | row | content |
//! |---|---|
//! | `record.HEIGHT` | length 4 and bytes of the record, then its moves |
//! | `moves.HEIGHT.PART` | further parts of moves that one row does not hold |
//! | `signers.HEIGHT` | who signs that height |
//! | `note.HEIGHT` | the note with the true lines known, once there is one |
//! | `handover.HEIGHT` | the same with the lines of who signs the next height, where that changes |
//! | `draft` | the record that this device proposes: hash 32, moves 4 + 32, bytes |
//! | `told` | a record that somebody trusted told of: height 4, hash 32 |
//! | `tip` | newest height 4, hash of its record 32 |

use commune_crdt::{
    checkpoint::{Checker, Note, Record, RecordHash, RecordLog, SignerSet},
    codec::{CodecError, Reader, Writer},
    entry::BlobRef,
    hash::BlobHash,
    payload::Cosignature,
    state::{Moves, Tip},
    time::{Height, Seconds},
};

use crate::store::{Batch, Durability, NEWEST, Store, StoreError};

/// Bytes of moves in one row.
const PART_LEN: usize = 32 * 1_024;

fn row(what: &str, height: Height) -> String {
    format!("{what}.{height}")
}

/// Puts a record, with who signs the next height, and makes it the newest.
pub(super) fn put(batch: &mut Batch, after: &Tip, record: &[u8], moves: &Moves, set: &SignerSet) {
    let height = after.height;
    let moves = moves.encode();
    let mut parts = moves.chunks(PART_LEN);
    let mut out = Writer::new();
    out.u32(u32::try_from(record.len()).unwrap_or(u32::MAX))
        .raw(record)
        .raw(parts.next().unwrap_or_default());
    batch.put_meta(&row("record", height), &out.finish());
    for (part, bytes) in (1_u32..).zip(parts) {
        batch.put_meta(&format!("moves.{height}.{part}"), bytes);
    }
    put_set(batch, height, set);
    let next = Height(height.0.saturating_add(1));
    put_set(batch, next, after.office.set());
    put_newest(batch, after);
}

/// Puts a record of which only its bytes are known.
pub(super) fn put_bare(batch: &mut Batch, height: Height, record: &[u8]) {
    let mut out = Writer::new();
    out.u32(u32::try_from(record.len()).unwrap_or(u32::MAX))
        .raw(record)
        .raw(&Moves::default().encode());
    batch.put_meta(&row("record", height), &out.finish());
}

/// Puts who signs `height`.
pub(super) fn put_set(batch: &mut Batch, height: Height, set: &SignerSet) {
    batch.put_meta(&row("signers", height), &set.encode());
}

/// Makes the record of `tip` the newest.
pub(super) fn put_newest(batch: &mut Batch, tip: &Tip) {
    let mut out = Writer::new();
    out.u32(tip.height.0).raw(tip.hash.as_bytes());
    batch.put_meta(NEWEST, &out.finish());
}

/// Puts a note of which each line is true, as `what` the table says.
pub(super) fn put_note(batch: &mut Batch, what: &str, note: &Note) {
    batch.put_meta(&row(what, note.height()), note.text().as_bytes());
}

/// Keeps a record that this device is about to propose.
pub(super) fn put_draft(batch: &mut Batch, record: &Record, moves: &Moves) {
    let moves = BlobRef::of(&moves.encode());
    let mut out = Writer::new();
    out.raw(record.hash().as_bytes())
        .u32(moves.len)
        .raw(moves.hash.as_bytes())
        .raw(&record.encode());
    batch.put_meta("draft", &out.finish());
}

/// The record with the hash `value` that this device was about to propose, and its moves.
pub(super) fn draft(
    store: &Store,
    value: &[u8; 32],
) -> Result<Option<(Vec<u8>, BlobRef)>, StoreError> {
    let Some(bytes) = store.meta("draft")? else {
        return Ok(None);
    };
    let mut reader = Reader::new(&bytes);
    let read = (reader.array::<32>(), reader.u32(), reader.array());
    let (Ok(hash), Ok(len), Ok(moves)) = read else {
        return Err(StoreError::damaged("the row of a draft"));
    };
    let moves = BlobRef {
        hash: BlobHash(moves),
        len,
    };
    Ok((hash == *value).then(|| (reader.rest().to_vec(), moves)))
}

/// The newest height and the hash of its record.
pub(crate) fn newest(store: &Store) -> Result<Option<(Height, RecordHash)>, StoreError> {
    let Some(bytes) = store.meta(NEWEST)? else {
        return Ok(None);
    };
    let mut reader = Reader::new(&bytes);
    let height = reader.u32().map(Height);
    let hash = reader.array().map(RecordHash);
    match (height, hash) {
        (Ok(height), Ok(hash)) => Ok(Some((height, hash))),
        _ => Err(StoreError::damaged("the row of the newest record")),
    }
}

/// Keeps that the record at `height` has that hash, as somebody trusted told.
pub(crate) fn put_told(batch: &mut Batch, (height, hash): (Height, RecordHash)) {
    let mut out = Writer::new();
    out.u32(height.0).raw(hash.as_bytes());
    batch.put_meta("told", &out.finish());
}

/// What [`put_told`] kept.
pub(crate) fn told(store: &Store) -> Result<Option<(Height, RecordHash)>, StoreError> {
    let bytes = store.meta("told")?;
    let read = bytes.map(|bytes| {
        let mut reader = Reader::new(&bytes);
        Ok((Height(reader.u32()?), RecordHash(reader.array()?)))
    });
    let read: Result<_, CodecError> = read.transpose();
    read.map_err(|_| StoreError::damaged("the record that somebody told of"))
}

/// The bytes of a record, and its moves.
pub(super) fn record(
    store: &Store,
    height: Height,
) -> Result<Option<(Vec<u8>, Moves)>, StoreError> {
    let Some(bytes) = store.meta(&row("record", height))? else {
        return Ok(None);
    };
    let damaged = || StoreError::damaged("the row of a record");
    let mut reader = Reader::new(&bytes);
    let len = reader.u32().map_err(|_| damaged())?;
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    let record = reader.bytes(len).map_err(|_| damaged())?.to_vec();
    let mut moves = reader.rest().to_vec();
    for part in 1_u32.. {
        match store.meta(&format!("moves.{height}.{part}"))? {
            Some(more) => moves.extend(more),
            None => break,
        }
    }
    let moves = Moves::decode(&moves).map_err(|_| damaged())?;
    Ok(Some((record, moves)))
}

/// Who signs the record at `height`.
pub(super) fn set(store: &Store, height: Height) -> Result<Option<SignerSet>, StoreError> {
    let bytes = store.meta(&row("signers", height))?;
    let set = bytes.map(|it| SignerSet::decode(&it)).transpose();
    set.map_err(|_| StoreError::damaged("the signers of a record"))
}

/// The note of `height` with the lines of its signers, and after a change with those of who took
/// over; `None` before the first line.
pub(super) fn note(store: &Store, height: Height) -> Result<Option<Note>, StoreError> {
    let own = row_note(store, "note", height)?;
    let next = row_note(store, "handover", height)?;
    Ok(match (own, next) {
        (Some(own), Some(next)) => Some(own.with_lines_of(&next)),
        (own, next) => own.or(next),
    })
}

fn row_note(store: &Store, what: &str, height: Height) -> Result<Option<Note>, StoreError> {
    let bytes = store.meta(&row(what, height))?;
    let note = bytes.map(|it| Note::parse(&it)).transpose();
    note.map_err(|_| StoreError::damaged("a note"))
}

/// Adds the lines of a cosignature to the note of its height, if they are true.
pub(super) fn cosign(store: &Store, log: &RecordLog, fact: &Cosignature) -> Result<(), StoreError> {
    let height = Height(fact.height);
    let after = Height(height.0.saturating_add(1));
    let Some(own) = set(store, height)? else {
        return Ok(());
    };
    let next = set(store, after)?.filter(|it| *it != own);
    add_lines(store, log, "note", own, fact)?;
    next.map_or(Ok(()), |it| add_lines(store, log, "handover", it, fact))
}

fn add_lines(
    store: &Store,
    log: &RecordLog,
    what: &str,
    set: SignerSet,
    fact: &Cosignature,
) -> Result<(), StoreError> {
    let height = Height(fact.height);
    let before = row_note(store, what, height)?.or_else(|| log.note(height));
    let Some(before) = before else {
        return Ok(());
    };
    let mut note = before.clone();
    for (index, signer) in set.signers().iter().enumerate() {
        let (name, time) = (set.name(index).unwrap_or_default(), Seconds(fact.seconds));
        note.add_cosignature(&name, &signer.cosignature, time, &fact.signature);
        note.add_log_line(&signer.log_line, &fact.log_line);
    }
    match Checker::new(set).strip(&note) {
        Ok(note) if note != before => {
            let mut batch = Batch::new();
            batch.put_meta(&row(what, height), note.text().as_bytes());
            store.commit(batch, Durability::Data)
        }
        _ => Ok(()),
    }
}
