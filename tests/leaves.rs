//! What a start reads: the leaves of the newest record, and not the entries of years.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

mod village;

use std::time::Instant;

use commune::{
    device::Device,
    store::{Batch, Durability},
};
use commune_crdt::{state::Tip, time::Height};
use village::{Village, height, tip};

/// Whether two tips go on alike.
fn assert_same(a: &mut Tip, b: &mut Tip) {
    assert_eq!((a.height, a.hash, a.time), (b.height, b.hash, b.time));
    assert_eq!((a.seed, &a.office), (b.seed, &b.office));
    assert!(a.leaves().eq(b.leaves()));
    let (one, other) = (a.office.leaf(), b.office.leaf());
    assert_eq!(a.state.root(&one), b.state.root(&other));
}

fn forgets(device: &Device, names: impl IntoIterator<Item = String>) {
    let mut batch = Batch::new();
    for name in names {
        batch.remove_meta(&name);
    }
    device.store().commit(batch, Durability::All).unwrap();
}

/// Takes the bytes of all entries that are in out of the store.
fn forgets_entries(device: &Device) -> usize {
    let tip = tip(device);
    let logs = tip.state.logs();
    let mut batch = Batch::new();
    let mut count = 0;
    let history = device.history().unwrap();
    for (id, log, seq) in history.placed_ids() {
        if seq < logs.next(&log) {
            batch.remove_entry(&id);
            count += 1;
        }
    }
    drop(history);
    device.store().commit(batch, Durability::All).unwrap();
    count
}

#[test]
fn a_start_reads_leaves_and_no_entry_that_a_record_has_in() {
    let mut village = Village::found(4);
    let device = village.device(0);
    for turn in 0..12 {
        village.chats(&device, turn);
        village.closes(&device, 26);
    }
    let mut before = tip(&device);
    let refused = device.with_finality(|it| it.refused(&device)).unwrap();
    drop(device);

    let device = village.device(0);
    assert_same(&mut tip(&device), &mut before);
    assert_eq!(
        device.with_finality(|it| it.refused(&device)).unwrap(),
        refused
    );
    assert!(!refused.is_empty(), "somebody moves every day");
    let log = device.with_finality(|it| Ok(it.log().clone())).unwrap();
    assert_eq!(log.hash(Height(12)), Some(before.hash));
    assert!(forgets_entries(&device) > 20);
    drop(device);

    let device = village.device(0);
    assert_same(&mut tip(&device), &mut before);
    // Without entries there is nothing to fold again.
    forgets(&device, ["leaves".to_owned()]);
    drop(device);
    assert!(village.device(0).with_finality(|_| Ok(())).is_err());
}

#[test]
fn a_folder_without_leaves_or_with_damaged_ones_folds_again_and_keeps_them() {
    let mut village = Village::found(4);
    let device = village.device(0);
    for turn in 0..5 {
        village.chats(&device, turn);
        village.closes(&device, 26);
    }
    let mut right = tip(&device);
    drop(device);
    let stale = village.room.path().join("stale");
    village::copy(&village.dir(0), &stale);
    type Fault = fn(&Device);
    let faults: [(&str, Fault); 5] = [
        ("an older program", |it| forgets(it, every_row(it))),
        ("one leaf gone", |it| forgets(it, ["leaf.0.2".to_owned()])),
        ("the log gone", |it| forgets(it, ["log.1".to_owned()])),
        ("a leaf from before", |it| {
            let old = it.store().meta("leaf.1.0").unwrap().unwrap();
            let mut batch = Batch::new();
            batch.put_meta("leaf.1.1", &old);
            batch.put_meta("leaf.1.0", &[&old[..], &[0]].concat());
            it.store().commit(batch, Durability::All).unwrap();
        }),
        ("no leaf any more", |it| {
            let mut batch = Batch::new();
            batch.put_meta("leaf.4.0", b"rubbish");
            batch.put_meta("leaves", b"rubbish");
            it.store().commit(batch, Durability::All).unwrap();
        }),
    ];
    for (what, fault) in faults {
        let device = village.device(0);
        fault(&device);
        drop(device);
        let device = village.device(0);
        assert_same(&mut tip(&device), &mut right);
        drop(device);
        // What was folded again is kept, so that the next start is quick.
        let device = village.device(0);
        forgets_entries(&device);
        drop(device);
        let device = village.device(0);
        let mut read = tip(&device);
        assert_same(&mut read, &mut right);
        drop(device);
        std::fs::remove_dir_all(village.dir(0)).unwrap();
        village::copy(&stale, &village.dir(0));
        println!("{what}: well");
    }
    // It goes on from there.
    let device = village.device(0);
    village.chats(&device, 9);
    village.closes(&device, 30);
    assert_eq!(height(&device), 6);
}

fn every_row(device: &Device) -> Vec<String> {
    let counts = tip(device).leaf_counts();
    let kinds = [6, 5, 4, 3, 2, 1, 0];
    let mut names = vec!["leaves".to_owned(), "log.1".to_owned()];
    for (kind, count) in kinds.into_iter().zip(counts) {
        names.extend((0..count).map(|it| format!("leaf.{kind}.{it}")));
    }
    names.extend((1..9).map(|it| format!("refused.{it}")));
    names
}

/// `COMMUNE_LONG=1` closes 300 records and prints how long a start takes.
#[test]
fn a_start_does_not_grow_with_the_records() {
    let records = if std::env::var_os("COMMUNE_LONG").is_some() {
        300
    } else {
        20
    };
    let mut village = Village::found(4);
    let device = village.device(0);
    for turn in 0..records {
        for more in 0..5 {
            village.chats(&device, turn + more);
        }
        village.closes(&device, 26);
    }
    drop(device);
    let open = |village: &Village| {
        let device = village.device(0);
        drop(device.history().unwrap());
        let start = Instant::now();
        device.with_finality(|_| Ok(())).unwrap();
        (start.elapsed(), device)
    };
    let (quick, device) = open(&village);
    forgets(&device, every_row(&device));
    drop(device);
    let (slow, device) = open(&village);
    drop(device);
    println!("{records} records: {quick:?} from leaves, {slow:?} folded again");
    assert!(quick < slow);
}
