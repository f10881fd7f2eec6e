//! Keys at every moment: a process that is killed, or whose disk refuses, at its n-th call leaves a
//! data folder whole or as it was; and a wiped device leaves no key on its medium.
//!
//! Not at random moments: for each call that touches files, `strace` stops the program at the first,
//! then at the second, and so on until it ends by itself. `COMMUNE_LONG=1` leaves none out.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

#[path = "lab/skip.rs"]
mod skip;
#[expect(dead_code, reason = "a part of it is used here")]
#[path = "lab/stick.rs"]
mod stick;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use skip::Skip;
use stick::{Format, Stick};

/// What touches files.
const CALLS: &[&str] = &[
    "openat",
    "write",
    "fsync",
    "fdatasync",
    "rename",
    "link",
    "linkat",
    "mkdir",
    "mkdirat",
    "unlink",
    "unlinkat",
    "rmdir",
    "chmod",
    "fchmod",
    "ftruncate",
    "flock",
    "close",
];

/// What a full or failing disk refuses.
const CHANGES: &[&str] = &[
    "write", "fsync", "rename", "link", "linkat", "mkdir", "unlink",
];

const KILLED: &str = "signal=KILL";
const FULL: &str = "error=ENOSPC";
const INIT: [&str; 4] = ["init", "--name", "Zoé", "--no-passphrase"];

#[test]
fn a_first_start_stopped_at_any_call_leaves_nothing_or_a_whole_folder() {
    let Some(()) = Skip::or(skip::needs(&["strace"])) else {
        return;
    };
    for (calls, fault) in [(CALLS, KILLED), (CHANGES, FULL)] {
        for exists in [false, true] {
            let stops = at_every_call(calls, fault, |at| {
                let room = Room::new();
                if exists {
                    fs::create_dir(room.dir()).unwrap();
                }
                let done = room.stopped(at, &INIT);
                let card = ["identity", "show", "--card", "card"];
                let whole = room.run(&card);
                if code(&done.output) == Some(0) {
                    assert_eq!(code(&whole), Some(0), "{at}: {whole:?}");
                }
                if code(&whole) != Some(0) {
                    assert!(
                        said(&whole).contains("there is no identity"),
                        "{at}: {whole:?}"
                    );
                    let again = room.run(&INIT);
                    assert_eq!(code(&again), Some(0), "{at}: {again:?}");
                    assert_eq!(code(&room.run(&card)), Some(0), "{at}");
                    assert_eq!(names(&room.path), ["card", "data"], "{at}");
                }
                let mut found = names(&room.dir());
                // Empty, where the kill came after the vault had its name.
                found.retain(|name| name != ".init");
                assert_eq!(found, ["lock", "revocation.txt", "signer", "vault"], "{at}");
                done
            });
            println!("a first start stopped at {stops} calls ({fault}, folder there: {exists})");
        }
    }
}

#[test]
fn a_change_of_passphrase_stopped_at_any_call_leaves_a_vault_that_opens() {
    let Some(()) = Skip::or(skip::needs(&["strace"])) else {
        return;
    };
    for (calls, fault) in [(CALLS, KILLED), (CHANGES, FULL)] {
        let room = Room::new();
        assert_eq!(code(&room.run(&INIT)), Some(0));
        let stops = at_every_call(calls, fault, |at| {
            let done = room.stopped(at, &["identity", "passphrase", "--no-passphrase"]);
            let whole = room.run(&["identity", "show", "--card", "card"]);
            assert_eq!(code(&whole), Some(0), "{at}: {whole:?}");
            if fault == FULL {
                let expected = ["lock", "revocation.txt", "signer", "vault"];
                assert_eq!(names(&room.dir()), expected, "{at}");
            }
            done
        });
        println!("a change of passphrase stopped at {stops} calls ({fault})");
        assert_eq!(code(&room.run(&["wipe", "-y"])), Some(0));
        assert_eq!(
            names(&room.path),
            ["card"],
            "what was not finished is wiped too"
        );
    }
}

