//! The `FORMAT` file: which format a store has, and whether a key fits it.
//!
//! ```text
//! commune-store/1
//! key 5f1e0c7a9b3d2e64
//! sum 0d4c61b2a9f87e35
//! ```
//!
//! `key` tells one store key from another; `sum` is the BLAKE3 hash of the lines above it, cut to
//! 8 bytes, so that a flipped bit is not taken for a later format or for another key.

use std::{fs, io, path::Path};

use commune_crdt::hash::{blake3, to_hex};

use super::{error::StoreError, seal::Seals};

/// The format that this build writes.
pub(super) const CURRENT: u32 = 1;

const FILE: &str = "FORMAT";

/// Writes the file of a new store.
pub(super) fn write(dir: &Path, format: u32, seals: &Seals) -> Result<(), StoreError> {
    let head = format!("commune-store/{format}\nkey {}\n", to_hex(&seals.check()));
    let text = format!("{head}sum {}\n", sum(&head));
    Ok(fs::write(dir.join(FILE), text)?)
}

/// The format of the store at `dir`, which `seals` fit.
pub(super) fn read(dir: &Path, seals: &Seals) -> Result<u32, StoreError> {
    let text = match fs::read(dir.join(FILE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(StoreError::damaged("the file FORMAT is missing"));
        }
        other => other?,
    };
    let broken = || StoreError::damaged("the file FORMAT is not as it was written");
    let text = String::from_utf8(text).map_err(|_| broken())?;
    let (head, tail) = text
        .split_at_checked(text.rfind("sum ").ok_or_else(broken)?)
        .ok_or_else(broken)?;
    if tail != format!("sum {}\n", sum(head)) {
        return Err(broken());
    }
    let (format, key) = head.split_once('\n').ok_or_else(broken)?;
    let format = format
        .strip_prefix("commune-store/")
        .and_then(|it| it.parse().ok())
        .ok_or_else(broken)?;
    if format > CURRENT {
        return Err(StoreError::Newer {
            found: format,
            known: CURRENT,
        });
    }
    if key != format!("key {}\n", to_hex(&seals.check())) {
        return Err(StoreError::WrongKey);
    }
    Ok(format)
}

fn sum(head: &str) -> String {
    to_hex(&blake3(&[head.as_bytes()]))
        .chars()
        .take(16)
        .collect()
}
