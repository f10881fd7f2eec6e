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
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use commune_crdt::codec::Reader;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::{
    error::StoreError,
    journal::{self, Replayed},
    seal::{Seals, Space},
};

/// Bytes at the end of a table: `SFA!` 1 0, checksum (16) and position (8) of the table of contents,
/// its length (8).
const TAIL_LEN: usize = 38;

/// Longest table of contents, in bytes; those that are written have some 200.
const MAX_CONTENTS_LEN: u64 = 64 * 1_024;

/// Checks what the engine trusts. Returns what it will read again.
pub(super) fn check(dir: &Path, seals: &Seals) -> Result<Replayed, StoreError> {
    if fs::read(dir.join("version")).ok().as_deref() != Some(b"FJL\x03") {
        return Err(StoreError::damaged(
            "the file version is not as it was written",
        ));
    }
    for space in spaces(dir) {
        for (path, sum) in listed(&space)? {
            let names_spaces = space.ends_with("0");
            if !ends_well(&path)? || names_spaces && checksum(&path)? != sum {
                return Err(broken(&path));
            }
        }
    }
    for item in fs::read_dir(dir.join("keyspaces"))? {
        let path = item?.path();
        if !spaces(dir).any(|it| it == path) {
            return Err(broken(&path));
        }
    }
    journal::check(dir, seals)
}

/// Checks every byte of every table.
pub(super) fn check_tables(dir: &Path) -> Result<(), StoreError> {
    for space in spaces(dir) {
        for (path, sum) in listed(&space)? {
            if checksum(&path)? != sum {
                return Err(broken(&path));
            }
        }
    }
    Ok(())
}

/// The folders of the engine's spaces: its own, and ours.
fn spaces(dir: &Path) -> impl Iterator<Item = PathBuf> {
    let folder = dir.join("keyspaces");
    (0..=Space::ALL.len()).map(move |number| folder.join(number.to_string()))
}

/// The tables of one space and their checksums. Others in its folder are what a crash left of work
/// that was done again.
fn listed(space: &Path) -> Result<Vec<(PathBuf, u128)>, StoreError> {
    let tables = read_list(space).ok_or_else(|| broken(&space.join("current")))?;
    let folder = space.join("tables");
    let path = |number: u64| folder.join(number.to_string());
    Ok(tables
        .into_iter()
        .map(|(number, sum)| (path(number), sum))
        .collect())
}

/// Numbers and checksums of the tables of one space, if its list is as it was written.
fn read_list(space: &Path) -> Option<Vec<(u64, u128)>> {
    let current = fs::read(space.join("current")).ok()?;
    let mut reader = Reader::new(&current);
    let number = u64::from_le_bytes(reader.array().ok()?);
    let sum = u128::from_le_bytes(reader.array().ok()?);
    let kind = reader.u8().ok()?;
    reader.finish().ok()?;
    let list = fs::read(space.join(format!("v{number}"))).ok()?;
    if kind != 0 || xxh3_128(&list) != sum {
        return None;
    }

    let mut reader = Reader::new(section(&list, b"tables")?);
    let mut tables = Vec::new();
    for _level in 0..reader.u8().ok()? {
        for _run in 0..reader.u8().ok()? {
            for _table in 0..u32::from_le_bytes(reader.array().ok()?) {
                let number = u64::from_le_bytes(reader.array().ok()?);
                let _kind = reader.u8().ok()?;
                tables.push((number, u128::from_le_bytes(reader.array().ok()?)));
                let _seqno: [u8; 8] = reader.array().ok()?;
            }
        }
    }
    Some(tables)
}

/// A section of an archive, by its name in the table of contents: `TOC!`, number of sections (4), for
/// each position (8), length (8), length of its name (2), name.
fn section<'a>(archive: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (body, tail) = archive.split_at_checked(archive.len().checked_sub(TAIL_LEN)?)?;
    let place =
        |reader: &mut Reader<'_>| usize::try_from(u64::from_le_bytes(reader.array().ok()?)).ok();
    let start = usize::try_from(contents_of(tail)?.1).ok()?;
    let mut reader = Reader::new(body.get(start..)?);
    if reader.array().ok()? != *b"TOC!" {
        return None;
    }
    for _ in 0..u32::from_le_bytes(reader.array().ok()?) {
        let from = place(&mut reader)?;
        let len = place(&mut reader)?;
        let name_len = u16::from_le_bytes(reader.array().ok()?);
        if reader.bytes(name_len.into()).ok()? == name {
            return archive.get(from..from.checked_add(len)?);
        }
    }
    None
}

/// Whether the table of contents at the end of a table is as it was written. One that is not can
/// make the engine ask for any amount of memory.
fn ends_well(path: &Path) -> Result<bool, StoreError> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        other => other?,
    };
    let tail_len = u64::try_from(TAIL_LEN).unwrap_or(u64::MAX);
    let Some(tail_start) = file.metadata()?.len().checked_sub(tail_len) else {
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

fn broken(path: &Path) -> StoreError {
    let parts = path.iter().rev().take(4).collect::<Vec<_>>();
    let parts = parts.into_iter().rev().map(|it| it.to_string_lossy());
    let path = parts.collect::<Vec<_>>().join("/");
    StoreError::damaged(format!("{path} is not as it was written"))
}
