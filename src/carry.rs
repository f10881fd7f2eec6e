//! Carrying: a stick is read, what its other readers lack is written, and it is said when it may go.
//!
//! ```text
//! stick ─ bundles ─► Import ─► device            what cannot be opened ─► parcels ─► the next stick
//!       ─ tickets ─► what each reader holds ─┐
//!       ─ what lies there (Coverage) ────────┴► a bundle of the rest, own ticket ─► settled
//! ```
//!
//! Everything on a stick is read each time: a bundle that was damaged since is noticed, and nothing
//! that lies there whole is written again. Only own bundles are ever removed, and only when every
//! reader who left a ticket has all of them, or a new bundle holds the same.

mod noting;
mod parcels;
mod readers;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
};

use commune_crdt::{
    entry::LogId,
    sync::{
        holdings::Holdings,
        oneway::{Coverage, Held, Ticket},
    },
    time::ClaimedMinutes,
};
use commune_transports::{
    bundle::{DEFAULT_PART_LEN, OpenError, ReadError, WriteError},
    stick::{BundleName, Shelf, Stick},
};
use thiserror::Error;

pub use self::parcels::Parcels;
use self::{
    noting::Noting,
    readers::{MAX_READERS, Readers},
};
use crate::{
    bundle::{
        self, BundleError, BundleKey, Created, DeviceSink, DrySink, GENERATION, Import, Output,
        SealedTicket, Sink, Snapshot, create, held_by_all, ticket_of,
    },
    device::Device,
    store::StoreError,
};

/// Own bundles on a stick, from which on the next one replaces them all.
const MAX_OWN: usize = 8;

/// Bytes of a medium that are left free: for tickets, folders, and the clusters of small files.
const SPARED: u64 = 256 * 1_024;

/// What is tried where a medium tells no room, or less than it said turns out to be there.
const SMALLER: [u64; 3] = [64 << 20, 8 << 20, 1 << 20];

/// What is to be done with a stick.
#[derive(Clone, Debug)]
pub struct Options {
    /// Write to it too.
    pub write: bool,
    /// Only say what would be done.
    pub dry_run: bool,
    /// Bytes that bundles for others may take here; `None` for a tenth of the disk.
    pub quota: Option<u64>,
    /// This device's time.
    pub claimed: ClaimedMinutes,
}

impl Options {
    const fn writes(&self) -> bool {
        self.write && !self.dry_run
    }
}

/// How far a visit is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// So many bytes are to be read.
    Reads(u64),
    /// Entries are being written.
    Writes,
    /// Until the medium has everything.
    Settles,
    /// So many bytes or entries more are done.
    Done(u64),
}

/// Told how far it is; says whether to go on.
pub type Heard<'a> = &'a mut dyn FnMut(Stage) -> bool;

/// What was done with a stick.
#[derive(Debug, Default)]
pub struct Visit {
    /// What was read.
    pub read: Read,
    /// The bundle that was written, if one was.
    pub written: Created,
    /// Own bundles that nobody needs any more, and were removed.
    pub removed: u64,
    /// Bundles for others.
    pub passed_on: PassedOn,
    /// Why not all was written that should have been.
    pub stopped: Option<CarryError>,
    /// Whether everything written is on the medium, so that it may be pulled out.
    pub may_remove: bool,
}

/// What was read from a stick.
#[derive(Debug, Default)]
pub struct Read {
    /// Bundles of this network.
    pub count: usize,
    /// All bundles, by the numbers that the report uses.
    pub bundles: Vec<BundleName>,
    /// What became of their entries.
    pub report: bundle::Report,
    /// Bundles of others.
    pub sealed: Vec<(BundleName, u64)>,
    /// Files with a bundle's name that are none, or cannot be read.
    pub unusable: Vec<BundleName>,
    /// Devices that left a ticket, besides this one.
    pub readers: usize,
    /// Names in our folder that are not ours.
    pub skipped: usize,
    /// Whether there were more names than are looked at.
    pub truncated: bool,
}

