//! Sticks that people carry, on real file systems: exFAT, and FAT32 by a driver that tells no room.
//! Whatever happens to a stick, nothing that was saved is lost, and what is intact gets in.

#![expect(
    clippy::unwrap_used,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

#[path = "sticks/hostile.rs"]
mod hostile;
mod lab;
#[path = "sticks/others.rs"]
mod others;
mod village;

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use commune::{
    carry::{CarryError, Options, Stage, Visit, visit},
    device::Device,
};
use commune_crdt::sync::oneway::Coverage;
use lab::{
    Skip,
    stick::{Format, Stick},
};
use village::Village;

const MIB: u64 = 1 << 20;

fn options(village: &Village) -> Options {
    Options {
        write: true,
        dry_run: false,
        quota: None,
        claimed: village.minutes(),
    }
}

/// Plugs the stick in at `device`, and takes it out when it may be.
fn carried(village: &Village, device: &Device, stick: &Path) -> Visit {
    let visited = try_carried(village, device, stick);
    assert!(visited.stopped.is_none(), "{:?}", visited.stopped);
    assert!(visited.may_remove);
    visited
}

fn try_carried(village: &Village, device: &Device, stick: &Path) -> Visit {
    let mut nowhere = Coverage::default();
    visit(device, stick, &options(village), &mut nowhere, &mut |_| {
        true
    })
    .unwrap()
}

fn bundles(stick: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(stick.join("COMMUNE/b")).into_iter().flatten();
    let mut all: Vec<_> = all.map(|it| it.unwrap().path()).collect();
    all.sort();
    all
}

fn same(a: &Device, b: &Device) -> bool {
    a.state_hash().unwrap() == b.state_hash().unwrap()
}

/// The signer writes so often, and closes records so that no quota is in the way. Gives how many
/// entries it has then.
fn writes(village: &mut Village, signer: &Device, count: u32) -> u64 {
    for turn in 0..count {
        village.chats(signer, turn);
        if turn % 240 == 99 {
            village.closes(signer, 1);
        }
    }
    signer.summary().unwrap().entries
}

/// The sticks that this machine can make, of so many MiB.
fn sticks(mebibytes: u64) -> impl Iterator<Item = Stick> {
    [Format::ExFat, Format::Fat32]
        .into_iter()
        .filter_map(move |it| Skip::or(Stick::formatted(it, mebibytes)))
}

#[test]
fn two_neighbours_send_a_stick_back_and_forth() {
    for stick in sticks(64) {
        let village = Village::found(4);
        let (ana, bob) = (village.device(0), village.device(1));
        let at = stick.path();
        (0..20).for_each(|turn| village.chats(&ana, turn));
        let first = carried(&village, &ana, &at);
        assert_eq!((first.written.entries, first.read.readers), (40, 0));

        village.chats(&bob, 1);
        let second = carried(&village, &bob, &at);
        assert_eq!(second.read.report.counts.imported, 40);
        // Only what Ana lacks, by the ticket that she left.
        assert_eq!((second.written.entries, second.read.readers), (2, 1));

        let third = carried(&village, &ana, &at);
        assert_eq!(third.read.report.counts.imported, 2);
        assert_eq!(third.written.entries, 0);
        assert_eq!(third.removed, 1, "Bob's ticket says that he has all of it");
        assert!(same(&ana, &bob));
        let fourth = carried(&village, &bob, &at);
        assert_eq!((fourth.written.entries, fourth.removed), (0, 1));
        assert!(bundles(&at).is_empty(), "nobody needs any of it any more");

        // What the medium holds is what was said, also after it was out.
        let before = names(&at.join("COMMUNE/have"));
        assert_eq!(before.len(), 2);
        let mut stick = stick;
        stick.write_protect();
        assert_eq!(names(&at.join("COMMUNE/have")), before);
    }
}

fn names(folder: &Path) -> Vec<String> {
    let all = fs::read_dir(folder).into_iter().flatten();
    let mut all: Vec<_> = all
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    all.sort();
    all
}

