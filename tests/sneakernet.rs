//! Ten communes that no network joins, three couriers on their roads, a stick of 64 MB each. Whole
//! devices with stores on the disk, and exFAT sticks where this machine can make them.
//!
//! ```text
//! road 0   0 ─ 1 ─ 2 ─ 3 ─ 0 …
//! road 1               3 ─ 4 ─ 5 ─ 6 ─ 3 …
//! road 2                           6 ─ 7 ─ 8 ─ 9 ─ 6 …
//! ```

#![expect(
    clippy::unwrap_used,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

mod lab;
mod village;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use commune::{
    bundle::{BundleKey, BundleReader, Finding},
    carry::{Options, visit},
    device::Device,
};
use commune_crdt::{hash::EntryId, sync::oneway::Coverage};
use lab::{
    Skip,
    stick::{Format, Stick},
};
use village::Village;

const ROADS: [[u8; 4]; 3] = [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]];

/// Laps in which people write; then they only carry.
const WRITTEN: u32 = 4;

/// From one end to the other it is three roads; a stick waits at most a lap at each.
const LAPS: u32 = WRITTEN + 6;

/// A stick of 64 MiB, or a folder where none can be made.
enum Medium {
    Stick(Stick),
    Folder(tempfile::TempDir),
}

impl Medium {
    fn path(&self) -> PathBuf {
        match self {
            Self::Stick(stick) => stick.path(),
            Self::Folder(folder) => folder.path().to_owned(),
        }
    }
}

#[test]
fn everything_arrives_and_no_leg_carries_an_entry_more_than_twice() {
    let seed = std::env::var("COMMUNE_SEED").map_or(1, |it| it.parse().unwrap());
    println!("seed {seed}");
    let village = Village::found(10);
    let devices: Vec<_> = (0..10).map(|it| village.device(it)).collect();
    let sticks: Vec<_> = (0..3)
        .map(|_| match Skip::or(Stick::formatted(Format::ExFat, 64)) {
            Some(stick) => Medium::Stick(stick),
            None => Medium::Folder(tempfile::tempdir().unwrap()),
        })
        .collect();
    let mut carriages: BTreeMap<(usize, usize), BTreeMap<EntryId, u32>> = BTreeMap::new();
    let mut state: u64 = seed;
    let mut draw = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    };
    let (mut turn, mut arrived) = (0, None);
    for lap in 0..LAPS {
        for stop in 0..4 {
            for (road, (stops, stick)) in ROADS.iter().zip(&sticks).enumerate() {
                let device = &devices[usize::from(stops[stop])];
                if lap < WRITTEN {
                    for _ in 0..1 + draw(5) {
                        turn += 1;
                        village.chats(device, turn);
                    }
                }
                plug_in(&village, device, &stick.path());
                let leg = carriages.entry((road, stop)).or_default();
                for id in entries_on(&village, &stick.path()) {
                    *leg.entry(id).or_default() += 1;
                }
            }
        }
        let first = devices[0].state_hash().unwrap();
        if lap >= WRITTEN && devices.iter().all(|it| it.state_hash().unwrap() == first) {
            arrived.get_or_insert(lap + 1 - WRITTEN);
        }
    }
    let written = devices[0].summary().unwrap().entries;
    let most = carriages.values().flat_map(BTreeMap::values).max().unwrap();
    let carried: u32 = carriages.values().flat_map(BTreeMap::values).sum();
    println!(
        "{written} entries of ten communes; all arrived {arrived:?} laps after the last was written; \
         on a leg at most {most} times, in all {carried} carriages"
    );
    assert!(written > 200);
    assert!(arrived.is_some_and(|laps| laps <= 4), "{arrived:?}");
    assert!(*most <= 2, "a leg carried an entry {most} times");
    for stick in &sticks {
        let left = entries_on(&village, &stick.path()).len();
        assert_eq!(left, 0, "what everybody has is not carried on");
    }
}

fn plug_in(village: &Village, device: &Device, stick: &Path) {
    let options = Options {
        write: true,
        dry_run: false,
        quota: None,
        claimed: village.minutes(),
    };
    let mut nowhere = Coverage::default();
    let visited = visit(device, stick, &options, &mut nowhere, &mut |_| true).unwrap();
    assert!(visited.stopped.is_none(), "{:?}", visited.stopped);
    assert!(visited.may_remove);
    assert_eq!(visited.written.left, 0);
}

/// All entries that lie on a stick, one that lies there twice twice.
fn entries_on(village: &Village, stick: &Path) -> Vec<EntryId> {
    let files = fs::read_dir(stick.join("COMMUNE/b")).into_iter().flatten();
    let mut ids = Vec::new();
    for file in files.map(|it| fs::File::open(it.unwrap().path()).unwrap()) {
        let network = village.genesis.network();
        let keys = BundleKey::accepted(village.genesis.secret().unwrap(), 0);
        let mut reader = BundleReader::new(file, keys, network);
        while let Some(finding) = reader.next_finding().unwrap() {
            if let Finding::Entries { section, .. } = finding {
                ids.extend(section.entries.iter().map(|it| it.id()));
            }
        }
    }
    ids
}
