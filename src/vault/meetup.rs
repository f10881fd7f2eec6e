//! The meeting that is open: its nonce and title, so that certifications can name it.
//!
//! `DIR/meetup` is sealed like the exchanges, and over after a day if nobody ends it.
//!
//! | bytes | field, sealed under a key that the vault's store key gives |
//! |------:|-------|
//! |    16 | meeting |
//! |     4 | minute at which it began here |
//! | 2 + n | title |

use std::{fs, io, path::Path};

use commune_crdt::{
    codec::{CodecError, Reader, Writer},
    payload::MeetingId,
    time::ClaimedMinutes,
};

use super::{VaultError, folder::MEETUP, sealed::SealedFile};

const FILE: SealedFile = SealedFile {
    name: MEETUP,
    magic: *b"cmnmeetp",
    purpose: "commune meetup file v1",
    max_len: 1_024,
};

/// Longest title, in bytes.
pub const MAX_TITLE_LEN: usize = 128;

/// How long a meeting stays open, in minutes.
pub const LIFE_MINUTES: u32 = 24 * 60;

/// An open meeting.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Meetup {
    /// The nonce that all share.
    pub meeting: MeetingId,
    /// When it began, on this device.
    pub since: ClaimedMinutes,
    /// What people call it; may be empty.
    pub title: String,
}

impl Meetup {
    /// The meeting that is open in the data folder `dir` at `now`.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the file is damaged or of another vault.
    pub fn read(
        dir: &Path,
        store_key: &[u8; 32],
        now: ClaimedMinutes,
    ) -> Result<Option<Self>, VaultError> {
        let meetup = FILE.read(dir, store_key, Self::decode)?;
        Ok(meetup.filter(|it| now.0.abs_diff(it.since.0) <= LIFE_MINUTES))
    }

    /// Puts it into the data folder `dir`.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the disk refuses.
    pub fn write(&self, dir: &Path, store_key: &[u8; 32]) -> Result<(), VaultError> {
        let mut out = Writer::new();
        out.raw(&self.meeting)
            .u32(self.since.0)
            .short_bytes(self.title.as_bytes());
        FILE.replace(dir, store_key, out.finish())
    }

    /// Ends what is open in the data folder `dir`.
    ///
    /// # Errors
    ///
    /// [`VaultError`] if the disk refuses.
    pub fn end(dir: &Path) -> Result<(), VaultError> {
        let path = dir.join(MEETUP);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done.map_err(|source| VaultError::Write { path, source }),
        }
    }

    fn decode(content: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(content);
        let meetup = Self {
            meeting: reader.array()?,
            since: ClaimedMinutes(reader.u32()?),
            title: reader.text("title", MAX_TITLE_LEN)?,
        };
        reader.finish()?;
        Ok(meetup)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meeting_stays_open_for_a_day_and_for_its_vault_only() {
        let folder = tempfile::tempdir().unwrap();
        let meetup = Meetup {
            meeting: [4; 16],
            since: ClaimedMinutes(5_000),
            title: "Café".to_owned(),
        };
        meetup.write(folder.path(), &[5; 32]).unwrap();
        let read = |minute| Meetup::read(folder.path(), &[5; 32], ClaimedMinutes(minute)).unwrap();
        assert_eq!(read(5_000 + LIFE_MINUTES), Some(meetup));
        assert_eq!(read(5_001 + LIFE_MINUTES), None);
        assert!(Meetup::read(folder.path(), &[6; 32], ClaimedMinutes(5_000)).is_err());
        Meetup::end(folder.path()).unwrap();
        Meetup::end(folder.path()).unwrap();
        assert_eq!(read(5_000), None);
    }
}
