//! The one door to fjall, a log-structured engine.
//!
//! It appends each batch to a journal, keeps its rows in memory and, once they are many, writes them
//! to sorted tables in the background. Journals and tables hold values in one piece: compression is
//! off, since sealed bytes do not shrink and salvage needs frames whole.
//!
//! What is known of its version 3.1 and met here: a kill during the very first opening leaves a folder
//! that never opens ([`super::aside`]); it trusts lists and cuts journals ([`super::guard`]); after a
//! failed write it refuses all others; a journal is kept until it has 64 MB, and read again at each
//! start ([`Engine::settle`]).

use std::{
    fs::OpenOptions,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use fjall::{
    AbstractTree, Database, Error, Keyspace, KeyspaceCreateOptions, LsmError, PersistMode,
};

use super::{
    batch::Durability,
    error::StoreError,
    guard,
    journal::{self, Replayed},
    seal::{Seals, Space},
};

/// Bytes of the cache of blocks.
const CACHE_LEN: u64 = 8 * 1_024 * 1_024;

/// Bytes of rows that a space gathers in memory before they become a table.
const MEMTABLE_LEN: u64 = 8 * 1_024 * 1_024;

/// Bytes of journals from which spaces that hold one back are written out; the smallest allowed.
const JOURNALS_LEN: u64 = 64 * 1_024 * 1_024;

/// Files that are open at a time.
const OPEN_FILES: usize = 64;

/// Bytes of journal that are left for the next start to read: some 20 ms.
const SHORT_JOURNAL_LEN: u64 = 4 * 1_024 * 1_024;

/// Bytes that stay free on the disk: what is in memory must find room, and with none at all not even
/// a smaller store could be written.
const MIN_FREE_LEN: u64 = 2 * MEMTABLE_LEN;

/// Longest wait for tables to be written at the end; after it the journal stays as it is.
const SETTLE_TIME: Duration = Duration::from_secs(10);

/// Bytes of a change in the journal besides its value.
const CHANGE_LEN: u64 = 40;

/// Where a row is kept.
pub(super) type Place = [u8; 16];

/// A row to be written, or removed.
pub(super) type Write = (Space, Place, Option<Vec<u8>>);

/// An open engine. Dropping it closes it.
pub(super) struct Engine {
    db: Database,
    /// In the order of [`Space::ALL`].
    spaces: [Keyspace; 6],
    journal_len: AtomicU64,
    was_full: AtomicBool,
    // Behind the others, so that it is dropped when they have closed their files.
    journals: Journals,
}

impl Engine {
    /// Makes an engine with empty spaces at `dir`, and closes it.
    pub(super) fn create(dir: &Path) -> Result<(), StoreError> {
        require_room(dir.parent().unwrap_or(dir))?;
        let mut engine = Self::start(dir)?;
        engine.persist(Durability::All)?;
        engine.journals.are_settled = true;
        Ok(())
    }

    /// Opens the engine at `dir`.
    ///
    /// Also says what it had to read again.
    pub(super) fn open(dir: &Path, seals: &Seals) -> Result<(Self, Replayed), StoreError> {
        let replayed = guard::check(dir, seals)?;
        let engine = Self::start(dir)?;
        engine.journal_len.store(replayed.len, Ordering::Relaxed);
        Ok((engine, replayed))
    }

    fn start(dir: &Path) -> Result<Self, StoreError> {
        let db = Database::builder(dir)
            .cache_size(CACHE_LEN)
            .max_journaling_size(JOURNALS_LEN)
            .max_cached_files(Some(OPEN_FILES))
            .worker_threads(1)
            .open()
            .map_err(error)?;
        let options = || KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_LEN);
        let open = |space: Space| db.keyspace(space.name(), options).map_err(error);
        let [a, b, c, d, e, f] = Space::ALL.map(open);
        Ok(Self {
            spaces: [a?, b?, c?, d?, e?, f?],
            db,
            journal_len: AtomicU64::new(0),
            was_full: AtomicBool::new(false),
            journals: Journals {
                dir: dir.to_owned(),
                are_settled: false,
            },
        })
    }

    /// Makes all changes, or none.
    pub(super) fn commit(
        &self,
        writes: Vec<Write>,
        durability: Durability,
    ) -> Result<(), StoreError> {
        require_room(&self.journals.dir)?;
        let mut batch = self.db.batch().durability(Some(mode(durability)));
        let mut len = 0_u64;
        for (space, place, value) in writes {
            let value_len = value.as_ref().map_or(0, Vec::len);
            len = len
                .saturating_add(CHANGE_LEN)
                .saturating_add(u64::try_from(value_len).unwrap_or(u64::MAX));
            match value {
                Some(value) => batch.insert(self.space(space), place, value),
                None => batch.remove(self.space(space), place),
            }
        }
        batch.commit().map_err(|it| self.write_error(it))?;
        self.journal_len.fetch_add(len, Ordering::Relaxed);
        Ok(())
    }

    /// Makes all earlier commits as safe as `durability` says.
    pub(super) fn persist(&self, durability: Durability) -> Result<(), StoreError> {
        let done = self.db.persist(mode(durability));
        done.map_err(|it| self.write_error(it))
    }

    pub(super) fn get(&self, space: Space, place: &Place) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.space(space).get(place).map_err(error)?;
        Ok(value.map(|it| it.to_vec()))
    }

    pub(super) fn contains(&self, space: Space, place: &Place) -> Result<bool, StoreError> {
        self.space(space).contains_key(place).map_err(error)
    }

    /// The values of a space as they are now, in the order of their places.
    pub(super) fn values(
        &self,
        space: Space,
    ) -> impl Iterator<Item = Result<fjall::Slice, StoreError>> + Send + use<> {
        self.space(space).iter().map(|it| it.value().map_err(error))
    }

    /// Writes rows that are in memory to tables if the journal that holds them is long, so that the
    /// next start need not read it.
    pub(super) fn settle(&mut self) {
        if self.journal_len.load(Ordering::Relaxed) <= SHORT_JOURNAL_LEN {
            return;
        }
        let started = Instant::now();
        let rotated = self.spaces.iter().all(|it| it.rotate_memtable().is_ok());
        let waits = || {
            self.spaces
                .iter()
                .any(|it| it.tree.sealed_memtable_count() > 0)
        };
        while rotated && waits() {
            // Refused once background work has failed: then nobody will write them.
            if started.elapsed() > SETTLE_TIME || self.db.persist(PersistMode::Buffer).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        self.journals.are_settled = rotated && self.db.persist(PersistMode::SyncAll).is_ok();
    }

    fn space(&self, space: Space) -> &Keyspace {
        let [entries, pending, forks, blobs, peers, meta] = &self.spaces;
        match space {
            Space::Entries => entries,
            Space::Pending => pending,
            Space::Forks => forks,
            Space::Blobs => blobs,
            Space::Peers => peers,
            Space::Meta => meta,
        }
    }

    /// What a failed write means. All after the first say only that there was one.
    fn write_error(&self, failure: Error) -> StoreError {
        let poisoned = matches!(failure, Error::Poisoned);
        let full = match error(failure) {
            StoreError::Full => true,
            StoreError::Stopped if self.was_full.load(Ordering::Relaxed) => true,
            StoreError::Stopped => require_room(&self.journals.dir).is_err(),
            other if !poisoned => return other,
            _ => false,
        };
        if full {
            self.was_full.store(true, Ordering::Relaxed);
            return StoreError::Full;
        }
        StoreError::Stopped
    }
}

