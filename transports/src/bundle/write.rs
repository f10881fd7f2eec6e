//! Writes chunks, one after the other.

use std::io::{self, Write};

use thiserror::Error;

use super::{
    CHUNK_MAGIC, CHUNK_OVERHEAD, ChunkHasher, ChunkHead, FileHeader, HEADER_LEN, MAX_CHUNK_LEN,
    TRAILER_LEN, Trailer,
};

/// Writes the chunks of one file.
///
/// Makes three small writes and a large one a chunk, so `out` should buffer.
#[derive(Debug)]
pub struct ChunkWriter<W> {
    out: W,
    hasher: ChunkHasher,
    header: FileHeader,
    next_index: u32,
    /// Of the hashes of the chunks so far.
    digest: ChunkDigest,
    len: u64,
}

impl<W: Write> ChunkWriter<W> {
    /// Starts a file.
    ///
    /// # Errors
    ///
    /// What `out` said.
    pub fn new(mut out: W, hasher: ChunkHasher, header: FileHeader) -> io::Result<Self> {
        out.write_all(&header.encode())?;
        Ok(Self {
            out,
            digest: ChunkDigest::new(&hasher),
            hasher,
            next_index: header.first_index,
            header,
            len: len_u64(HEADER_LEN),
        })
    }

    /// Appends a chunk.
    ///
    /// # Errors
    ///
    /// What `out` said; [`ChunkTooLong`] within [`io::ErrorKind::InvalidInput`] if the body is
    /// longer than [`MAX_CHUNK_LEN`].
    pub fn chunk(&mut self, class: u8, body: &[u8]) -> io::Result<()> {
        let too_long = || io::Error::new(io::ErrorKind::InvalidInput, ChunkTooLong(body.len()));
        if body.len() > MAX_CHUNK_LEN {
            return Err(too_long());
        }
        let len = u32::try_from(body.len()).map_err(|_| too_long())?;
        let hashed = ChunkHead::hashed(len, class, self.next_index);
        let hash = self.hasher.hash(&[&hashed, body]);
        self.out.write_all(&CHUNK_MAGIC)?;
        self.out.write_all(&hashed)?;
        self.out.write_all(&hash)?;
        self.out.write_all(body)?;
        self.digest.add(&hash);
        self.next_index = self.next_index.saturating_add(1);
        self.len = self.len.saturating_add(chunk_len(body.len()));
        Ok(())
    }

    /// Bytes written so far, without the trailer.
    pub fn written(&self) -> u64 {
        self.len
    }

    /// Index that the next chunk will have.
    pub fn next_index(&self) -> u32 {
        self.next_index
    }

    /// Digest of the chunks so far, for who wants to sign them in a last chunk.
    pub fn digest(&self) -> [u8; 32] {
        self.digest.value()
    }

    /// Ends the file, and gives back what it was written to, flushed.
    ///
    /// # Errors
    ///
    /// What `out` said.
    pub fn finish(mut self, last: bool) -> io::Result<(W, Trailer)> {
        let trailer = Trailer {
            bundle: self.header.bundle,
            part: self.header.part,
            last,
            end_index: self.next_index,
            digest: self.digest.value(),
        };
        self.out.write_all(&trailer.encode(&self.hasher))?;
        self.out.flush()?;
        Ok((self.out, trailer))
    }
}

/// Length of a file that holds nothing.
pub(super) const EMPTY_FILE_LEN: u64 = len_u64(HEADER_LEN + TRAILER_LEN);

/// Length of a chunk on disk.
pub(super) fn chunk_len(body_len: usize) -> u64 {
    len_u64(body_len.saturating_add(CHUNK_OVERHEAD))
}

#[expect(
    clippy::as_conversions,
    reason = "no supported target has longer pointers than 64 bits"
)]
pub(super) const fn len_u64(len: usize) -> u64 {
    len as u64
}

/// Running digest of the hashes of a file's chunks.
#[derive(Clone, Debug)]
pub(super) struct ChunkDigest(blake3::Hasher);

impl ChunkDigest {
    pub(super) fn new(hasher: &ChunkHasher) -> Self {
        let mut start = hasher.start.clone();
        start.update(b"digest");
        Self(start)
    }

    pub(super) fn add(&mut self, hash: &[u8; 32]) {
        self.0.update(hash);
    }

    pub(super) fn value(&self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}

/// A body that no chunk holds.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("chunk has {0} bytes, the limit is {MAX_CHUNK_LEN}")]
pub struct ChunkTooLong(pub usize);