#[test]
fn a_change_of_key_stopped_at_any_call_leaves_the_old_key_or_the_new_one() {
    let Some(()) = Skip::or(skip::needs(&["strace"])) else {
        return;
    };
    let network = founded();
    for (calls, fault) in [(CALLS, KILLED), (CHANGES, FULL)] {
        let stops = at_every_call(calls, fault, |at| {
            let room = Room::new();
            fs::create_dir(room.dir()).unwrap();
            copy(&network.dir(), &room.dir());
            let before = room.member(at);
            let done = room.stopped(at, &["identity", "rotate", "-y"]);
            // What the network knows of the person is what the vault signs with, and its words bring
            // back.
            let own = room.member(at);
            let shown = room.run(&["member", "show", &own, "--json"]);
            assert_eq!(code(&shown), Some(0), "{at}: {shown:?}");
            let known = format!("{{\"schema\":\"commune/1\",\"member\":\"{own}\"");
            let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
            assert!(
                shown.starts_with(&known),
                "{at}: {own} is not in force: {shown}"
            );
            let words = room.run(&["backup", "words", "-y"]);
            fs::write(room.path.join("words"), &words.stdout).unwrap();
            let again = [
                "init",
                "--words",
                "words",
                "--no-passphrase",
                "--json",
                "-q",
            ];
            let again = room.with_dir("again", &again);
            assert!(
                String::from_utf8_lossy(&again.stdout).contains(&own),
                "{at}: {again:?}"
            );
            if code(&done.output) == Some(0) {
                assert_ne!(own, before, "{at}");
            }
            // Once more finishes it, and after that there is nothing left to finish.
            let rest = room.run(&["identity", "rotate", "-y", "--json"]);
            if own == before || code(&rest) == Some(0) {
                assert_eq!(code(&rest), Some(0), "{at}: {rest:?}");
            }
            let last = room.run(&["identity", "rotate", "-y"]);
            assert!(
                said(&last).contains("changed too recently"),
                "{at}: {last:?}"
            );
            let revocation = fs::read_to_string(room.dir().join("revocation.txt")).unwrap();
            assert!(revocation.contains(&room.member(at)), "{at}");
            done
        });
        println!("a change of key stopped at {stops} calls ({fault})");
    }
}

/// A data folder of one of four founders.
fn founded() -> Room {
    let room = Room::new();
    let mut draft = vec![
        "found",
        "draft",
        "draft",
        "--test-network",
        "--param",
        "sig_qty=3",
        "--member",
    ];
    let names = ["data", "karim", "ana", "jo"];
    for name in names {
        room.with_dir(name, &["init", "--name", name, "--no-passphrase", "-q"]);
        room.with_dir(
            name,
            &["identity", "show", "--card", &format!("{name}.card")],
        );
    }
    draft.extend(["data.card", "karim.card", "ana.card", "jo.card"]);
    assert_eq!(code(&room.run(&draft)), Some(0));
    for name in names {
        assert_eq!(
            code(&room.with_dir(name, &["found", "sign", "draft"])),
            Some(0)
        );
    }
    assert_eq!(
        code(&room.run(&["found", "close", "draft", "--genesis", "genesis"])),
        Some(0)
    );
    assert_eq!(code(&room.run(&["join", "genesis"])), Some(0));
    // One look opens the store for the first time.
    assert_eq!(code(&room.run(&["status"])), Some(0));
    room
}

/// Copies the files of a folder, and those of the folders in it.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (path, to) = (
            entry.as_ref().unwrap().path(),
            to.join(entry.unwrap().file_name()),
        );
        if path.is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}

#[test]
fn a_pairing_stopped_at_any_call_waits_on_or_is_whole() {
    let Some(()) = Skip::or(skip::needs(&["strace"])) else {
        return;
    };
    let old = Room::new();
    assert_eq!(code(&old.run(&INIT)), Some(0));
    let answer = old.path.join("answer");
    let stops = at_every_call(CALLS, KILLED, |at| {
        let room = Room::new();
        let ask = ["device", "pair", "--request", "ask", "--no-passphrase"];
        assert_eq!(code(&room.run(&ask)), Some(0));
        let ask = room.path.join("ask");
        let accept = [
            "device",
            "accept",
            ask.to_str().unwrap(),
            "--out",
            "answer",
            "-y",
        ];
        assert_eq!(code(&old.run(&accept)), Some(0));
        let finish = ["device", "pair", "--finish", answer.to_str().unwrap(), "-y"];
        let done = room.stopped(at, &finish);
        let whole = room.run(&["identity", "show"]);
        if code(&whole) != Some(0) {
            assert!(
                said(&whole).contains("waits to be added"),
                "{at}: {whole:?}"
            );
            let again = room.run(&finish);
            assert_eq!(code(&again), Some(0), "{at}: {again:?}");
        }
        assert_eq!(code(&room.run(&["identity", "show"])), Some(0), "{at}");
        assert!(room.dir().join("signer").exists(), "{at}");
        done
    });
    println!("a pairing stopped at {stops} calls");
}

