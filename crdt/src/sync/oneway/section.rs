//! Entries in the body of a chunk, such that one wrong bit costs at most [`RESTART_EVERY`] of them.
//!
//! In a group the author, the tag, the sequence numbers and the links to the entry before are
//! implied, so a wrong bit in one entry spoils those after it. Therefore each group is short, and
//! begins with bytes by which a reader finds it whatever stands before it.
//!
//! | body | bytes |
//! |---|--:|
//! | number of entries | 2 |
//! | then groups: marker `1d c3 52` | 3 |
//! | 0/1, whether a tag follows | 1 |
//! | author | 32 |
//! | tag, if it follows | 16 |
//! | sequence number of the first entry | var |
//! | id of the entry before, unless that is 0 | 32 |
//! | then its entries, each as in [`elided`](super::super::elided) | n |
//!
//! A group costs 72 to 74 bytes, where a whole entry at its start would cost 110 more than one
//! inside. A body that is known to be damaged is read from each marker on by itself
//! ([`Section::salvage`]), since a wrong length could swallow the next one. What comes out of it
//! is as good as what comes out of an intact one: it is rebuilt byte for byte as it was signed, or
//! its signature fails.

use crate::{
    codec::{CodecError, Reader, Writer},
    entry::{LogId, MAX_ENTRY_LEN, SIGNATURE_LEN, SignedEntry, Tag},
    hash::{EntryId, NetworkId},
    keys::DeviceKey,
};

use super::{
    super::elided::{Before, read_u32},
    MAX_BODY_LEN,
};

/// Entries of a log that follow each other without being named in full.
pub const RESTART_EVERY: u32 = 32;

const MARKER: [u8; 3] = [0x1d, 0xc3, 0x52];

/// Bytes looked at in a damaged body for each byte it has. False markers would otherwise cost the
/// square of its length.
const SALVAGE_FACTOR: usize = 4;

/// Fills bodies with entries.
#[derive(Debug)]
pub struct SectionWriter {
    network: NetworkId,
    body: Writer,
    count: u16,
    open: Option<Open>,
}

/// Where a group stands.
#[derive(Clone, Copy, Debug)]
struct Open {
    log: LogId,
    next: u32,
    len: u32,
    before: Before,
}

impl SectionWriter {
    /// Starts a body for entries of `network`.
    pub fn new(network: NetworkId) -> Self {
        Self {
            network,
            body: Writer::with_capacity(MAX_BODY_LEN),
            count: 0,
            open: None,
        }
    }

    /// Appends an entry. Gives the body before it where it did not fit any more.
    ///
    /// Entries of a log should follow each other, or each costs some 70 bytes more.
    pub fn push(&mut self, entry: &SignedEntry) -> Option<Vec<u8>> {
        let mut bytes = Writer::with_capacity(MAX_ENTRY_LEN);
        let next = self.encode(entry, &mut bytes);
        let len = self.body.len().saturating_add(bytes.len());
        let full = if len.saturating_add(2) > MAX_BODY_LEN || self.count == u16::MAX {
            let full = self.finish();
            bytes = Writer::with_capacity(MAX_ENTRY_LEN);
            self.open = Some(self.encode(entry, &mut bytes));
            full
        } else {
            self.open = Some(next);
            None
        };
        self.body.raw(bytes.as_bytes());
        self.count = self.count.saturating_add(1);
        full
    }

    /// Bytes of the body so far.
    pub fn body_len(&self) -> usize {
        match self.count {
            0 => 0,
            _ => self.body.len().saturating_add(2),
        }
    }

