//! A store of each released format opens in this release, with all that is in it.
//!
//! `fixtures/store-N` is what the release that brought format `N` wrote; `writes_a_fixture` made it.
//! Folders without files are missing in it, as in any checkout.

#![expect(
    clippy::unwrap_used,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

#[path = "store/mod.rs"]
mod world;

use std::path::{Path, PathBuf};

use commune::store::{Batch, Durability, Salvage, Store, check};
use commune_crdt::hash::BlobHash;
use world::{copy, entry, files, home, key};

/// The formats that were released.
const RELEASED: [u32; 1] = [1];

#[test]
fn a_store_of_each_released_format_opens() {
    for format in RELEASED {
        let (_home, dir) = home();
        copy(&fixture(format), &dir);
        assert_eq!(check(&dir, &key()).unwrap().faults, Vec::<String>::new());
        assert_is_the_fixture(&Store::open(&dir, &key()).unwrap());
    }
}

#[test]
fn a_store_of_each_released_format_can_be_salvaged() {
    for format in RELEASED {
        let (_home, dir) = home();
        copy(&fixture(format), &dir);
        for file in files(&dir) {
            let journal = file.extension().is_some_and(|it| it == "jnl");
            if !journal {
                std::fs::write(file, b"nothing of what was here").unwrap();
            }
        }
        let salvage = Salvage::begin(&dir, &key()).unwrap();
        let mut batch = Batch::new();
        for row in salvage.rows() {
            batch.put_row(&row.unwrap());
        }
        salvage.store().commit(batch, Durability::All).unwrap();
        let (store, _kept) = salvage.finish().unwrap();
        assert_is_the_fixture(&store);
    }
}

/// Not a test: writes the fixture of the current format anew, for the commit that brings a format.
#[test]
#[ignore = "fixtures stay as the releases wrote them"]
fn writes_a_fixture() {
    let (_home, dir) = home();
    let store = Store::create(&dir, &key()).unwrap();
    let mut batch = Batch::new();
    (0..20).for_each(|number| batch.put_entry(&entry(number)));
    batch.put_pending(&entry(20));
    batch.put_fork(b"log", b"one", b"other");
    batch.put_blob(&blob());
    batch.put_peer(b"peer", b"address");
    batch.put_meta("language", b"fr");
    store.commit(batch, Durability::All).unwrap();
    drop(store);
    copy(&dir, &fixture(*RELEASED.last().unwrap()));
}

fn assert_is_the_fixture(store: &Store) {
    let bytes = |number| entry(number).into_bytes();
    for number in 0..20 {
        let id = entry(number).id();
        assert_eq!(store.entry(&id).unwrap(), Some(bytes(number)));
    }
    assert_eq!(store.entries().count(), 20);
    let pending: Vec<_> = store.pending().map(Result::unwrap).collect();
    assert_eq!(pending, [bytes(20)]);
    let forks: Vec<_> = store.forks().map(|it| it.unwrap().b).collect();
    assert_eq!(forks, [b"other"]);
    let peers: Vec<_> = store.peers().map(Result::unwrap).collect();
    assert_eq!(peers, [(b"peer".to_vec(), b"address".to_vec())]);
    let held = store.blob(&BlobHash::of(&blob())).unwrap();
    assert_eq!(held, Some(blob()));
    assert_eq!(store.meta("language").unwrap(), Some(b"fr".to_vec()));
}

fn blob() -> Vec<u8> {
    (0..5_000_u32).flat_map(u32::to_be_bytes).collect()
}

fn fixture(format: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/store-{format}"))
}
