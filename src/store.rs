//! The store: all that a device keeps on its disk, sealed, in one folder.
//!
//! Entries come here from the gate, once they are verified, and from here a device builds its state
//! again each time it starts. A commit is one unit of intake, atomic over all [`Space`]s; how safe it
//! is on return says [`Durability`].
//!
//! | part | |
//! |---|---|
//! | `seal`, `state` | what a row looks like on the disk, and which rows are the store's own |
//! | `engine` | the log-structured engine below, and the one file that names it |
//! | `guard`, `journal` | what is checked before that engine is let at a folder |
//! | `aside` | how a store comes to be, and who may open it |
//! | `format`, `migrate` | which format it has, and what becomes of an older one |
//! | `check`, `salvage` | what `doctor` does |

mod aside;
mod batch;
mod check;
mod engine;
mod error;
mod format;
mod guard;
mod journal;
mod migrate;
mod salvage;
mod seal;
mod state;

use std::{
    fmt,
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use commune_crdt::{
    entry::BlobRef,
    hash::{BlobHash, EntryId},
};

use self::{
    aside::Lock,
    batch::{Change, part_bounds, part_count, part_len, part_name, setting_name},
    engine::Engine,
    seal::Seals,
    state::{COUNTS, Counts, SUMMARY},
};
pub use self::{
    batch::{BLOB_PART_LEN, Batch, Durability, Fork},
    check::{Check, check},
    error::StoreError,
    salvage::{Salvage, Scan},
    seal::{Row, Space, StoreKey},
    state::Summary,
};

/// Name of the setting that says which record is the newest.
pub(crate) const NEWEST: &str = "tip";

/// An open store. Dropping it closes it.
pub struct Store {
    engine: Engine,
    seals: Arc<Seals>,
    writer: Mutex<Counts>,
    dir: PathBuf,
    // Last, so that it is given back after the engine has closed its files.
    // `None` in a store that is made aside, under the lock of the one it will replace.
    _lock: Option<Lock>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("dir", &self.dir).finish()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.engine.settle();
    }
}

impl Store {
    /// Opens the store at `dir`.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; `Missing` if there is none.
    pub fn open(dir: &Path, key: &StoreKey) -> Result<Self, StoreError> {
        if !has_parent(dir) {
            return Err(StoreError::Missing(dir.to_owned()));
        }
        let lock = Lock::take(dir)?;
        Self::open_locked(dir, key, Some(lock))
    }

    /// Makes a new, empty store at `dir`, and the folders above it.
    ///
    /// A process killed meanwhile leaves nothing that stands in the way of another try.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; `Exists` if there is one.
    pub fn create(dir: &Path, key: &StoreKey) -> Result<Self, StoreError> {
        if let Some(parent) = dir.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let lock = Lock::take(dir)?;
        if dir.try_exists()? {
            return Err(StoreError::Exists(dir.to_owned()));
        }
        drop(Self::create_aside(dir, key)?);
        aside::swap(dir, "old")?;
        Self::open_locked(dir, key, Some(lock))
    }

    /// Makes a new store in the workplace beside `dir`, whose lock the caller holds.
    fn create_aside(dir: &Path, key: &StoreKey) -> Result<Self, StoreError> {
        let workplace = aside::workplace(dir);
        Engine::create(&workplace)?;
        format::write(&workplace, format::CURRENT, &Seals::new(key))?;
        Self::open_locked(&workplace, key, None)
    }

    /// Opens the store at `dir`, or makes one if there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError`] as for [`Self::open`] and [`Self::create`].
    pub fn open_or_create(dir: &Path, key: &StoreKey) -> Result<Self, StoreError> {
        match Self::open(dir, key) {
            Err(StoreError::Missing(_)) => Self::create(dir, key),
            other => other,
        }
    }

    fn open_locked(dir: &Path, key: &StoreKey, lock: Option<Lock>) -> Result<Self, StoreError> {
        if !dir.try_exists()? {
            return Err(StoreError::Missing(dir.to_owned()));
        }
        let format = format::read(dir, &Seals::new(key))?;
        if format < format::CURRENT {
            migrate::migrate(dir, key, format, migrate::STEPS)?;
        }
        Self::open_engine(dir, key, lock)
    }

    fn open_engine(dir: &Path, key: &StoreKey, lock: Option<Lock>) -> Result<Self, StoreError> {
        let seals = Arc::new(Seals::new(key));
        let (engine, replayed) = Engine::open(dir, &seals)?;
        let mut store = Self {
            engine,
            seals,
            writer: Mutex::default(),
            dir: dir.to_owned(),
            _lock: lock,
        };
        let counts = store.counts()?;
        if counts.stamp < replayed.last_stamp {
            return Err(StoreError::damaged(
                "a commit in the journal is not taken in",
            ));
        }
        store.writer = Mutex::new(counts);
        Ok(store)
    }

