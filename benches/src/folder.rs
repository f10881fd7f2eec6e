//! Where devices that are measured live.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// A folder beside this program, so on the disk that people build on; `/tmp` may be memory.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(what: &str) -> Result<Self> {
        let beside = std::env::current_exe()?;
        let name = format!("bench-{what}-{}", std::process::id());
        let folder = beside
            .parent()
            .context("this program is in no folder")?
            .join(name);
        std::fs::create_dir(&folder)?;
        Ok(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("cannot remove {}: {error}", self.0.display());
        }
    }
}