/// Bundles that this device cannot open.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PassedOn {
    /// Taken from the stick.
    pub taken: u64,
    /// Written to the stick.
    pub given: u64,
    /// Kept here now.
    pub held: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// Why a stick was not read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CarryError {
    /// It was pulled out.
    #[error("the stick is gone")]
    Removed,
    /// Another program of this machine is at it.
    #[error("another program is at this stick")]
    Busy,
    /// It lets nobody write.
    #[error("the stick is write-protected")]
    ReadOnly,
    /// There is no room for anything.
    #[error("the stick is full")]
    Full,
    /// A folder of ours on it cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The device's own disk.
    #[error("cannot use the folder of bundles for others")]
    Carried(#[source] io::Error),
    /// The medium.
    #[error("cannot write to the stick")]
    Medium(#[source] io::Error),
    /// The network's secret is not here.
    #[error("this device has no secret of its network")]
    NoSecret,
}

impl From<StoreError> for CarryError {
    fn from(error: StoreError) -> Self {
        Self::Bundle(error.into())
    }
}

/// Reads the stick at `path`, and writes to it. `elsewhere` is what other sticks of the same courier
/// have taken; what this one takes is added if it could not take all.
///
/// # Errors
///
/// [`CarryError`] if it could not be read. That it could not be written is in [`Visit::stopped`].
pub fn visit(
    device: &Device,
    path: &Path,
    options: &Options,
    elsewhere: &mut Coverage,
    heard: Heard<'_>,
) -> Result<Visit, CarryError> {
    let stick = Stick::open(path)?;
    if !stick.lock() {
        return Err(CarryError::Busy);
    }
    let gone = |error: CarryError| match stick.is_there() {
        true => error,
        false => CarryError::Removed,
    };
    let shelf = stick.bundles().map_err(|error| gone(error.into()))?;
    let mut at = Visiting {
        device,
        stick: &stick,
        options,
        found: Vec::new(),
        visit: Visit::default(),
    };
    let done = at.all(&shelf, elsewhere, heard);
    let mut visit = at.visit;
    visit.stopped = done
        .err()
        .map(|error| gone(as_people_know_it(error, &stick)));
    if options.writes() {
        heard(Stage::Settles);
        visit.may_remove = stick.settle().is_ok() && stick.is_there();
        if !visit.may_remove {
            visit.stopped = Some(CarryError::Removed);
        }
    } else {
        visit.may_remove = stick.is_there();
    }
    Ok(visit)
}

/// A bundle of this network on the stick.
struct Found {
    name: BundleName,
    len: u64,
    is_own: bool,
    is_damaged: bool,
    holds: Coverage,
}

struct Visiting<'a> {
    device: &'a Device,
    stick: &'a Stick,
    options: &'a Options,
    found: Vec<Found>,
    visit: Visit,
}

