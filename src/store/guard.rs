//! The engine's folder, looked at before the engine opens it.
//!
//! The engine removes what its lists do not name, and does not check the lists. One flipped bit in
//! them would cost whole tables, so they are checked here, against the checksums that the engine
//! writes and does not read:
//!
//! | file | checked against |
//! |---|---|
//! | `keyspaces/N/current`, 25 bytes: number (8), XXH3-128 (16), 0 | there is the list `vNUMBER`, with this checksum |
//! | `keyspaces/N/tables/*`, the table of contents at the end | its checksum in the last 38 bytes |
//! | `keyspaces/0/tables/*`, which name the spaces | the list of space 0 names the checksum of each |
//! | `*.jnl` | [`super::journal`] |
//!
//! Rows are checked when they are read, by the engine and by their seals.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use commune_crdt::codec::Reader;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::{error::StoreError, journal, seal::Space};

/// Bytes at the end of a table: `SFA!` 1 0, checksum (16) and position (8) of the table of contents,
/// its length (8).
const TAIL_LEN: u64 = 38;

/// Longest table of contents, in bytes; those that are written have some 200.
const MAX_CONTENTS_LEN: u64 = 64 * 1_024;

/// Checks what the engine trusts. Returns the number of bytes of journal that it will replay.
pub(super) fn check(dir: &Path) -> Result<u64, StoreError> {
    if fs::read(dir.join("version")).ok().as_deref() != Some(b"FJL\x03") {
        return Err(StoreError::damaged("the file version"));
    }
    let keyspaces = dir.join("keyspaces");
    let numbers = 0..=Space::ALL.len();
    for number in numbers.clone() {
        let folder = keyspaces.join(number.to_string());
        let list = check_list(&folder).ok_or_else(|| broken(&folder, "current"))?;
        for item in fs::read_dir(folder.join("tables"))? {
            let path = item?.path();
            let named = || contains(&list, &checksum(&path).ok()?.to_le_bytes()).then_some(());
            if !ends_well(&path)? || number == 0 && named().is_none() {
                return Err(broken(&path, ""));
            }
        }
    }
    for item in fs::read_dir(&keyspaces)? {
        let name = item?.file_name();
        if !numbers.clone().any(|it| name == *it.to_string()) {
            return Err(broken(&keyspaces.join(name), ""));
        }
    }
    journal::check(dir)
}

/// The list of tables of one space, if it is as it was written.
fn check_list(folder: &Path) -> Option<Vec<u8>> {
    let current = fs::read(folder.join("current")).ok()?;
    let mut reader = Reader::new(&current);
    let number = u64::from_le_bytes(reader.array().ok()?);
    let sum = u128::from_le_bytes(reader.array().ok()?);
    let kind = reader.u8().ok()?;
    reader.finish().ok()?;
    let list = fs::read(folder.join(format!("v{number}"))).ok()?;
    (kind == 0 && xxh3_128(&list) == sum).then_some(list)
}

/// Whether the table of contents at the end of a table is as it was written. One that is not can
/// make the engine ask for any amount of memory.
fn ends_well(path: &Path) -> Result<bool, StoreError> {
    let mut file = File::open(path)?;
    let Some(tail_start) = file.metadata()?.len().checked_sub(TAIL_LEN) else {
        return Ok(false);
    };
    file.seek(SeekFrom::Start(tail_start))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let Some((sum, start)) = contents_of(&tail) else {
        return Ok(false);
    };
    let len = tail_start.checked_sub(start);
    if len.is_none_or(|it| it > MAX_CONTENTS_LEN) {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(start))?;
    let mut contents = Vec::new();
    file.take(len.unwrap_or_default())
        .read_to_end(&mut contents)?;
    Ok(xxh3_128(&contents) == sum)
}

/// Checksum and position of the table of contents.
fn contents_of(tail: &[u8]) -> Option<(u128, u64)> {
    let mut reader = Reader::new(tail);
    let head: [u8; 6] = reader.array().ok()?;
    let sum = u128::from_le_bytes(reader.array().ok()?);
    let start = u64::from_le_bytes(reader.array().ok()?);
    (head == *b"SFA!\x01\x00").then_some((sum, start))
}

fn checksum(path: &Path) -> Result<u128, StoreError> {
    let mut file = File::open(path)?;
    let mut sum = Xxh3::new();
    let mut buffer = vec![0; 64 * 1_024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(sum.digest128()),
            len => sum.update(buffer.get(..len).unwrap_or_default()),
        }
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|it| it == needle)
}

fn broken(path: &Path, name: &str) -> StoreError {
    let parts = path.iter().rev().take(3).collect::<Vec<_>>();
    let parts = parts.into_iter().rev().map(|it| it.to_string_lossy());
    let path = parts.collect::<Vec<_>>().join("/");
    let name = if name.is_empty() {
        String::new()
    } else {
        format!("/{name}")
    };
    StoreError::damaged(format!("{path}{name} is not as it was written"))
}
