//! Which sticks are plugged in, and noticing when that changes: the kernel's list of mounts says
//! both, without a service to ask.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    os::unix::{
        ffi::OsStringExt,
        fs::{FileTypeExt, MetadataExt},
    },
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};

const MOUNTS: &str = "/proc/self/mountinfo";

/// A medium that is plugged in.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Mount {
    /// Number of the mount: another one when it is plugged in again.
    pub id: u64,
    /// Where it is mounted.
    pub path: PathBuf,
}

/// The removable media that are mounted now, in the order of their mounting.
///
/// # Errors
///
/// What the operating system said.
pub fn removable() -> io::Result<Vec<Mount>> {
    let list = fs::read(MOUNTS)?;
    Ok(removable_of(&list, Path::new("/sys"), device_of))
}

/// What is mounted at `path`, removable or not: whoever names a place means it.
fn mounted_at(path: &Path) -> io::Result<Vec<Mount>> {
    let list = fs::read(MOUNTS)?;
    let mounts = lines_of(&list).map(|it| it.mount);
    Ok(mounts.filter(|it| it.path == path).collect())
}

/// Notices media that are plugged in.
#[derive(Debug)]
pub struct Watch {
    list: File,
    at: Option<PathBuf>,
    known: BTreeSet<Mount>,
}

impl Watch {
    /// Starts to look for removable media, or for whatever is mounted at a place. What is plugged in
    /// already counts as new.
    ///
    /// # Errors
    ///
    /// What the operating system said.
    pub fn new(at: Option<PathBuf>) -> io::Result<Self> {
        Ok(Self {
            list: File::open(MOUNTS)?,
            at,
            known: BTreeSet::new(),
        })
    }

    /// The media that are new since the last call; waits for a change of the list of mounts, but no
    /// longer than `at_most`, if there is none.
    ///
    /// # Errors
    ///
    /// What the operating system said.
    pub fn next(&mut self, at_most: Duration) -> io::Result<Vec<Mount>> {
        let fresh = self.look()?;
        if !fresh.is_empty() {
            return Ok(fresh);
        }
        let timeout = Timespec::try_from(at_most).ok();
        // The kernel raises an "exceptional condition" on this file with each change.
        let mut waited = [PollFd::new(&self.list, PollFlags::PRI)];
        match poll(&mut waited, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => self.look(),
            Err(errno) => Err(errno.into()),
        }
    }

    fn look(&mut self) -> io::Result<Vec<Mount>> {
        let now = match &self.at {
            Some(path) => mounted_at(path)?,
            None => removable()?,
        };
        let fresh = now.iter().filter(|it| !self.known.contains(*it));
        let fresh = fresh.cloned().collect();
        self.known = now.into_iter().collect();
        Ok(fresh)
    }
}

/// The number of a block device, `MAJOR:MINOR`.
fn device_of(path: &Path) -> Option<String> {
    let about = fs::metadata(path).ok()?;
    let device = about.rdev();
    about.file_type().is_block_device().then(|| {
        let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
        format!("{major}:{minor}")
    })
}

/// What a line of a mountinfo says.
struct Line {
    mount: Mount,
    /// `MAJOR:MINOR`.
    device: String,
    source: PathBuf,
}

fn lines_of(list: &[u8]) -> impl Iterator<Item = Line> {
    let lines = list.split(|byte| *byte == b'\n');
    lines.filter_map(|line| {
        let fields: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
        let [id, _, device, _, path, ..] = fields.as_slice() else {
            return None;
        };
        let dash = fields.iter().position(|it| *it == b"-")?;
        Some(Line {
            mount: Mount {
                id: str::from_utf8(id).ok()?.parse().ok()?,
                path: unescaped(path),
            },
            device: str::from_utf8(device).ok()?.to_owned(),
            source: unescaped(fields.get(dash.checked_add(2)?)?),
        })
    })
}

/// Those lines of a mountinfo whose medium `sys` calls removable. The one that the system runs from
/// is none of them.
fn removable_of(
    list: &[u8],
    sys: &Path,
    device_of: impl Fn(&Path) -> Option<String>,
) -> Vec<Mount> {
    let mounts = lines_of(list).filter_map(|line| {
        // A file system in user space has no device of its own; the one that it reads has.
        let device = device_of(&line.source).unwrap_or(line.device);
        Some((line.mount, disk_of(&device, sys)?))
    });
    let all: Vec<_> = mounts.collect();
    let system = all.iter().find(|(mount, _)| mount.path == Path::new("/"));
    let system = system.map(|(_, disk)| disk.clone());
    all.into_iter()
        .filter(|(_, disk)| Some(disk) != system.as_ref() && is_removable(disk))
        .map(|(mount, _)| mount)
        .collect()
}

