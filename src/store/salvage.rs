//! Salvage: every intact row out of a store that is damaged.
//!
//! No structure of the damaged store is trusted. All its files are read byte by byte for frames
//! ([`super::seal`]), and a frame whose seal holds is a row as it was written, wherever it stands. Of
//! several versions of a row the newest counts. Rows that had been removed may come back: a pending
//! entry that was placed since, a forgotten peer.
//!
//! ```text
//! store/ ──scan──► rows ──gate──► store.new/ ──finish──► store/      (the old one: store.damaged-N/)
//! ```

use std::{
    collections::HashMap,
    fs::{self, File},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Store,
    aside::{self, Lock},
    engine::Place,
    error::StoreError,
    seal::{HEAD_LEN, Head, MAX_TEXT_LEN, Row, Seals, Space, StoreKey, marks},
    state,
};

/// Bytes of a file that are looked at in one go.
const WINDOW_LEN: usize = 4 * 1_024 * 1_024;

/// Longest frame, in bytes: two windows have that much in common.
const MAX_FRAME_LEN: usize = HEAD_LEN + MAX_TEXT_LEN + 16;

/// Bytes that a failing medium is asked for at a time.
const SECTOR_LEN: usize = 4_096;

/// A salvage under way. Dropped before [`Self::finish`], it changes nothing.
#[derive(Debug)]
pub struct Salvage {
    found: Found,
    new: Store,
    dir: PathBuf,
    lock: Lock,
    key: StoreKey,
}

/// What a scan found.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Scan {
    /// Files read.
    pub files: u64,
    /// Intact rows, without those that only the store itself uses.
    pub rows: u64,
    /// Frames that do not open. Most such rows stand intact elsewhere: a journal repeats a table.
    pub broken: u64,
    /// Bytes that the medium does not give back.
    pub unreadable: u64,
}

impl Salvage {
    /// Scans the store at `dir` and makes an empty one aside.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; `Locked` while another process has the store open, `Missing` if there is none.
    pub fn begin(dir: &Path, key: &StoreKey) -> Result<Self, StoreError> {
        let lock = Lock::take(dir)?;
        if !dir.try_exists()? {
            return Err(StoreError::Missing(dir.to_owned()));
        }
        let found = Found::scan(dir, key)?;
        let new = Store::create_aside(dir, key)?;
        Ok(Self {
            found,
            new,
            dir: dir.to_owned(),
            lock,
            key: key.clone(),
        })
    }

    /// What the scan found.
    pub fn scan(&self) -> Scan {
        self.found.scan
    }

    /// The rows, each once: entries first, then what depends on them.
    ///
    /// Entries and proofs of forks were verified before they were sealed; they MUST pass the gate
    /// again before they are put in [`Self::store`], so that a stolen store key is no way in. The
    /// others are put by [`super::Batch::put_row`].
    pub fn rows(&self) -> impl Iterator<Item = Result<Row, StoreError>> {
        self.found.rows()
    }

    /// The store to put them in.
    pub fn store(&self) -> &Store {
        &self.new
    }

    /// Puts the new store in the place of the damaged one. Returns it, open, and the path under which
    /// the damaged one is kept.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the damaged store is where it was, or, after a crash, the new one is in place.
    pub fn finish(self) -> Result<(Store, PathBuf), StoreError> {
        drop(self.new);
        let kept = aside::swap(&self.dir, "damaged")?;
        let store = Store::open_locked(&self.dir, &self.key, Some(self.lock))?;
        Ok((store, kept.unwrap_or_default()))
    }
}

/// Where the intact rows of a store stand.
#[derive(Debug)]
struct Found {
    files: Vec<PathBuf>,
    /// Newest version of each row.
    rows: HashMap<(Space, Place), Spot>,
    scan: Scan,
    seals: Arc<Seals>,
}

/// Where a frame stands.
#[derive(Clone, Copy, Debug)]
struct Spot {
    stamp: u64,
    file: usize,
    at: u64,
    len: usize,
}

impl Found {
    fn scan(dir: &Path, key: &StoreKey) -> Result<Self, StoreError> {
        let mut found = Self {
            files: Vec::new(),
            rows: HashMap::new(),
            scan: Scan::default(),
            seals: Arc::new(Seals::new(key)),
        };
        list(dir, &mut found.files)?;
        for number in 0..found.files.len() {
            found.scan_file(number)?;
        }
        let len = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
        found.scan.files = len(found.files.len());
        found.scan.rows = len(found.rows.len());
        Ok(found)
    }

