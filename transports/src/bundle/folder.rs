//! Folders and files that may be hostile.
//!
//! A stick comes from a stranger: its names, links and devices are not believed. Everything here
//! works relative to an opened folder, follows no link, opens regular files only and never waits
//! for the other end of a pipe.

use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    os::fd::{AsFd, OwnedFd},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{Advice, AtFlags, CWD, Dir, FileType, FlockOperation, Mode, OFlags, Stat},
    io::Errno,
};
use thiserror::Error;

/// Longest name that is read or written, in bytes: room within the 255 of every file system.
const MAX_NAME_LEN: usize = 200;

/// Opens the file at `path` for reading, if it is a regular one with something in it.
///
/// # Errors
///
/// [`OpenError`] names what it is instead.
pub fn open_regular(path: &Path) -> Result<File, OpenError> {
    open_at(CWD, path, path)
}

/// `path` as seen from `folder`; `shown` as people see it.
fn open_at(folder: impl AsFd, path: &Path, shown: &Path) -> Result<File, OpenError> {
    let folder = folder.as_fd();
    let wrong = |errno| OpenError::new(shown, errno);
    // A look before opening, as opening some devices has effects; and one after, as what the name
    // stands for may have changed in between.
    let before = rustix::fs::statat(folder, path, AtFlags::SYMLINK_NOFOLLOW).map_err(wrong)?;
    regular(&before, shown)?;
    let flags =
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(folder, path, flags, Mode::empty()).map_err(wrong)?;
    let after = rustix::fs::fstat(&file).map_err(wrong)?;
    regular(&after, shown)?;
    if after.st_size == 0 {
        return Err(OpenError::Empty(shown.to_owned()));
    }
    Ok(File::from(file))
}

fn regular(stat: &Stat, shown: &Path) -> Result<(), OpenError> {
    let what = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => return Ok(()),
        FileType::Directory => return Err(OpenError::Folder(shown.to_owned())),
        FileType::Symlink => return Err(OpenError::Link(shown.to_owned())),
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Unknown => "of an unknown kind",
    };
    Err(OpenError::NotAFile {
        path: shown.to_owned(),
        what,
    })
}

/// An opened folder.
#[derive(Debug)]
pub struct Folder {
    fd: OwnedFd,
    path: PathBuf,
}

/// The room of a medium, in bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Space {
    /// What can still be written.
    pub free: u64,
    /// All of it.
    pub total: u64,
}

/// Names in a folder.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Listing {
    /// Regular files with a portable name, sorted, with their lengths in bytes.
    pub files: Vec<(String, u64)>,
    /// Entries that were passed over: folders, links, devices, names ending in `.tmp`, names that
    /// are not portable.
    pub skipped: usize,
    /// Whether there are more entries than were looked at.
    pub truncated: bool,
}

