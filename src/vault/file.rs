//! Secret files: written whole or not at all, read with a bound, erased before they are removed.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use commune_crdt::{codec::to_u64, hash::to_hex};

use super::random;

/// Only the owner reads and writes.
const MODE: u32 = 0o600;

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
///
/// Whatever the system says; `InvalidInput` for a folder, a pipe or a device, and `FileTooLarge`
/// above the limit.
pub fn read(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    // Without NONBLOCK, opening a pipe waits for a writer that may never come.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(nonblock())
        .open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    file.take(to_u64(limit).saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// Writes a new file that only its owner can read, and brings it to the disk.
///
/// # Errors
///
/// `AlreadyExists` if there is one; nothing is left where another error comes.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = write_beside(path, bytes)?;
    // A link, unlike a rename, never replaces what somebody else put there in between.
    let linked = match fs::hard_link(&temporary, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !path.exists() => {
            // Sticks with vfat have no links.
            return rename(&temporary, path).and_then(|()| sync_parent(path));
        }
        linked => linked,
    };
    let removed = fs::remove_file(&temporary);
    linked.and(removed).and_then(|()| sync_parent(path))
}

/// Writes a file that only its owner can read in place of the old one, and brings it to the disk.
/// After a crash there is either the old content or the new one. The old bytes are overwritten.
///
/// # Errors
///
/// Whatever the system says; the old file stands then.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let old = OpenOptions::new().write(true).open(path).ok();
    let temporary = write_beside(path, bytes)?;
    rename(&temporary, path)?;
    sync_parent(path)?;
    // The new content is safe by now: what fails here leaves an old one that nobody can find.
    old.map_or(Ok(()), |mut file| overwrite(&mut file))
        .or(Ok(()))
}

/// Overwrites a file, brings that to the disk, and removes it; a link is only removed.
///
/// # Errors
///
/// Whatever the system says; that there is no such file is no error.
pub fn erase(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
        Ok(about) if about.is_file() => {
            let mut options = OpenOptions::new();
            // A file that its owner made read-only is the owner's to erase.
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(MODE));
            overwrite(&mut options.write(true).open(path)?)?;
        }
        Ok(_) => {}
    }
    fs::remove_file(path)?;
    sync_parent(path)
}

/// Brings the names in the folder of `path` to the disk.
///
/// # Errors
///
/// Whatever the system says.
pub fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if parent != Path::new("") => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

/// Whether `name` is what [`create`] or [`replace`] of the file `whole` left unfinished.
pub(super) fn is_temporary_of(name: &str, whole: &str) -> bool {
    name.strip_prefix('.')
        .and_then(|rest| rest.strip_prefix(whole))
        .is_some_and(|rest| rest.starts_with('.') && rest.ends_with(".part"))
}

fn write_beside(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let tag = random::unique::<4>().map_err(io::Error::other)?;
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().ok_or(io::ErrorKind::InvalidInput)?);
    name.push(format!(".{}.part", to_hex(&tag)));
    let temporary = path.with_file_name(name);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(MODE)
        .open(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    match written {
        Ok(()) => Ok(temporary),
        Err(error) => {
            // The first error tells more than a second one would.
            let _ = fs::remove_file(&temporary);
            Err(error)
        }
    }
}

/// Gives `temporary` its name, or removes it: nothing secret stays behind under a name of chance.
fn rename(temporary: &Path, path: &Path) -> io::Result<()> {
    fs::rename(temporary, path).inspect_err(|_| {
        // The first error tells more than a second one would.
        let _ = fs::remove_file(temporary);
    })
}

fn overwrite(file: &mut File) -> io::Result<()> {
    let len = file.metadata()?.len();
    file.seek(SeekFrom::Start(0))?;
    io::copy(&mut io::repeat(0).take(len), file)?;
    file.sync_all()
}

fn nonblock() -> i32 {
    i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_file_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        create(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(read(&path, 3).unwrap(), b"two");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            MODE
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn creating_never_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        create(&path, b"one").unwrap();
        let error = create(&path, b"two").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(read(&path, 9).unwrap(), b"one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_file_or_too_long_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long");
        create(&path, &[0; 9]).unwrap();
        assert_eq!(
            read(&path, 8).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
        assert_eq!(
            read(folder.path(), 8).unwrap_err().kind(),
            io::ErrorKind::InvalidInput
        );
        let zeros = read(Path::new("/dev/zero"), 8).unwrap_err();
        assert_eq!(zeros.kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn replacing_and_erasing_overwrite_the_bytes_that_were_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let other_name = folder.path().join("same file");
        for finish in [|path: &Path| replace(path, b"x"), erase] {
            create(&path, b"secret").unwrap();
            fs::hard_link(&path, &other_name).unwrap();
            finish(&path).unwrap();
            assert_eq!(fs::read(&other_name).unwrap(), [0; 6]);
            fs::remove_file(&other_name).unwrap();
            erase(&path).unwrap();
        }
        erase(&path).unwrap();
    }
}
