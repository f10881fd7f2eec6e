//! The data folder: made whole or not at all, and destroyed keys first.
//!
//! ```text
//! DIR/vault           keys of the member and the device, sealed
//! DIR/signer          keys that sign checkpoints: in no backup
//! DIR/revocation.txt  ends the member key for ever; a copy belongs elsewhere
//! DIR/genesis         the network, once there is one
//! DIR/exchange        meetings in progress, for an hour
//! DIR/meetup          the meeting that is open, for a day
//! DIR/trustee         seeds of tally keys, until their votes are counted: in no backup
//! DIR/ballots         ballots that are encrypted and not cast: in no backup
//! DIR/pairing         keys of a device that waits for its member
//! DIR/store/          entries
//! DIR/references/     reference strings of the network's votes
//! DIR/carried/        bundles for others, whom this device cannot read
//! DIR/lock            held by the one program that writes here
//! ```
//!
//! A new folder is built aside and takes its name when all of it is on the disk. Where the folder
//! exists already, empty (a mount point, a folder that systemd made), the files move in one by one,
//! and `vault` (or `pairing`) last: without it there is nothing, and the next `init` starts anew.

use std::{
    ffi::OsString,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use commune_crdt::genesis::GENESIS_MAGIC;
use thiserror::Error;

use super::file;

/// File of the vault.
pub const VAULT: &str = "vault";
/// File of the signer keys.
pub const SIGNER: &str = "signer";
/// File that ends the member key.
pub const REVOCATION: &str = "revocation.txt";
/// File of the network.
pub const GENESIS: &str = "genesis";
/// File of the meetings in progress.
pub const EXCHANGE: &str = "exchange";
/// File of the open meeting.
pub const MEETUP: &str = "meetup";
/// File of a trustee's seeds.
pub const TRUSTEE: &str = "trustee";
/// File of ballots that are not cast.
pub const BALLOTS: &str = "ballots";
/// File of a device that waits for its member.
pub const PAIRING: &str = "pairing";
/// File that the one writer holds.
pub const LOCK: &str = "lock";
/// Folder of the entries.
pub const STORE: &str = "store";
/// Folder of the reference strings.
pub const REFERENCES: &str = "references";
/// Folder of the bundles for others.
pub const CARRIED: &str = "carried";

/// Where a folder is built that exists already, in it.
const INSIDE: &str = ".init";

/// A data folder under construction. Dropped before [`finish`](Self::finish), nothing is left of it.
#[derive(Debug)]
pub struct NewFolder {
    target: PathBuf,
    aside: PathBuf,
    inside: bool,
    finished: bool,
    /// Held until the folder has its name, so that nobody builds or opens it meanwhile.
    _lock: File,
}

impl NewFolder {
    /// Starts the data folder `target`. What an interrupted start left there is removed first.
    ///
    /// # Errors
    ///
    /// [`FolderError`] if there is an identity or anything else of somebody's, if another program
    /// is at it, or if the disk refuses.
    pub fn begin(target: &Path) -> Result<Self, FolderError> {
        let inside = look(target)?;
        let aside = if inside {
            target.join(INSIDE)
        } else {
            aside_of(target)?
        };
        let io = |source| FolderError::Io {
            path: target.to_owned(),
            source,
        };
        let locked = if inside {
            lock(&target.join(LOCK))?
        } else {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&aside)
                .map_err(io)?;
            lock(&aside.join(LOCK))?
        };
        let started = Self {
            target: target.to_owned(),
            aside,
            inside,
            finished: false,
            _lock: locked,
        };
        // Whoever held the lock before may have finished just now.
        if look(target)? != inside {
            return Err(FolderError::Busy(target.to_owned()));
        }
        started
            .clear_target()
            .and_then(|()| started.clear_aside())
            .map_err(io)?;
        Ok(started)
    }

    /// Where the files are written until the folder has its name.
    pub fn path(&self) -> &Path {
        &self.aside
    }

    /// Gives the folder its name. Every file in it must be on the disk already.
    ///
    /// # Errors
    ///
    /// [`FolderError`] if the disk refuses, or somebody else put a folder there meanwhile.
    pub fn finish(mut self) -> Result<(), FolderError> {
        let moved = if self.inside {
            self.move_in()
        } else {
            self.rename()
        };
        moved.map_err(|source| match source.kind() {
            io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists => {
                FolderError::NotEmpty(self.target.clone())
            }
            _ => FolderError::Io {
                path: self.target.clone(),
                source,
            },
        })?;
        self.finished = true;
        Ok(())
    }

    fn rename(&self) -> io::Result<()> {
        File::open(&self.aside)?.sync_all()?;
        fs::rename(&self.aside, &self.target)?;
        file::sync_parent(&self.target)
    }

    fn move_in(&self) -> io::Result<()> {
        // Not every medium knows whose a folder is.
        let _ = fs::set_permissions(&self.target, fs::Permissions::from_mode(0o700));
        let (last, rest): (Vec<_>, Vec<_>) = names(&self.aside)?
            .into_iter()
            .partition(|name| name == VAULT || name == PAIRING);
        for names in [rest, last] {
            for name in names {
                fs::rename(self.aside.join(&name), self.target.join(&name))?;
            }
            File::open(&self.target)?.sync_all()?;
        }
        fs::remove_dir(&self.aside)?;
        File::open(&self.target)?.sync_all()
    }

    /// Removes what an interrupted start moved in already. There is no vault, so nothing of it lives.
    fn clear_target(&self) -> io::Result<()> {
        if self.inside {
            for name in [SIGNER, REVOCATION, GENESIS] {
                file::erase(&self.target.join(name))?;
            }
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&self.aside)?;
        }
        Ok(())
    }

    /// Removes what an interrupted start wrote aside.
    fn clear_aside(&self) -> io::Result<()> {
        for name in names(&self.aside)?.into_iter().filter(|name| name != LOCK) {
            file::erase(&self.aside.join(name))?;
        }
        Ok(())
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        // What cannot be removed now is removed by the next start.
        let _ = self.clear_aside();
        let _ = fs::remove_file(self.aside.join(LOCK));
        let _ = fs::remove_dir(&self.aside);
    }
}