#[test]
fn nothing_that_lies_there_is_written_again_and_many_bundles_become_one() {
    let village = Village::found(4);
    let ana = village.device(0);
    let stick = tempfile::tempdir().unwrap();
    for turn in 0..8 {
        village.chats(&ana, turn);
        let visit = carried(&village, &ana, stick.path());
        assert_eq!(visit.written.entries, 2, "only what is new");
        assert_eq!(u32::try_from(bundles(stick.path()).len()), Ok(turn + 1));
    }
    let again = carried(&village, &ana, stick.path());
    assert_eq!(again.written.entries, 16, "the eight become one");
    assert_eq!((again.removed, bundles(stick.path()).len()), (8, 1));
    let before = bundles(stick.path())[0]
        .metadata()
        .unwrap()
        .modified()
        .unwrap();
    let ticket = stick.path().join("COMMUNE/have");
    let ticket_before = names(&ticket);
    let idle = carried(&village, &ana, stick.path());
    assert_eq!((idle.written.entries, idle.removed), (0, 0));
    let after = bundles(stick.path())[0]
        .metadata()
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!((before, ticket_before), (after, names(&ticket)), "no wear");
    let bob = village.device(1);
    carried(&village, &bob, stick.path());
    assert!(same(&ana, &bob));
}

/// A stick that takes a part only gets what is most urgent; another gets the rest, and whoever reads
/// both has all.
#[test]
fn several_half_full_sticks_make_one_whole() {
    for format in [Format::ExFat, Format::Fat32] {
        let made: Result<Vec<_>, _> = (0..3).map(|_| Stick::formatted(format, 64)).collect();
        let Some(sticks) = Skip::or(made) else {
            continue;
        };
        let mut village = Village::found(4);
        let (ana, bob) = (village.device(0), village.device(1));
        let all = writes(&mut village, &ana, 2_200);
        let mut elsewhere = Coverage::default();
        let mut entries = 0;
        for (number, stick) in sticks.iter().enumerate() {
            // Room for a third or so of some 500 kB, beside what is always spared.
            stick.fill(if number < 2 { 400 * 1_024 } else { 4 * MIB });
            let visited = visit(
                &ana,
                &stick.path(),
                &options(&village),
                &mut elsewhere,
                &mut |_| true,
            )
            .unwrap();
            let written = &visited.written;
            entries += written.entries;
            match format {
                Format::ExFat => assert!(visited.stopped.is_none(), "{:?}", visited.stopped),
                // Nobody could know the room beforehand.
                _ => assert!(
                    matches!(visited.stopped, None | Some(CarryError::Full)),
                    "{:?}",
                    visited.stopped
                ),
            }
            assert_eq!(
                written.left == 0 && visited.stopped.is_none(),
                number == 2,
                "{number}"
            );
        }
        assert_eq!(entries, all, "each entry once");
        // What waits for a record whose entries are on another stick finds room to wait in only when
        // that one is closed: with ten records, in some rounds.
        let rounds = (1..=10).find(|_| {
            for stick in &sticks {
                try_carried(&village, &bob, &stick.path());
            }
            same(&ana, &bob)
        });
        println!("{format:?}: whole after {rounds:?} rounds of three sticks");
        assert!(rounds.is_some(), "{format:?}");
    }
}

#[test]
fn a_full_stick_is_read_and_it_is_said_that_nothing_was_written() {
    for stick in sticks(64) {
        let mut village = Village::found(4);
        let (ana, bob) = (village.device(0), village.device(1));
        village.chats(&bob, 1);
        carried(&village, &bob, &stick.path());
        stick.fill(0);
        writes(&mut village, &ana, 400);
        let visited = try_carried(&village, &ana, &stick.path());
        assert_eq!(visited.read.report.counts.imported, 2);
        assert!(
            matches!(visited.stopped, Some(CarryError::Full)),
            "{:?}",
            visited.stopped
        );
        assert_eq!(bundles(&stick.path()).len(), 1, "{:?}", stick.format());
    }
}

