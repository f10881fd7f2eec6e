//! Small files that commands read and write: cards, genesis, tickets. Bundles are streamed elsewhere.

use std::{
    fs,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use super::Context;
use crate::{failure::Failure, vault::file};

/// Who may read a file that a command writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever gets hold of it: it is meant to be handed on.
    Everyone,
    /// Only its owner: it holds a secret.
    Owner,
}

/// A path as `--json` gives it. A path itself would not do: one that is not UTF-8 has no JSON.
pub fn shown(path: &Path) -> String {
    path.display().to_string()
}

impl Context {
    /// All of a regular file, or of the input if `path` is `-`, of at most `limit` bytes.
    ///
    /// # Errors
    /// When it cannot be read, is a folder, pipe or device, or is longer.
    pub fn read(&mut self, path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
        let read = if path == Path::new("-") {
            let mut bytes = Vec::new();
            let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
            match self.input().take(most).read_to_end(&mut bytes) {
                Ok(len) if len > limit => Err(io::ErrorKind::FileTooLarge.into()),
                Ok(_) => Ok(bytes),
                Err(cause) => Err(cause),
            }
        } else {
            file::read(&self.resolve(path), limit)
        };
        read.map_err(|cause| Failure::reading(path, &cause))
    }

    /// As [`read`](Self::read), for text.
    ///
    /// # Errors
    /// As there; damaged when it is not UTF-8.
    pub fn read_text(&mut self, path: &Path, limit: usize) -> Result<String, Failure> {
        String::from_utf8(self.read(path, limit)?)
            .map_err(|_| Failure::reading(path, &io::ErrorKind::InvalidData.into()))
    }

    /// Writes a new file, whole or not at all, and returns when it is on the disk. `-` is standard
    /// output, and what [`emit`](Self::emit) says goes to standard error then.
    ///
    /// # Errors
    /// When there is such a file already, or it cannot be written.
    pub fn save(&mut self, path: &Path, bytes: &[u8], access: Access) -> Result<(), Failure> {
        if path == Path::new("-") {
            return self.save_to_output(bytes);
        }
        let target = self.resolve(path);
        file::create(&target, bytes)
            .and_then(|()| open_to(access, &target))
            .map_err(|cause| Failure::writing(path, &cause))
    }

    /// As [`save`](Self::save), in place of what was there. After a crash there is either.
    ///
    /// # Errors
    /// When it cannot be written; the old file stands then.
    pub fn replace(&mut self, path: &Path, bytes: &[u8], access: Access) -> Result<(), Failure> {
        if path == Path::new("-") {
            return self.save_to_output(bytes);
        }
        let target = self.resolve(path);
        file::replace(&target, bytes)
            .and_then(|()| open_to(access, &target))
            .map_err(|cause| Failure::writing(path, &cause))
    }

    fn save_to_output(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.output_taken = true;
        match std::str::from_utf8(bytes) {
            Ok(text) if self.caller.terminal.out => self.print(text),
            _ => self.write_binary(bytes),
        }
    }
}

fn open_to(access: Access, path: &Path) -> io::Result<()> {
    match access {
        Access::Everyone => fs::set_permissions(path, fs::Permissions::from_mode(0o644)),
        Access::Owner => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::context::tests::script, *};
    use crate::failure::Exit;

    #[test]
    fn a_file_on_the_output_sends_the_result_to_the_messages() {
        let (mut ctx, out, err) = script("");
        ctx.save(Path::new("-"), b"card", Access::Everyone).unwrap();
        ctx.emit(json!({}), "saved").unwrap();
        assert_eq!(
            (out.text(), err.text()),
            ("card".to_owned(), "saved\n".to_owned())
        );
    }

    #[test]
    fn files_are_read_with_a_limit_and_never_replaced_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let (mut ctx, ..) = script("0123456789");
        ctx.caller.cwd = folder.path().to_owned();
        let path = Path::new("card");
        ctx.save(path, b"one", Access::Everyone).unwrap();
        let again = ctx.save(path, b"two", Access::Owner).unwrap_err();
        assert_eq!(again.code(), "file.exists");
        assert_eq!(ctx.read(path, 3).unwrap(), b"one");
        ctx.replace(path, b"three", Access::Owner).unwrap();
        assert_eq!(ctx.read_text(path, 5).unwrap(), "three");
        assert_eq!(ctx.read(path, 4).unwrap_err().code(), "file.too_large");
        assert_eq!(
            ctx.read(Path::new("."), 4).unwrap_err().code(),
            "file.not_regular"
        );
        assert_eq!(
            ctx.read(Path::new("none"), 4).unwrap_err().exit(),
            Exit::NotFound
        );
        assert_eq!(
            ctx.read(Path::new("-"), 9).unwrap_err().code(),
            "file.too_large"
        );
    }
}