/// The disk of the block device `MAJOR:MINOR`: of a partition the one that it is of.
fn disk_of(device: &str, sys: &Path) -> Option<PathBuf> {
    let path = fs::canonicalize(sys.join("dev/block").join(device)).ok()?;
    match path.join("partition").exists() {
        true => path.parent().map(Path::to_owned),
        false => Some(path),
    }
}

/// Whether a disk hangs on USB, or says that its medium can be taken out.
fn is_removable(disk: &Path) -> bool {
    let says_so = || fs::read(disk.join("removable")).is_ok_and(|it| it.trim_ascii() == b"1");
    disk.to_string_lossy().contains("/usb") || says_so()
}

/// The list writes space, tab, line end and backslash as `\` and three octal digits.
fn unescaped(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        let octal = after.get(..3).filter(|_| *first == b'\\');
        let octal = octal.and_then(|it| u8::from_str_radix(str::from_utf8(it).ok()?, 8).ok());
        bytes.push(octal.unwrap_or(*first));
        rest = match octal {
            Some(_) => after.get(3..).unwrap_or_default(),
            None => after,
        };
    }
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A `/sys` with a disk, a stick on USB with one partition, and a card that can be taken out.
    fn sys() -> tempfile::TempDir {
        let sys = tempfile::tempdir().unwrap();
        fs::create_dir_all(sys.path().join("dev/block")).unwrap();
        for (number, place, removable) in [
            ("8:1", "devices/pci0/ata1/block/sda/sda1", "0"),
            ("8:17", "devices/pci0/usb2/2-1/block/sdb/sdb1", "0"),
            ("179:1", "devices/pci0/mmc0/block/mmcblk0/mmcblk0p1", "1"),
            ("7:0", "devices/virtual/block/loop0", "0"),
        ] {
            let place = sys.path().join(place);
            fs::create_dir_all(&place).unwrap();
            let mut disk = place.as_path();
            if number != "7:0" {
                fs::write(place.join("partition"), "1\n").unwrap();
                disk = place.parent().unwrap();
            }
            fs::write(disk.join("removable"), format!("{removable}\n")).unwrap();
            symlink(&place, sys.path().join("dev/block").join(number)).unwrap();
        }
        sys
    }

    #[test]
    fn sticks_are_told_from_disks() {
        let list = "\
22 28 0:21 / /proc rw,nosuid shared:5 - proc proc rw
28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 28 8:17 / /media/ana/OUR\\040STICK rw,nosuid shared:9 master:2 - vfat /dev/sdb1 rw
41 28 179:1 / /media/card ro - exfat /dev/mmcblk0p1 ro
42 28 7:0 / /mnt/loop rw - ext4 /dev/loop0 rw
43 28 0:50 / /media/fuse rw - fuse.exfat /dev/sdb1 rw
44 28 0:51 / /media/net rw - nfs server:/x rw
45 28
\\ \u{fffd} - x
";
        let sys = sys();
        let devices = |path: &Path| (path == Path::new("/dev/sdb1")).then(|| "8:17".to_owned());
        let found = removable_of(list.as_bytes(), sys.path(), devices);
        let paths: Vec<_> = found
            .iter()
            .map(|it| (it.id, it.path.to_str().unwrap()))
            .collect();
        assert_eq!(
            paths,
            [
                (40, "/media/ana/OUR STICK"),
                (41, "/media/card"),
                (43, "/media/fuse")
            ]
        );
    }

    #[test]
    fn the_card_that_the_system_runs_from_is_no_stick() {
        let list = b"28 1 179:1 / / rw shared:1 - ext4 /dev/mmcblk0p1 rw\n\
            29 28 179:1 / /boot rw shared:1 - vfat /dev/mmcblk0p1 rw\n";
        assert!(removable_of(list, sys().path(), |_| None).is_empty());
    }

    #[test]
    fn names_come_back_from_their_escapes() {
        assert_eq!(unescaped(b"/a\\040b\\134\\012"), Path::new("/a b\\\n"));
        assert_eq!(unescaped(b"/a\\04"), Path::new("/a\\04"));
    }

    #[test]
    fn a_watch_ends_its_wait_in_time() {
        let mut watch = Watch::new(None).unwrap();
        watch.next(Duration::ZERO).unwrap();
        assert!(watch.next(Duration::from_millis(1)).unwrap().is_empty());
    }
}
