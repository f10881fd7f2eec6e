//! Journals, looked at before the engine opens them.
//!
//! The engine takes the first byte of a journal that makes no sense for the end of it, and cuts the
//! file there. After a crash that is right: what follows was never complete. After rot it is the
//! silent loss of all that follows. So the journals are read here first, whole and without writing,
//! and only a torn end is cut.
//!
//! A journal is batches one after the other, then zeros, since files are made long beforehand. All
//! numbers little-endian:
//!
//! | record | bytes |
//! |---|---|
//! | start | 1, number of changes (4), sequence number (8) |
//! | change | 2, type (1), compression (1), space (8), key length (2), value length (4), the same again (4), key, value |
//! | clearing | 4, space (8) |
//! | end | 3, XXH3-64 of all changes (8), `FJL` 3 |
//!
//! **Torn or damaged?** Bytes that never reached the disk read as zeros, or lie behind the end of the
//! file; sealed values hold no long runs of zeros. A batch cut short by a killed process has no end
//! record behind it. What is broken and neither is damaged, and nothing is cut. Nor is it where zeros
//! stand in a commit that had reached the disk: a later one says so ([`Counts::flushed`]).

use std::{
    fs::{self, File, OpenOptions},
    io::{BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use commune_crdt::codec::Reader;
use xxhash_rust::xxh3::Xxh3;

use super::{
    error::StoreError,
    seal::{MAX_TEXT_LEN, Seals, Space, marks},
    state::Counts,
};

const START: u8 = 1;
const CHANGE: u8 = 2;
const END: u8 = 3;
const CLEARING: u8 = 4;
const TRAILER: [u8; 4] = *b"FJL\x03";

/// Zeros in a row that no written batch holds: the longest are the high bytes of small numbers.
const UNWRITTEN_RUN: usize = 64;

/// Zeros before the end of a sector, in the place of the start of a batch, that no flipped bit makes.
const UNWRITTEN_START: usize = 4;

/// Bytes that a disk writes in one go, at least.
const SECTOR_LEN: u64 = 512;

/// Steps of the sequence number between two batches: background work takes some, but not this many.
const MAX_STEP: u64 = 4_096;

/// Longest value, in bytes: a sealed row.
const MAX_VALUE_LEN: usize = MAX_TEXT_LEN + 256;

/// What the engine will read again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Replayed {
    /// Bytes of batches.
    pub(super) len: u64,
    /// Stamp of the last commit; 0 if there is none.
    pub(super) last_stamp: u64,
}

/// Checks the journals of the engine in `dir` and cuts a torn end off the last.
pub(super) fn check(dir: &Path, seals: &Seals) -> Result<Replayed, StoreError> {
    let mut replayed = Replayed::default();
    let mut seqno = None;
    let mut journals = list(dir)?.into_iter().peekable();
    while let Some((_, path)) = journals.next() {
        let mut walk = Walk::open(&path, seqno)?;
        let broken = walk.run()?;
        seqno = walk.seqno;
        replayed.len = replayed.len.saturating_add(walk.good_len);
        if let Some(counts) = seals
            .open(Space::Meta, &walk.last_value)
            .as_ref()
            .and_then(Counts::of)
        {
            replayed.last_stamp = counts.stamp;
        }
        if !broken {
            continue;
        }
        let tail = tail(&path, walk.good_len)?;
        if tail.is_empty() {
            continue;
        }
        let is_last = journals.peek().is_none();
        if !is_last
            || !is_torn(&tail, walk.good_len)
            || was_flushed(&tail, seals, replayed.last_stamp)
        {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let what = format!("journal {name} at byte {}", walk.good_len);
            return Err(StoreError::damaged(what));
        }
        let file = OpenOptions::new().write(true).open(&path)?;
        file.set_len(walk.good_len)?;
        file.sync_all()?;
    }
    Ok(replayed)
}

/// The journals in `dir`, oldest first.
pub(super) fn list(dir: &Path) -> Result<Vec<(u64, PathBuf)>, StoreError> {
    let mut journals = Vec::new();
    for item in fs::read_dir(dir)? {
        let path = item?.path();
        if path.extension().is_some_and(|it| it == "jnl") {
            let number = path.file_stem().and_then(|it| it.to_str()?.parse().ok());
            let number = number.ok_or_else(|| StoreError::damaged("the name of a journal"))?;
            journals.push((number, path));
        }
    }
    journals.sort();
    Ok(journals)
}

/// What stands in a journal from `from` on, without the zeros at the end.
fn tail(path: &Path, from: u64) -> Result<Vec<u8>, StoreError> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    let mut zeros = 0_usize;
    let mut buffer = vec![0; 256 * 1_024];
    loop {
        let len = file.read(&mut buffer)?;
        let bytes = buffer.get(..len).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        if bytes.iter().all(|it| *it == 0) {
            zeros = zeros.saturating_add(len);
            continue;
        }
        tail.resize(tail.len().saturating_add(zeros), 0);
        tail.extend(bytes);
        zeros = 0;
    }
    let written = tail.iter().rposition(|it| *it != 0);
    tail.truncate(written.map_or(0, |last| last.saturating_add(1)));
    Ok(tail)
}