#[test]
fn a_write_protected_stick_is_read() {
    for mut stick in sticks(64) {
        let village = Village::found(4);
        let (ana, bob) = (village.device(0), village.device(1));
        village.chats(&ana, 1);
        carried(&village, &ana, &stick.path());
        stick.write_protect();
        village.chats(&bob, 1);
        let visited = try_carried(&village, &bob, &stick.path());
        assert_eq!(visited.read.report.counts.imported, 2);
        assert!(
            matches!(visited.stopped, Some(CarryError::ReadOnly)),
            "{:?}",
            visited.stopped
        );
        let only_reads = Options {
            write: false,
            ..options(&village)
        };
        let mut nowhere = Coverage::default();
        let visited = visit(&bob, &stick.path(), &only_reads, &mut nowhere, &mut |_| {
            true
        })
        .unwrap();
        assert!(visited.stopped.is_none() && visited.may_remove);
    }
}

/// At several moments of the writing, by taking the mount away and by killing the driver.
#[test]
fn a_stick_pulled_out_in_mid_write_loses_nothing_that_was_saved() {
    for (format, moment) in [
        (Format::ExFat, 1),
        (Format::ExFat, 300),
        (Format::ExFat, 1_200),
        (Format::Fat32, 300),
    ] {
        for kills in [false, true] {
            let Some(mut stick) = Skip::or(Stick::formatted(format, 64)) else {
                continue;
            };
            let mut village = Village::found(4);
            let (ana, bob) = (village.device(0), village.device(1));
            village.chats(&bob, 1);
            carried(&village, &bob, &stick.path());
            writes(&mut village, &ana, 600);
            let at = stick.path();
            let (mut writes, mut done) = (false, 0);
            let mut heard = |stage| {
                match stage {
                    Stage::Writes => writes = true,
                    Stage::Done(more) if writes && done < moment => {
                        done += more;
                        if done >= moment && kills {
                            stick.yank();
                        } else if done >= moment {
                            stick.pull_out();
                        }
                    }
                    _ => {}
                }
                true
            };
            let mut nowhere = Coverage::default();
            let visited = visit(&ana, &at, &options(&village), &mut nowhere, &mut heard).unwrap();
            let what = format!("{format:?} {moment} {kills}");
            assert!(!visited.may_remove, "{what}");
            assert!(
                matches!(visited.stopped, Some(CarryError::Removed)),
                "{what}: {:?}",
                visited.stopped
            );
            assert_eq!(
                visited.read.report.counts.imported, 2,
                "{what}: what was read is saved"
            );

            stick.put_in();
            let bob_reads = try_carried(&village, &bob, &stick.path());
            assert!(
                bob_reads.read.unusable.is_empty(),
                "{what}: no half file has a bundle's name"
            );
            carried(&village, &ana, &stick.path());
            let left = names(&stick.path().join("COMMUNE/b"));
            assert!(
                left.iter().all(|it| it.ends_with(".cmb")),
                "{what}: {left:?}"
            );
            carried(&village, &bob, &stick.path());
            assert!(same(&ana, &bob), "{what}");
        }
    }
}

#[test]
fn a_stick_pulled_out_while_it_is_read_leaves_what_was_read() {
    for mut stick in sticks(64) {
        let mut village = Village::found(4);
        let (ana, bob) = (village.device(0), village.device(1));
        let mut all = 0;
        for _ in 0..6 {
            all = writes(&mut village, &ana, 100);
            carried(&village, &ana, &stick.path());
        }
        let at = stick.path();
        let mut done = 0;
        let mut heard = |stage| {
            if let Stage::Done(bytes) = stage {
                done += bytes;
                if done > 60_000 {
                    stick.yank();
                }
            }
            true
        };
        let mut nowhere = Coverage::default();
        let visited = visit(&bob, &at, &options(&village), &mut nowhere, &mut heard).unwrap();
        assert!(
            matches!(visited.stopped, Some(CarryError::Removed)),
            "{:?}",
            visited.stopped
        );
        let read = visited.read.report.counts.imported;
        assert!((1..all).contains(&read), "{read}");
        drop(bob);
        let bob = village.device(1);
        stick.put_in();
        carried(&village, &bob, &stick.path());
        assert!(same(&ana, &bob));
    }
}

