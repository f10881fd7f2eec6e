//! Whole devices on a real network: namespaces joined by a bridge, mDNS and QUIC between them, a
//! stick on a loop device. Each device is a process with its own data folder.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "`allow-unwrap-in-tests` does not reach helpers"
)]

#[path = "neighbours/flood.rs"]
mod flood;
mod lab;

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use lab::{Lab, Skip, stick::Stick};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_commune");

/// Item of the whole: a real graph of 12,533 people, over QUIC to a second device and on a stick to
/// a third; all three print one hash.
#[test]
fn three_devices_hold_the_same_real_graph() {
    let Some(lab) = Skip::or(Lab::new(&["a", "b"])) else {
        return;
    };
    let room = Room::new();
    let (a, b, c) = (room.device("a"), room.device("b"), room.device("c"));
    let edges = room.unpacked("g1_wot_2023_edges.csv.gz");
    let members = room.unpacked("g1_wot_2023_members.csv.gz");
    let genesis = room.path("genesis");
    let imported = a.json(
        None,
        &[
            "import".as_ref(),
            "duniter".as_ref(),
            edges.as_os_str(),
            "--members".as_ref(),
            members.as_os_str(),
            "--genesis".as_ref(),
            genesis.as_os_str(),
        ],
    );
    assert_eq!(imported["members"], 8_173);
    assert_eq!(imported["certifications"], 90_919);
    assert_eq!(imported["entries"], 103_452);

    b.ok(&["join".as_ref(), genesis.as_os_str()]);
    let node = a.up(Some((&lab, "a")));
    let synced = b.json(
        Some((&lab, "b")),
        &["sync".as_ref(), "--wait=120s".as_ref()],
    );
    assert_eq!(synced["peers"][0]["received"], 103_452);
    assert_eq!(synced["peers"][0]["in_sync"], true);
    drop(node);
    assert_eq!(a.state(), b.state());

    c.ok(&["join".as_ref(), genesis.as_os_str()]);
    let Some(stick) = Skip::or(Stick::new(128)) else {
        return;
    };
    let bundle = stick.path().join("graph.cmb");
    let written = a.json(
        None,
        &["bundle".as_ref(), "create".as_ref(), bundle.as_os_str()],
    );
    assert_eq!(written["entries"], 103_452);
    let read = c.json(
        None,
        &["bundle".as_ref(), "import".as_ref(), bundle.as_os_str()],
    );
    assert_eq!(read["imported"], 103_452);
    assert_eq!(read["damaged"].as_array().map(Vec::len), Some(0));
    assert_eq!(a.state(), c.state());
}

#[test]
fn a_cable_that_is_pulled_for_a_moment_ends_no_sync() {
    let Some((lab, room)) = small() else { return };
    let (a, b) = (room.device("a"), room.device("b"));
    let genesis = room.small_graph(&a);
    b.ok(&["join".as_ref(), genesis.as_os_str()]);
    let node = a.up(Some((&lab, "a")));
    lab.rate("a", Some("400kbit"))
        .unwrap_or_else(|skip| panic!("{skip:?}"));
    let sync = b.start(Some((&lab, "b")), &["sync".as_ref(), "--json".as_ref()]);
    // Some 100 kB at 50 kB/s: it is under way after a second, wherever exactly.
    thread::sleep(Duration::from_millis(1_500));
    lab.cable("b", false);
    thread::sleep(Duration::from_secs(3));
    lab.cable("b", true);
    assert_eq!(sync.wait_with_output().unwrap().status.code(), Some(0));
    drop(node);
    assert_eq!(a.state(), b.state());
}

#[test]
fn without_multicast_an_address_that_is_typed_works() {
    let Some((lab, room)) = small() else { return };
    let (a, b) = (room.device("a"), room.device("b"));
    let genesis = room.small_graph(&a);
    b.ok(&["join".as_ref(), genesis.as_os_str()]);
    lab.multicast("a", false);
    let node = a.up(Some((&lab, "a")));
    let address = format!("{}:{}", lab.ipv4("a"), node.port);
    let synced = b.json(
        Some((&lab, "b")),
        &["sync".as_ref(), "--peer".as_ref(), address.as_ref()],
    );
    assert_eq!(synced["peers"][0]["in_sync"], true);
    drop(node);
    assert_eq!(a.state(), b.state());
}