impl Folder {
    /// Opens the folder that a person named, through links if need be.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(CWD, path, flags, Mode::empty())
            .map_err(|errno| OpenError::new(path, errno))?;
        Ok(Self {
            fd,
            path: path.to_owned(),
        })
    }

    /// Opens the folder `name` within, following no link, and makes it first if `create` says so.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub fn sub(&self, name: &str, create: bool) -> Result<Self, OpenError> {
        let path = self.path_of(name)?;
        if create {
            match rustix::fs::mkdirat(&self.fd, name, Mode::from_raw_mode(0o755)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(errno) => return Err(OpenError::new(&path, errno)),
            }
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.fd, name, flags, Mode::empty()).map_err(|errno| {
            match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) if FileType::from_raw_mode(stat.st_mode).is_symlink() => {
                    OpenError::Link(path.clone())
                }
                _ => OpenError::new(&path, errno),
            }
        })?;
        Ok(Self { fd, path })
    }

    /// Where this folder is, for people to read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the regular file `name` for reading.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub fn file(&self, name: &str) -> Result<File, OpenError> {
        open_at(&self.fd, Path::new(name), &self.path_of(name)?)
    }

    /// The names in this folder, of at most `limit` entries.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub fn list(&self, limit: usize) -> Result<Listing, OpenError> {
        let wrong = |errno| OpenError::new(&self.path, errno);
        let mut listing = Listing::default();
        let entries = Dir::read_from(&self.fd).map_err(wrong)?;
        let real = |entry: &io::Result<rustix::fs::DirEntry>| {
            !entry
                .as_ref()
                .is_ok_and(|e| [c".", c".."].contains(&e.file_name()))
        };
        for entry in entries
            .map(|entry| entry.map_err(io::Error::from))
            .filter(real)
        {
            let entry = entry.map_err(|e| OpenError::of(&self.path, e))?;
            if listing.files.len().saturating_add(listing.skipped) >= limit {
                listing.truncated = true;
                break;
            }
            match self.listed(&entry) {
                Some(file) => listing.files.push(file),
                None => listing.skipped = listing.skipped.saturating_add(1),
            }
        }
        listing.files.sort();
        Ok(listing)
    }

    fn listed(&self, entry: &rustix::fs::DirEntry) -> Option<(String, u64)> {
        let name = entry.file_name().to_str().ok()?;
        if !is_portable_name(name) || name.ends_with(".tmp") {
            return None;
        }
        let stat = rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let is_file = FileType::from_raw_mode(stat.st_mode).is_file();
        is_file.then_some((name.to_owned(), u64::try_from(stat.st_size).ok()?))
    }

    /// Removes those files, of at most `limit` entries, whose names `which` says.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub fn sweep(&self, limit: usize, which: impl Fn(&str) -> bool) -> Result<(), OpenError> {
        let wrong = |errno| OpenError::new(&self.path, errno);
        let entries = Dir::read_from(&self.fd).map_err(wrong)?;
        for entry in entries.take(limit) {
            let entry = entry.map_err(wrong)?;
            if let Some(name) = entry.file_name().to_str().ok().filter(|it| which(it)) {
                self.remove(name)
                    .map_err(|error| OpenError::of(&self.path.join(name), error))?;
            }
        }
        Ok(())
    }

    /// Waits until everything written to the medium of this folder is on it.
    ///
    /// # Errors
    ///
    /// What the operating system said.
    pub fn flush_medium(&self) -> io::Result<()> {
        rustix::fs::syncfs(&self.fd).map_err(Into::into)
    }

    /// Bytes that can still be written, and bytes of the whole medium; `None` where its driver does
    /// not tell.
    ///
    /// # Errors
    ///
    /// What the operating system said.
    pub fn space(&self) -> io::Result<Option<Space>> {
        let stat = rustix::fs::fstatvfs(&self.fd)?;
        let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
        Ok((stat.f_blocks > 0).then(|| Space {
            free: bytes(stat.f_bavail),
            total: bytes(stat.f_blocks),
        }))
    }

    /// Removes the file `name`. That it was not there is no error.
    ///
    /// # Errors
    ///
    /// What the operating system said.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match rustix::fs::unlinkat(&self.fd, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Writes the file `name`, whole or not at all, in place of one that is there: beside it first,
    /// onto the medium, and only then by its name.
    ///
    /// # Errors
    ///
    /// [`OpenError`]; what was there stands then.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), OpenError> {
        let path = self.path_of(name)?;
        let tmp = format!("{name}.tmp");
        let written = (|| {
            self.remove(&tmp)?;
            let mut file = self.create(&tmp)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            drop(file);
            self.rename(&tmp, name)
        })();
        written.map_err(|error| {
            drop(self.remove(&tmp));
            OpenError::of(&path, error)
        })
    }

    /// Copies `source`, which holds `len` bytes, to the new file `name`, and reads it back.
    ///
    /// # Errors
    ///
    /// What the operating system said; nothing is left then.
    pub fn copy(&self, name: &str, source: &mut impl Read, len: u64) -> io::Result<()> {
        let tmp = format!("{name}.tmp");
        let copied = (|| {
            self.path_of(name)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
            self.remove(&tmp)?;
            let mut file = self.create(&tmp)?;
            let mut source = Hashing::new(source.take(len));
            let copied = io::copy(&mut source, &mut file)?;
            file.sync_all()?;
            not_from_memory(&file)?;
            file.rewind()?;
            let mut back = Hashing::new(file);
            let read = io::copy(&mut back, &mut io::sink())?;
            if copied != len || read != len || back.hash() != source.hash() {
                return Err(io::ErrorKind::InvalidData.into());
            }
            drop(back);
            self.rename(&tmp, name)
        })();
        if copied.is_err() {
            drop(self.remove(&tmp));
        }
        copied
    }

    /// Keeps other programs of this machine out until the folder is dropped. False if one is in;
    /// true also where the file system knows no locks.
    pub fn lock(&self) -> bool {
        let locked = rustix::fs::flock(&self.fd, FlockOperation::NonBlockingLockExclusive);
        !matches!(locked, Err(Errno::WOULDBLOCK))
    }

    /// Whether the medium is still there.
    pub fn is_there(&self) -> bool {
        let through_name = rustix::fs::statat(&self.fd, ".", AtFlags::empty());
        let by_path = rustix::fs::stat(&self.path);
        match (through_name, by_path) {
            (Ok(opened), Ok(named)) => {
                (opened.st_dev, opened.st_ino) == (named.st_dev, named.st_ino)
            }
            _ => false,
        }
    }

    pub(super) fn exists(&self, name: &str) -> bool {
        rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// A new file, never one that is there.
    pub(super) fn create(&self, name: &str) -> io::Result<File> {
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.fd, name, flags, Mode::from_raw_mode(0o644))?;
        Ok(File::from(fd))
    }

    /// Renames and waits until the new name is on the medium.
    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        rustix::fs::renameat(&self.fd, from, &self.fd, to)?;
        match rustix::fs::fsync(&self.fd) {
            Ok(()) => Ok(()),
            // Some file systems in user space do not sync folders.
            Err(Errno::INVAL | Errno::NOTSUP | Errno::NOSYS) => self.flush_medium(),
            Err(errno) => Err(errno.into()),
        }
    }

    fn path_of(&self, name: &str) -> Result<PathBuf, OpenError> {
        if !is_portable_name(name) {
            return Err(OpenError::Name(name.escape_debug().to_string()));
        }
        Ok(self.path.join(name))
    }
}