/// Holds the folder `dir`, so that no other program builds or opens it.
///
/// # Errors
///
/// [`FolderError::Busy`] if another one holds it.
pub(super) fn hold(dir: &Path) -> Result<File, FolderError> {
    lock(&dir.join(LOCK))
}

/// Checks early that [`NewFolder::begin`] has a chance.
///
/// # Errors
///
/// [`FolderError`] if there is an identity or anything else of somebody's.
pub fn check_free(target: &Path) -> Result<(), FolderError> {
    look(target).map(drop)
}

/// Whether `target` exists (and is free to take) or not.
fn look(target: &Path) -> Result<bool, FolderError> {
    let names = match names(target) {
        Ok(names) => names,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(source) => {
            return Err(FolderError::Io {
                path: target.to_owned(),
                source,
            });
        }
    };
    if names.iter().any(|name| name == VAULT) {
        return Err(FolderError::Taken(target.to_owned()));
    }
    if names.iter().any(|name| name == PAIRING) {
        return Err(FolderError::Waiting(target.to_owned()));
    }
    let ours = [SIGNER, REVOCATION, GENESIS, LOCK, INSIDE, "lost+found"];
    if names
        .iter()
        .all(|name| ours.iter().any(|ours| name == ours))
    {
        return Ok(true);
    }
    Err(FolderError::NotEmpty(target.to_owned()))
}

/// The folder beside `target` in which it is built.
fn aside_of(target: &Path) -> Result<PathBuf, FolderError> {
    let name = target
        .file_name()
        .ok_or_else(|| FolderError::NotEmpty(target.to_owned()))?;
    let mut aside = OsString::from(".");
    aside.push(name);
    aside.push(INSIDE);
    Ok(target.with_file_name(aside))
}

fn lock(path: &Path) -> Result<File, FolderError> {
    let io = |source| FolderError::Io {
        path: path.to_owned(),
        source,
    };
    let busy = || FolderError::Busy(path.parent().unwrap_or(path).to_owned());
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(io)?;
    file.try_lock().map_err(|_| busy())?;
    // Whoever had it before may have moved or removed it: then this lock guards nothing.
    let same = fs::metadata(path).and_then(|there| Ok(there.ino() == file.metadata()?.ino()));
    if same.unwrap_or(false) {
        Ok(file)
    } else {
        Err(busy())
    }
}

fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name()))
        .collect()
}

/// Why a data folder cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FolderError {
    /// It holds an identity.
    #[error("{} holds an identity already", .0.display())]
    Taken(PathBuf),
    /// It holds a device that waits for its member.
    #[error("{} waits for the answer of another device", .0.display())]
    Waiting(PathBuf),
    /// It holds something else.
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// Another program is at it.
    #[error("another program is at work in {}", .0.display())]
    Busy(PathBuf),
    /// The disk refuses.
    #[error("cannot write {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// What [`destroy_rest`] found.
#[derive(Debug, Default)]
pub struct Destroyed {
    /// Files and folders removed.
    pub removed: usize,
    /// Names in the folder that are not ours and stay.
    pub left: Vec<OsString>,
    /// What the disk did not let go, with its reason; no key is among it.
    pub stuck: Vec<(PathBuf, io::Error)>,
}

/// Whether `folder` is a data folder, or what is left of one: nobody's other files are in danger.
pub fn is_data_folder(folder: &Path) -> bool {
    let Ok(names) = names(folder) else {
        return false;
    };
    let begins = |name: &str, magic: &[u8]| {
        let file = File::open(folder.join(name));
        let mut start = vec![0; magic.len()];
        file.and_then(|mut file| file.read_exact(&mut start))
            .is_ok_and(|()| start == magic)
    };
    names.iter().all(is_ours)
        || [VAULT, SIGNER, PAIRING]
            .iter()
            .any(|name| begins(name, b"cmn"))
        || begins(GENESIS, GENESIS_MAGIC)
        || ["store.lock", LOCK]
            .iter()
            .all(|ours| names.iter().any(|name| name == ours))
}

/// Destroys the keys in `folder`: overwritten, brought to the disk, removed. Fast, and whether or not
/// a program is at work there.
///
/// # Errors
///
/// Whatever the system says, after trying every file.
pub fn destroy_keys(folder: &Path) -> Result<usize, FolderError> {
    let mut destroyed = 0_usize;
    let mut failed = None;
    let unfinished = aside_of(folder)?;
    for place in [folder, &folder.join(INSIDE), &unfinished] {
        // Only the folder itself must be there.
        for name in names(place)
            .unwrap_or_default()
            .iter()
            .filter(|name| holds_key(name))
        {
            let path = place.join(name);
            match file::erase(&path) {
                Ok(()) => destroyed = destroyed.saturating_add(1),
                Err(source) => failed = Some(FolderError::Io { path, source }),
            }
        }
    }
    failed.map_or(Ok(destroyed), Err)
}

/// Removes the rest of what the program wrote in `folder`, and the folder if nothing else is in it.
pub fn destroy_rest(folder: &Path) -> Destroyed {
    let mut result = Destroyed::default();
    for name in names(folder).unwrap_or_default() {
        let path = folder.join(&name);
        if !is_ours(&name) {
            result.left.push(name);
            continue;
        }
        let is_folder = fs::symlink_metadata(&path).is_ok_and(|about| about.is_dir());
        match if is_folder {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        } {
            Ok(()) => result.removed = result.removed.saturating_add(1),
            Err(error) => result.stuck.push((path, error)),
        }
    }
    if result.left.is_empty()
        && result.stuck.is_empty()
        && let Err(error) = fs::remove_dir(folder)
    {
        // A mount point or a folder of somebody else's stays, empty.
        tracing::debug!(folder = %folder.display(), %error, "the empty folder stays");
    }
    result
}

/// The genesis holds the network secret; what was not finished may hold anything.
fn holds_key(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    [
        VAULT, SIGNER, PAIRING, GENESIS, REVOCATION, EXCHANGE, MEETUP, TRUSTEE, BALLOTS,
    ]
    .iter()
    .any(|whole| name == *whole || file::is_temporary_of(&name, whole))
}

fn is_ours(name: &OsString) -> bool {
    let text = name.to_string_lossy();
    [LOCK, STORE, CARRIED, REFERENCES, INSIDE, "node.sock"].contains(&text.as_ref())
        || text.starts_with("store.")
        || holds_key(name)
}