    fn scan_file(&mut self, number: usize) -> Result<(), StoreError> {
        let Some(path) = self.files.get(number) else {
            return Ok(());
        };
        let file = File::open(path)?;
        let end = file.metadata()?.len();
        let mut start = 0_u64;
        // Frames that begin below it are dealt with.
        let mut done = 0_u64;
        while start < end {
            let (window, unreadable) = read(&file, start, WINDOW_LEN + MAX_FRAME_LEN);
            self.scan.unreadable = self.scan.unreadable.saturating_add(unreadable);
            for place in marks(&window) {
                let at = start.saturating_add(u64::try_from(place).unwrap_or(u64::MAX));
                if place < WINDOW_LEN && at >= done {
                    let frame = window.get(place..).unwrap_or_default();
                    done = at.saturating_add(self.take(number, at, frame));
                }
            }
            start = start.saturating_add(u64::try_from(WINDOW_LEN).unwrap_or(u64::MAX));
        }
        Ok(())
    }

    /// Notes the row whose frame begins here; returns the bytes that need not be looked at again.
    fn take(&mut self, file: usize, at: u64, bytes: &[u8]) -> u64 {
        if Head::read(bytes).is_none() {
            return 1;
        }
        let Some((row, len)) = self.seals.open_front(bytes) else {
            self.scan.broken = self.scan.broken.saturating_add(1);
            return 1;
        };
        if !state::is_own(&row) {
            let spot = Spot {
                stamp: row.stamp,
                file,
                at,
                len,
            };
            let place = self.seals.place(row.space, &row.name);
            let known = self.rows.entry((row.space, place)).or_insert(spot);
            if known.stamp < spot.stamp {
                *known = spot;
            }
        }
        u64::try_from(len).unwrap_or(1)
    }

    fn rows(&self) -> impl Iterator<Item = Result<Row, StoreError>> {
        let mut spots = self
            .rows
            .iter()
            .map(|((space, _), spot)| (*space, *spot))
            .collect::<Vec<_>>();
        spots.sort_by_key(|(space, spot)| (*space, spot.file, spot.at));
        let mut open: Option<(usize, File)> = None;
        spots.into_iter().map(move |(space, spot)| {
            if open.as_ref().is_none_or(|(number, _)| *number != spot.file) {
                let path = self.files.get(spot.file).cloned().unwrap_or_default();
                open = Some((spot.file, File::open(path)?));
            }
            let frame = open
                .as_ref()
                .map(|(_, file)| read(file, spot.at, spot.len).0);
            let row = frame.and_then(|it| self.seals.open(space, &it));
            row.ok_or_else(|| StoreError::damaged("a row that was intact a moment ago"))
        })
    }
}

/// Regular files under `dir`; links are not followed.
fn list(dir: &Path, files: &mut Vec<PathBuf>) -> Result<(), StoreError> {
    let mut items = fs::read_dir(dir)?.collect::<Result<Vec<_>, _>>()?;
    items.sort_by_key(fs::DirEntry::file_name);
    for item in items {
        let kind = item.file_type()?;
        if kind.is_dir() {
            list(&item.path(), files)?;
        } else if kind.is_file() {
            files.push(item.path());
        }
    }
    Ok(())
}

/// Up to `len` bytes from `at` on. Sectors that cannot be read are zeros, and their bytes counted.
fn read(file: &File, at: u64, len: usize) -> (Vec<u8>, u64) {
    let mut bytes = vec![0; len];
    let mut unreadable = 0_u64;
    let mut filled = 0_usize;
    while filled < len {
        let from = at.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
        let rest = bytes.get_mut(filled..).unwrap_or_default();
        let step = match file.read_at(rest, from) {
            Ok(0) => break,
            Ok(read) => read,
            Err(_) => match file.read_at(rest.get_mut(..SECTOR_LEN).unwrap_or_default(), from) {
                Ok(read) if read > 0 => read,
                _ => {
                    unreadable = unreadable.saturating_add(4_096);
                    SECTOR_LEN
                }
            },
        };
        filled = filled.saturating_add(step);
    }
    bytes.truncate(filled);
    (bytes, unreadable)
}
