//! Flipped bits: a store opens right, or says that it is damaged, and salvage gets back every row
//! whose own bytes are intact.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

#[path = "store/mod.rs"]
mod world;

use std::{
    collections::BTreeSet,
    fs::OpenOptions,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use commune::store::{Batch, Durability, Salvage, Space, Store, StoreError, check};
use commune_crdt::entry::BlobRef;
use world::{Chance, copy, entry, files, home, key, noted, put};

/// Entries of the longest kind: so many that the store writes tables of them.
const IN_TABLES: u32 = 4_000;

/// And some that stand in the journal alone.
const IN_JOURNAL: u32 = 400;

/// A row by space and value, as a test compares it.
type Known = BTreeSet<(Space, Vec<u8>)>;

#[test]
fn a_flipped_bit_is_harmless_or_found_and_costs_one_row_at_most() {
    let (_home, dir) = home();
    let known = fill(&dir);
    let flips = if std::env::var_os("COMMUNE_LONG").is_some() {
        2_000
    } else {
        40
    };
    let seed = std::env::var("COMMUNE_SEED").map_or(1, |it| it.parse().unwrap());
    let mut chance = Chance(seed);
    let files = files(&dir);
    let (mut right, mut refused, mut lost) = (0, 0, 0);
    for flip in 0..flips {
        // A third anywhere in the store, a third in journals, a third at the ends of files: there
        // stands what leads to all else.
        let journals =
            |it: &&PathBuf| flip % 3 != 1 || it.extension().is_some_and(|it| it == "jnl");
        let within = |len: u64| if flip % 3 == 2 { len.min(300) } else { len };
        let size = |it: &PathBuf| it.metadata().unwrap().len();
        let hit = files.iter().filter(journals).collect::<Vec<_>>();
        let mut at = chance.below(hit.iter().map(|it| within(size(it))).sum());
        let file = hit.into_iter().find(|it| {
            let len = within(size(it));
            let here = at < len;
            at -= if here { 0 } else { len };
            here
        });
        let at = if flip % 2 == 0 {
            at
        } else {
            size(file.unwrap()) - 1 - at
        };
        let file = file.unwrap().strip_prefix(&dir).unwrap();
        let bit = chance.below(8);
        let what = format!(
            "seed {seed}, flip {flip}: bit {bit} of byte {at} of {}",
            file.display()
        );
        println!("{what}");

        let (_home, copied) = home();
        copy(&dir, &copied);
        flip_bit(&copied.join(file), at, bit);
        match read(&copied) {
            Ok(found) => {
                assert_eq!(found, known, "{what}");
                right += 1;
                continue;
            }
            Err(StoreError::Damaged { .. }) => refused += 1,
            Err(other) => panic!("{what}: {other}"),
        }
        let checked = check(&copied, &key());
        assert!(
            checked.is_ok_and(|it| !it.faults.is_empty()),
            "{what}: not found by a check"
        );

        let salvage = Salvage::begin(&copied, &key()).unwrap();
        let mut batch = Batch::new();
        for row in salvage.rows() {
            batch.put_row(&row.unwrap());
        }
        salvage.store().commit(batch, Durability::All).unwrap();
        let broken = salvage.scan().broken;
        let (store, kept) = salvage.finish().unwrap();
        assert!(kept.ends_with("store.damaged-1"), "{what}");
        drop(store);
        let found = read(&copied).unwrap();
        let missing = known.difference(&found).count();
        assert!(found.is_subset(&known), "{what}: something new");
        assert!(
            missing <= 1,
            "{what}: {missing} rows lost, {broken} frames broken"
        );
        lost += missing;
    }
    println!("{right} opened right, {refused} damaged, {lost} rows lost");
}

/// A store with tables and a journal.
fn fill(dir: &Path) -> Known {
    let store = Store::create(dir, &key()).unwrap();
    let long = (0..IN_TABLES).map(|it| noted(it, &[0; 1_000]));
    let old: Vec<_> = long.collect();
    let new: Vec<_> = (0..IN_JOURNAL).map(entry).collect();
    for batch in old.chunks(1_000) {
        put(&store, batch, Durability::Buffered);
    }
    let blob: Vec<u8> = (0..10_000_u32).flat_map(u32::to_be_bytes).collect();
    let mut batch = Batch::new();
    batch.put_blob(&blob);
    batch.put_meta("language", b"fr");
    batch.put_peer(b"peer", b"address");
    batch.put_fork(b"log", b"one", b"other");
    batch.put_pending(&entry(0));
    store.commit(batch, Durability::All).unwrap();
    drop(store);
    let store = Store::open(dir, &key()).unwrap();
    for batch in new.chunks(50) {
        put(&store, batch, Durability::All);
    }
    drop(store);
    let known = read(dir).unwrap();
    assert_eq!(known.len(), old.len() + new.len() + 5);
    known
}

/// All that a store gives back, by the ways that a device reads it.
fn read(dir: &Path) -> Result<Known, StoreError> {
    let store = Store::open(dir, &key())?;
    let mut known = Known::new();
    for bytes in store.entries() {
        known.insert((Space::Entries, bytes?));
    }
    for bytes in store.pending() {
        known.insert((Space::Pending, bytes?));
    }
    for peer in store.peers() {
        known.insert((Space::Peers, peer?.1));
    }
    for fork in store.forks() {
        known.insert((Space::Forks, fork?.a));
    }
    let blob: Vec<u8> = (0..10_000_u32).flat_map(u32::to_be_bytes).collect();
    known.extend(
        store
            .blob(&BlobRef::of(&blob).hash)?
            .map(|it| (Space::Blobs, it)),
    );
    known.extend(store.meta("language")?.map(|it| (Space::Meta, it)));
    Ok(known)
}

fn flip_bit(path: &PathBuf, at: u64, bit: u64) {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    byte[0] ^= 1 << bit;
    file.write_all_at(&byte, at).unwrap();
}
