//! What is written together: one unit of intake, all of it or nothing.

use commune_crdt::{
    codec::{Reader, Writer},
    entry::{BlobRef, VerifiedEntry},
    hash::{BlobHash, EntryId},
};

use super::seal::{Row, Space};

/// Bytes of a part of a detached payload. The last part is shorter.
///
/// Small enough that a flipped bit costs little, large enough that 2 MiB are 128 rows.
pub const BLOB_PART_LEN: usize = 16 * 1_024;

/// How safe a commit is when it returns.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Durability {
    /// Handed to the operating system: survives the end of this process.
    Buffered,
    /// On the medium (`fdatasync`): survives power loss. For intake, in batches of at least 256
    /// entries or 50 ms.
    Data,
    /// On the medium with all it takes to find it (`fsync`). Before an own entry leaves the device,
    /// and before "saved" is said.
    All,
}

/// Changes that [`super::Store::commit`] makes atomically, in this order.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub(super) changes: Vec<Change>,
}

#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) space: Space,
    pub(super) name: Vec<u8>,
    /// `None` removes the row.
    pub(super) value: Option<Vec<u8>>,
}

impl Batch {
    /// A batch without changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of changes.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Keeps an entry that has its place.
    pub fn put_entry(&mut self, entry: &VerifiedEntry) {
        self.put(Space::Entries, entry.id().as_bytes(), entry.as_bytes());
    }

    /// Forgets a placed entry: what a record has in is known by the leaves.
    pub fn remove_entry(&mut self, id: &EntryId) {
        self.remove(Space::Entries, id.as_bytes());
    }

    /// Keeps an entry that waits for another.
    pub fn put_pending(&mut self, entry: &VerifiedEntry) {
        self.put(Space::Pending, entry.id().as_bytes(), entry.as_bytes());
    }

    /// Ends the waiting of an entry.
    pub fn remove_pending(&mut self, id: &EntryId) {
        self.remove(Space::Pending, id.as_bytes());
    }

    /// Keeps two entries of the log `log` at one place, verbatim. One proof a log: a later one takes
    /// the place of the earlier.
    pub fn put_fork(&mut self, log: &[u8], a: &[u8], b: &[u8]) {
        let mut value = Writer::new();
        value
            .u16(u16::try_from(a.len()).unwrap_or(u16::MAX))
            .raw(a)
            .raw(b);
        self.put(Space::Forks, log, &value.finish());
    }

    /// Keeps the whole of a detached payload.
    pub fn put_blob(&mut self, bytes: &[u8]) -> BlobHash {
        let blob = BlobRef::of(bytes);
        self.put_blob_part(&blob, 0, bytes);
        blob.hash
    }

    /// Keeps those parts of a detached payload that `bytes`, which start at `offset`, cover whole.
    ///
    /// Nobody has checked them against the name yet: [`super::Store::blob`] does, once all are here.
    pub fn put_blob_part(&mut self, blob: &BlobRef, offset: u32, bytes: &[u8]) {
        for part in 0..part_count(blob) {
            let (start, end) = part_bounds(blob, part);
            let from = usize::try_from(start)
                .ok()
                .zip(usize::try_from(offset).ok())
                .and_then(|(start, offset)| start.checked_sub(offset));
            let len = usize::try_from(end.saturating_sub(start)).ok();
            let Some((from, len)) = from.zip(len) else {
                continue;
            };
            if let Some(part_bytes) = bytes.get(from..).and_then(|it| it.get(..len)) {
                self.put(Space::Blobs, &part_name(&blob.hash, part), part_bytes);
            }
        }
    }

    /// Forgets a detached payload, or the parts of it that are here.
    pub fn remove_blob(&mut self, blob: &BlobRef) {
        for part in 0..part_count(blob) {
            self.remove(Space::Blobs, &part_name(&blob.hash, part));
        }
    }

    /// Keeps what is known of a peer.
    pub fn put_peer(&mut self, peer: &[u8], value: &[u8]) {
        self.put(Space::Peers, peer, value);
    }

    /// Forgets a peer.
    pub fn remove_peer(&mut self, peer: &[u8]) {
        self.remove(Space::Peers, peer);
    }

    /// Keeps a small setting.
    pub fn put_meta(&mut self, name: &str, value: &[u8]) {
        self.put(Space::Meta, &setting_name(name), value);
    }

    /// Forgets a setting.
    pub fn remove_meta(&mut self, name: &str) {
        self.remove(Space::Meta, &setting_name(name));
    }

    /// Keeps a row that [`super::Salvage`] found, under its name.
    pub fn put_row(&mut self, row: &Row) {
        self.put(row.space, &row.name, &row.value);
    }

    pub(super) fn put(&mut self, space: Space, name: &[u8], value: &[u8]) {
        self.changes.push(Change {
            space,
            name: name.to_vec(),
            value: Some(value.to_vec()),
        });
    }

    fn remove(&mut self, space: Space, name: &[u8]) {
        self.changes.push(Change {
            space,
            name: name.to_vec(),
            value: None,
        });
    }
}

/// A proof that a device wrote two entries at one place of one log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fork {
    /// The log, as given to [`Batch::put_fork`].
    pub log: Vec<u8>,
    /// One entry, verbatim.
    pub a: Vec<u8>,
    /// The other.
    pub b: Vec<u8>,
}

impl Fork {
    pub(super) fn read(log: Vec<u8>, value: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(value);
        let a_len = reader.u16().ok()?;
        let a = reader.bytes(a_len.into()).ok()?.to_vec();
        Some(Self {
            log,
            a,
            b: reader.rest().to_vec(),
        })
    }
}

/// Name of the row of a setting; the store's own rows have names that begin otherwise.
pub(super) fn setting_name(name: &str) -> Vec<u8> {
    [b"s", name.as_bytes()].concat()
}

/// Name of the row of one part.
pub(super) fn part_name(blob: &BlobHash, part: u32) -> Vec<u8> {
    [blob.as_bytes().as_slice(), &part.to_be_bytes()].concat()
}

/// Number of parts of a payload.
pub(super) fn part_count(blob: &BlobRef) -> u32 {
    blob.len.div_ceil(part_len())
}

/// Where part `part` begins and ends.
pub(super) fn part_bounds(blob: &BlobRef, part: u32) -> (u32, u32) {
    let start = part.saturating_mul(part_len());
    (start, start.saturating_add(part_len()).min(blob.len))
}

pub(super) fn part_len() -> u32 {
    u32::try_from(BLOB_PART_LEN).unwrap_or(u32::MAX)
}