    /// Ends the body, if anything is in it. The next one starts empty.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        self.open = None;
        let count = std::mem::take(&mut self.count);
        if count == 0 {
            return None;
        }
        let groups = std::mem::replace(&mut self.body, Writer::with_capacity(MAX_BODY_LEN));
        let mut body = Writer::with_capacity(groups.len().saturating_add(2));
        body.u16(count).raw(groups.as_bytes());
        Some(body.finish())
    }

    fn encode(&self, entry: &SignedEntry, out: &mut Writer) -> Open {
        let claim = entry.claim();
        let log = entry.log();
        let continued = self
            .open
            .filter(|open| open.log == log && open.next == claim.seq && open.len < RESTART_EVERY);
        let mut open = continued.unwrap_or_else(|| self.start(entry, out));
        open.before.write(entry, out);
        open.next = claim.seq.saturating_add(1);
        open.len = open.len.saturating_add(1);
        open
    }

    fn start(&self, entry: &SignedEntry, out: &mut Writer) -> Open {
        let claim = entry.claim();
        let has_tag = claim.tag != Tag::default();
        out.raw(&MARKER)
            .flag(has_tag)
            .raw(entry.author().as_bytes());
        if has_tag {
            out.raw(&claim.tag.0);
        }
        out.var(claim.seq.into());
        if let Some(previous) = claim.previous {
            out.raw(previous.as_bytes());
        }
        Open {
            log: entry.log(),
            next: claim.seq,
            len: 0,
            before: Before::start(&self.network),
        }
    }
}

/// The entries of one body, not verified.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// Entries in the order of the body.
    pub entries: Vec<SignedEntry>,
    /// How many the body says that it has; of a damaged body a guess.
    pub count: usize,
    /// Whether the whole body was read as it was meant.
    pub is_whole: bool,
}

impl Section {
    /// Reads an intact body. If it is not of the form above, what can be found in it.
    pub fn read(body: &[u8], network: &NetworkId) -> Self {
        let mut entries = Vec::new();
        let mut reader = Reader::new(body);
        let count = match reader.u16() {
            Ok(count) => usize::from(count),
            Err(_) => return Self::default(),
        };
        while !reader.is_empty() {
            if read_group(&mut reader, network, &mut entries).is_err() {
                return Self::salvage(body, network);
            }
        }
        Self {
            is_whole: entries.len() == count,
            entries,
            count,
        }
    }

    /// Reads a body that is damaged or was cut, from each group on that can be found.
    pub fn salvage(body: &[u8], network: &NetworkId) -> Self {
        let mut entries = Vec::new();
        let mut budget = body.len().saturating_mul(SALVAGE_FACTOR);
        for at in markers(body) {
            let rest = body.get(at..).unwrap_or_default();
            let mut reader = Reader::new(rest);
            let result = read_group(&mut reader, network, &mut entries);
            let looked_at = rest.len().saturating_sub(reader.rest().len());
            match budget.checked_sub(looked_at.max(MARKER.len())) {
                Some(left) => budget = left,
                None => break,
            }
            if result.is_ok() && reader.is_empty() {
                break;
            }
        }
        let count = body
            .first_chunk()
            .map_or(0, |it| usize::from(u16::from_be_bytes(*it)));
        Self {
            count: if count > body.len() / SIGNATURE_LEN {
                entries.len()
            } else {
                count.max(entries.len())
            },
            entries,
            is_whole: false,
        }
    }
}

/// Where groups may begin.
fn markers(body: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let found = body.windows(MARKER.len()).enumerate();
    found
        .filter(|(_, bytes)| *bytes == MARKER)
        .map(|(at, _)| at)
}

/// Reads a group up to the next marker or the end of the body. On an error, what came before it in
/// the group is in `entries` all the same.
fn read_group(
    reader: &mut Reader<'_>,
    network: &NetworkId,
    entries: &mut Vec<SignedEntry>,
) -> Result<(), CodecError> {
    if reader.array()? != MARKER {
        return Err(CodecError::NotCanonical("start of a group"));
    }
    let has_tag = reader.flag()?;
    let author = DeviceKey(reader.array()?);
    let tag = if has_tag {
        Tag(reader.array()?)
    } else {
        Tag::default()
    };
    let mut seq = read_u32(reader, "sequence number")?;
    let mut previous = match seq {
        0 => None,
        _ => Some(EntryId(reader.array()?)),
    };
    let mut before = Before::start(network);
    loop {
        let flags = reader.u8()?;
        let item = before.read(flags, reader)?;
        let entry = item.rebuild(network, &author, &tag, seq, previous)?;
        previous = Some(entry.id());
        entries.push(entry);
        if reader.is_empty() || reader.rest().starts_with(&MARKER) {
            return Ok(());
        }
        seq = seq
            .checked_add(1)
            .ok_or(CodecError::NotCanonical("sequence number"))?;
    }
}

#[cfg(test)]
mod tests;
