//! What people say of a meeting and of each other beside vouching.

use crate::{
    codec::{CodecError, Reader, Writer},
    keys::MemberKey,
};

/// Longest reason of an objection, in bytes of UTF-8.
pub const MAX_REASON_LEN: usize = 512;

/// The nonce that all who are at a meeting share; zeros where two met alone.
pub type MeetingId = [u8; 16];

/// A member objects to a candidate, with a reason that everybody can read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Objection {
    /// The candidate.
    pub subject: MemberKey,
    /// Why, at most [`MAX_REASON_LEN`] bytes.
    pub reason: String,
}

impl Objection {
    pub(super) fn write(&self, out: &mut Writer) {
        out.raw(self.subject.as_bytes())
            .short_bytes(self.reason.as_bytes());
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let subject = MemberKey(reader.array()?);
        let reason = reader.text("reason", MAX_REASON_LEN)?;
        if reason.trim().is_empty() {
            return Err(CodecError::NotText("reason"));
        }
        Ok(Self { subject, reason })
    }
}

/// Who was at a meeting, as one of them says: the same numbers in everybody's entry, or they do not
/// speak of the same people.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Roster {
    /// The meeting.
    pub meeting: MeetingId,
    /// Head count.
    pub people: u16,
    /// BLAKE3 over the keys of all, each once, ascending.
    pub keys: [u8; 32],
}

impl Roster {
    /// The roster of `meeting` with these people.
    pub fn of(meeting: MeetingId, keys: impl IntoIterator<Item = MemberKey>) -> Self {
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort_unstable();
        keys.dedup();
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"commune/roster/v1");
        for key in &keys {
            hasher.update(key.as_bytes());
        }
        Self {
            meeting,
            people: u16::try_from(keys.len()).unwrap_or(u16::MAX),
            keys: hasher.finalize().into(),
        }
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.raw(&self.meeting).u16(self.people).raw(&self.keys);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            meeting: reader.array()?,
            people: reader.u16()?,
            keys: reader.array()?,
        })
    }
}

/// A member lives in a commune, from the next checkpoint on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Residence {
    /// The commune; zeros for none.
    pub commune: [u8; 16],
}