/// Whether `tail`, which begins at byte `from`, was never written whole, rather than changed since.
fn is_torn(tail: &[u8], from: u64) -> bool {
    let mut runs = tail.chunk_by(|a, b| (*a == 0) == (*b == 0));
    let first = runs.clone().next().unwrap_or_default();
    let first_end = from.saturating_add(u64::try_from(first.len()).unwrap_or(u64::MAX));
    // The first sector may be one that was written before, for the batches in front.
    let unwritten = first.len() >= UNWRITTEN_START
        && first.first() == Some(&0)
        && first_end.is_multiple_of(SECTOR_LEN)
        || runs.any(|run| run.len() >= UNWRITTEN_RUN && run.first() == Some(&0));
    // Behind the end of a batch comes another, or nothing.
    let ended = tail
        .windows(TRAILER.len())
        .zip((TRAILER.len()..).map(|next| tail.get(next)))
        .any(|(bytes, next)| bytes == TRAILER && next.is_none_or(|it| [0, START].contains(it)));
    unwritten || !ended && !has_wrong_trailer(tail)
}

/// Whether a commit of `tail` says that the one after `last_stamp`, which is broken, had been on the
/// medium.
fn was_flushed(tail: &[u8], seals: &Seals, last_stamp: u64) -> bool {
    let row = |place| seals.open_front(tail.get(place..)?);
    let rows = marks(tail).filter_map(row).map(|(row, _)| row);
    let mut stamps = rows
        .map(|row| (row.stamp, Counts::of(&row)))
        .filter(|it| it.0 > 0)
        .peekable();
    // In a journal that begins broken the first stamp that can be read tells where that is.
    let lost = stamps.peek().map_or(0, |it| it.0).min(match last_stamp {
        0 => u64::MAX,
        last => last.saturating_add(1),
    });
    stamps
        .filter_map(|it| it.1)
        .any(|counts| counts.flushed >= lost)
}

/// Whether `tail` is one batch that is complete but for the bytes of its trailer.
fn has_wrong_trailer(tail: &[u8]) -> bool {
    let Some((body, _)) = tail.split_last_chunk::<4>() else {
        return false;
    };
    let mended = [body, &TRAILER].concat();
    let mut walk = Walk::over(mended.as_slice(), None);
    walk.batch().is_ok_and(|it| it.is_some())
}

/// A reading of one journal.
struct Walk<R> {
    input: R,
    /// Bytes of intact batches so far.
    good_len: u64,
    pos: u64,
    seqno: Option<u64>,
    /// The last change, key and value.
    change: Vec<u8>,
    /// Value of the last change of the last intact batch.
    last_value: Vec<u8>,
    key_len: usize,
}

