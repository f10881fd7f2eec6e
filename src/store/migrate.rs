//! Older formats: a store is written anew aside, row by row, and takes the place of the old one.
//!
//! Nothing is changed in place, so a process killed meanwhile leaves the old store as it was. Each
//! released format has one [`Step`] to the next, and a store goes through all that are ahead of it. The
//! old one is removed once the new one has been opened.
//!
//! | format | released | what the step to the next one changes |
//! |-------:|----------|---|
//! |      1 | 0.1.0    | it is the newest |

use std::path::Path;

use super::{
    Batch, Durability, Store, StoreError, aside, format,
    seal::{Row, StoreKey},
};

/// From one format to the next.
#[derive(Clone, Copy)]
pub(super) struct Step {
    /// The format that it reads.
    pub(super) from: u32,
    /// What becomes of a row; `None` drops it.
    pub(super) row: fn(Row) -> Option<Row>,
}

/// The steps between released formats.
pub(super) const STEPS: &[Step] = &[];

/// Rows that are in memory at a time.
const BATCH_LEN: usize = 1_000;

/// Brings the store at `dir`, of format `from`, to the current one. The caller holds its lock.
pub(super) fn migrate(
    dir: &Path,
    key: &StoreKey,
    from: u32,
    steps: &[Step],
) -> Result<(), StoreError> {
    let ahead = (from..format::CURRENT)
        .map(|format| steps.iter().find(|it| it.from == format).copied())
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| StoreError::damaged(format!("no release wrote format {from}")))?;
    let old = Store::open_engine(dir, key, None)?;
    let new = Store::create_aside(dir, key)?;
    let mut batch = Batch::new();
    for row in old.all_rows() {
        let row = ahead.iter().try_fold(row?, |row, step| (step.row)(row));
        if let Some(row) = row {
            batch.put_row(&row);
        }
        if batch.len() >= BATCH_LEN {
            new.commit(std::mem::take(&mut batch), Durability::Buffered)?;
        }
    }
    new.commit(batch, Durability::All)?;
    drop((old, new));
    if let Some(kept) = aside::swap(dir, "old")? {
        drop(Store::open_engine(dir, key, None)?);
        std::fs::remove_dir_all(kept)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::store::{Space, seal::Seals};

    /// What format 0 would have been: settings under other names, and rows of a kind given up since.
    const STEP: Step = Step {
        from: 0,
        row: |mut row| {
            if row.space == Space::Meta && row.name == b"slang" {
                row.name = b"slanguage".to_vec();
            }
            (row.space != Space::Peers).then_some(row)
        },
    };

    #[test]
    fn an_older_store_is_written_anew_and_takes_its_place() {
        let (home, dir) = older();
        migrate(&dir, &key(), 0, &[STEP]).unwrap();
        let store = Store::open(&dir, &key()).unwrap();
        assert_eq!(store.meta("language").unwrap(), Some(b"fr".to_vec()));
        assert_eq!(store.meta("lang").unwrap(), None);
        assert_eq!(store.peers().count(), 0);
        let names = std::fs::read_dir(home.path()).unwrap();
        let mut names: Vec<_> = names.map(|it| it.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["store", "store.lock"]);
    }

    #[test]
    fn a_format_that_no_release_wrote_is_left_alone() {
        let (_home, dir) = older();
        let error = Store::open(&dir, &key()).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        migrate(&dir, &key(), 0, &[STEP]).unwrap();
    }

    #[test]
    fn a_newer_store_is_refused_by_name() {
        let (_home, dir) = older();
        format::write(&dir, 2, &Seals::new(&key())).unwrap();
        let error = Store::open(&dir, &key()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the store has format 2, this release reads up to 1",
        );
    }

    fn older() -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("store");
        let store = Store::create(&dir, &key()).unwrap();
        let mut batch = Batch::new();
        batch.put_meta("lang", b"fr");
        batch.put_peer(b"peer", b"address");
        store.commit(batch, Durability::All).unwrap();
        drop(store);
        format::write(&dir, 0, &Seals::new(&key())).unwrap();
        (home, dir)
    }

    fn key() -> StoreKey {
        StoreKey::from_bytes([1; 32])
    }
}
