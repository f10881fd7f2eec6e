//! Sticks from people who mean no good.

use std::{
    fs::{self, File},
    os::unix::{ffi::OsStrExt, fs::symlink, net::UnixListener},
    time::{Duration, Instant},
};

use commune::carry::CarryError;
use commune_crdt::sync::oneway::Coverage;
use rustix::fs::{CWD, FileType, Mode};

use crate::{
    bundles, carried,
    lab::{Skip, stick::Stick},
    options, try_carried,
    village::Village,
    visit,
};

const NAME: &str = "00112233445566778899aabbccddeeff";

/// Everything that a folder can hold besides files, under names that are ours.
#[test]
fn links_pipes_and_devices_in_the_place_of_bundles_are_passed_over() {
    let village = Village::found(4);
    let ana = village.device(0);
    village.chats(&ana, 1);
    let stick = tempfile::tempdir().unwrap();
    let folder = stick.path().join("COMMUNE/b");
    fs::create_dir_all(&folder).unwrap();
    fs::create_dir_all(stick.path().join("COMMUNE/have")).unwrap();
    let secret = stick.path().join("secret");
    fs::write(&secret, "not to be read").unwrap();
    let named = |first: char| folder.join(format!("{first}{}.cmb", &NAME[1..]));
    symlink(&secret, named('1')).unwrap();
    symlink("/dev/zero", named('2')).unwrap();
    symlink(&folder, named('3')).unwrap();
    rustix::fs::mkfifoat(CWD, named('4'), Mode::from_raw_mode(0o600)).unwrap();
    let _socket = UnixListener::bind(named('5')).unwrap();
    fs::create_dir(named('6')).unwrap();
    let zero = rustix::fs::makedev(1, 5);
    let mode = Mode::from_raw_mode(0o600);
    let made = rustix::fs::mknodat(CWD, named('7'), FileType::CharacterDevice, mode, zero);
    let devices = usize::from(made.is_ok());
    let ticket = stick.path().join(format!("COMMUNE/have/{NAME}.cmh"));
    rustix::fs::mkfifoat(CWD, ticket, mode).unwrap();

    let visited = carried(&village, &ana, stick.path());
    assert_eq!(visited.read.skipped, 6 + devices);
    assert_eq!(visited.written.entries, 2);
    assert!(
        named('1').symlink_metadata().is_ok(),
        "what others left stays"
    );
    assert_eq!(fs::read_to_string(secret).unwrap(), "not to be read");
}

#[test]
fn names_that_would_steer_a_terminal_or_leave_the_folder_are_passed_over() {
    let Some(stick) = Skip::or(Stick::new(32)) else {
        return;
    };
    let village = Village::found(4);
    let ana = village.device(0);
    village.chats(&ana, 1);
    let folder = stick.path().join("COMMUNE/b");
    fs::create_dir_all(&folder).unwrap();
    for name in [
        &b"\x1b[2J\x1b]0;owned\x07.cmb"[..],
        b"..cmb",
        b"con.cmb",
        b"\xe2\x80\xaegpj.cmb",
        b"00112233445566778899AABBCCDDEEFF.cmb",
        b"00112233445566778899aabbccddeeff.CMB",
        b"00112233445566778899aabbccddeef.cmb",
        b"00112233445566778899aabbccddeeff-9.cmb",
        &[b'a'; 240][..],
    ] {
        // Not every file system takes each of them.
        drop(File::create(folder.join(std::ffi::OsStr::from_bytes(name))));
    }
    let made = fs::read_dir(&folder).unwrap().count();
    assert!(made >= 5, "{made}");
    let visited = carried(&village, &ana, &stick.path());
    assert_eq!(visited.read.skipped, made);
    assert!(visited.read.unusable.is_empty());
}

