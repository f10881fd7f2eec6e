//! A device: an opened data folder, with its secrets, its network, its store and its history.
//!
//! Everything that a command or a neighbour brings goes in by [`Device::take`], and what the device
//! states itself by [`Device::state`], which takes the same way.

mod failures;
mod finality;
mod holdings;
mod news;
mod scope;
mod take;
mod write;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
    },
};

use commune_crdt::{
    codec::to_u64,
    entry::{BlobRef, SignedEntry, VerifiedEntry},
    genesis::{Genesis, GenesisError, MAX_GENESIS_LEN},
    hash::{BlobHash, NetworkId, StateHash},
    history::{Changes, History, Roots},
    payload::blobs,
    state::state_hash_above,
    time::Height,
};
use thiserror::Error;

pub use self::{
    holdings::View,
    news::{News, Reader},
    take::Checked,
    write::WriteError,
};
use crate::{
    finality::{Finality, basis, rows},
    intake::{Committer, Fate, Receipt, Taken, Then, verify_all},
    store::{Batch, Durability, Store, StoreError, StoreKey, Summary},
    trust::Book,
    vault::{Vault, file, folder},
};

/// An opened data folder that belongs to a network.
#[derive(Debug)]
pub struct Device {
    dir: PathBuf,
    vault: Vault,
    genesis: Genesis,
    network: NetworkId,
    store: Arc<Store>,
    committer: Committer,
    history: OnceLock<RwLock<History>>,
    /// One batch at a time is judged; readers go on meanwhile.
    intake: Mutex<()>,
    /// Detached bytes that placed entries name and the store lacks.
    missing: Mutex<BTreeMap<BlobHash, BlobRef>>,
    digest: Mutex<Option<(u64, [u8; 32])>>,
    /// Number of changes of the history so far.
    version: Mutex<u64>,
    news: Arc<news::Desk>,
    book: Mutex<Option<Book>>,
    finality: Mutex<Option<Finality>>,
    /// One step of the signer at a time: two would start from one journal.
    signing: Mutex<()>,
    _lock: fs::File,
}

