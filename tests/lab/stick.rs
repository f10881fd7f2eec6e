//! A USB stick without USB: an image file on a loop device, formatted as sticks are (exFAT) where
//! that works, else ext4.
//!
//! Pulled out, write-protected and full sticks are this one, after [`Stick::pull_out`],
//! [`Stick::write_protect`] and [`Stick::fill`].

use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use super::skip::{self, Skip, run};

/// What a stick is formatted with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    ExFat,
    /// By a driver that tells no room, and says "not permitted" when it is full.
    Fat32,
    Ext4,
}

/// A mounted stick; unmounted and deleted when dropped.
#[derive(Debug)]
pub(crate) struct Stick {
    // Deleted last: fields are dropped after `Drop::drop`.
    folder: tempfile::TempDir,
    device: String,
    format: Format,
    mounted: bool,
}

impl Stick {
    /// An empty stick of this many MiB (16 at least), mounted for writing.
    pub(crate) fn new(mebibytes: u64) -> Result<Self, Skip> {
        let exfat = Self::formatted(Format::ExFat, mebibytes);
        exfat.or_else(|_| Self::formatted(Format::Ext4, mebibytes))
    }

    /// A stick of one format and no other.
    pub(crate) fn formatted(format: Format, mebibytes: u64) -> Result<Self, Skip> {
        if !rustix::process::geteuid().is_root() {
            return Err(Skip::new("mounting a stick needs root"));
        }
        match format {
            Format::ExFat => skip::needs(&["losetup", "mkfs.exfat", "mount.exfat-fuse"])?,
            Format::Fat32 => skip::needs(&["losetup", "mkfs.vfat", "fusefat"])?,
            Format::Ext4 => skip::needs(&["losetup", "mkfs.ext4"])?,
        }
        let why = |error: String| Skip::new(format!("no loop-device stick: {error}"));

        let folder = tempfile::Builder::new()
            .prefix("commune-stick-")
            .tempdir()
            .unwrap();
        let image = folder.path().join("image");
        fs::create_dir(folder.path().join("mount")).unwrap();
        File::create(&image)
            .unwrap()
            .set_len(mebibytes << 20)
            .unwrap();
        match format {
            Format::ExFat => run(Command::new("mkfs.exfat").arg(&image)),
            Format::Fat32 => run(Command::new("mkfs.vfat").args(["-F", "32"]).arg(&image)),
            Format::Ext4 => run(Command::new("mkfs.ext4")
                .args(["-q", "-F", "-m0"])
                .arg(&image)),
        }
        .map_err(why)?;
        let device = run(Command::new("losetup")
            .args(["--find", "--show"])
            .arg(&image))
        .map_err(why)?;

        let mut stick = Self {
            folder,
            device: device.trim().to_owned(),
            format,
            mounted: false,
        };
        stick.plug_in("rw").map_err(why)?;
        Ok(stick)
    }

    /// Where the stick is mounted. Nothing is there after it was pulled out.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("mount")
    }

    /// The raw bytes of the stick, to damage them while it is out.
    pub(crate) fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Taken out in the middle of whatever is going on.
    pub(crate) fn pull_out(&mut self) {
        if self.mounted {
            run(Command::new("umount").arg("--lazy").arg(self.path())).unwrap();
            self.mounted = false;
        }
    }

    /// Pulled out in such a way that nothing more reaches it, not even from files that are open.
    pub(crate) fn yank(&mut self) {
        for pid in fs::read_dir("/proc").unwrap().flatten() {
            let command = fs::read(pid.path().join("cmdline")).unwrap_or_default();
            let words: Vec<&[u8]> = command.split(|byte| *byte == 0).collect();
            let is_driver = words[0].ends_with(b"exfat-fuse") || words[0].ends_with(b"fusefat");
            if is_driver && words.contains(&self.device.as_bytes()) {
                let pid = pid.file_name().into_string().unwrap();
                run(Command::new("kill").args(["-KILL", &pid])).unwrap();
            }
        }
        self.pull_out();
    }

    /// Put in again after [`Stick::pull_out`].
    pub(crate) fn put_in(&mut self) {
        self.plug_in("rw").unwrap();
    }

    /// Ejected, and put in again with its lock on: nothing can be written.
    pub(crate) fn write_protect(&mut self) {
        run(Command::new("umount").arg(self.path())).unwrap();
        self.mounted = false;
        self.plug_in("ro").unwrap();
    }

    /// Writes a file until at most `free` bytes are left, rounded down to whole blocks.
    pub(crate) fn fill(&self, free: u64) {
        assert!(
            self.mounted,
            "only a mounted stick is filled, never the folder below it"
        );
        let space = rustix::fs::statvfs(self.path()).unwrap();
        let room = match space.f_blocks {
            0 => self.fill_up(),
            _ => space.f_bavail * space.f_frsize,
        };
        let mut rest = room.saturating_sub(free);
        let mut file = File::create(self.path().join("FILLER.BIN")).unwrap();
        let block = vec![0xA5; 1 << 16];
        while rest > 0 {
            let length = rest.min(1 << 16);
            match file.write(&block[..usize::try_from(length).unwrap()]) {
                Ok(written) if written > 0 => rest = rest.saturating_sub(written as u64),
                _ => break,
            }
        }
        // What the cache took may still not fit.
        drop(file.sync_all());
    }

    /// How much fits where nobody tells, found by trying.
    fn fill_up(&self) -> u64 {
        let path = self.path().join("FILLER.BIN");
        let mut file = File::create(&path).unwrap();
        let mut len = 0;
        while let Ok(written) = file.write(&[0xA5; 1 << 16]) {
            len += written as u64;
        }
        drop(file);
        fs::remove_file(path).unwrap();
        len
    }

    fn plug_in(&mut self, mode: &str) -> Result<(), String> {
        let mount = self.path();
        match self.format {
            Format::ExFat => {
                let mut command = Command::new("mount.exfat-fuse");
                run(command.args(["-o", mode, &self.device]).arg(&mount))?;
            }
            Format::Fat32 => {
                let mode = if mode == "rw" { "rw+" } else { mode };
                let mut command = Command::new("fusefat");
                run(command.args(["-o", mode, &self.device]).arg(&mount))?;
            }
            Format::Ext4 => {
                let mut command = Command::new("mount");
                run(command
                    .args(["-t", "ext4", "-o", mode, &self.device])
                    .arg(&mount))?;
            }
        }
        if device_of(&mount) == device_of(self.folder.path()) {
            return Err("mounted, and yet the folder is on the same device".to_owned());
        }
        self.mounted = true;
        Ok(())
    }
}

impl Drop for Stick {
    fn drop(&mut self) {
        if self.mounted {
            drop(run(Command::new("umount").arg("--lazy").arg(self.path())));
        }
        drop(run(Command::new("losetup").args(["--detach", &self.device])));
    }
}

fn device_of(path: &Path) -> u64 {
    fs::metadata(path).unwrap().dev()
}
