//! Bundles: a file of checked chunks, for a stick or any other one-way road.
//!
//! The container knows nothing of what its chunks hold. It promises that each intact chunk is found
//! whatever happened to the rest of the file, and that nothing else is called intact.
//!
//! ```text
//! file    header · chunk · chunk · … · trailer            (several files may follow one another)
//! ```
//!
//! | header, 32 bytes | |
//! |---|---|
//! | 4 | magic `CMB1` |
//! | 1 | version, 1 |
//! | 1 | 0 |
//! | 2 | part: 0 for the first file of the bundle |
//! | 4 | index of this file's first chunk |
//! | 16 | bundle: the same in all its parts |
//! | 4 | start of the BLAKE3 hash of the 28 bytes above |
//!
//! | chunk, 45 bytes and its body | |
//! |---|---|
//! | 4 | magic `CMBc` |
//! | 4 | length of the body, at most 65,536 |
//! | 1 | class, for who fills the bundle |
//! | 4 | index: counts the chunks of the bundle |
//! | 32 | hash of the 9 bytes before it and of the body |
//! | length | body |
//!
//! | trailer, 91 bytes | |
//! |---|---|
//! | 4 | magic `CMBe` |
//! | 1 | 1 if this is the bundle's last file, else 0 |
//! | 2 | part |
//! | 4 | index after this file's last chunk |
//! | 16 | bundle |
//! | 32 | digest: hash of the hashes of this file's chunks, in order |
//! | 32 | hash of the 59 bytes above |
//!
//! All numbers are big-endian. Hashes are BLAKE3, keyed if the bundle is sealed ([`ChunkHasher`]).
//! A reader that lost its place MUST look for the next magic that is followed by a plausible length
//! and either a good hash or another magic at the end of the body; see [`ChunkReader`].
//!
//! The hash of a clear bundle protects against accidents, not against people: whoever writes a body
//! can put a whole chunk in it, which a reader finds if it lost its place there. Whatever comes out
//! of a bundle is judged by its own signatures.

mod finding;
mod folder;
mod outline;
mod parts;
mod read;
mod window;
mod write;

use std::fmt;

pub use finding::{Chunk, Damage, Damaged, Item, ReadError, Summary};
pub use folder::{Folder, Listing, OpenError, Space, is_portable_name, open_regular};
pub use outline::{Outline, outline};
pub use parts::{
    Closing, DEFAULT_PART_LEN, MAX_PARTS, MIN_PART_LEN, Naming, Part, PartOptions, PartWriter,
    WriteError,
};
pub use read::ChunkReader;
pub use write::{ChunkTooLong, ChunkWriter};

/// Longest body of a chunk, in bytes.
pub const MAX_CHUNK_LEN: usize = 64 * 1024;

/// What a chunk costs beside its body, in bytes.
pub const CHUNK_OVERHEAD: usize = 45;

const HEADER_LEN: usize = 32;
const HEADER_MAGIC: [u8; 4] = *b"CMB1";
const CHUNK_MAGIC: [u8; 4] = *b"CMBc";
const TRAILER_MAGIC: [u8; 4] = *b"CMBe";
/// What the end of a file costs, in bytes.
pub const TRAILER_LEN: usize = 91;
const VERSION: u8 = 1;

/// How the chunks of a bundle are hashed.
#[derive(Clone)]
pub struct ChunkHasher {
    start: blake3::Hasher,
}

impl ChunkHasher {
    /// Anybody can check and make such hashes.
    pub fn plain() -> Self {
        Self {
            start: blake3::Hasher::new_derive_key("commune/bundle chunk/v1"),
        }
    }

    /// Only who knows `key` can check and make such hashes.
    pub fn keyed(key: &[u8; 32]) -> Self {
        Self {
            start: blake3::Hasher::new_keyed(key),
        }
    }

    fn hash(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut hasher = self.start.clone();
        for part in parts {
            hasher.update(part);
        }
        *hasher.finalize().as_bytes()
    }
}

impl fmt::Debug for ChunkHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChunkHasher")
    }
}

/// What a file says of itself at its start.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FileHeader {
    /// The bundle that this file is part of.
    pub bundle: [u8; 16],
    /// Which part, from 0.
    pub part: u16,
    /// Index of its first chunk.
    pub first_index: u32,
}

impl FileHeader {
    fn encode(&self) -> [u8; HEADER_LEN] {
        let mut out = [0; HEADER_LEN];
        let [part_0, part_1] = self.part.to_be_bytes();
        let fields = HEADER_MAGIC
            .into_iter()
            .chain([VERSION, 0, part_0, part_1])
            .chain(self.first_index.to_be_bytes())
            .chain(self.bundle);
        fill(&mut out, fields);
        let check = header_check(&out);
        fill(out.get_mut(28..).unwrap_or_default(), check.into_iter());
        out
    }

    /// The version and the header, if the check says that this is one.
    fn decode(bytes: &[u8]) -> Option<(u8, Self)> {
        let mut fields = Fields(bytes.get(..HEADER_LEN)?);
        let magic = fields.array()?;
        let [version, _] = fields.array()?;
        let header = Self {
            part: u16::from_be_bytes(fields.array()?),
            first_index: u32::from_be_bytes(fields.array()?),
            bundle: fields.array()?,
        };
        let check: [u8; 4] = fields.array()?;
        (magic == HEADER_MAGIC && check == header_check(bytes)).then_some((version, header))
    }
}