/// Why a data folder cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// It belongs to no network yet.
    #[error("{} belongs to no network yet", .0.display())]
    NotJoined(PathBuf),
    /// It belongs to a network already.
    #[error("this device belongs to the network {0} already")]
    JoinedAlready(NetworkId),
    /// Another process uses it.
    #[error("another process uses {}", .0.display())]
    Busy(PathBuf),
    /// The genesis file is damaged.
    #[error("the genesis in the data folder is damaged")]
    Genesis(#[from] GenesisError),
    /// The public form of a genesis lacks what a device needs to meet others.
    #[error("this genesis is the public form without the network's secret")]
    NoSecret,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The disk.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Device {
    /// Adopts the network of `genesis`, and opens the device in it.
    ///
    /// # Errors
    ///
    /// [`DeviceError`]; the same network once more is no error.
    pub fn join(dir: &Path, vault: Vault, genesis: &Genesis) -> Result<Self, DeviceError> {
        if genesis.secret().is_none() {
            return Err(DeviceError::NoSecret);
        }
        Self::adopt(dir, vault, genesis)
    }

    /// As [`join`](Self::join), to read what others wrote: the public form of a genesis will do, and
    /// the device meets nobody.
    ///
    /// # Errors
    ///
    /// [`DeviceError`].
    pub fn reading(dir: &Path, vault: Vault, genesis: &Genesis) -> Result<Self, DeviceError> {
        Self::adopt(dir, vault, genesis)
    }

    fn adopt(dir: &Path, vault: Vault, genesis: &Genesis) -> Result<Self, DeviceError> {
        let path = dir.join(folder::GENESIS);
        match read_genesis(dir) {
            Err(DeviceError::NotJoined(_)) => {
                // The store first: a folder with a genesis has a store.
                Store::open_or_create(&dir.join(folder::STORE), &store_key(&vault))?;
                file::replace(&path, &genesis.encode())
                    .map_err(|source| DeviceError::Io { path, source })?;
            }
            Err(error) => return Err(error),
            Ok(own) if own.network() == genesis.network() => {}
            Ok(own) => return Err(DeviceError::JoinedAlready(own.network())),
        }
        Self::open(dir, vault)
    }

    /// Opens the device of the data folder `dir`.
    ///
    /// # Errors
    ///
    /// [`DeviceError`]; `Busy` while another process, such as a node, has it open.
    pub fn open(dir: &Path, vault: Vault) -> Result<Self, DeviceError> {
        let lock = lock(dir)?;
        let genesis = read_genesis(dir)?;
        let store = Arc::new(Store::open_or_create(
            &dir.join(folder::STORE),
            &store_key(&vault),
        )?);
        let mut device = Self {
            dir: dir.to_owned(),
            network: genesis.network(),
            vault,
            genesis,
            committer: Committer::new(Arc::clone(&store)),
            store,
            history: OnceLock::new(),
            intake: Mutex::new(()),
            missing: Mutex::new(BTreeMap::new()),
            digest: Mutex::new(None),
            version: Mutex::new(0),
            news: Arc::default(),
            book: Mutex::new(None),
            finality: Mutex::new(None),
            signing: Mutex::new(()),
            _lock: lock,
        };
        // A change of key that was interrupted: the entries say which key is in force.
        if device.has_changed_key()? {
            device.vault = device.vault.rotated();
        }
        Ok(device)
    }

    /// The data folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its secrets.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// The genesis of its network.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The name of its network.
    pub fn network(&self) -> &NetworkId {
        &self.network
    }

    /// Its store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What it knows. The first call reads the whole store.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn history(&self) -> Result<RwLockReadGuard<'_, History>, StoreError> {
        Ok(self
            .loaded()?
            .read()
            .unwrap_or_else(PoisonError::into_inner))
    }

    fn history_mut(&self) -> Result<RwLockWriteGuard<'_, History>, StoreError> {
        Ok(self
            .loaded()?
            .write()
            .unwrap_or_else(PoisonError::into_inner))
    }

    fn loaded(&self) -> Result<&RwLock<History>, StoreError> {
        if let Some(history) = self.history.get() {
            return Ok(history);
        }
        let (mut history, missing) = self.load()?;
        for bytes in self.store.pending() {
            // Its own store may hold what has its place by now; placing it again is harmless.
            history.place(unsealed(&bytes?)?);
        }
        self.missing().extend(missing);
        Ok(self.history.get_or_init(|| RwLock::new(history)))
    }

    fn load(&self) -> Result<(History, BTreeMap<BlobHash, BlobRef>), StoreError> {
        let (mut missing, mut failure) = (BTreeMap::new(), None);
        let mut scopes = scope::Scopes::default();
        let kept = self.store.entries().map_while(|bytes| {
            let entry = bytes.and_then(|it| unsealed(&it));
            let read = entry.and_then(|it| {
                let named = blobs(it.entry());
                if !named.is_empty() && scopes.covers(&self.store, it.entry())? {
                    missing.extend(named.into_iter().map(|it| (it.hash, it)));
                }
                Ok(it)
            });
            match read {
                Ok(entry) => Some(entry),
                Err(error) => {
                    failure = Some(error);
                    None
                }
            }
        });
        let newest = rows::newest(&self.store)?.map_or(Height(0), |(height, _)| height);
        let basis = basis::of(&self.store, &self.genesis)?;
        let roots = Roots::of(&self.genesis);
        let (mut history, _) = History::restore_on(&basis, roots, newest, kept);
        if let Some(error) = failure {
            return Err(error);
        }
        history.set_owner(self.vault.device.device_key());
        let mut lacking = BTreeMap::new();
        for (hash, blob) in missing {
            if self.store.blob_missing(&blob)?.is_some() {
                lacking.insert(hash, blob);
            }
        }
        Ok((history, lacking))
    }

    /// Reads the store again, after what it keeps of entries or records changed as a whole.
    pub(crate) fn reload(&self) -> Result<(), StoreError> {
        self.forget_finality();
        self.forget_book();
        {
            let _turn = self.intake.lock().unwrap_or_else(PoisonError::into_inner);
            let (history, missing) = self.load()?;
            *self.missing() = missing;
            *self.history_mut()? = history;
            let mut version = self.version.lock().unwrap_or_else(PoisonError::into_inner);
            *version = version.wrapping_add(1);
        }
        // What waited may have its place by now, and then its row is another.
        let waiting: Result<Vec<_>, _> = self.store.pending().collect();
        let waiting = waiting?
            .iter()
            .map(|it| unsealed(it))
            .collect::<Result<Vec<_>, _>>()?;
        let (mut taken, mut batch) = (Taken::default(), Batch::new());
        {
            let _turn = self.intake.lock().unwrap_or_else(PoisonError::into_inner);
            let mut history = self.history_mut()?;
            for entry in waiting {
                let changes = history.place(entry).changes;
                self.count_change(std::slice::from_ref(&changes));
                taken.note(changes, &mut batch);
            }
        }
        self.save(batch, Durability::Data, &taken).wait()?;
        Ok(())
    }

    /// Takes the two entries of somebody's proof of a fork.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn take_proof(&self, proof: [SignedEntry; 2]) -> Result<(Taken, Receipt), StoreError> {
        let ids = [proof[0].id(), proof[1].id()];
        let verified = verify_all(&self.network, proof.into());
        let _turn = self.intake.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut taken, mut batch) = (Taken::default(), Batch::new());
        let mut good = Vec::new();
        for (result, id) in verified.into_iter().zip(ids) {
            match result {
                Ok(entry) => good.push(entry),
                Err((_, error)) => taken.verdicts.push((id, Fate::False(error))),
            }
        }
        if let Ok([a, b]) = <[VerifiedEntry; 2]>::try_from(good) {
            let mut history = self.history_mut()?;
            let outcome = history.prove(a, b);
            self.count_change(std::slice::from_ref(&outcome.changes));
            drop(history);
            taken.note(outcome.changes, &mut batch);
            taken.verdicts.push((ids[0], Fate::Judged(outcome.verdict)));
        }
        let receipt = self.save(batch, Durability::Data, &taken);
        Ok((taken, receipt))
    }

    /// Keeps detached bytes that an entry names.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if they cannot be written.
    pub fn take_blob(&self, blob: &BlobRef, offset: u32, part: &[u8]) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        batch.put_blob_part(blob, offset, part);
        self.store.commit(batch, Durability::Data)?;
        if self.store.blob_missing(blob)?.is_none() {
            if self.store.blob(&blob.hash)?.is_none() {
                // Whole, but not what its name says: somebody sent rubbish. Ask anew.
                let mut batch = Batch::new();
                batch.remove_blob(blob);
                return self.store.commit(batch, Durability::Data);
            }
            self.missing().remove(&blob.hash);
        }
        Ok(())
    }

    /// Whether an entry names these detached bytes and they are not here.
    pub fn wants_blob(&self, blob: &BlobHash) -> bool {
        self.missing().contains_key(blob)
    }

    /// Keeps whole detached payloads, which MUST be what their names say, in one commit.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if they cannot be written.
    pub fn take_blobs(&self, blobs: Vec<(BlobRef, Vec<u8>)>) -> Result<(), StoreError> {
        if blobs.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for (blob, bytes) in &blobs {
            batch.put_blob_part(blob, 0, bytes);
        }
        self.store.commit(batch, Durability::Data)?;
        let mut missing = self.missing();
        for (blob, _) in &blobs {
            missing.remove(&blob.hash);
        }
        Ok(())
    }

    /// Gives the history another number if one of `changes` changed what two devices compare.
    fn count_change(&self, changes: &[Changes]) {
        if changes
            .iter()
            .any(|it| !it.placed.is_empty() || !it.forks.is_empty())
        {
            let mut version = self.version.lock().unwrap_or_else(PoisonError::into_inner);
            *version = version.wrapping_add(1);
        }
    }

    fn save(&self, batch: Batch, durability: Durability, taken: &Taken) -> Receipt {
        let news = News::of(taken);
        let desk = Arc::clone(&self.news);
        let then = Then(Box::new(move || desk.tell(&news)));
        self.committer.commit(batch, durability, then)
    }

    /// Held while this device signs.
    pub(crate) fn signing(&self) -> MutexGuard<'_, ()> {
        self.signing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it knows of trust, once somebody asked.
    pub(crate) fn book(&self) -> &Mutex<Option<Book>> {
        &self.book
    }

    fn missing(&self) -> MutexGuard<'_, BTreeMap<BlobHash, BlobRef>> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells `reader` of what is newly placed and safe on disk, from now on. It is called between
    /// two batches and must be quick.
    pub fn subscribe(&self, reader: Reader) {
        self.news.subscribe(reader);
    }

    /// Sizes and hash of the state. Kept in the store, so that asking again costs nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn summary(&self) -> Result<Summary, StoreError> {
        if self.history.get().is_none()
            && let Some(summary) = self.store.summary()?
        {
            return Ok(summary);
        }
        let (record, logs) = self.with_finality(|it| {
            let tip = it.tip();
            Ok((tip.hash, tip.state.logs().clone()))
        })?;
        let generation = self.store.generation();
        let history = self.history()?;
        let summary = Summary {
            entries: to_u64(history.len()),
            pending: to_u64(history.pending_len()),
            state_hash: state_hash_above(&history, record.as_bytes(), &logs),
            generation,
        };
        drop(history);
        // Only a cache: a read-only medium is no reason to fail.
        let _ = self.store.put_summary(&summary);
        Ok(summary)
    }

    /// The hash over all placed entries.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot be read.
    pub fn state_hash(&self) -> Result<StateHash, StoreError> {
        Ok(self.summary()?.state_hash)
    }
}