#[test]
fn files_that_are_no_bundles_are_named_and_keep_nobody_from_the_others() {
    let village = Village::found(4);
    let (ana, bob) = (village.device(0), village.device(1));
    let stick = tempfile::tempdir().unwrap();
    village.chats(&ana, 1);
    carried(&village, &ana, stick.path());
    let good = fs::read(&bundles(stick.path())[0]).unwrap();
    for (first, bytes) in [
        ('0', Vec::new()),
        ('1', b"PK\x03\x04 holiday pictures".to_vec()),
        ('2', vec![0; 3 << 20]),
        ('3', good[..10].to_vec()),
        // A header that promises much.
        ('4', [&good[..32], b"CMBc\xff\xff\xff\xff"].concat()),
        // A later version.
        ('5', [b"CMB1\x07", &good[5..]].concat()),
    ] {
        let name = format!("COMMUNE/b/{first}{}.cmb", &NAME[1..]);
        fs::write(stick.path().join(name), bytes).unwrap();
    }
    let visited = try_carried(&village, &bob, stick.path());
    assert_eq!(visited.read.report.counts.imported, 2);
    let wrong = visited.read.unusable.len() + visited.read.report.lost.len();
    assert!(wrong >= 5, "{:?}", visited.read);
    assert!(visited.stopped.is_none() && visited.may_remove);
    assert!(crate::same(&ana, &bob));
}

#[test]
fn a_link_in_the_place_of_our_folder_leads_nowhere() {
    let village = Village::found(4);
    let ana = village.device(0);
    let (stick, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    symlink(outside.path(), stick.path().join("COMMUNE")).unwrap();
    let mut nowhere = Coverage::default();
    let refused = visit(
        &ana,
        stick.path(),
        &options(&village),
        &mut nowhere,
        &mut |_| true,
    );
    assert!(matches!(refused, Err(CarryError::Open(_))), "{refused:?}");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

/// A million files beside our folder cost nothing, and in it no more than a bounded look. In the long
/// form it is a million, else 100,000.
#[test]
fn a_stick_full_of_strange_files_is_looked_at_within_bounds() {
    let count = match std::env::var_os("COMMUNE_LONG") {
        Some(_) => 1_000_000,
        None => 100_000,
    };
    let village = Village::found(4);
    let ana = village.device(0);
    village.chats(&ana, 1);
    let stick = tempfile::tempdir().unwrap();
    let folder = stick.path().join("COMMUNE/b");
    fs::create_dir_all(&folder).unwrap();
    for number in 0..count {
        let place = if number % 2 == 0 {
            stick.path()
        } else {
            &folder
        };
        File::create(place.join(format!("IMG_{number}.jpg"))).unwrap();
    }
    let began = Instant::now();
    let visited = carried(&village, &ana, stick.path());
    let took = began.elapsed();
    println!("a stick with {count} files: {took:?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(visited.written.entries, 2);
    assert!(visited.read.skipped >= 50_000);
    assert_eq!(visited.read.truncated, count > 131_072);
}

#[test]
fn two_programs_do_not_write_one_stick_at_once() {
    let village = Village::found(4);
    let (ana, bob) = (village.device(0), village.device(1));
    let stick = tempfile::tempdir().unwrap();
    village.chats(&ana, 1);
    let mut refused = false;
    let mut heard = |_| {
        let mut nowhere = Coverage::default();
        let second = visit(
            &bob,
            stick.path(),
            &options(&village),
            &mut nowhere,
            &mut |_| true,
        );
        refused |= matches!(second, Err(CarryError::Busy));
        true
    };
    let mut nowhere = Coverage::default();
    visit(
        &ana,
        stick.path(),
        &options(&village),
        &mut nowhere,
        &mut heard,
    )
    .unwrap();
    assert!(refused);
}

#[test]
fn what_a_writer_left_unfinished_is_swept() {
    let village = Village::found(4);
    let ana = village.device(0);
    village.chats(&ana, 1);
    let stick = tempfile::tempdir().unwrap();
    let folder = stick.path().join("COMMUNE/b");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("0011223344556677.tmp"), [0; 100]).unwrap();
    fs::write(folder.join("my notes.tmp"), "keep").unwrap();
    carried(&village, &ana, stick.path());
    assert!(!folder.join("0011223344556677.tmp").exists());
    assert!(folder.join("my notes.tmp").exists());
}
