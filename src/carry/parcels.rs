//! Bundles for others: sealed to networks that this device is not in, carried on unread.
//!
//! ```text
//! DIR/carried/<32 hex>-<couriers>-<class>-<minute>.cmb
//! ```
//!
//! A parcel cannot be asked whether it has arrived, so three things end it: it has passed through
//! [`MAX_HOPS`] couriers, it has lain here for [`MAX_AGE`], or more urgent or newer ones need its
//! room. One stick fills half of the room at most.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use commune_crdt::time::ClaimedMinutes;
use commune_transports::{
    bundle::{Folder, outline},
    stick::{BundleName, MAX_HOPS, Stick},
};

/// Minutes that a parcel is kept: 60 days.
const MAX_AGE: u32 = 60 * 24 * 60;

/// Share of the disk that parcels may take unless told otherwise: a tenth.
const DISK_SHARE: u64 = 10;

/// Class of a parcel that shows none.
const NO_CLASS: u8 = 15;

/// Parcels that are kept at most.
const MAX_PARCELS: usize = 16_384;

/// The parcels of a data folder.
#[derive(Debug)]
pub struct Parcels {
    folder: Folder,
    all: Vec<Parcel>,
}

/// A parcel, by what its name says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Parcel {
    name: BundleName,
    /// The most urgent class of its content.
    class: u8,
    /// When it was taken, by this device's clock.
    since: ClaimedMinutes,
    len: u64,
}

impl Parcel {
    fn file(&self) -> String {
        let content: String = self
            .name
            .content
            .iter()
            .map(|it| format!("{it:02x}"))
            .collect();
        let (hops, class, since) = (self.name.hops, self.class, self.since.0);
        format!("{content}-{hops}-{class}-{since}.cmb")
    }

    fn parse(file: &str, len: u64) -> Option<Self> {
        let mut fields = file.strip_suffix(".cmb")?.split('-');
        let content = BundleName::parse(&format!("{}.cmb", fields.next()?))?;
        let parcel = Self {
            name: BundleName {
                hops: fields.next()?.parse().ok()?,
                ..content
            },
            class: fields.next()?.parse().ok()?,
            since: ClaimedMinutes(fields.next()?.parse().ok()?),
            len,
        };
        (parcel.file() == file).then_some(parcel)
    }

    /// The order in which they make room: the least urgent first, of those the oldest.
    fn worth(&self) -> (u8, u32) {
        (u8::MAX.saturating_sub(self.class), self.since.0)
    }
}

impl Parcels {
    /// The parcels of the data folder `dir`, as long as they are kept at `now`.
    ///
    /// # Errors
    ///
    /// What the operating system said.
    pub fn open(dir: &Path, now: ClaimedMinutes) -> io::Result<Self> {
        let path = dir.join(crate::vault::folder::CARRIED);
        fs::create_dir_all(&path)?;
        let folder = Folder::open(&path).map_err(io::Error::other)?;
        let listing = folder.list(MAX_PARCELS).map_err(io::Error::other)?;
        let mut this = Self {
            folder,
            all: Vec::new(),
        };
        let files = listing.files.iter();
        for parcel in files.filter_map(|(name, len)| Parcel::parse(name, *len)) {
            if now.0.saturating_sub(parcel.since.0) > MAX_AGE {
                this.folder.remove(&parcel.file())?;
            } else {
                this.all.push(parcel);
            }
        }
        Ok(this)
    }

    /// How many there are, and their bytes.
    pub fn size(&self) -> (usize, u64) {
        let bytes = self.all.iter().map(|it| it.len);
        (self.all.len(), bytes.fold(0, u64::saturating_add))
    }

    /// Forgets all of them.
    ///
    /// # Errors
    ///
    /// What the operating system said.
    pub fn forget(&mut self) -> io::Result<()> {
        for parcel in self.all.drain(..) {
            self.folder.remove(&parcel.file())?;
        }
        Ok(())
    }