#[test]
fn a_wiped_device_leaves_no_key_on_its_medium() {
    let Some(mut stick) = Skip::or(Stick::formatted(Format::Ext4, 16)) else {
        return;
    };
    let room = Room {
        _folder: None,
        path: stick.path(),
    };
    assert_eq!(code(&room.run(&INIT)), Some(0));
    let mut keys = vec![open_key(&room.dir())];
    // A new vault over the old one, whose key must go as well.
    let new = room.run(&["identity", "passphrase", "--no-passphrase"]);
    assert_eq!(code(&new), Some(0));
    keys.push(open_key(&room.dir()));
    keys.push(fs::read(room.dir().join("signer")).unwrap()[50..82].to_vec());

    assert_eq!(code(&room.run(&["wipe", "-y"])), Some(0));
    assert!(!room.dir().exists());
    stick.pull_out();
    let image = fs::read(stick.image()).unwrap();
    for key in keys {
        let found = image.windows(key.len()).any(|bytes| bytes == key);
        assert!(!found, "a key is still there");
    }
}

/// The key in the clear at the head of a vault without a passphrase.
fn open_key(dir: &Path) -> Vec<u8> {
    fs::read(dir.join("vault")).unwrap()[10..42].to_vec()
}

/// Runs `job` with a fault at the first of each of `calls`, the second and so on, until the program
/// ends before the fault comes. The number of faults.
fn at_every_call(calls: &[&str], fault: &str, mut job: impl FnMut(&str) -> Stopped) -> usize {
    // The short form leaves out two of three.
    let long = std::env::var_os("COMMUNE_LONG").is_some();
    let step = if long { 1 } else { 3 };
    let mut stops = 0;
    for call in calls {
        for number in (1..).step_by(step) {
            let at = format!("{call}:{fault}:when={number}");
            let done = job(&at);
            assert!(
                !said(&done.output).contains("panicked"),
                "{at}: {:?}",
                done.output
            );
            if !done.stopped {
                assert_eq!(code(&done.output), Some(0), "{at}: {:?}", done.output);
                break;
            }
            stops += 1;
        }
    }
    assert!(stops > 3, "the fault never came");
    stops
}

/// A run with a fault.
struct Stopped {
    output: Output,
    /// Whether the fault came.
    stopped: bool,
}

/// A folder with the data folder `data` in it.
struct Room {
    _folder: Option<tempfile::TempDir>,
    path: PathBuf,
}

impl Room {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            path: folder.path().to_owned(),
            _folder: Some(folder),
        }
    }

    fn dir(&self) -> PathBuf {
        self.path.join("data")
    }

    fn run(&self, args: &[&str]) -> Output {
        self.with(Command::new(env!("CARGO_BIN_EXE_commune")), args)
    }

    /// Runs the program with another data folder.
    fn with_dir(&self, name: &str, args: &[&str]) -> Output {
        let args: Vec<_> = args.iter().copied().chain(["--data-dir", name]).collect();
        self.run(&args)
    }

    /// The member key of the data folder.
    fn member(&self, at: &str) -> String {
        let shown = self.run(&["identity", "show", "--json"]);
        assert_eq!(code(&shown), Some(0), "{at}: {shown:?}");
        let shown = String::from_utf8(shown.stdout).unwrap();
        let key = shown.split("\"member\":\"").nth(1).unwrap();
        key.split('"').next().unwrap().to_owned()
    }

    /// Runs the program with the fault `CALL:WHAT:when=N`.
    fn stopped(&self, fault: &str, args: &[&str]) -> Stopped {
        let (call, _) = fault.split_once(':').unwrap();
        let trace = tempfile::NamedTempFile::new().unwrap();
        let mut strace = Command::new("strace");
        strace
            .args(["-f", "-o", trace.path().to_str().unwrap()])
            .args(["-e", &format!("trace={call}")])
            .args(["-e", &format!("inject={fault}")])
            .arg(env!("CARGO_BIN_EXE_commune"));
        let output = self.with(strace, args);
        let trace = fs::read_to_string(trace.path()).unwrap();
        let stopped = trace.contains("(INJECTED)") || trace.contains("killed by SIGKILL");
        Stopped { output, stopped }
    }

    fn with(&self, mut command: Command, args: &[&str]) -> Output {
        command
            .args(args)
            .current_dir(&self.path)
            .env_clear()
            .env("HOME", "/nowhere")
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("COMMUNE_DATA_DIR", self.dir())
            .env("CI", "true")
            .output()
            .unwrap()
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
