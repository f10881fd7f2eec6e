//! Sticks: `commune carry` as people run it, on an exFAT medium of this machine's own, beside what that
//! medium writes by itself.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::Write as _,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::bundle;
use crate::{folder::Folder, process::Room};

/// Size of the medium, in bytes.
const SIZE: u64 = 256 << 20;

/// Where the kernel takes limits of devices.
const THROTTLE: &str = "/sys/fs/cgroup/blkio/blkio.throttle.write_bps_device";

/// Bytes that are written at once beside us.
const BLOCK: usize = 1 << 20;

/// Certifications that each person gives.
const GIVEN: u32 = 10;

/// An exFAT image on a loop device, mounted; a folder of the disk where none can be made.
#[derive(Debug)]
pub struct Medium {
    folder: Folder,
    device: Option<String>,
}

fn run(words: &[&str]) -> Result<String> {
    let (program, words) = words.split_first().context("no command")?;
    let output = Command::new(program).args(words).output()?;
    ensure!(output.status.success(), "{program}: {output:?}");
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

impl Medium {
    /// An empty one.
    ///
    /// # Errors
    /// When the disk has no room.
    pub fn new() -> Result<Self> {
        let folder = Folder::new("stick")?;
        let image = folder.path().join("image");
        fs::create_dir(folder.path().join("mount"))?;
        File::create(&image)?.set_len(SIZE)?;
        let mut this = Self {
            folder,
            device: None,
        };
        let mount = this.path();
        let (image, mount) = (image.to_string_lossy(), mount.to_string_lossy());
        let made = run(&["mkfs.exfat", &image])
            .and_then(|_| run(&["losetup", "--find", "--show", &image]));
        if let Ok(device) = made {
            this.device = Some(device.clone());
            run(&["mount.exfat-fuse", "-o", "rw", &device, &mount])?;
        }
        Ok(this)
    }

    /// Whether it is a medium of its own.
    #[must_use]
    pub fn is_real(&self) -> bool {
        self.device.is_some()
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("mount")
    }

    /// Lets it take so many bytes a second at most, as a stick does; 0 for as many as come. False where
    /// this machine cannot slow a device down.
    #[must_use]
    pub fn slow_down(&self, bytes_a_second: u64) -> bool {
        let name = self
            .device
            .as_deref()
            .and_then(|it| it.strip_prefix("/dev/"));
        let number = name.and_then(|it| fs::read_to_string(format!("/sys/block/{it}/dev")).ok());
        number.is_some_and(|it| {
            let rule = format!("{} {bytes_a_second}", it.trim());
            fs::write(THROTTLE, rule).is_ok()
        })
    }

    /// Writes so many bytes to one file, and waits for the medium.
    ///
    /// # Errors
    /// When the medium refuses.
    pub fn write(&self, bytes: u64) -> Result<Duration> {
        let block: Vec<u8> = (0..BLOCK).map(|it| it.to_le_bytes().iter().sum()).collect();
        let path = self.path().join("yardstick");
        let start = Instant::now();
        let mut file = File::create(&path)?;
        let mut left = usize::try_from(bytes)?;
        while left > 0 {
            let part = block.get(..left.min(BLOCK)).unwrap_or(&block);
            file.write_all(part)?;
            left = left.saturating_sub(part.len());
        }
        file.sync_all()?;
        drop(file);
        run(&["sync", "-f", &self.path().to_string_lossy()])?;
        let time = start.elapsed();
        fs::remove_file(path)?;
        Ok(time)
    }

    fn clear(&self) -> Result<()> {
        Ok(fs::remove_dir_all(self.path().join("COMMUNE"))?)
    }
}

impl Drop for Medium {
    fn drop(&mut self) {
        if let Some(device) = &self.device {
            // Where this fails nothing was slowed down either.
            let _ = self.slow_down(0);
            let mount = self.path();
            for words in [
                ["umount", &mount.to_string_lossy()],
                ["losetup", "--detach"],
            ] {
                let words = match words {
                    ["losetup", detach] => vec!["losetup", detach, device],
                    words => words.to_vec(),
                };
                if let Err(error) = run(&words) {
                    eprintln!("{error}");
                }
            }
        }
    }
}

/// What was written to a stick.
#[derive(Clone, Copy, Debug)]
pub struct Carried {
    /// Bytes of the bundle.
    pub bytes: u64,
    /// From the start of the process to its end, when it says that the stick may go.
    pub time: Duration,
}

fn carried(room: &Room, device: &str, medium: &Medium) -> Result<(Value, Duration)> {
    let at = medium.path();
    let (said, time) = room.timed(device, &["carry", "--at", &at.to_string_lossy()])?;
    let stick = said.pointer("/sticks/0").context("no stick")?.clone();
    ensure!(
        stick.get("may_remove") == Some(&Value::Bool(true)),
        "{stick}"
    );
    Ok((stick, time))
}

fn number(stick: &Value, name: &str) -> Result<u64> {
    let value = stick.pointer(name).and_then(Value::as_u64);
    value.with_context(|| format!("no {name}: {stick}"))
}

/// Writes payloads to a stick, all that a device has.
///
/// # Errors
/// When the command fails.
pub fn bulk(world: &bundle::World, medium: &Medium) -> Result<Carried> {
    let (stick, time) = carried(world.room(), bundle::DEVICE, medium)?;
    ensure!(number(&stick, "/written/left")? == 0, "{stick}");
    medium.clear()?;
    Ok(Carried {
        bytes: number(&stick, "/written/bytes")?,
        time,
    })
}

/// A commune's week goes by stick from one device to another.
#[derive(Clone, Copy, Debug)]
pub struct Week {
    /// Entries of the week.
    pub entries: u64,
    /// Bytes of their bundle.
    pub bytes: u64,
    /// At the writer, from plugging in to "you may remove".
    pub writes: Duration,
    /// At the reader.
    pub reads: Duration,
}

impl Week {
    /// Members of whom each wrote 11 entries.
    ///
    /// # Errors
    /// When a command fails.
    pub fn of(members: u32, medium: &Medium) -> Result<Self> {
        let mut graph = String::from("issuer,receiver\n");
        for issuer in 0..members {
            for step in 1..=GIVEN {
                let receiver = issuer.saturating_add(step).checked_rem(members);
                writeln!(graph, "{issuer},{}", receiver.context("nobody")?)?;
            }
        }
        let room = Room::new("week")?;
        let file = room.path("graph.csv");
        fs::write(&file, graph)?;
        room.device("ana")?;
        room.device("bob")?;
        let genesis = room.genesis();
        let [file, genesis] = [&file, &genesis].map(|it| it.to_string_lossy());
        room.run("ana", &["import", "duniter", &file, "--genesis", &genesis])?;
        room.join("bob")?;
        // Bob's ticket, by which Ana knows what to write.
        carried(&room, "bob", medium)?;
        let (wrote, writes) = carried(&room, "ana", medium)?;
        let (read, reads) = carried(&room, "bob", medium)?;
        let entries = number(&wrote, "/written/entries")?;
        ensure!(number(&read, "/imported")? == entries, "{read}");
        medium.clear()?;
        Ok(Self {
            entries,
            bytes: number(&wrote, "/written/bytes")?,
            writes,
            reads,
        })
    }
}
