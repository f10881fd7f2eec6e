//! What can go wrong with the store, in terms of what a person can do about it.

use std::{io, path::PathBuf};

use commune_crdt::time::Height;
use thiserror::Error;

/// What Linux says where a medium fails: sectors that cannot be read, or written.
const EIO: i32 = 5;

/// Why the store could not do what was asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no store; nothing is wrong with it.
    #[error("there is no store at {}", .0.display())]
    Missing(PathBuf),
    /// There is one already.
    #[error("there is already a store at {}", .0.display())]
    Exists(PathBuf),
    /// Another process has it open.
    #[error("the store is in use by another process")]
    Locked,
    /// No room. What was reported as saved is on the disk; what was asked for now is not.
    #[error("disk full: nothing that was reported as saved is lost")]
    Full,
    /// The medium or the folder cannot be written to.
    #[error("the store cannot be written to: read-only medium or missing permission")]
    ReadOnly,
    /// Bytes on the disk are not those that were written: run `doctor --salvage`.
    #[error("the store is damaged: {what}")]
    Damaged {
        /// Where, and how it shows.
        what: String,
    },
    /// The store was made with another key.
    #[error("the key does not fit the store")]
    WrongKey,
    /// A later release wrote it.
    #[error("the store has format {found}, this release reads up to {known}")]
    Newer {
        /// Its format.
        found: u32,
        /// The newest format that this build reads.
        known: u32,
    },
    /// What was asked for needs entries that records cover, and they are not kept here.
    #[error("entries up to record {0} are not kept here")]
    Covered(Height),
    /// An earlier write failed, and nothing is written until the store is opened again.
    #[error("the store stopped after a failed write; what was reported as saved is kept")]
    Stopped,
    /// Anything else that the operating system reports, a failing medium among it.
    #[error("the store cannot be read or written")]
    Io(#[source] io::Error),
}

impl StoreError {
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    /// Whether `doctor --salvage` is the way on.
    pub fn needs_salvage(&self) -> bool {
        match self {
            Self::Damaged { .. } => true,
            Self::Io(error) => error.raw_os_error() == Some(EIO),
            _ => false,
        }
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full,
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Self::ReadOnly,
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => {
                Self::damaged(error.to_string())
            }
            _ => Self::Io(error),
        }
    }
}