fn header_check(bytes: &[u8]) -> [u8; 4] {
    let hash = blake3::hash(bytes.get(..28).unwrap_or_default());
    hash.as_bytes().first_chunk().copied().unwrap_or_default()
}

/// What a file says of itself at its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Trailer {
    /// The bundle that this file is part of.
    pub bundle: [u8; 16],
    /// Which part, from 0.
    pub part: u16,
    /// Whether no part follows.
    pub last: bool,
    /// Index after its last chunk.
    pub end_index: u32,
    /// Hash of the hashes of its chunks.
    pub digest: [u8; 32],
}

impl Trailer {
    fn encode(&self, hasher: &ChunkHasher) -> [u8; TRAILER_LEN] {
        let mut out = [0; TRAILER_LEN];
        let fields = TRAILER_MAGIC
            .into_iter()
            .chain([u8::from(self.last)])
            .chain(self.part.to_be_bytes())
            .chain(self.end_index.to_be_bytes())
            .chain(self.bundle)
            .chain(self.digest);
        fill(&mut out, fields);
        let (body, hash) = out.split_at_mut(TRAILER_LEN - 32);
        hash.copy_from_slice(&hasher.hash(&[body]));
        out
    }

    fn decode(bytes: &[u8], hasher: &ChunkHasher) -> Option<Self> {
        let (body, hash) = bytes
            .get(..TRAILER_LEN)?
            .split_at_checked(TRAILER_LEN - 32)?;
        Self::read(bytes).filter(|_| hash == hasher.hash(&[body]))
    }

    /// What it says, whether or not that is true.
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes.get(..TRAILER_LEN)?);
        let magic: [u8; 4] = fields.array()?;
        let [last] = fields.array()?;
        let trailer = Self {
            last: last == 1,
            part: u16::from_be_bytes(fields.array()?),
            end_index: u32::from_be_bytes(fields.array()?),
            bundle: fields.array()?,
            digest: fields.array()?,
        };
        (magic == TRAILER_MAGIC).then_some(trailer)
    }
}

/// The framing of a chunk.
#[derive(Clone, Copy, Debug)]
struct ChunkHead {
    len: usize,
    class: u8,
    index: u32,
    hash: [u8; 32],
}

impl ChunkHead {
    /// The bytes that the hash covers besides the body.
    fn hashed(len: u32, class: u8, index: u32) -> [u8; 9] {
        let mut out = [0; 9];
        let fields = len
            .to_be_bytes()
            .into_iter()
            .chain([class])
            .chain(index.to_be_bytes());
        fill(&mut out, fields);
        out
    }

    /// The head at the start of `bytes`, if its magic and length are plausible.
    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        let magic: [u8; 4] = fields.array()?;
        let len = usize::try_from(u32::from_be_bytes(fields.array()?)).ok()?;
        let [class] = fields.array()?;
        let index = u32::from_be_bytes(fields.array()?);
        let hash = fields.array()?;
        (magic == CHUNK_MAGIC && len <= MAX_CHUNK_LEN).then_some(Self {
            len,
            class,
            index,
            hash,
        })
    }

    fn total_len(&self) -> usize {
        self.len.saturating_add(CHUNK_OVERHEAD)
    }

    /// The body behind this head at the start of `bytes`, if it is all there.
    fn body<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        bytes.get(CHUNK_OVERHEAD..self.total_len())
    }

    fn is_intact(&self, body: &[u8], hasher: &ChunkHasher) -> bool {
        let len = u32::try_from(self.len).unwrap_or(u32::MAX);
        hasher.hash(&[&Self::hashed(len, self.class, self.index), body]) == self.hash
    }
}

/// Takes fields of fixed length off the front.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }
}

fn fill(out: &mut [u8], bytes: impl Iterator<Item = u8>) {
    for (place, byte) in out.iter_mut().zip(bytes) {
        *place = byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_and_trailer_come_back_as_they_went_in() {
        let header = FileHeader {
            bundle: [7; 16],
            part: 513,
            first_index: 70_000,
        };
        assert_eq!(
            FileHeader::decode(&header.encode()),
            Some((VERSION, header))
        );
        let hasher = ChunkHasher::keyed(&[1; 32]);
        let trailer = Trailer {
            bundle: [7; 16],
            part: 513,
            last: true,
            end_index: 70_001,
            digest: [9; 32],
        };
        let bytes = trailer.encode(&hasher);
        assert_eq!(Trailer::decode(&bytes, &hasher), Some(trailer));
        assert_eq!(Trailer::decode(&bytes, &ChunkHasher::plain()), None);
    }

    #[test]
    fn layout_is_the_documented_one() {
        let mut out = Vec::new();
        let header = FileHeader {
            bundle: [0xBB; 16],
            part: 1,
            first_index: 2,
        };
        let mut writer = ChunkWriter::new(&mut out, ChunkHasher::plain(), header).unwrap();
        writer.chunk(5, b"body").unwrap();
        writer.finish(true).unwrap();
        assert_eq!(out.len(), 32 + 45 + 4 + 91);
        assert_eq!(out[..12], *b"CMB1\x01\x00\x00\x01\x00\x00\x00\x02");
        assert_eq!(out[32..45], *b"CMBc\x00\x00\x00\x04\x05\x00\x00\x00\x02");
        assert_eq!(out[77..81], *b"body");
        assert_eq!(out[81..92], *b"CMBe\x01\x00\x01\x00\x00\x00\x03");
        let golden = blake3::hash(&out).to_hex();
        assert_eq!(golden[..16], *"11ba2425cead87f8");
    }
}