impl Drop for Device {
    /// Leaves the summary behind, so that the next `status` need not read every entry.
    fn drop(&mut self) {
        if self.history.get().is_some() {
            // Only a cache.
            let _ = self.summary();
        }
    }
}

fn unsealed(bytes: &[u8]) -> Result<VerifiedEntry, StoreError> {
    SignedEntry::decode(bytes)
        .map(SignedEntry::trust_sealed)
        .map_err(|error| StoreError::Damaged {
            what: format!("a stored entry cannot be read: {error}"),
        })
}

fn store_key(vault: &Vault) -> StoreKey {
    StoreKey::from_bytes(*vault.store_key.bytes())
}

/// The genesis that a data folder adopted.
///
/// # Errors
///
/// [`DeviceError::NotJoined`] if there is none.
pub fn read_genesis(dir: &Path) -> Result<Genesis, DeviceError> {
    let path = dir.join(folder::GENESIS);
    match file::read(&path, MAX_GENESIS_LEN) {
        Ok(bytes) => Ok(Genesis::decode(&bytes)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(DeviceError::NotJoined(dir.to_owned()))
        }
        Err(source) => Err(DeviceError::Io { path, source }),
    }
}

fn lock(dir: &Path) -> Result<fs::File, DeviceError> {
    let path = dir.join(folder::LOCK);
    let io = |source| DeviceError::Io {
        path: path.clone(),
        source,
    };
    let file = fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(DeviceError::Busy(dir.to_owned())),
        Err(fs::TryLockError::Error(source)) => Err(io(source)),
    }
}
