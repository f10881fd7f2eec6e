//! Sync of a whole network over QUIC: two processes on loopback, one that holds the graph of 2023
//! and one that holds nothing. Each is this program itself, which is also `commune`.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{folder::Folder, yardstick::rate};

/// The word with which this program is `commune`.
pub const PROGRAM: &str = "commune";

/// How often the memory of the receiver is looked at; the system keeps the peak.
const LOOK: Duration = Duration::from_millis(20);

/// Two devices of one network.
#[derive(Debug)]
pub struct World {
    room: Folder,
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
        let world = Self {
            room: Folder::new("sync")?,
        };
        let (edges, members) = (
            world.unpacked("g1_wot_2023_edges.csv")?,
            world.unpacked("g1_wot_2023_members.csv")?,
        );
        world.device("sender")?;
        let genesis = world.genesis();
        let [edges, members, genesis] = [&edges, &members, &genesis].map(|it| it.to_string_lossy());
        world.ok(
            "sender",
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
        Ok(world)
    }

    /// Syncs a new, empty device with the one that has the graph.
    ///
    /// # Errors
    /// When one of them fails, or they do not hold the same in the end.
    pub fn sync(&self) -> Result<Synced> {
        let receiver = "receiver";
        self.device(receiver)?;
        self.ok(receiver, &["join", &self.genesis().to_string_lossy()])?;
        let sender = Sender::start(self.command("sender", &["up", "--no-lan", "--json"])?)?;
        let address = format!("127.0.0.1:{}", sender.port);
        let words = [
            "sync",
            "--no-lan",
            "--peer",
            &address,
            "--wait=300s",
            "--json",
        ];
        let child = self.command(receiver, &words)?.spawn()?;
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
        fs::remove_dir_all(self.room.path().join(receiver))?;
        Ok(Synced {
            entries: usize::try_from(entries)?,
            time: Duration::from_secs_f64(seconds),
            peak_kib: memory.join().ok().flatten(),
        })
    }

    fn genesis(&self) -> PathBuf {
        self.room.path().join("genesis")
    }

    fn device(&self, name: &str) -> Result<()> {
        self.ok(name, &["init", "--name", name, "--no-passphrase"])
    }

    fn ok(&self, device: &str, words: &[&str]) -> Result<()> {
        let child = self.command(device, words)?.arg("--json").spawn()?;
        output(child).with_context(|| format!("commune {}", words.join(" ")))?;
        Ok(())
    }

    fn command(&self, device: &str, words: &[&str]) -> Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg(PROGRAM)
            .args(words)
            .env("COMMUNE_DATA_DIR", self.room.path().join(device))
            .env("COMMUNE_LANG", "en")
            .env("CI", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        Ok(command)
    }

    fn unpacked(&self, name: &str) -> Result<PathBuf> {
        let packed = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../tests/data")
            .join(format!("{name}.gz"));
        let target = self.room.path().join(name);
        let done = Command::new("gzip")
            .arg("-dc")
            .stdin(fs::File::open(&packed).with_context(|| packed.display().to_string())?)
            .stdout(fs::File::create(&target)?)
            .status()
            .context("gzip")?;
        ensure!(done.success(), "{} cannot be unpacked", packed.display());
        Ok(target)
    }
}

/// What a command said in the end.
fn output(child: Child) -> Result<Value> {
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "it ended with {}", output.status);
    Ok(serde_json::from_slice(&output.stdout)?)
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

/// The node of the sender, until this is dropped.
struct Sender {
    child: Child,
    port: u64,
}

impl Sender {
    fn start(mut command: Command) -> Result<Self> {
        let mut sender = Self {
            child: command.spawn()?,
            port: 0,
        };
        let stdout = sender.child.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line)?;
        sender.port = said
            .get("port")
            .and_then(Value::as_u64)
            .context("no port")?;
        Ok(sender)
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        // A polite end, so that the store is closed before it is opened again.
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        if !told.is_ok_and(|it| it.success()) {
            // What it left undone is in its journal.
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
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
