//! What goes wrong with a data folder and its store, as failures of the command line.

use super::{DeviceError, StoreError, WriteError};
use crate::failure::{Exit, Failure};

impl From<DeviceError> for Failure {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::NotJoined(dir) => {
                Self::new(Exit::NotFound, "device.not_joined").with("dir", &dir)
            }
            DeviceError::JoinedAlready(network) => {
                Self::new(Exit::Refused, "device.joined_already")
                    .with("network", network.to_string())
            }
            DeviceError::Busy(dir) => Self::new(Exit::Store, "device.busy").with("dir", &dir),
            DeviceError::Genesis(error) => Self::new(Exit::Store, "device.genesis").because(&error),
            DeviceError::NoSecret => Self::new(Exit::Refused, "device.no_secret"),
            DeviceError::Store(error) => error.into(),
            DeviceError::Io { path, source } => Self::writing(&path, &source),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Missing(path) => Self::new(Exit::Store, "store.missing").with("path", path),
            StoreError::Exists(path) => Self::new(Exit::Store, "store.exists").with("path", path),
            StoreError::Locked => Self::new(Exit::Store, "store.locked"),
            StoreError::Full => Self::new(Exit::Medium, "store.full"),
            StoreError::ReadOnly => Self::new(Exit::Medium, "store.read_only"),
            StoreError::Damaged { .. } => Self::new(Exit::Store, "store.damaged").because(&error),
            StoreError::WrongKey => Self::new(Exit::Store, "store.wrong_key"),
            StoreError::Newer { found, known } => Self::new(Exit::Store, "store.newer")
                .with("found", *found)
                .with("known", *known),
            StoreError::Covered(height) => {
                Self::new(Exit::NotFound, "store.covered").with("height", u64::from(height.0))
            }
            StoreError::Stopped => Self::new(Exit::Store, "store.stopped"),
            StoreError::Io(cause) => Self::new(Exit::Store, "store.unusable").because_io(cause),
        }
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Forked(seq) => Self::new(Exit::Fork, "device.forked").with("seq", seq),
            WriteError::Refused(error) => {
                Self::new(Exit::Refused, "device.log_full").because(&error)
            }
            WriteError::Unknown => Self::new(Exit::Refused, "device.unknown"),
            WriteError::Store(error) => error.into(),
            error @ (WriteError::Form(_) | WriteError::NotTaken(_)) => {
                Self::new(Exit::Failed, "device.not_taken").because(&error)
            }
        }
    }
}