    /// Makes all changes of `batch`, or none.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the changes are not saved. After one, reading goes on; writing, if it does not,
    /// needs the store opened again.
    pub fn commit(&self, batch: Batch, durability: Durability) -> Result<(), StoreError> {
        if batch.is_empty() {
            return self.flush(durability);
        }
        let mut counts = self.counting();
        let stamp = counts.stamp.saturating_add(1);
        // What is final counts as well: the summary hashes what is above it.
        let touched = |it: &Change| {
            matches!(it.space, Space::Entries | Space::Pending | Space::Forks)
                || (it.space == Space::Meta && it.name == setting_name(NEWEST))
        };
        let generation = counts
            .generation
            .saturating_add(batch.changes.iter().any(touched).into());
        let mut next = Counts {
            stamp,
            generation,
            flushed: counts.flushed,
        };

        let seal = |space, name: &[u8], value: Option<&[u8]>| {
            let frame = value.map(|it| self.seals.seal(space, stamp, name, it));
            (space, self.seals.place(space, name), frame)
        };
        let changes = batch.changes.iter();
        let mut writes = changes
            .map(|it| seal(it.space, &it.name, it.value.as_deref()))
            .collect::<Vec<_>>();
        writes.push(seal(Space::Meta, COUNTS, Some(&next.bytes())));
        self.engine.commit(writes, durability)?;
        if durability > Durability::Buffered {
            next.flushed = stamp;
        }
        *counts = next;
        Ok(())
    }

    /// Makes all earlier commits as safe as `durability` says.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: they may not be.
    pub fn flush(&self, durability: Durability) -> Result<(), StoreError> {
        let mut counts = self.counting();
        self.engine.persist(durability)?;
        if durability > Durability::Buffered {
            counts.flushed = counts.stamp;
        }
        Ok(())
    }

    /// The bytes of a placed entry.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be read.
    pub fn entry(&self, id: &EntryId) -> Result<Option<Vec<u8>>, StoreError> {
        self.value(Space::Entries, id.as_bytes())
    }

    /// Whether a placed entry is here.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be told.
    pub fn has_entry(&self, id: &EntryId) -> Result<bool, StoreError> {
        self.has(Space::Entries, id.as_bytes())
    }

    /// Placed entries, in no order that means anything, as they are at this moment.
    pub fn entries(&self) -> impl Iterator<Item = Result<Vec<u8>, StoreError>> + Send + use<> {
        self.rows(Space::Entries).map(|row| Ok(row?.value))
    }

    /// Pending entries, likewise.
    pub fn pending(&self) -> impl Iterator<Item = Result<Vec<u8>, StoreError>> + Send + use<> {
        self.rows(Space::Pending).map(|row| Ok(row?.value))
    }

    /// Proofs of forks, likewise.
    pub fn forks(&self) -> impl Iterator<Item = Result<Fork, StoreError>> + Send + use<> {
        self.rows(Space::Forks).map(|row| {
            let Row { name, value, .. } = row?;
            Fork::read(name, &value).ok_or_else(|| StoreError::damaged("a proof of a fork"))
        })
    }

    /// Peers and what is known of them, likewise.
    pub fn peers(
        &self,
    ) -> impl Iterator<Item = Result<(Vec<u8>, Vec<u8>), StoreError>> + Send + use<> {
        self.rows(Space::Peers).map(|row| {
            let Row { name, value, .. } = row?;
            Ok((name, value))
        })
    }

