//! Stores, entries and chance for the tests of the store.

#![allow(
    dead_code,
    reason = "every test crate that says `mod world` uses a part of it"
)]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

use std::path::{Path, PathBuf};

use commune::store::{Batch, Durability, Store, StoreKey};
use commune_crdt::{
    entry::{Anchor, Entry, Kind, Payload, Stream, Tag, VerifiedEntry},
    hash::NetworkId,
    keys::SecretKey,
    time::ClaimedMinutes,
};

pub(crate) fn key() -> StoreKey {
    StoreKey::from_bytes([1; 32])
}

/// A folder of its own, and the path of a store in it.
pub(crate) fn home() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    (home, dir)
}

/// Entry `number`: a function of it, so that another process makes the same.
pub(crate) fn entry(number: u32) -> VerifiedEntry {
    noted(number, &[0x5a; 200])
}

pub(crate) fn noted(number: u32, payload: &[u8]) -> VerifiedEntry {
    let network = NetworkId([7; 32]);
    Entry {
        kind: Kind::new(Stream::MEMBER, 4),
        tag: Tag::default(),
        seq: 0,
        previous: None,
        anchor: Anchor::genesis(&network),
        claimed: ClaimedMinutes(number),
        parents: vec![],
        payload: Payload::Inline(payload.to_vec()),
    }
    .sign(&network, &SecretKey::from_seed(&[1; 32]))
    .unwrap()
}

pub(crate) fn put(store: &Store, entries: &[VerifiedEntry], durability: Durability) {
    let mut batch = Batch::new();
    for entry in entries {
        batch.put_entry(entry);
    }
    store.commit(batch, durability).unwrap();
}

/// Every regular file under `dir`.
pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for item in std::fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for item in std::fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        let to = to.join(item.file_name());
        if item.path().is_dir() {
            copy(&item.path(), &to);
        } else {
            std::fs::copy(item.path(), to).unwrap();
        }
    }
}

/// Numbers that a seed determines (`SplitMix64`).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}
