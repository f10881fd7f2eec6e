//! What a reader finds in a bundle.

use std::io;

use thiserror::Error;

use super::{FileHeader, Trailer, VERSION};

/// One finding of a [`super::ChunkReader`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Item {
    /// A chunk whose hash is right.
    Chunk(Chunk),
    /// Bytes that are not what was written.
    Damaged(Damaged),
}

/// A chunk whose hash is right.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chunk {
    /// Where it begins in the file.
    pub offset: u64,
    /// Its class.
    pub class: u8,
    /// Its index in the bundle.
    pub index: u32,
    /// Its body.
    pub body: Vec<u8>,
}

/// Bytes that are not what was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Damaged {
    /// Where they begin in the file.
    pub offset: u64,
    /// How many they are.
    pub len: u64,
    /// What is wrong.
    pub why: Damage,
    /// The class and the index, if the framing could be read. They may be damaged themselves.
    pub framing: Option<(u8, u32)>,
    /// What is left of the body, if it can be told where that begins: at least one byte of it, of
    /// its length or of its hash is wrong, and the end may be missing.
    pub body: Option<Vec<u8>>,
}

/// What is wrong with some bytes.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum Damage {
    /// The header of the file cannot be read.
    #[error("header of the file is damaged")]
    Header,
    /// The hash of a chunk is wrong.
    #[error("hash of the chunk is wrong")]
    Hash,
    /// What should be a chunk is none.
    #[error("no chunk begins here")]
    Framing,
    /// The trailer cannot be read.
    #[error("trailer of the file is damaged")]
    Trailer,
    /// The trailer is right, and chunks are missing before it or stand in another order.
    #[error("chunks are missing")]
    Missing,
    /// The file ends too early: pulled out, or the disk was full.
    #[error("file ends too early")]
    Cut,
}

/// What was found so far.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// The last header.
    pub header: Option<FileHeader>,
    /// The last trailer.
    pub trailer: Option<Trailer>,
    /// Intact chunks.
    pub chunks: u64,
    /// Places with damage.
    pub damaged: u64,
    /// Bytes read.
    pub bytes: u64,
}

impl Summary {
    /// Whether everything is as it was written, up to a trailer.
    pub fn is_complete(&self) -> bool {
        self.damaged == 0 && self.trailer.is_some()
    }
}

/// Why reading stopped.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The medium failed.
    #[error("cannot read on at byte {offset}")]
    Io {
        /// Where.
        offset: u64,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// Nothing to read.
    #[error("file is empty")]
    Empty,
    /// Nothing in it looks like a bundle.
    #[error("file is no bundle: nothing of one in its first {0} bytes")]
    NotABundle(u64),
    /// Written by a newer program.
    #[error("bundle has version {0}, this program reads version {VERSION}")]
    Version(u8),
}
