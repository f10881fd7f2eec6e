//! Killed processes, lost power and failing disks: what was reported as saved is there afterwards.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

#[expect(dead_code, reason = "a part of it is used here")]
#[path = "lab/skip.rs"]
mod skip;
#[path = "store/mod.rs"]
mod world;

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use commune::store::{Batch, Durability, Store, StoreError};
use skip::Skip;
use world::{Chance, copy, entry, files, home, key, put};

/// Entries in one batch of a child.
const BATCH: u32 = 20;

#[test]
fn a_killed_process_loses_nothing_that_it_reported() {
    let stores = if std::env::var_os("COMMUNE_LONG").is_some() {
        20
    } else {
        1
    };
    let mut chance = Chance(1);
    for store in 0..stores {
        // Each begins anew: one that grew through all kills would be slow before it told more.
        let (_home, dir) = home();
        let saved = killed(&dir, &mut chance, &format!("store {store}"));
        assert!(saved > 1_000, "{saved} entries tell little");
    }
}

/// Kills 25 writers of one store; gives the number of entries that they saved.
fn killed(dir: &Path, chance: &mut Chance, what: &str) -> u32 {
    let mut next = 0;
    for round in 0..25 {
        let what = format!("{what}, round {round}");
        let mut child = child(Command::new(std::env::current_exe().unwrap()), dir, next);
        // In the first rounds it may not have made a store yet.
        let reports = chance.below(if round < 5 { 2 } else { 30 });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for line in lines
            .by_ref()
            .filter_map(reported)
            .take(usize::try_from(reports).unwrap())
        {
            next = line;
        }
        for _ in 0..chance.below(2_000) {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // It may have reported more before it died.
        next = lines.filter_map(reported).last().unwrap_or(next);
        next = match Store::open(dir, &key()) {
            Ok(store) => assert_holds(&store, next, &what),
            Err(StoreError::Missing(_)) if next == 0 => 0,
            Err(error) => panic!("{what}, {next} reported: {error}"),
        };
    }
    next
}

#[test]
fn a_write_that_fails_costs_nothing_that_was_reported() {
    let Some(()) = Skip::or(skip::needs(&["strace"])) else {
        return;
    };
    let (home, _) = home();
    let log = home.path().join("trace");
    let run = |dir: &Path, fault: &str| {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-o"]).arg(&log);
        strace.args(["-e", "trace=write,fsync,fdatasync,ftruncate"]);
        if !fault.is_empty() {
            strace.args(["-e", fault]);
        }
        strace.arg(std::env::current_exe().unwrap());
        let output = child(strace, dir, 0).wait_with_output().unwrap();
        output
            .stdout
            .lines()
            .filter_map(reported)
            .last()
            .unwrap_or(0)
    };
    let probe = home.path().join("probe");
    let attached = if run(&probe, "") == LIMIT {
        Ok(())
    } else {
        Err(Skip::new("strace may not attach here"))
    };
    let Some(()) = Skip::or(attached) else {
        return;
    };
    let calls = fs::read_to_string(&log).unwrap();

    // Each number counts the calls of a thread, so that two may fail.
    let tries = if std::env::var_os("COMMUNE_LONG").is_some() {
        1_000
    } else {
        6
    };
    let mut failed = 0;
    for (call, error) in [
        ("write", "ENOSPC"),
        ("fsync", "EIO"),
        ("fdatasync", "ENOSPC"),
        ("ftruncate", "ENOSPC"),
    ] {
        let count = calls.matches(&format!(" {call}(")).count();
        for number in (1..=count).step_by(count / tries + 1) {
            let dir = home.path().join(format!("{call}-{number}"));
            let saved = run(&dir, &format!("inject={call}:error={error}:when={number}"));
            let what = format!("{call} {number} of {count}: {error}, {saved} reported");
            println!("{what}");
            match Store::open(&dir, &key()) {
                Ok(store) => drop(assert_holds(&store, saved, &what)),
                Err(StoreError::Missing(_)) if saved == 0 => {}
                Err(error) => panic!("{what}: {error}"),
            }
            failed += u32::from(saved < LIMIT);
        }
    }
    assert!(failed > 10, "{failed} runs with a fault tell little");
}

#[test]
fn lost_power_takes_no_more_than_what_was_not_flushed() {
    let (home, dir) = home();
    let store = Store::create(&dir, &key()).unwrap();
    put(
        &store,
        &(0..BATCH).map(entry).collect::<Vec<_>>(),
        Durability::Data,
    );
    let journal = files(&dir)
        .into_iter()
        .find(|it| it.ends_with("0.jnl"))
        .unwrap();
    let flushed = journal.metadata().unwrap().len();
    for batch in 1..4 {
        let entries = (batch * BATCH..(batch + 1) * BATCH).map(entry);
        put(&store, &entries.collect::<Vec<_>>(), Durability::Buffered);
    }
    let whole = fs::read(&journal).unwrap();
    let torn = u64::try_from(whole.len()).unwrap() - flushed;
    let below = |chance: &mut Chance, limit| usize::try_from(chance.below(limit)).unwrap();

    let mut chance = Chance(1);
    let images = if std::env::var_os("COMMUNE_LONG").is_some() {
        1_000
    } else {
        60
    };
    for image in 0..images {
        let mut bytes = whole.clone();
        let cut = bytes.len() - below(&mut chance, torn + 1);
        // Sectors reach the disk in any order: some of those before the end have not, and of the
        // first that is as it was before.
        let boundary = usize::try_from(flushed).unwrap();
        if image % 5 == 0 {
            bytes[boundary..boundary.next_multiple_of(512)].fill(0);
        }
        for _ in 0..chance.below(3) {
            let first = usize::try_from(flushed).unwrap().div_ceil(512);
            let sector = first + below(&mut chance, torn / 512);
            let end = bytes.len().min((sector + 1) * 512);
            bytes[sector * 512..end].fill(0);
        }
        if image % 2 == 0 {
            bytes.truncate(cut);
        } else {
            bytes[cut..].fill(0);
        }
        let there = home.path().join("after").join("store");
        copy(&dir, &there);
        fs::write(there.join(journal.strip_prefix(&dir).unwrap()), bytes).unwrap();
        let store = Store::open(&there, &key()).unwrap_or_else(|it| panic!("image {image}: {it}"));
        assert_holds(&store, BATCH, &format!("image {image}"));
        drop(store);
        fs::remove_dir_all(home.path().join("after")).unwrap();
    }
}

#[test]
fn zeros_in_what_had_been_flushed_are_damage_and_not_lost_power() {
    let (home, dir) = home();
    let store = Store::create(&dir, &key()).unwrap();
    for batch in 0..4 {
        let entries = (batch * BATCH..(batch + 1) * BATCH).map(entry);
        put(&store, &entries.collect::<Vec<_>>(), Durability::Data);
    }
    let journal = files(&dir).into_iter().find(|it| it.ends_with("0.jnl"));
    let journal = journal.unwrap();
    let whole = fs::read(&journal).unwrap();
    // The last batch may or may not have been reported: no later one says so.
    for sector in 0..whole.len() * 3 / 4 / 512 {
        let mut bytes = whole.clone();
        bytes[sector * 512..(sector + 1) * 512].fill(0);
        let there = home.path().join("after").join("store");
        copy(&dir, &there);
        fs::write(there.join(journal.strip_prefix(&dir).unwrap()), bytes).unwrap();
        let opened = Store::open(&there, &key()).map(|_| ());
        assert!(
            matches!(opened, Err(StoreError::Damaged { .. })),
            "sector {sector}: {opened:?}"
        );
        fs::remove_dir_all(home.path().join("after")).unwrap();
    }
}

#[test]
fn a_creation_that_was_killed_leaves_nothing_in_the_way() {
    let (home, dir) = home();
    let beside = |suffix: &str| home.path().join(format!("store.{suffix}"));
    // Killed while the engine wrote its first files: that folder would never open.
    drop(Store::create(&dir, &key()).unwrap());
    fs::rename(&dir, beside("new")).unwrap();
    fs::remove_file(beside("new").join("version")).unwrap();
    assert!(matches!(
        Store::open(&dir, &key()),
        Err(StoreError::Missing(_))
    ));
    put(
        &Store::create(&dir, &key()).unwrap(),
        &[entry(0)],
        Durability::All,
    );
    assert!(!beside("new").exists());

    // Killed between the two renames of a swap.
    fs::rename(&dir, beside("ready")).unwrap();
    let store = Store::open_or_create(&dir, &key()).unwrap();
    assert!(store.has_entry(&entry(0).id()).unwrap());
    drop(store);

    // Killed before the first of them.
    copy(&dir, &beside("ready"));
    assert!(Store::open(&dir, &key()).is_ok());
    assert!(!beside("ready").exists());
}

/// Not a test: the process that is killed. It adds batches to the store, opens it again now and then,
/// and reports the number of entries that are saved.
#[test]
#[ignore = "other tests run it as a process of its own"]
fn a_child_that_writes() {
    let Some(dir) = std::env::var_os("STORE_CHILD") else {
        return;
    };
    let from = std::env::var("STORE_FROM").unwrap().parse().unwrap();
    let mut next: u32 = from;
    while next < from + LIMIT {
        let store = Store::open_or_create(dir.as_ref(), &key()).unwrap();
        // Enough that the store makes tables and shortens its journal when it closes.
        let mut bulk = Batch::new();
        if next % 400 == 200 {
            bulk.put_blob(&next.to_be_bytes().repeat(1_200_000));
        }
        store.commit(bulk, Durability::Buffered).unwrap();
        for _ in 0..10 {
            let entries: Vec<_> = (next..next + BATCH).map(entry).collect();
            let safe = if next.is_multiple_of(3) {
                Durability::Data
            } else {
                Durability::All
            };
            put(&store, &entries, safe);
            next += BATCH;
            println!("{REPORT}{next}");
        }
    }
}

/// Entries after which a child ends.
const LIMIT: u32 = 600;

/// How a line begins that says how many entries are saved.
const REPORT: &str = "saved ";

fn child(mut command: Command, dir: &Path, from: u32) -> Child {
    command
        .args(["--exact", "a_child_that_writes", "--ignored", "--nocapture"])
        .env("STORE_CHILD", dir)
        .env("STORE_FROM", from.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn reported(line: std::io::Result<String>) -> Option<u32> {
    line.ok()?.split_once(REPORT)?.1.parse().ok()
}

/// Asserts that at least the first `count` entries are there, and whole batches of them; returns how
/// many there are.
fn assert_holds(store: &Store, count: u32, what: &str) -> u32 {
    let found = u32::try_from(store.entries().count()).unwrap();
    assert!(
        found >= count,
        "{what}: {found} of {count} entries are there"
    );
    assert_eq!(found % BATCH, 0, "{what}: a part of a batch");
    for number in 0..found {
        let entry = entry(number);
        let bytes = store.entry(&entry.id()).unwrap();
        assert_eq!(
            bytes.as_deref(),
            Some(entry.as_bytes()),
            "{what}: entry {number}"
        );
    }
    found
}