/// Why a batch was not read.
enum Fault {
    /// It is not as it was written.
    Broken,
    /// The file cannot be read.
    Io(std::io::Error),
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::UnexpectedEof {
            Self::Broken
        } else {
            Self::Io(error)
        }
    }
}

impl From<commune_crdt::codec::CodecError> for Fault {
    fn from(_: commune_crdt::codec::CodecError) -> Self {
        Self::Broken
    }
}

impl Walk<BufReader<File>> {
    fn open(path: &Path, seqno: Option<u64>) -> Result<Self, StoreError> {
        let input = BufReader::with_capacity(256 * 1_024, File::open(path)?);
        Ok(Self::over(input, seqno))
    }
}

impl<R: Read> Walk<R> {
    fn over(input: R, seqno: Option<u64>) -> Self {
        Self {
            input,
            good_len: 0,
            pos: 0,
            seqno,
            change: Vec::new(),
            last_value: Vec::new(),
            key_len: 0,
        }
    }

    /// Reads batches to the end; says whether something stands there that is not one.
    fn run(&mut self) -> Result<bool, StoreError> {
        loop {
            match self.batch() {
                Ok(Some(seqno)) => {
                    self.seqno = Some(seqno);
                    self.good_len = self.pos;
                    let value = self.change.get(self.key_len..).unwrap_or_default();
                    value.clone_into(&mut self.last_value);
                }
                Ok(None) => return Ok(false),
                Err(Fault::Broken) => return Ok(true),
                Err(Fault::Io(error)) => return Err(error.into()),
            }
        }
    }

    /// The sequence number of the next batch; `None` at the end.
    fn batch(&mut self) -> Result<Option<u64>, Fault> {
        let mut tag = [0];
        if self.input.read(&mut tag)? == 0 {
            return Ok(None);
        }
        self.pos = self.pos.saturating_add(1);
        if tag != [START] {
            return Err(Fault::Broken);
        }
        let count = u32::from_le_bytes(self.array()?);
        let seqno = u64::from_le_bytes(self.array()?);
        let steps = self.seqno.map_or(Some(1), |last| seqno.checked_sub(last));
        if !steps.is_some_and(|it| (1..=MAX_STEP).contains(&it)) {
            return Err(Fault::Broken);
        }
        let mut sum = Xxh3::new();
        for _ in 0..count {
            self.change(&mut sum)?;
        }
        let [END] = self.array()? else {
            return Err(Fault::Broken);
        };
        let expected = u64::from_le_bytes(self.array()?);
        if self.array()? != TRAILER || sum.digest() != expected {
            return Err(Fault::Broken);
        }
        Ok(Some(seqno))
    }

    fn change(&mut self, sum: &mut Xxh3) -> Result<(), Fault> {
        let [tag] = self.array()?;
        sum.update(&[tag]);
        if tag == CLEARING {
            sum.update(&self.array::<8>()?);
            return Ok(());
        }
        let head: [u8; 20] = self.array()?;
        sum.update(&head);
        let mut fields = Reader::new(&head);
        fields.bytes(10)?;
        let key_len = u16::from_le_bytes(fields.array()?);
        let value_len = u32::from_le_bytes(fields.array()?);
        let stored_len = u32::from_le_bytes(fields.array()?);
        let len = usize::try_from(value_len).unwrap_or(usize::MAX);
        if tag != CHANGE || value_len != stored_len || len > MAX_VALUE_LEN {
            return Err(Fault::Broken);
        }
        self.key_len = key_len.into();
        self.change.resize(len.saturating_add(self.key_len), 0);
        self.input.read_exact(&mut self.change)?;
        let read = u64::try_from(self.change.len()).unwrap_or(u64::MAX);
        self.pos = self.pos.saturating_add(read);
        sum.update(&self.change);
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes)?;
        self.pos = self
            .pos
            .saturating_add(u64::try_from(N).unwrap_or(u64::MAX));
        Ok(bytes)
    }
}
