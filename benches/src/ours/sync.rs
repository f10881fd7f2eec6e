//! The graph of 2023 on a device: its sync over QUIC to a device that holds nothing (two processes
//! on loopback), and how fast commands and the node answer.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{
    process::{Node, Room, output},
    yardstick::rate,
};

/// The device that has the graph.
const HOLDER: &str = "sender";

/// How often the memory of the receiver is looked at; the system keeps the peak.
const LOOK: Duration = Duration::from_millis(20);

/// A network with the graph of 2023.
#[derive(Debug)]
pub struct World {
    room: Room,
}

/// What the receiver needed.
#[derive(Clone, Copy, Debug)]
pub struct Synced {
    /// Entries, all of them new to the receiver and on its disk.
    pub entries: usize,
    /// From the open link until both hold the same.
    pub time: Duration,
    /// Most memory that the process of the receiver had, where the system tells.
    pub peak_kib: Option<u64>,
}

impl Synced {
    /// Entries a second.
    #[must_use]
    pub fn a_second(&self) -> f64 {
        rate(self.entries, self.time)
    }
}

impl World {
    /// A device with the graph that the tests have as well.
    ///
    /// # Errors
    /// When the graph cannot be read or the device fails.
    pub fn of_2023() -> Result<Self> {
        let room = Room::new("sync")?;
        let (edges, members) = (
            room.unpack("g1_wot_2023_edges.csv")?,
            room.unpack("g1_wot_2023_members.csv")?,
        );
        room.device(HOLDER)?;
        let genesis = room.genesis();
        let [edges, members, genesis] = [&edges, &members, &genesis].map(|it| it.to_string_lossy());
        room.run(
            HOLDER,
            &[
                "import",
                "duniter",
                &edges,
                "--members",
                &members,
                "--genesis",
                &genesis,
            ],
        )?;
        Ok(Self { room })
    }

    /// Syncs a new, empty device with the one that has the graph.
    ///
    /// # Errors
    /// When one of them fails, or they do not hold the same in the end.
    pub fn sync(&self) -> Result<Synced> {
        let receiver = "receiver";
        self.room.device(receiver)?;
        self.room.join(receiver)?;
        let sender = Node::start(&self.room, HOLDER)?;
        let address = format!("127.0.0.1:{}", sender.port);
        let words = [
            "sync",
            "--no-lan",
            "--peer",
            &address,
            "--wait=300s",
            "--json",
        ];
        let child = self.room.command(receiver, &words)?.spawn()?;
        let memory = {
            let pid = child.id();
            thread::spawn(move || watch(pid))
        };
        let said = output(child)?;
        drop(sender);
        let peer = said.pointer("/peers/0").context("nobody was met")?;
        ensure!(
            peer.get("in_sync") == Some(&Value::Bool(true)),
            "not in sync: {peer}"
        );
        let number = |name| peer.get(name).with_context(|| format!("no {name}: {peer}"));
        let entries = number("received")?.as_u64().context("no number")?;
        let seconds = number("seconds")?.as_f64().context("no number")?;
        fs::remove_dir_all(self.room.path(receiver))?;
        Ok(Synced {
            entries: usize::try_from(entries)?,
            time: Duration::from_secs_f64(seconds),
            peak_kib: memory.join().ok().flatten(),
        })
    }

    /// How long `commune status` takes where no node runs, from its start to its end.
    ///
    /// # Errors
    /// When it fails.
    pub fn status(&self) -> Result<Duration> {
        Ok(self.room.timed(HOLDER, &["status"])?.1)
    }

    /// How long a node takes from its start until it has answered a first command. The command is a
    /// process too, and its time is in it; the folder is the node's, so nobody else could answer.
    ///
    /// # Errors
    /// When the node does not start, or does not answer.
    pub fn start(&self) -> Result<Duration> {
        let start = Instant::now();
        let node = Node::start(&self.room, HOLDER)?;
        self.room.run(HOLDER, &["status"])?;
        let time = start.elapsed();
        drop(node);
        Ok(time)
    }
}

/// The most memory that a process has had, until it ends.
fn watch(pid: u32) -> Option<u64> {
    let path = format!("/proc/{pid}/status");
    // The file tells of no memory once the process is over, and is gone after that.
    let looks = std::iter::from_fn(|| {
        thread::sleep(LOOK);
        peak_kib(&fs::read_to_string(&path).ok()?)
    });
    looks.max()
}

fn peak_kib(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_read_where_the_system_tells_it() {
        let status = "Name:\tcommune\nVmHWM:\t  61440 kB\nVmRSS:\t  100 kB\n";
        assert_eq!(peak_kib(status), Some(61_440));
        assert_eq!(peak_kib("Name:\tcommune\n"), None);
    }
}