/// Forgets the kernel's copy of a file: it says nothing about the medium.
pub(super) fn not_from_memory(file: &File) -> io::Result<()> {
    match rustix::fs::fadvise(file, 0, None, Advice::DontNeed) {
        Ok(()) | Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// Hashes what is read through it.
struct Hashing<R> {
    source: R,
    hasher: blake3::Hasher,
}

impl<R> Hashing<R> {
    fn new(source: R) -> Self {
        let hasher = blake3::Hasher::new();
        Self { source, hasher }
    }

    fn hash(&self) -> blake3::Hash {
        self.hasher.finalize()
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let len = self.source.read(bytes)?;
        self.hasher.update(bytes.get(..len).unwrap_or_default());
        Ok(len)
    }
}

/// Whether every file system takes `name`, FAT among them, and nothing about it surprises: plain
/// ASCII letters, digits, `-`, `_` and `.`, no `.` at either end, no name that DOS gave to devices.
pub fn is_portable_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let device = match stem.as_str() {
        "con" | "prn" | "aux" | "nul" => true,
        other => other
            .strip_prefix("com")
            .or_else(|| other.strip_prefix("lpt"))
            .is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit())),
    };
    (1..=MAX_NAME_LEN).contains(&name.len())
        && name.bytes().all(plain)
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !device
}

