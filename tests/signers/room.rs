//! Seven signers in one room: their nodes run, linked to each other, and nobody types a command.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::ring::Ring;

/// Debug builds on a busy machine; how long it takes for people is a figure of the benches.
const MOST: Duration = Duration::from_secs(60);

#[test]
fn what_is_said_in_a_room_becomes_final_by_itself() {
    let mut room = Room::of(7);
    let said = room.vouch_for("amadou", 3);
    room.wait_until_final(1, &[0, 1, 2, 3, 4, 5, 6]);
    println!("final on all seven after {:?}", said.elapsed());

    // Two are gone without a word: five are a quorum, and go on.
    room.cut(&[5, 6]);
    room.vouch_for("ines", 0);
    room.wait_until_final(2, &[0, 1, 2, 3, 4]);

    // With two more gone nobody goes on, until who was away comes back and takes over what it missed.
    room.cut(&[0, 1]);
    room.vouch_for("paul", 2);
    room.up(5);
    room.up(6);
    room.wait_until_final(3, &[2, 3, 4, 5, 6]);
    room.up(0);
    room.up(1);
    room.wait_until_final(3, &[0, 1]);
    room.nodes.clear();
    room.ring.all_agree();
}

#[test]
fn a_node_that_is_told_not_to_sign_only_follows_commands() {
    let mut room = Room::of(4);
    room.cut(&[0, 1, 2, 3]);
    for who in 0..4 {
        room.start(who, &["--no-sign"]);
    }
    room.vouch_for("amadou", 3);
    for who in 0..4 {
        let told = room.ring.run(who, &["checkpoint", "quorum"]);
        let all = told["signers"].as_array().unwrap();
        assert!(all.iter().all(|it| it["stamped"] == false), "{told}");
    }
}

struct Room {
    ring: Ring,
    nodes: BTreeMap<usize, Node>,
    guests: usize,
}

impl Room {
    /// Founds a network of `signers` and starts their nodes.
    fn of(signers: usize) -> Self {
        let mut room = Self {
            ring: Ring::found(signers),
            nodes: BTreeMap::new(),
            guests: signers,
        };
        (0..signers).for_each(|who| room.up(who));
        room
    }

    fn up(&mut self, who: usize) {
        self.start(who, &[]);
    }

    /// Starts a node, which dials all that run.
    fn start(&mut self, who: usize, args: &[&str]) {
        let peers = self
            .nodes
            .values()
            .map(|it| format!("--peer=127.0.0.1:{}", it.port));
        let mut child = Command::new(env!("CARGO_BIN_EXE_commune"))
            .arg("--data-dir")
            .arg(self.ring.dir(who))
            .args(["up", "--no-lan", "--listen=127.0.0.1:0", "--json", "-q"])
            .args(peers)
            .args(args)
            .env("CI", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let port = said["port"].as_u64().unwrap();
        self.nodes.insert(who, Node { child, port });
    }

    /// Ends nodes as a dead battery does.
    fn cut(&mut self, all: &[usize]) {
        for who in all {
            self.nodes.remove(who).unwrap();
        }
    }

    /// Lets `by` vouch for a newcomer; gives back when it was said.
    fn vouch_for(&mut self, name: &str, by: usize) -> Instant {
        let (guest, card) = (self.guests, self.ring.path(name));
        self.guests += 1;
        let init = ["init", "--name", name, "--no-passphrase"];
        self.ring.run(guest, &init);
        self.ring.run(guest, &["join", &self.ring.path("genesis")]);
        self.ring.run(guest, &["vouch", "request", "--card", &card]);
        self.ring.run(by, &["vouch", "give", &card]);
        Instant::now()
    }

    fn wait_until_final(&self, height: u64, all: &[usize]) {
        let start = Instant::now();
        while !all.iter().all(|who| self.ring.is_final(*who, height)) {
            if start.elapsed() > MOST {
                let seen = all.iter().map(|who| {
                    let told = self.ring.run(*who, &["checkpoint", "quorum"]);
                    format!("{who}: {told}")
                });
                let seen: Vec<_> = seen.collect();
                panic!("height {height} is not final after {MOST:?}: {seen:#?}");
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// A running node, until this is dropped.
struct Node {
    child: Child,
    port: u64,
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