    /// A setting.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be read.
    pub fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.value(Space::Meta, &setting_name(name))
    }

    /// A detached payload, if all of it is here and it is what its name says.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be read.
    pub fn blob(&self, hash: &BlobHash) -> Result<Option<Vec<u8>>, StoreError> {
        let mut bytes = Vec::new();
        for part in 0.. {
            let Some(value) = self.value(Space::Blobs, &part_name(hash, part))? else {
                break;
            };
            bytes.extend(&value);
            if value.len() < BLOB_PART_LEN {
                break;
            }
        }
        Ok((BlobHash::of(&bytes) == *hash).then_some(bytes))
    }

    /// Bytes `range` of a detached payload, as far as the parts that hold them are here in a row.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if they cannot be read.
    pub fn blob_part(&self, blob: &BlobRef, range: Range<u32>) -> Result<Vec<u8>, StoreError> {
        let end = range.end.min(blob.len);
        let mut bytes = Vec::new();
        let mut at = range.start;
        while at < end {
            let part = at.checked_div(part_len()).unwrap_or_default();
            let Some(value) = self.value(Space::Blobs, &part_name(&blob.hash, part))? else {
                break;
            };
            let (start, stop) = part_bounds(blob, part);
            let within = |at: u32| usize::try_from(at.saturating_sub(start)).unwrap_or(usize::MAX);
            let Some(piece) = value.get(within(at)..within(end.min(stop))) else {
                break;
            };
            bytes.extend(piece);
            at = stop;
        }
        Ok(bytes)
    }

    /// The first bytes of a detached payload that are not here yet; `None` if all are.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be told.
    pub fn blob_missing(&self, blob: &BlobRef) -> Result<Option<Range<u32>>, StoreError> {
        let mut missing: Option<Range<u32>> = None;
        for part in 0..part_count(blob) {
            let (start, end) = part_bounds(blob, part);
            let here = self.has(Space::Blobs, &part_name(&blob.hash, part))?;
            match &mut missing {
                Some(_) if here => break,
                Some(range) => range.end = end,
                None if here => {}
                None => missing = Some(start..end),
            }
        }
        Ok(missing)
    }

    /// Number of commits so far that changed entries, pending entries or forks.
    pub fn generation(&self) -> u64 {
        self.counting().generation
    }

    /// What [`Self::put_summary`] kept, unless entries changed since.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be read.
    pub fn summary(&self) -> Result<Option<Summary>, StoreError> {
        let summary = self.value(Space::Meta, SUMMARY)?;
        let summary = summary.and_then(|bytes| Summary::read(&bytes));
        Ok(summary.filter(|it| it.generation == self.generation()))
    }

    /// Keeps a summary of the state at `summary.generation`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be written.
    pub fn put_summary(&self, summary: &Summary) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        batch.put(Space::Meta, SUMMARY, &summary.bytes());
        self.commit(batch, Durability::Buffered)
    }

    /// All rows but those that only the store itself uses.
    fn all_rows(&self) -> impl Iterator<Item = Result<Row, StoreError>> {
        let rows = Space::ALL.into_iter().flat_map(|it| self.rows(it));
        rows.filter(|it| !it.as_ref().is_ok_and(state::is_own))
    }

    fn counts(&self) -> Result<Counts, StoreError> {
        let Some(bytes) = self.value(Space::Meta, COUNTS)? else {
            return Ok(Counts::default());
        };
        Counts::read(&bytes).ok_or_else(|| StoreError::damaged("the counter of commits"))
    }

    fn counting(&self) -> MutexGuard<'_, Counts> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, space: Space, name: &[u8]) -> Result<bool, StoreError> {
        self.engine.contains(space, &self.seals.place(space, name))
    }

    fn value(&self, space: Space, name: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let place = self.seals.place(space, name);
        let Some(frame) = self.engine.get(space, &place)? else {
            return Ok(None);
        };
        match self.seals.open(space, &frame) {
            Some(row) if row.name == name => Ok(Some(row.value)),
            _ => Err(broken_row(space)),
        }
    }

    /// All rows of a space that are there now, in no order that means anything.
    fn rows(&self, space: Space) -> impl Iterator<Item = Result<Row, StoreError>> + Send + use<> {
        let seals = Arc::clone(&self.seals);
        self.engine.values(space).map(move |frame| {
            let row = seals.open(space, &frame?);
            row.ok_or_else(|| broken_row(space))
        })
    }
}

fn has_parent(dir: &Path) -> bool {
    dir.parent()
        .is_some_and(|it| it.as_os_str().is_empty() || it.is_dir())
}

fn broken_row(space: Space) -> StoreError {
    StoreError::damaged(format!("a row of {} does not open", space.name()))
}

#[cfg(test)]
mod tests {
    use commune_crdt::{
        entry::{Anchor, Entry, Kind, Payload, Stream, VerifiedEntry},
        hash::NetworkId,
        keys::SecretKey,
        time::ClaimedMinutes,
    };

    use super::*;

    #[test]
    fn what_is_committed_is_there_after_the_store_is_opened_again() {
        let (_home, dir) = home();
        let store = Store::create(&dir, &key()).unwrap();
        let mut batch = Batch::new();
        batch.put_entry(&entry(0));
        batch.put_pending(&entry(1));
        batch.put_pending(&entry(2));
        batch.put_fork(b"log", b"one", b"other");
        batch.put_peer(b"peer", b"address");
        batch.put_meta("language", b"fr");
        store.commit(batch, Durability::All).unwrap();
        let mut batch = Batch::new();
        batch.remove_pending(&entry(1).id());
        store.commit(batch, Durability::Buffered).unwrap();
        drop(store);

        let store = Store::open(&dir, &key()).unwrap();
        let bytes = |number| entry(number).into_bytes();
        assert_eq!(store.entry(&entry(0).id()).unwrap(), Some(bytes(0)));
        assert!(store.has_entry(&entry(0).id()).unwrap());
        assert!(!store.has_entry(&entry(1).id()).unwrap());
        assert_eq!(all(store.entries()), [bytes(0)]);
        assert_eq!(all(store.pending()), [bytes(2)]);
        let [fork] = all(store.forks()).try_into().unwrap();
        assert_eq!(
            (&*fork.log, &*fork.a, &*fork.b),
            (&b"log"[..], &b"one"[..], &b"other"[..])
        );
        assert_eq!(
            all(store.peers()),
            [(b"peer".to_vec(), b"address".to_vec())]
        );
        assert_eq!(store.meta("language").unwrap(), Some(b"fr".to_vec()));
        assert_eq!(store.meta("other").unwrap(), None);
    }