impl Visiting<'_> {
    fn all(
        &mut self,
        shelf: &Shelf<BundleName>,
        elsewhere: &mut Coverage,
        heard: Heard<'_>,
    ) -> Result<(), CarryError> {
        self.read(shelf, heard)?;
        self.take_along()?;
        let targets = self.readers()?;
        match self.options.write {
            true => self.write(&targets, elsewhere, heard),
            false => Ok(()),
        }
    }

    fn keys(&self) -> Result<Vec<BundleKey>, CarryError> {
        let secret = self.device.genesis().secret();
        let secret = secret.ok_or(CarryError::NoSecret)?;
        Ok(BundleKey::accepted(secret, GENERATION))
    }

    fn read(&mut self, shelf: &Shelf<BundleName>, heard: Heard<'_>) -> Result<(), CarryError> {
        self.visit.read.skipped = shelf.skipped;
        self.visit.read.truncated = shelf.truncated;
        let bytes = shelf.files.iter().map(|it| it.1);
        heard(Stage::Reads(bytes.fold(0, u64::saturating_add)));
        let keys = self.keys()?;
        if self.options.dry_run {
            let sink = DrySink::new(Snapshot::of(self.device)?.into_history());
            self.take(Import::new(Noting::new(sink), keys)?, shelf, heard)
        } else {
            let sink = DeviceSink::new(self.device);
            self.take(Import::new(Noting::new(sink), keys)?, shelf, heard)
        }
    }

    fn take<S: Sink>(
        &mut self,
        mut import: Import<Noting<S>>,
        shelf: &Shelf<BundleName>,
        heard: Heard<'_>,
    ) -> Result<(), CarryError> {
        let mut stopped = None;
        for (name, len) in &shelf.files {
            if let Err(error) = self.file(&mut import, *name, *len, heard) {
                stopped = Some(error);
                break;
            }
        }
        while stopped.is_none() && import.wants_again()? {
            for name in self.visit.read.bundles.clone() {
                if let Ok(file) = self.stick.bundle(&name) {
                    // What is wrong with it was told the first time.
                    let _ = import.file(file, &mut |_| heard(Stage::Done(0)));
                }
            }
        }
        // What was taken is saved, also when the stick was pulled out.
        self.visit.read.report = import.finish()?;
        stopped.map_or(Ok(()), Err)
    }

    fn file<S: Sink>(
        &mut self,
        import: &mut Import<Noting<S>>,
        name: BundleName,
        len: u64,
        heard: Heard<'_>,
    ) -> Result<(), CarryError> {
        let Ok(file) = self.stick.bundle(&name) else {
            self.visit.read.unusable.push(name);
            return Ok(());
        };
        let places = import.report().places;
        let taken = import.file(file, &mut |bytes| heard(Stage::Done(bytes)));
        let holds = import.sink_mut().noted();
        let read = &mut self.visit.read;
        match taken {
            Ok(()) => {}
            Err(BundleError::Sealed | BundleError::OtherNetwork { .. }) => {
                // The report counts files from 0, those included.
                read.bundles.push(name);
                read.sealed.push((name, len));
                return Ok(());
            }
            Err(BundleError::Read(ReadError::Io { .. })) if !self.stick.is_there() => {
                return Err(CarryError::Removed);
            }
            Err(BundleError::Read(_) | BundleError::Format(_)) => {
                read.bundles.push(name);
                read.unusable.push(name);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
        read.bundles.push(name);
        read.count = read.count.saturating_add(1);
        let report = import.report();
        let own = self.device.vault().device.device_key();
        let writer = report.description.as_ref().map(|it| it.device);
        self.found.push(Found {
            name,
            len,
            is_own: writer == Some(own) && name.hops == 0,
            is_damaged: report.places > places,
            holds,
        });
        Ok(())
    }

    /// Takes bundles that nobody here can open.
    fn take_along(&mut self) -> Result<(), CarryError> {
        let dir = self.device.dir();
        let now = self.options.claimed;
        let has_parcels = dir.join(crate::vault::folder::CARRIED).exists();
        if self.options.dry_run || (self.visit.read.sealed.is_empty() && !has_parcels) {
            return Ok(());
        }
        let mut parcels = Parcels::open(dir, now).map_err(CarryError::Carried)?;
        let quota = match self.options.quota {
            Some(quota) => quota,
            None => parcels.default_quota().map_err(CarryError::Carried)?,
        };
        let taken = parcels.take(self.stick, &self.visit.read.sealed, quota, now);
        let (held, bytes) = parcels.size();
        self.visit.passed_on = PassedOn {
            taken: taken.map_err(CarryError::Carried)?,
            given: 0,
            held,
            bytes,
        };
        Ok(())
    }

    /// The tickets of whoever reads this stick. Those that came in bundles are kept; where nobody
    /// has left one here, they say what is lacking elsewhere.
    fn readers(&mut self) -> Result<Vec<Ticket>, CarryError> {
        let secret = self.device.genesis().secret();
        let secret = secret.ok_or(CarryError::NoSecret)?;
        let own = self.device.vault().device.device_key();
        let mut here = Readers::on(self.stick, secret, self.device.network())?;
        here.remove(&own);
        self.visit.read.readers = here.all().count();
        let mut known = Readers::kept(self.device.store())?;
        let read = self.visit.read.report.tickets.iter();
        for ticket in read.chain(here.all()).filter(|it| it.device != own) {
            known.note(ticket.clone());
        }
        if !self.options.dry_run {
            known.keep(self.device.store())?;
        }
        let newest = |it: &Ticket| known.get(&it.device).unwrap_or(it).clone();
        let targets: Vec<_> = match self.visit.read.readers {
            0 => known.all().cloned().collect(),
            _ => here.all().map(newest).collect(),
        };
        Ok(match targets.len() {
            0..=MAX_READERS => targets,
            _ => Vec::new(),
        })
    }

    fn write(
        &mut self,
        targets: &[Ticket],
        elsewhere: &mut Coverage,
        heard: Heard<'_>,
    ) -> Result<(), CarryError> {
        heard(Stage::Writes);
        let device = self.device;
        let secret = device.genesis().secret().ok_or(CarryError::NoSecret)?;
        let holdings = Snapshot::of(device)?;
        let own = &device.vault().device;
        let ticket = ticket_of(&holdings, own, self.options.claimed).map_err(BundleError::from)?;
        if self.visit.read.readers > 0 {
            self.drop_served(&holdings, targets)?;
        }
        let replaced = self.replaced();
        let mut present = elsewhere.clone();
        for found in &mut self.found {
            if !replaced.contains(&found.name) {
                present.add(std::mem::take(&mut found.holds));
            }
        }
        let key = BundleKey::new(secret, GENERATION);
        let mut options = bundle::Options {
            device: own,
            key: Some(&key),
            targets,
            present: Some(&present),
            room: Some(self.room()?),
            carried: None,
            ticket: Some(&ticket),
            claimed: self.options.claimed,
            max_part_len: DEFAULT_PART_LEN,
        };
        let mut step = |done| heard(Stage::Done(done));
        if self.options.dry_run {
            let mut nowhere = io::sink();
            let output = Output::Stream(&mut nowhere);
            self.visit.written = create(&holdings, &options, output, &mut step)?;
            return Ok(());
        }
        let mut smaller = SMALLER.into_iter();
        self.visit.written = loop {
            let folder = Output::Folder(self.stick.to_write()?);
            match create(&holdings, &options, folder, &mut step) {
                Err(BundleError::Write(WriteError::Full { .. })) => {
                    let less = smaller.find(|it| options.room.is_some_and(|room| *it < room));
                    options.room = Some(less.ok_or(CarryError::Full)?);
                }
                done => break done?,
            }
        };
        let written = &self.visit.written;
        let is_whole = written.left == 0;
        if !is_whole {
            elsewhere.add(written.coverage.clone());
        }
        self.leave_tickets(&ticket)?;
        if is_whole {
            for name in &replaced {
                self.remove(name)?;
            }
        }
        self.pass_on()?;
        match is_whole || !self.visit.written.files.is_empty() {
            true => Ok(()),
            false => Err(CarryError::Full),
        }
    }

    /// Bytes that may be written.
    fn room(&self) -> Result<u64, CarryError> {
        let space = self.stick.space().map_err(CarryError::Medium)?;
        Ok(space.map_or(u64::MAX, |it| {
            let spared = SPARED.saturating_add(it.free / 64);
            it.free.saturating_sub(spared)
        }))
    }

    /// Removes own bundles of which every reader has everything: they would travel, and lie on a lost
    /// stick, for nobody.
    fn drop_served(
        &mut self,
        holdings: &Snapshot<'_>,
        targets: &[Ticket],
    ) -> Result<(), CarryError> {
        if !self.found.iter().any(|it| it.is_own) || targets.is_empty() {
            return Ok(());
        }
        let held: BTreeMap<LogId, Held> = held_by_all(holdings.history(), targets)
            .map(|(log, held)| (*log.id(), held))
            .collect();
        let (served, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.found)
            .into_iter()
            .partition(|found| {
                let lookup = |log: &LogId| held.get(log).copied();
                let wanted = |blob: &_| targets.iter().any(|it| it.wants(blob));
                found.is_own && !found.is_damaged && found.holds.is_served(lookup, wanted)
            });
        self.found = kept;
        if !self.options.dry_run {
            for found in &served {
                self.remove(&found.name)?;
            }
        }
        Ok(())
    }

    /// Own bundles that the next one takes the place of: damaged ones, and all when they are many
    /// and there is room for both.
    fn replaced(&self) -> BTreeSet<BundleName> {
        let own = || self.found.iter().filter(|it| it.is_own);
        let bytes = own().map(|it| it.len).fold(0, u64::saturating_add);
        let space = self.stick.space().ok().flatten();
        let has_room = space.is_some_and(|it| it.free / 2 > bytes);
        let all = own().count() >= MAX_OWN && has_room;
        let names = own().filter(|it| all || it.is_damaged).map(|it| it.name);
        names.collect()
    }

    /// Leaves the own ticket, and newer ones of others in the place of those they left.
    fn leave_tickets(&self, own: &Ticket) -> Result<(), CarryError> {
        let secret = self.device.genesis().secret();
        let secret = secret.ok_or(CarryError::NoSecret)?;
        let here = Readers::on(self.stick, secret, self.device.network())?;
        let known = Readers::kept(self.device.store())?;
        let newer = here.all().filter_map(|it| {
            let kept = known.get(&it.device)?;
            kept.is_newer_than(it).then_some(kept)
        });
        let is_there = here
            .get(&own.device)
            .is_some_and(|it| it.says_the_same_as(own));
        for ticket in newer.chain((!is_there).then_some(own)) {
            let name = SealedTicket::name_of(&ticket.device, secret, GENERATION);
            let sealed = SealedTicket::seal(ticket, secret, GENERATION);
            self.stick.leave_ticket(&name, sealed.as_bytes())?;
        }
        Ok(())
    }

    /// Writes bundles for others that are kept here.
    fn pass_on(&mut self) -> Result<(), CarryError> {
        if self.visit.passed_on.held == 0 {
            return Ok(());
        }
        let parcels = Parcels::open(self.device.dir(), self.options.claimed);
        let parcels = parcels.map_err(CarryError::Carried)?;
        let shelf = self.stick.bundles()?;
        let present = shelf.files.iter().map(|(name, _)| name.content).collect();
        let room = self.room()?;
        let folder = self.stick.to_write()?;
        let given = parcels.give(&folder, &present, room);
        self.visit.passed_on.given = given.map_err(CarryError::Medium)?.0;
        Ok(())
    }

    fn remove(&mut self, name: &BundleName) -> Result<(), CarryError> {
        self.stick.remove(name).map_err(CarryError::Medium)?;
        self.visit.removed = self.visit.removed.saturating_add(1);
        Ok(())
    }
}

/// The few reasons that a person can do something about, whatever layer found them.
fn as_people_know_it(error: CarryError, stick: &Stick) -> CarryError {
    let is_scarce = || {
        let space = stick.space().ok().flatten();
        space.is_none_or(|it| it.free < SPARED)
    };
    let cause = match &error {
        // Some drivers say "not permitted" when they mean "full".
        CarryError::Open(OpenError::Denied(_)) if is_scarce() => io::ErrorKind::StorageFull,
        CarryError::Open(OpenError::Io { source, .. })
        | CarryError::Bundle(BundleError::Write(WriteError::Io { source, .. }))
        | CarryError::Bundle(BundleError::Open(OpenError::Io { source, .. }))
        | CarryError::Medium(source) => source.kind(),
        CarryError::Bundle(BundleError::Write(WriteError::Full { .. })) => {
            io::ErrorKind::StorageFull
        }
        _ => return error,
    };
    match cause {
        io::ErrorKind::ReadOnlyFilesystem => CarryError::ReadOnly,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => CarryError::Full,
        _ => error,
    }
}
