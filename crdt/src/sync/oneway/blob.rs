//! Detached bytes in the body of a chunk.
//!
//! | body: parts, one after the other | bytes |
//! |---|--:|
//! | hash of the whole | 32 |
//! | length of the whole | var |
//! | where this part begins | var |
//! | length of this part, then the part | var + n |
//!
//! The hash of the whole says in the end whether the parts are right.

use crate::{
    codec::{CodecError, Reader, Writer},
    entry::{BlobRef, MAX_DETACHED_LEN},
    hash::BlobHash,
};

use super::MAX_BODY_LEN;

/// Longest head of a part, in bytes.
pub const MAX_BLOB_HEAD_LEN: usize = 32 + 3 * 4;

/// Shortest part worth its head, in bytes, unless it is the last.
const MIN_PART_LEN: usize = 256;

/// Fills bodies with detached bytes.
#[derive(Debug)]
pub struct BlobWriter {
    body: Writer,
}

impl Default for BlobWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl BlobWriter {
    /// Starts an empty body.
    pub fn new() -> Self {
        Self {
            body: Writer::with_capacity(MAX_BODY_LEN),
        }
    }

    /// Bytes of a part that still fit; too few are none.
    pub fn room(&self) -> usize {
        let used = self.body.len().saturating_add(MAX_BLOB_HEAD_LEN);
        let room = MAX_BODY_LEN.saturating_sub(used);
        if room < MIN_PART_LEN { 0 } else { room }
    }

    /// Appends the part of `blob` that begins at `offset`. It MUST fit into [`Self::room`].
    pub fn push(&mut self, blob: &BlobRef, offset: u32, part: &[u8]) {
        self.body
            .raw(blob.hash.as_bytes())
            .var(blob.len.into())
            .var(offset.into())
            .var_len(part.len())
            .raw(part);
    }

    /// Ends the body, if anything is in it. The next one starts empty.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        if self.body.is_empty() {
            return None;
        }
        let body = std::mem::replace(&mut self.body, Writer::with_capacity(MAX_BODY_LEN));
        Some(body.finish())
    }
}

/// A part of detached bytes, as a bundle claims.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BlobPart<'a> {
    /// What it is a part of.
    pub blob: BlobRef,
    /// Where it begins.
    pub offset: u32,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// Reads the parts in `body`, up to its end or to what is none: in a damaged body that is where
/// the walk ends.
pub fn read_blob_parts(body: &[u8]) -> impl Iterator<Item = Result<BlobPart<'_>, CodecError>> {
    let mut reader = Reader::new(body);
    std::iter::from_fn(move || {
        if reader.is_empty() {
            return None;
        }
        let part = read_part(&mut reader);
        if part.is_err() {
            reader = Reader::new(&[]);
        }
        Some(part)
    })
}

fn read_part<'a>(reader: &mut Reader<'a>) -> Result<BlobPart<'a>, CodecError> {
    let hash = BlobHash(reader.array()?);
    let len = reader.var_max("length of detached bytes", MAX_DETACHED_LEN)?;
    let offset = reader.var_max("start of a part", len)?;
    let part_len = reader.var_max("length of a part", len.saturating_sub(offset))?;
    let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
    Ok(BlobPart {
        blob: BlobRef {
            hash,
            len: number(len),
        },
        offset: number(offset),
        bytes: reader.bytes(part_len)?,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::as_conversions, reason = "tests count small things")]

    use super::*;

    #[test]
    fn parts_come_back_and_fill_bodies() {
        let bytes = vec![7; 100_000];
        let blob = BlobRef::of(&bytes);
        let mut writer = BlobWriter::new();
        let mut bodies = Vec::new();
        let mut offset = 0;
        while offset < bytes.len() {
            if writer.room() == 0 {
                bodies.extend(writer.finish());
            }
            let end = bytes.len().min(offset + writer.room());
            writer.push(&blob, u32::try_from(offset).unwrap(), &bytes[offset..end]);
            offset = end;
        }
        bodies.extend(writer.finish());
        assert_eq!(bodies.len(), 2);
        assert!(bodies[0].len() <= MAX_BODY_LEN && bodies[0].len() > MAX_BODY_LEN - 300);
        let mut back: Vec<u8> = Vec::new();
        for part in bodies.iter().flat_map(|body| read_blob_parts(body)) {
            let part = part.unwrap();
            assert_eq!((part.blob, part.offset as usize), (blob, back.len()));
            back.extend(part.bytes);
        }
        assert_eq!(back, bytes);
    }

    #[test]
    fn a_part_beyond_its_whole_is_refused() {
        let mut writer = BlobWriter::new();
        let blob = BlobRef {
            hash: BlobHash([1; 32]),
            len: 2_000,
        };
        writer.push(&blob, 1_999, &[0; 2]);
        let body = writer.finish().unwrap();
        let parts: Vec<_> = read_blob_parts(&body).collect();
        assert!(matches!(parts[..], [Err(CodecError::OverLimit { .. })]));
    }
}
