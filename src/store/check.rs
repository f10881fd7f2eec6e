//! A look at the whole store, for `doctor`: every row is read and unsealed, nothing is changed.

use std::{fs, path::Path};

use super::{
    Store,
    aside::Lock,
    engine,
    error::StoreError,
    format, guard,
    seal::{Seals, Space, StoreKey},
};

/// What a check found.
#[derive(Clone, Debug, Default)]
pub struct Check {
    /// Format of the store.
    pub format: u32,
    /// Rows and bytes of their values, a space.
    pub spaces: Vec<(Space, u64, u64)>,
    /// Bytes of the files of the store.
    pub disk_len: u64,
    /// Bytes free on its disk, where the disk tells.
    pub free_len: Option<u64>,
    /// What is damaged, one line each; empty if all is well.
    pub faults: Vec<String>,
}

/// Checks the store at `dir`.
///
/// # Errors
///
/// [`StoreError`] if there is nothing to check: `Missing`, `Locked`, `WrongKey`, `Newer`. Damage is no
/// error here but in [`Check::faults`].
pub fn check(dir: &Path, key: &StoreKey) -> Result<Check, StoreError> {
    let lock = Lock::take(dir)?;
    if !dir.try_exists()? {
        return Err(StoreError::Missing(dir.to_owned()));
    }
    let mut check = Check {
        disk_len: disk_len(dir)?,
        free_len: engine::free_len(dir),
        ..Check::default()
    };
    let steps = [
        format::read(dir, &Seals::new(key)).map(|it| check.format = it),
        guard::check_tables(dir),
    ];
    for step in steps {
        check.note(step)?;
    }
    if check.faults.is_empty() {
        let rows = Store::open_locked(dir, key, Some(lock)).and_then(|it| check.read(&it));
        check.note(rows)?;
    }
    Ok(check)
}

impl Check {
    /// Damage is a finding; all else ends the check.
    fn note(&mut self, step: Result<(), StoreError>) -> Result<(), StoreError> {
        match step {
            Err(StoreError::Damaged { what }) => {
                self.faults.push(what);
                Ok(())
            }
            Err(error) if error.needs_salvage() => {
                self.faults.push("the medium fails".to_owned());
                Ok(())
            }
            other => other,
        }
    }

    fn read(&mut self, store: &Store) -> Result<(), StoreError> {
        for space in Space::ALL {
            let (mut rows, mut len) = (0_u64, 0_u64);
            for row in store.rows(space) {
                let value_len = row?.value.len();
                rows = rows.saturating_add(1);
                len = len.saturating_add(u64::try_from(value_len).unwrap_or(u64::MAX));
            }
            self.spaces.push((space, rows, len));
        }
        Ok(())
    }
}

/// Bytes that the files under `dir` take on the disk: those made long beforehand take less than they
/// show.
fn disk_len(dir: &Path) -> Result<u64, StoreError> {
    use std::os::unix::fs::MetadataExt;
    let mut total = 0_u64;
    for item in fs::read_dir(dir)? {
        let item = item?;
        let metadata = item.metadata()?;
        total = total.saturating_add(if metadata.is_dir() {
            disk_len(&item.path())?
        } else {
            metadata.blocks().saturating_mul(512)
        });
    }
    Ok(total)
}
