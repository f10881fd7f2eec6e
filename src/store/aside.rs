//! The folder of the store among its neighbours: who may open it, and how it comes to be.
//!
//! | beside `store/` | |
//! |---|---|
//! | `store.lock` | held by the process that has the store open, by `flock`, so that it ends with the process |
//! | `store.new` | a store that is being written; found under the lock, it is of a killed process, and removed |
//! | `store.ready` | a complete store that is to take the place of `store/`, which is out of the way already |
//! | `store.damaged-N`, `store.old-N` | what was in its place before |
//!
//! A kill during its very first opening leaves the engine with a folder that it never opens again.
//! So nothing is created in its place: a store is made aside, synced whole, and renamed.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use super::error::StoreError;

/// The right to open a store, held until dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes it, and clears up after a process that was killed while it made a store.
    pub(super) fn take(dir: &Path) -> Result<Self, StoreError> {
        let path = beside(dir, "lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            // Only a store that can be written can be opened, but a lock needs no writing.
            .or_else(|error| File::open(&path).map_err(|_| error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Locked),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        finish_swap(dir)?;
        Ok(Self { _file: file })
    }
}

/// Where a store is written before it takes its place.
pub(super) fn workplace(dir: &Path) -> PathBuf {
    beside(dir, "new")
}

/// Puts the complete store at [`workplace`] in the place of `dir`; what was there is kept as
/// `dir.LABEL-N`, whose path is the result.
pub(super) fn swap(dir: &Path, label: &str) -> Result<Option<PathBuf>, StoreError> {
    let ready = beside(dir, "ready");
    sync_tree(&workplace(dir))?;
    fs::rename(workplace(dir), &ready)?;
    sync_parent(dir)?;
    let mut kept = None;
    if dir.try_exists()? {
        let path = free_name(dir, label)?;
        fs::rename(dir, &path)?;
        sync_parent(dir)?;
        kept = Some(path);
    }
    fs::rename(&ready, dir)?;
    sync_parent(dir)?;
    Ok(kept)
}

/// Ends what a killed process began: nothing of a store is lost, whenever the kill came.
fn finish_swap(dir: &Path) -> Result<(), StoreError> {
    let ready = beside(dir, "ready");
    if ready.try_exists()? {
        if dir.try_exists()? {
            fs::remove_dir_all(&ready)?;
        } else {
            fs::rename(&ready, dir)?;
            sync_parent(dir)?;
        }
    }
    match fs::remove_dir_all(workplace(dir)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Flushes every file and folder under `path` to the medium.
fn sync_tree(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        for item in fs::read_dir(path)? {
            sync_tree(&item?.path())?;
        }
    }
    Ok(File::open(path)?.sync_all()?)
}

/// Flushes the names in the folder that holds `dir`.
fn sync_parent(dir: &Path) -> Result<(), StoreError> {
    let parent = dir.parent().filter(|it| !it.as_os_str().is_empty());
    Ok(File::open(parent.unwrap_or_else(|| Path::new(".")))?.sync_all()?)
}

/// The first of `dir.LABEL-1`, `dir.LABEL-2`, … that is free.
fn free_name(dir: &Path, label: &str) -> Result<PathBuf, StoreError> {
    for number in 1..=u32::MAX {
        let path = beside(dir, &format!("{label}-{number}"));
        if !path.try_exists()? {
            return Ok(path);
        }
    }
    Err(StoreError::Io(io::ErrorKind::AlreadyExists.into()))
}

fn beside(dir: &Path, suffix: &str) -> PathBuf {
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    dir.with_file_name(name)
}
