//! Sticks: where bundles and tickets lie on a medium that people carry, and noticing one.
//!
//! ```text
//! COMMUNE/b/<32 hex>.cmb        a bundle, named by its content, never changed
//! COMMUNE/b/<32 hex>-<1…8>.cmb  the same, passed on by so many couriers who could not read it
//! COMMUNE/have/<32 hex>.cmh     what a device holds, for whoever writes for it; named by a hash
//! ```
//!
//! Nothing else on a medium is looked at. Names that are not exactly so are passed over; a file or
//! link in the place of a folder is an error. See `transports/PROTOCOL.md`.

mod mounts;

use std::{fs::File, io, io::Read, path::Path};

pub use self::mounts::{Mount, Watch, removable};
use crate::bundle::{Folder, OpenError, Space};

/// Couriers that a bundle passes through at most, as none of them can tell whether it has arrived.
pub const MAX_HOPS: u8 = 8;

/// Names that are looked at in each folder: a stick may be full of them.
const MAX_NAMES: usize = 65_536;

const FOLDER: &str = "COMMUNE";
const BUNDLES: &str = "b";
const TICKETS: &str = "have";

/// What a bundle is called on a medium.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct BundleName {
    /// Start of the digest of its chunks.
    pub content: [u8; 16],
    /// Couriers who passed it on unread.
    pub hops: u8,
}

impl BundleName {
    /// The name of a file, if it is one of ours.
    pub fn parse(name: &str) -> Option<Self> {
        let stem = name.strip_suffix(".cmb")?;
        let (content, hops) = match stem.split_once('-') {
            None => (stem, 0),
            Some((content, hops)) => {
                let hops = hops.parse().ok().filter(|it| (1..=MAX_HOPS).contains(it))?;
                (content, hops)
            }
        };
        let this = Self {
            content: from_hex(content)?,
            hops,
        };
        // One name for one thing: no upper case, no +1, no 01.
        (this.to_string() == name).then_some(this)
    }
}

impl std::fmt::Display for BundleName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let content = to_hex(&self.content);
        match self.hops {
            0 => write!(f, "{content}.cmb"),
            hops => write!(f, "{content}-{hops}.cmb"),
        }
    }
}

/// What lies in one of the folders.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shelf<N> {
    /// Names and lengths in bytes, in the order of their names.
    pub files: Vec<(N, u64)>,
    /// Entries of the folder that are not ours.
    pub skipped: usize,
    /// Whether there are more entries than were looked at.
    pub truncated: bool,
}

/// An opened stick, or any other folder that is used as one.
#[derive(Debug)]
pub struct Stick {
    root: Folder,
}

impl Stick {
    /// Opens the medium that is mounted at `path`.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let root = Folder::open(path)?;
        Ok(Self { root })
    }

    /// Where it is, for people to read.
    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// Keeps other programs of this machine away from it. False if one is at it.
    pub fn lock(&self) -> bool {
        self.root.lock()
    }

    /// Whether it has not been pulled out.
    pub fn is_there(&self) -> bool {
        self.root.is_there()
    }

    /// Its room, if its driver tells.
    ///
    /// # Errors
    ///
    /// What the operating system said.
    pub fn space(&self) -> io::Result<Option<Space>> {
        self.root.space()
    }

    /// The bundles on it.
    ///
    /// # Errors
    ///
    /// [`OpenError`]; that there is no folder of ours is none.
    pub fn bundles(&self) -> Result<Shelf<BundleName>, OpenError> {
        self.shelf(BUNDLES, BundleName::parse)
    }

    /// Opens a bundle.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub fn bundle(&self, name: &BundleName) -> Result<File, OpenError> {
        self.folder(BUNDLES, false)?.file(&name.to_string())
    }

    /// The folder that bundles are written to. It is made if there is none, and what an earlier
    /// writer left unfinished in it is removed.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub fn to_write(&self) -> Result<Folder, OpenError> {
        let folder = self.folder(BUNDLES, true)?;
        folder.sweep(MAX_NAMES, is_unfinished)?;
        Ok(folder)
    }

    /// Removes a bundle.
    ///
    /// # Errors
    ///
    /// What the operating system said.
    pub fn remove(&self, name: &BundleName) -> io::Result<()> {
        let folder = self.folder(BUNDLES, false);
        folder.map_err(io::Error::other)?.remove(&name.to_string())
    }

    /// The tickets on it, by their names.
    ///
    /// # Errors
    ///
    /// As [`Self::bundles`].
    pub fn tickets(&self) -> Result<Shelf<[u8; 16]>, OpenError> {
        self.shelf(TICKETS, |name| {
            let own = from_hex(name.strip_suffix(".cmh")?)?;
            (ticket_name(&own) == name).then_some(own)
        })
    }

    /// Reads a ticket of at most `limit` bytes; `None` if it is longer.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub fn ticket(&self, name: &[u8; 16], limit: u64) -> Result<Option<Vec<u8>>, OpenError> {
        let folder = self.folder(TICKETS, false)?;
        let name = ticket_name(name);
        let mut bytes = Vec::new();
        let read = folder
            .file(&name)?
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes);
        read.map_err(|source| OpenError::Io {
            path: folder.path().join(&name),
            source,
        })?;
        let fits = u64::try_from(bytes.len()).is_ok_and(|len| len <= limit);
        Ok(fits.then_some(bytes))
    }

    /// Leaves a ticket, in place of the one of that name.
    ///
    /// # Errors
    ///
    /// [`OpenError`]; the one before stands then.
    pub fn leave_ticket(&self, name: &[u8; 16], bytes: &[u8]) -> Result<(), OpenError> {
        self.folder(TICKETS, true)?.write(&ticket_name(name), bytes)
    }

    /// Waits until all that was written is on the medium. Only then may it be pulled out.
    ///
    /// # Errors
    ///
    /// What the operating system said.
    pub fn settle(&self) -> io::Result<()> {
        self.root.flush_medium()
    }

    fn folder(&self, name: &str, create: bool) -> Result<Folder, OpenError> {
        self.root.sub(FOLDER, create)?.sub(name, create)
    }

    fn shelf<N: Ord>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Option<N>,
    ) -> Result<Shelf<N>, OpenError> {
        let listing = match self.folder(name, false) {
            Ok(folder) => folder.list(MAX_NAMES)?,
            Err(OpenError::Missing(_)) => Default::default(),
            Err(error) => return Err(error),
        };
        let all = listing.files.len();
        let mut files: Vec<_> = listing
            .files
            .into_iter()
            .filter_map(|(name, len)| Some((parse(&name)?, len)))
            .collect();
        files.sort_unstable();
        Ok(Shelf {
            skipped: listing
                .skipped
                .saturating_add(all.saturating_sub(files.len())),
            truncated: listing.truncated,
            files,
        })
    }
}