    /// Bytes that parcels may take unless a person says otherwise.
    ///
    /// # Errors
    ///
    /// What the operating system said.
    pub fn default_quota(&self) -> io::Result<u64> {
        let free = self.folder.space()?.map_or(0, |it| it.free);
        Ok(free.saturating_add(self.size().1) / DISK_SHARE)
    }

    /// Takes the bundles `names` of a stick, the smallest first, and gives how many are new here.
    ///
    /// # Errors
    ///
    /// What the operating system said; those taken before stay.
    pub(super) fn take(
        &mut self,
        stick: &Stick,
        names: &[(BundleName, u64)],
        quota: u64,
        now: ClaimedMinutes,
    ) -> io::Result<u64> {
        let mut names = names.to_vec();
        names.sort_unstable_by_key(|(name, len)| (*len, *name));
        let mut room = quota / 2;
        let mut taken = 0_u64;
        let known: BTreeSet<_> = self.all.iter().map(|it| it.name.content).collect();
        for (name, len) in names {
            let is_known = known.contains(&name.content);
            let Some(rest) = room.checked_sub(len).filter(|_| !is_known) else {
                continue;
            };
            if name.hops >= MAX_HOPS {
                continue;
            }
            let Ok(mut file) = stick.bundle(&name) else {
                continue;
            };
            let Some(outline) = outline(&file)? else {
                continue;
            };
            if outline.len != len || !outline.digest.starts_with(&name.content) {
                continue;
            }
            let parcel = Parcel {
                name: BundleName {
                    hops: name.hops.saturating_add(1),
                    ..name
                },
                class: outline.class.unwrap_or(NO_CLASS),
                since: now,
                len,
            };
            if !self.make_room(quota, &parcel)? {
                continue;
            }
            io::Seek::rewind(&mut file)?;
            self.folder.copy(&parcel.file(), &mut file, len)?;
            self.all.push(parcel);
            room = rest;
            taken = taken.saturating_add(1);
        }
        Ok(taken)
    }

    /// Removes what is worth less than `fresh` until that fits. False if it does not come to fit.
    fn make_room(&mut self, quota: u64, fresh: &Parcel) -> io::Result<bool> {
        self.all.sort_unstable_by_key(Parcel::worth);
        let over = |this: &Self| {
            let (count, bytes) = this.size();
            bytes.saturating_add(fresh.len) > quota || count >= MAX_PARCELS
        };
        let worth_less = self.all.iter().filter(|it| it.worth() < fresh.worth());
        let could_go = worth_less.map(|it| it.len).fold(0, u64::saturating_add);
        let bytes = self.size().1.saturating_sub(could_go);
        if bytes.saturating_add(fresh.len) > quota {
            return Ok(false);
        }
        while over(self) {
            let Some(least) = self.all.first().copied() else {
                return Ok(fresh.len <= quota);
            };
            self.folder.remove(&least.file())?;
            self.all.remove(0);
        }
        Ok(true)
    }

    /// Writes those that are not among `present` to a stick, the most urgent and newest first, within
    /// `room` bytes, and gives how many.
    ///
    /// # Errors
    ///
    /// What the operating system said; those written before are whole.
    pub(super) fn give(
        &self,
        to: &Folder,
        present: &BTreeSet<[u8; 16]>,
        mut room: u64,
    ) -> io::Result<(u64, u64)> {
        let mut all = self.all.clone();
        all.sort_unstable_by_key(|it| std::cmp::Reverse(it.worth()));
        let (mut given, mut bytes) = (0_u64, 0_u64);
        for parcel in all {
            let is_there = present.contains(&parcel.name.content);
            // A cluster of the medium is lost for each file at most.
            let Some(rest) = room.checked_sub(parcel.len.saturating_add(64 * 1_024)) else {
                continue;
            };
            if is_there {
                continue;
            }
            let mut file = self.folder.file(&parcel.file()).map_err(io::Error::other)?;
            to.copy(&parcel.name.to_string(), &mut file, parcel.len)?;
            room = rest;
            given = given.saturating_add(1);
            bytes = bytes.saturating_add(parcel.len);
        }
        Ok((given, bytes))
    }

    /// Where they lie.
    pub fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }
}
