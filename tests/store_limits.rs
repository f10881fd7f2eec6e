//! Disks that are full or read-only, what a stolen disk shows, and how fast all this is.

#![expect(
    clippy::unwrap_used,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

#[expect(dead_code, reason = "a part of it is used here")]
#[path = "lab/skip.rs"]
mod skip;
#[path = "store/mod.rs"]
mod world;

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use commune::store::{Batch, Durability, Store, StoreError, StoreKey, check};
use commune_crdt::{entry::VerifiedEntry, hash::StateHash};
use skip::{Skip, run};
use world::{Chance, entry, files, home, key, noted, put};

const MIB: usize = 1 << 20;

#[test]
fn a_full_disk_is_said_to_be_full_and_loses_nothing() {
    let Some(disk) = Skip::or(Disk::new(64)) else {
        return;
    };
    let dir = disk.path.join("store");
    let store = Store::create(&dir, &key()).unwrap();
    put(&store, &[entry(0)], Durability::All);

    // Filled by others: nothing is begun that could not be ended, and writing goes on once there is
    // room.
    let filler = disk.path.join("filler");
    fs::write(&filler, vec![0; 50 * MIB]).unwrap();
    let error = commit(&store, &[entry(1)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "disk full: nothing that was reported as saved is lost"
    );
    fs::remove_file(&filler).unwrap();
    commit(&store, &[entry(1)]).unwrap();

    // Filled by one commit, which no look beforehand could foresee.
    fs::write(&filler, vec![0; 40 * MIB]).unwrap();
    let mut batch = Batch::new();
    for number in 0..20_u8 {
        batch.put_blob(&vec![number; 2 * MIB]);
    }
    assert!(matches!(
        store.commit(batch, Durability::All),
        Err(StoreError::Full)
    ));
    assert!(matches!(commit(&store, &[entry(2)]), Err(StoreError::Full)));
    assert!(store.has_entry(&entry(1).id()).unwrap(), "reading goes on");
    drop(store);

    // What was not written whole gives its room back when the store is opened again.
    let store = Store::open(&dir, &key()).unwrap();
    assert_eq!(store.entries().count(), 2);
    commit(&store, &[entry(2)]).unwrap();
    assert_eq!(store.entries().count(), 3);
    fs::write(&filler, vec![0; 70 * MIB]).unwrap_err();
    drop(store);

    // A disk without any room can still be read.
    let store = Store::open(&dir, &key()).unwrap();
    assert_eq!(store.entries().count(), 3);
    let error = commit(&store, &[entry(3)]);
    assert!(matches!(error, Err(StoreError::Full)), "{error:?}");
}

#[test]
fn a_disk_without_room_for_a_store_is_said_to_be_full() {
    let Some(disk) = Skip::or(Disk::new(4)) else {
        return;
    };
    let made = Store::create(&disk.path.join("store"), &key());
    assert!(matches!(made, Err(StoreError::Full)), "{made:?}");
}

#[test]
fn a_read_only_disk_is_said_to_be_read_only() {
    let Some(disk) = Skip::or(Disk::new(64)) else {
        return;
    };
    let dir = disk.path.join("store");
    drop(Store::create(&dir, &key()).unwrap());
    disk.remount("ro");
    for made in [
        Store::open(&dir, &key()),
        Store::create(&disk.path.join("other"), &key()),
        Store::open_or_create(&disk.path.join("below/other"), &key()),
    ] {
        assert!(matches!(made, Err(StoreError::ReadOnly)), "{made:?}");
    }
    disk.remount("rw");
    Store::open(&dir, &key()).unwrap();
}

#[test]
fn a_stolen_disk_shows_nothing_that_was_put_in() {
    let (_home, dir) = home();
    let mut chance = Chance(1);
    let planted: Vec<Vec<u8>> = (0..200)
        .map(|number| format!("planted-{number}-{:016x}", chance.below(u64::MAX)).into_bytes())
        .collect();
    let store = Store::create(&dir, &key()).unwrap();
    let mut batch = Batch::new();
    let mut secrets = planted.clone();
    for (number, text) in (0..).zip(&planted) {
        let entry = noted(number, text);
        secrets.push(entry.id().as_bytes().to_vec());
        secrets.push(entry.author().as_bytes().to_vec());
        match number % 6 {
            0 => batch.put_entry(&entry),
            1 => batch.put_pending(&entry),
            2 => batch.put_fork(text, entry.as_bytes(), text),
            3 => secrets.push(batch.put_blob(&text.repeat(1_000)).as_bytes().to_vec()),
            4 => batch.put_peer(text, text),
            _ => batch.put_meta(std::str::from_utf8(text).unwrap(), text),
        }
    }
    // So much that all of it comes to stand in tables too.
    batch.put_blob(&vec![7; 5 * MIB]);
    store.commit(batch, Durability::All).unwrap();
    drop(store);
    // And again in a journal.
    let store = Store::open(&dir, &key()).unwrap();
    put(&store, &[noted(0, &planted[0])], Durability::All);
    drop(store);

    // Of each secret 16 bytes that it begins with are as good as all.
    let starts: HashSet<&[u8]> = secrets.iter().map(|it| &it[..16]).collect();
    let mut seen = 0;
    for file in files(&dir) {
        let bytes = fs::read(&file).unwrap();
        seen += bytes.len();
        let found = bytes.windows(16).find(|it| starts.contains(it));
        let found = found.map(|it| it.escape_ascii().to_string());
        assert_eq!(found, None, "{}", file.display());
    }
    assert!(seen > 5 * MIB, "{seen} bytes");
}

#[test]
fn a_check_counts_what_is_there() {
    let (_home, dir) = home();
    assert!(matches!(check(&dir, &key()), Err(StoreError::Missing(_))));
    let store = Store::create(&dir, &key()).unwrap();
    put(&store, &[entry(0), entry(1)], Durability::All);
    assert!(matches!(check(&dir, &key()), Err(StoreError::Locked)));
    drop(store);
    let found = check(&dir, &key()).unwrap();
    assert_eq!((found.format, found.faults), (1, vec![]));
    assert_eq!(found.spaces[0].1, 2);
    assert_eq!(
        usize::try_from(found.spaces[0].2).unwrap(),
        2 * entry(0).as_bytes().len()
    );
    assert!(found.disk_len > 0 && found.free_len > Some(0));
    let other = check(&dir, &StoreKey::from_bytes([2; 32]));
    assert!(matches!(other, Err(StoreError::WrongKey)));
}

/// Figures of a build for use; a test build says nothing about them.
#[test]
fn intake_and_start_are_fast() {
    let (count, goal) = if cfg!(debug_assertions) {
        (10_000, 0)
    } else {
        (100_000, 80_000)
    };
    let (_home, dir) = home();
    let entries: Vec<_> = (0..count).map(entry).collect();
    let store = Store::create(&dir, &key()).unwrap();
    let started = Instant::now();
    for batch in entries.chunks(1_000) {
        put(&store, batch, Durability::Data);
    }
    let rate = f64::from(count) / started.elapsed().as_secs_f64();
    let summary = commune::store::Summary {
        entries: count.into(),
        pending: 0,
        state_hash: StateHash([1; 32]),
        generation: store.generation(),
    };
    store.put_summary(&summary).unwrap();
    drop(store);

    let started = Instant::now();
    let store = Store::open(&dir, &key()).unwrap();
    assert_eq!(store.summary().unwrap(), Some(summary));
    let opened = started.elapsed();
    let started = Instant::now();
    assert_eq!(store.entries().filter(Result::is_ok).count(), entries.len());
    let read = started.elapsed();
    println!("{count} entries: {rate:.0} a second in, {opened:?} to open, {read:?} to read all");
    println!("goal: {goal} a second, 100 ms to open");
    assert!(opened.as_millis() < 2_000, "{opened:?}");
}

fn commit(store: &Store, entries: &[VerifiedEntry]) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    for entry in entries {
        batch.put_entry(entry);
    }
    store.commit(batch, Durability::All)
}

/// A small disk in memory; unmounted when dropped.
struct Disk {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Disk {
    fn new(mebibytes: u32) -> Result<Self, Skip> {
        if !rustix::process::geteuid().is_root() {
            return Err(Skip::new("mounting a disk needs root"));
        }
        let folder = tempfile::Builder::new()
            .prefix("commune-disk-")
            .tempdir()
            .unwrap();
        let path = folder.path().join("mount");
        fs::create_dir(&path).unwrap();
        let options = format!("size={mebibytes}m");
        run(Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "none"])
            .arg(&path))
        .map_err(|error| Skip::new(format!("no disk in memory: {error}")))?;
        Ok(Self {
            path,
            _folder: folder,
        })
    }

    fn remount(&self, mode: &str) {
        let options = format!("remount,{mode}");
        run(Command::new("mount").args(["-o", &options]).arg(&self.path)).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = run(Command::new("umount").arg("-l").arg(Path::new(&self.path)));
    }
}