/// What [`crate::bundle::PartWriter`] and [`Folder::copy`] call a file that is not finished.
fn is_unfinished(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".tmp") else {
        return false;
    };
    let is_hex = stem
        .bytes()
        .all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it));
    BundleName::parse(stem).is_some() || (is_hex && stem.len() == 16)
}

fn ticket_name(name: &[u8; 16]) -> String {
    format!("{}.cmh", to_hex(name))
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    if text.len() != 32 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        let from = at.checked_mul(2)?;
        *byte = u8::from_str_radix(text.get(from..from.checked_add(2)?)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    const NAME: &str = "00112233445566778899aabbccddeeff";

    #[test]
    fn names_are_ours_or_passed_over() {
        let name = BundleName::parse(&format!("{NAME}.cmb")).unwrap();
        assert_eq!((name.content[1], name.hops), (0x11, 0));
        let passed = BundleName::parse(&format!("{NAME}-8.cmb")).unwrap();
        assert_eq!((passed.content, passed.hops), (name.content, 8));
        assert_eq!(passed.to_string(), format!("{NAME}-8.cmb"));
        for wrong in [
            format!("{}.cmb", NAME.to_uppercase()),
            format!("{NAME}-0.cmb"),
            format!("{NAME}-9.cmb"),
            format!("{NAME}-+1.cmb"),
            format!("{NAME}-01.cmb"),
            format!("{NAME}.CMB"),
            format!("{NAME}0.cmb"),
            format!("+{}.cmb", &NAME[1..]),
            NAME.to_owned(),
        ] {
            assert_eq!(BundleName::parse(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_stick_of_somebody_else_is_empty_and_stays_so() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("holiday.jpg"), [1]).unwrap();
        let stick = Stick::open(dir.path()).unwrap();
        assert!(stick.bundles().unwrap().files.is_empty());
        assert!(stick.tickets().unwrap().files.is_empty());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn only_files_of_ours_are_seen_and_only_unfinished_ones_of_ours_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let stick = Stick::open(dir.path()).unwrap();
        drop(stick.to_write().unwrap());
        let at = |name: &str| dir.path().join("COMMUNE/b").join(name);
        fs::write(at(&format!("{NAME}.cmb")), [1, 2]).unwrap();
        fs::write(at("0011223344556677.tmp"), [1]).unwrap();
        fs::write(at(&format!("{NAME}-2.cmb.tmp")), [1]).unwrap();
        fs::write(at("letter.tmp"), [1]).unwrap();
        fs::create_dir(at(&format!("{NAME}-1.cmb"))).unwrap();
        symlink("/etc/passwd", at(&format!("{NAME}-3.cmb"))).unwrap();
        let shelf = stick.bundles().unwrap();
        assert_eq!(shelf.files.len(), 1);
        assert_eq!((shelf.files[0].1, shelf.skipped), (2, 5));
        drop(stick.to_write().unwrap());
        let left = |name: &str| at(name).symlink_metadata().is_ok();
        assert!(!left("0011223344556677.tmp") && !left(&format!("{NAME}-2.cmb.tmp")));
        assert!(left("letter.tmp") && left(&format!("{NAME}-3.cmb")));
    }

    #[test]
    fn a_link_in_the_place_of_our_folder_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        symlink("/tmp", dir.path().join("COMMUNE")).unwrap();
        let stick = Stick::open(dir.path()).unwrap();
        assert!(matches!(stick.bundles(), Err(OpenError::Link(_))));
        assert!(matches!(
            stick.leave_ticket(&[1; 16], b"x"),
            Err(OpenError::Link(_))
        ));
    }

    #[test]
    fn a_ticket_is_replaced_whole_and_read_within_a_bound() {
        let dir = tempfile::tempdir().unwrap();
        let stick = Stick::open(dir.path()).unwrap();
        stick.leave_ticket(&[7; 16], b"old").unwrap();
        stick.leave_ticket(&[7; 16], b"newer").unwrap();
        let shelf = stick.tickets().unwrap();
        assert_eq!(shelf.files, [([7; 16], 5)]);
        assert_eq!(stick.ticket(&[7; 16], 5).unwrap().unwrap(), b"newer");
        assert_eq!(stick.ticket(&[7; 16], 4).unwrap(), None);
        assert!(stick.lock());
        assert!(!Stick::open(dir.path()).unwrap().lock(), "one at a time");
    }
}