#[test]
fn behind_client_isolation_nobody_is_reached_and_it_is_said() {
    let Some((lab, room)) = small() else { return };
    let (a, b) = (room.device("a"), room.device("b"));
    let genesis = room.small_graph(&a);
    b.ok(&["join".as_ref(), genesis.as_os_str()]);
    lab.isolated("a", true);
    lab.isolated("b", true);
    let _node = a.up(Some((&lab, "a")));
    let sync = b.start(
        Some((&lab, "b")),
        &["sync".as_ref(), "--wait=4s".as_ref(), "--json".as_ref()],
    );
    let output = sync.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(7));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("sync.nobody"), "{said}");
}

/// A stranger of another network meets our node: neither learns anything.
#[test]
fn a_stranger_learns_no_entry() {
    let Some((lab, room)) = small() else { return };
    let (a, stranger) = (room.device("a"), room.device("stranger"));
    room.small_graph(&a);
    let other = room.path("other.csv");
    fs::write(&other, "issuer,receiver\n0,1\n1,0\n").unwrap();
    let other_genesis = room.path("other-genesis");
    stranger.ok(&[
        "import".as_ref(),
        "duniter".as_ref(),
        other.as_os_str(),
        "--genesis".as_ref(),
        other_genesis.as_os_str(),
    ]);
    let before = (a.state(), stranger.state());
    let node = a.up(Some((&lab, "a")));
    let address = format!("{}:{}", lab.ipv4("a"), node.port);
    let sync = stranger.start(
        Some((&lab, "b")),
        &[
            "sync".as_ref(),
            "--peer".as_ref(),
            address.as_ref(),
            "--wait=4s".as_ref(),
        ],
    );
    assert_eq!(sync.wait_with_output().unwrap().status.code(), Some(7));
    drop(node);
    assert_eq!((a.state(), stranger.state()), before);
}

fn small() -> Option<(Lab, Room)> {
    let lab = Skip::or(Lab::new(&["a", "b"]))?;
    Some((lab, Room::new()))
}

/// A folder for the devices of one test.
struct Room(tempfile::TempDir);

impl Room {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn device(&self, name: &str) -> Device {
        let device = Device(self.path(name));
        device.ok(&[
            "init".as_ref(),
            "--name".as_ref(),
            name.as_ref(),
            "--no-passphrase".as_ref(),
        ]);
        device
    }

    /// Imports the 59 members of a real genesis into `device`.
    fn small_graph(&self, device: &Device) -> PathBuf {
        let genesis = self.path("genesis");
        let graph = data("g1_genesis_edges.csv");
        device.ok(&[
            "import".as_ref(),
            "duniter".as_ref(),
            graph.as_os_str(),
            "--genesis".as_ref(),
            genesis.as_os_str(),
        ]);
        genesis
    }

    fn unpacked(&self, name: &str) -> PathBuf {
        let target = self.path(name.trim_end_matches(".gz"));
        let output = Command::new("gzip")
            .arg("-dc")
            .arg(data(name))
            .output()
            .unwrap();
        fs::write(&target, output.stdout).unwrap();
        target
    }
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

type Place<'a> = Option<(&'a Lab, &'a str)>;
type Arg<'a> = &'a std::ffi::OsStr;

/// A data folder.
struct Device(PathBuf);

impl Device {
    fn command(&self, place: Place<'_>, args: &[Arg<'_>]) -> Command {
        let mut command = match place {
            Some((lab, node)) => lab.command(node, PROGRAM),
            None => Command::new(PROGRAM),
        };
        command
            .env("COMMUNE_DATA_DIR", &self.0)
            .env("COMMUNE_LANG", "en")
            .env("CI", "true")
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn start(&self, place: Place<'_>, args: &[Arg<'_>]) -> Child {
        self.command(place, args).spawn().unwrap()
    }

    fn ok(&self, args: &[Arg<'_>]) {
        let output = self.command(None, args).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {said}");
    }

    fn json(&self, place: Place<'_>, args: &[Arg<'_>]) -> Value {
        let output = self.command(place, args).arg("--json").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn state(&self) -> Value {
        self.json(None, &["status".as_ref()])["state_hash"].clone()
    }

    /// Runs the node until the result is dropped.
    fn up(&self, place: Place<'_>) -> Up {
        let mut child = self.start(place, &["up".as_ref(), "--json".as_ref()]);
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| {
            let output = child.kill().and_then(|()| child.wait());
            panic!("the node did not start: {line} {output:?}")
        });
        Up {
            port: said["port"].as_u64().unwrap(),
            child,
        }
    }
}

struct Up {
    port: u64,
    child: Child,
}

impl Drop for Up {
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        // A polite end, so that the store is closed before somebody opens it.
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.child.wait();
    }
}
