//! Devices that are processes of their own. Each is this program itself, which is also `commune`.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::folder::Folder;

/// The word with which this program is `commune`.
pub const PROGRAM: &str = "commune";

/// A folder with the data folders of devices.
#[derive(Debug)]
pub(crate) struct Room(Folder);

impl Room {
    pub(crate) fn new(what: &str) -> Result<Self> {
        Folder::new(what).map(Self)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Where the genesis of the network is written that all in this room belong to.
    pub(crate) fn genesis(&self) -> PathBuf {
        self.path("genesis")
    }

    /// Makes the keys of a new device.
    pub(crate) fn device(&self, name: &str) -> Result<()> {
        self.run(name, &["init", "--name", name, "--no-passphrase"])
            .map(|_| ())
    }

    /// Lets a device join the network of the room.
    pub(crate) fn join(&self, name: &str) -> Result<()> {
        self.run(name, &["join", &self.genesis().to_string_lossy()])
            .map(|_| ())
    }

    /// Runs a command on a device, and gives what it said in the end.
    pub(crate) fn run(&self, device: &str, words: &[&str]) -> Result<Value> {
        let child = self.command(device, words)?.arg("--json").spawn()?;
        output(child).with_context(|| format!("commune {}", words.join(" ")))
    }

    /// As [`Self::run`], with the time from its start to its end.
    pub(crate) fn timed(&self, device: &str, words: &[&str]) -> Result<(Value, Duration)> {
        let start = Instant::now();
        let said = self.run(device, words)?;
        Ok((said, start.elapsed()))
    }

    pub(crate) fn command(&self, device: &str, words: &[&str]) -> Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg(PROGRAM)
            .args(words)
            .env("COMMUNE_DATA_DIR", self.path(device))
            .env("COMMUNE_LANG", "en")
            .env("CI", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        Ok(command)
    }

    /// Unpacks a file of the tests' data.
    pub(crate) fn unpack(&self, name: &str) -> Result<PathBuf> {
        let packed = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../tests/data")
            .join(format!("{name}.gz"));
        let target = self.path(name);
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
pub(crate) fn output(child: Child) -> Result<Value> {
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "it ended with {}", output.status);
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The node of a device, until this is dropped.
pub(crate) struct Node {
    child: Child,
    pub(crate) port: u64,
}

impl Node {
    /// Starts it, and comes back once it says that it is up.
    pub(crate) fn start(room: &Room, device: &str) -> Result<Self> {
        Self::start_with(room, device, &[])
    }

    /// The same, with more words on its command line.
    pub(crate) fn start_with(room: &Room, device: &str, words: &[&str]) -> Result<Self> {
        let up = [
            &["up", "--no-lan", "--no-bluetooth", "--no-sticks", "--json"],
            words,
        ]
        .concat();
        let mut node = Self {
            child: room.command(device, &up)?.spawn()?,
            port: 0,
        };
        let stdout = node.child.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line)?;
        node.port = said
            .get("port")
            .and_then(Value::as_u64)
            .context("no port")?;
        Ok(node)
    }
}

impl Drop for Node {
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