/// The journals of an engine, made short when it has closed.
struct Journals {
    dir: PathBuf,
    /// Whether tables hold all that they hold.
    are_settled: bool,
}

impl Drop for Journals {
    fn drop(&mut self) {
        if self.are_settled {
            // A journal that stays long costs the next start some time and nothing else.
            let _ = self.shorten();
        }
    }
}

impl Journals {
    /// Empties the newest journal, whose number goes on, and removes the others.
    fn shorten(&self) -> Result<(), StoreError> {
        let mut journals = journal::list(&self.dir)?;
        let newest = journals.pop();
        for (_, path) in journals {
            std::fs::remove_file(path)?;
        }
        if let Some((_, path)) = newest {
            let file = OpenOptions::new().write(true).open(path)?;
            file.set_len(0)?;
            file.sync_all()?;
        }
        Ok(())
    }
}

/// Bytes that are free on the disk of `path`; `None` where the disk does not tell.
pub(super) fn free_len(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn require_room(path: &Path) -> Result<(), StoreError> {
    match free_len(path) {
        Some(free) if free < MIN_FREE_LEN => Err(StoreError::Full),
        _ => Ok(()),
    }
}

fn mode(durability: Durability) -> PersistMode {
    match durability {
        Durability::Buffered => PersistMode::Buffer,
        Durability::Data => PersistMode::SyncData,
        Durability::All => PersistMode::SyncAll,
    }
}

fn error(error: Error) -> StoreError {
    match error {
        Error::Io(error) | Error::Storage(LsmError::Io(error)) => error.into(),
        Error::Locked => StoreError::Locked,
        Error::Poisoned => StoreError::Stopped,
        other => StoreError::damaged(other.to_string()),
    }
}