    #[test]
    fn a_payload_that_comes_in_parts_is_whole_when_the_last_is_there() {
        let (_home, dir) = home();
        let store = Store::create(&dir, &key()).unwrap();
        let bytes: Vec<u8> = (0..12_500_u32).flat_map(u32::to_le_bytes).collect();
        let blob = BlobRef::of(&bytes);
        let put = |offset: u32, end: usize| {
            let mut batch = Batch::new();
            batch.put_blob_part(&blob, offset, &bytes[usize::try_from(offset).unwrap()..end]);
            store.commit(batch, Durability::Buffered).unwrap();
        };
        assert_eq!(store.blob_missing(&blob).unwrap(), Some(0..50_000));
        put(0, 20_000);
        put(40_000, 50_000);
        assert_eq!(store.blob_missing(&blob).unwrap(), Some(16_384..49_152));
        assert_eq!(store.blob(&blob.hash).unwrap(), None);
        assert_eq!(
            store.blob_part(&blob, 100..30_000).unwrap(),
            bytes[100..16_384]
        );
        put(16_384, 50_000);
        assert_eq!(store.blob_missing(&blob).unwrap(), None);
        assert_eq!(
            store.blob_part(&blob, 16_000..49_500).unwrap(),
            bytes[16_000..49_500]
        );
        assert_eq!(store.blob(&blob.hash).unwrap(), Some(bytes.clone()));
        let mut batch = Batch::new();
        batch.remove_blob(&blob);
        store.commit(batch, Durability::Buffered).unwrap();
        assert_eq!(store.blob(&blob.hash).unwrap(), None);
    }

    #[test]
    fn a_summary_holds_until_entries_change() {
        let (_home, dir) = home();
        let store = Store::create(&dir, &key()).unwrap();
        let summary = Summary {
            entries: 1,
            pending: 0,
            state_hash: commune_crdt::hash::StateHash([3; 32]),
            generation: store.generation(),
        };
        store.put_summary(&summary).unwrap();
        let mut batch = Batch::new();
        batch.put_peer(b"peer", b"address");
        store.commit(batch, Durability::Buffered).unwrap();
        drop(store);
        let store = Store::open(&dir, &key()).unwrap();
        assert_eq!(store.summary().unwrap(), Some(summary));
        let mut batch = Batch::new();
        batch.put_entry(&entry(0));
        store.commit(batch, Durability::Buffered).unwrap();
        assert_eq!(store.summary().unwrap(), None);
    }

    #[test]
    fn a_store_is_not_opened_by_two_nor_with_another_key() {
        let (_home, dir) = home();
        assert!(matches!(
            Store::open(&dir, &key()),
            Err(StoreError::Missing(_))
        ));
        let store = Store::create(&dir, &key()).unwrap();
        assert!(matches!(Store::open(&dir, &key()), Err(StoreError::Locked)));
        drop(store);
        assert!(matches!(
            Store::create(&dir, &key()),
            Err(StoreError::Exists(_))
        ));
        let other = StoreKey::from_bytes([2; 32]);
        assert!(matches!(
            Store::open(&dir, &other),
            Err(StoreError::WrongKey)
        ));
        Store::open(&dir, &key()).unwrap();
    }

    fn home() -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("store");
        (home, dir)
    }

    fn key() -> StoreKey {
        StoreKey::from_bytes([1; 32])
    }

    fn all<T>(rows: impl Iterator<Item = Result<T, StoreError>>) -> Vec<T> {
        rows.collect::<Result<_, _>>().unwrap()
    }

    fn entry(number: u32) -> VerifiedEntry {
        let network = NetworkId([7; 32]);
        Entry {
            kind: Kind::new(Stream::MEMBER, 4),
            tag: Default::default(),
            seq: 0,
            previous: None,
            anchor: Anchor::genesis(&network),
            claimed: ClaimedMinutes(number),
            parents: vec![],
            payload: Payload::Inline(b"met in Nantes".to_vec()),
        }
        .sign(&network, &SecretKey::from_seed(&[1; 32]))
        .unwrap()
    }
}