#[test]
fn damage_costs_what_it_hits_and_its_writer_mends_it() {
    for stick in sticks(64) {
        let mut village = Village::found(4);
        let (ana, bob) = (village.device(0), village.device(1));
        let all = writes(&mut village, &ana, 300);
        carried(&village, &ana, &stick.path());
        let bundle = bundles(&stick.path()).remove(0);
        let mut bytes = fs::read(&bundle).unwrap();
        let at = bytes.len() / 2;
        bytes[at] ^= 0x10;
        bytes.truncate(bytes.len() - 100);
        fs::remove_file(&bundle).unwrap();
        fs::write(&bundle, &bytes).unwrap();

        let visited = try_carried(&village, &bob, &stick.path());
        let report = &visited.read.report;
        assert!(
            report.places >= 2,
            "a flipped bit and a cut: {:?}",
            report.lost
        );
        let got = report.counts.imported;
        assert!((all / 3..all).contains(&got), "{got} of {all}");
        assert!(!same(&ana, &bob));

        let mended = carried(&village, &ana, &stick.path());
        assert_eq!(
            mended.removed, 1,
            "the damaged one makes room for a good one"
        );
        carried(&village, &bob, &stick.path());
        assert!(same(&ana, &bob));
    }
}

#[test]
fn a_dry_run_changes_nothing_anywhere() {
    let village = Village::found(4);
    let (ana, bob) = (village.device(0), village.device(1));
    let stick = tempfile::tempdir().unwrap();
    let dry = Options {
        dry_run: true,
        ..options(&village)
    };
    let mut nowhere = Coverage::default();
    village.chats(&ana, 1);
    let would = visit(&ana, stick.path(), &dry, &mut nowhere, &mut |_| true).unwrap();
    assert_eq!(would.written.entries, 2);
    assert!(names(stick.path()).is_empty());
    carried(&village, &ana, stick.path());
    village.chats(&bob, 2);
    let would = visit(&bob, stick.path(), &dry, &mut nowhere, &mut |_| true).unwrap();
    assert_eq!(would.read.report.counts.imported, 2);
    assert_eq!(would.written.entries, 2);
    assert!(!same(&ana, &bob) && bundles(stick.path()).len() == 1);
}

/// A device that was restored from an old backup says so by its next ticket, and gets all again.
#[test]
fn a_ticket_is_the_newest_of_its_device() {
    let mut village = Village::found(4);
    let (ana, bob) = (village.device(0), village.device(1));
    let stick = tempfile::tempdir().unwrap();
    village.chats(&ana, 1);
    carried(&village, &ana, stick.path());
    carried(&village, &bob, stick.path());
    let cleared = carried(&village, &ana, stick.path());
    assert_eq!(cleared.removed, 1);
    // Bob's disk is lost; the folder that takes its place has the same keys and no entries.
    drop(bob);
    fs::remove_dir_all(village.dir(1)).unwrap();
    village.newcomer(1);
    let bob = village.device(1);
    village.now += 60;
    carried(&village, &bob, stick.path());
    let again = carried(&village, &ana, stick.path());
    assert_eq!(again.written.entries, 2);
    carried(&village, &bob, stick.path());
    assert!(same(&ana, &bob));
}

/// The process that people leave running: it takes each stick that is plugged in, and ends politely.
#[test]
fn a_watch_serves_each_stick_that_is_plugged_in() {
    let Some(mut stick) = Skip::or(Stick::formatted(Format::ExFat, 64)) else {
        return;
    };
    let village = Village::found(4);
    let ana = village.device(0);
    village.chats(&ana, 1);
    drop(ana);
    stick.pull_out();
    let mut watch = Command::new(env!("CARGO_BIN_EXE_commune"))
        .arg("--data-dir")
        .arg(village.dir(0))
        .args(["carry", "--watch", "--json"])
        .arg(stick.path())
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    for entries in ["\"entries\":2", "\"entries\":0"] {
        stick.put_in();
        let line = lines.next().unwrap().unwrap();
        assert!(
            line.contains(entries) && line.contains("\"may_remove\":true"),
            "{line}"
        );
        // The line comes when the stick may go.
        stick.write_protect();
        assert_eq!(bundles(&stick.path()).len(), 1);
        let line = lines.next().unwrap().unwrap();
        assert!(line.contains("\"known\":2"), "{line}");
        stick.pull_out();
    }
    let id = rustix::process::Pid::from_child(&watch);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    assert_eq!(watch.wait().unwrap().code(), Some(0));
}