/// Why a file or folder was not opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is none.
    #[error("{}: no such file or folder", .0.display())]
    Missing(PathBuf),
    /// This user may not.
    #[error("{}: permission denied", .0.display())]
    Denied(PathBuf),
    /// A folder where a file was asked for.
    #[error("{}: is a folder, not a file", .0.display())]
    Folder(PathBuf),
    /// A file where a folder was asked for.
    #[error("{}: is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// A symbolic link, which is not followed.
    #[error("{}: is a link, and links are not followed", .0.display())]
    Link(PathBuf),
    /// A pipe, a socket or a device.
    #[error("{}: is {what}, not a file", path.display())]
    NotAFile {
        /// Where.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A file of 0 bytes.
    #[error("{}: is empty", .0.display())]
    Empty(PathBuf),
    /// A name that not every file system takes.
    #[error("\"{0}\": not a name that every stick takes (letters, digits, - _ . only)")]
    Name(String),
    /// Something else.
    #[error("{}: cannot be opened", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

impl OpenError {
    fn new(path: &Path, errno: Errno) -> Self {
        Self::of(path, errno.into())
    }

    fn of(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match Errno::from_io_error(&source) {
            Some(Errno::NOENT) => Self::Missing(path),
            Some(Errno::ACCESS | Errno::PERM) => Self::Denied(path),
            Some(Errno::NOTDIR) => Self::NotAFolder(path),
            Some(Errno::LOOP) => Self::Link(path),
            _ => Self::Io { path, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn what_is_no_regular_file_is_named_and_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("empty"), []).unwrap();
        fs::write(at("full"), [1]).unwrap();
        fs::create_dir(at("folder")).unwrap();
        symlink("full", at("link")).unwrap();
        symlink("/dev/zero", at("zero")).unwrap();
        rustix::fs::mkfifoat(CWD, at("pipe"), Mode::from_raw_mode(0o600)).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();

        assert!(open_regular(&at("full")).is_ok());
        for (path, said) in [
            (at("empty"), "is empty"),
            (at("folder"), "is a folder"),
            (at("link"), "is a link"),
            (at("zero"), "is a link"),
            (at("pipe"), "is a pipe"),
            (at("socket"), "is a socket"),
            (at("nothing"), "no such file"),
            (at("full/x"), "is not a folder"),
            ("/dev/zero".into(), "is a device"),
            ("/dev/null".into(), "is a device"),
        ] {
            let error = open_regular(&path).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn unreadable_file_is_denied_unless_root() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        fs::write(&path, [1]).unwrap();
        rustix::fs::chmod(&path, Mode::empty()).unwrap();
        match open_regular(&path) {
            Err(OpenError::Denied(_)) => {}
            other => assert!(rustix::process::geteuid().is_root(), "{other:?}"),
        }
    }

    #[test]
    fn folders_within_are_not_reached_through_links() {
        let dir = tempfile::tempdir().unwrap();
        symlink("/etc", dir.path().join("COMMUNE")).unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        assert!(matches!(
            folder.sub("COMMUNE", true),
            Err(OpenError::Link(_))
        ));
        assert!(matches!(folder.sub("..", true), Err(OpenError::Name(_))));
        assert!(matches!(folder.file("../x"), Err(OpenError::Name(_))));
        let sub = folder.sub("b", true).unwrap();
        assert_eq!(folder.sub("b", true).unwrap().path(), sub.path());
        assert!(matches!(folder.sub("c", false), Err(OpenError::Missing(_))));
    }

    #[test]
    fn list_passes_over_what_it_does_not_trust() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b.cmb", "a.cmb", "a.tmp", "\u{1b}[2J", "con", ".hidden"] {
            fs::write(dir.path().join(name), [1, 2]).unwrap();
        }
        symlink("a.cmb", dir.path().join("c.cmb")).unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        let listing = folder.list(100).unwrap();
        assert_eq!(listing.files, [("a.cmb".into(), 2), ("b.cmb".into(), 2)]);
        assert_eq!((listing.skipped, listing.truncated), (5, false));
        assert!(folder.list(3).unwrap().truncated);
        assert_eq!(
            folder.list(100).unwrap(),
            listing,
            "a second look sees the same"
        );
    }

    #[test]
    fn portable_names_are_those_that_fat_takes() {
        for good in ["a", "0123-x_Y.cmb", "console.cmb", "com10"] {
            assert!(is_portable_name(good), "{good}");
        }
        for bad in [
            "", ".", "..", "a.", ".a", "a b", "a:b", "é", "NUL", "com1.cmb", "a/b", "a\0b",
        ] {
            assert!(!is_portable_name(bad), "{bad}");
        }
        assert!(!is_portable_name(&"a".repeat(201)));
    }
}
