//! A checkpoint with its state in the bodies of chunks, for who has no entries below it.
//!
//! | body | bytes |
//! |---|--:|
//! | height of the checkpoint | 4 |
//! | where this part begins | 8 |
//! | length of the whole | 8 |
//! | the part | n |
//!
//! Parts follow each other without gaps; the whole is what a reader verifies.

use crate::{
    codec::{CodecError, Reader, Writer, to_u64},
    time::Height,
};

use super::MAX_BODY_LEN;

const HEAD_LEN: usize = 4 + 8 + 8;

/// A part of a checkpoint with its state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CarriedPart<'a> {
    /// The height of the checkpoint.
    pub height: Height,
    /// Where the part begins.
    pub offset: u64,
    /// Bytes of the whole.
    pub len: u64,
    /// The part.
    pub bytes: &'a [u8],
}

impl<'a> CarriedPart<'a> {
    /// Reads the body of a chunk.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if it is not of the form.
    pub fn read(body: &'a [u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(body);
        let part = Self {
            height: Height(reader.u32()?),
            offset: reader.u64()?,
            len: reader.u64()?,
            bytes: reader.rest(),
        };
        let end = part.offset.checked_add(to_u64(part.bytes.len()));
        match end {
            Some(end) if end <= part.len => Ok(part),
            _ => Err(CodecError::NotCanonical("part of a state")),
        }
    }
}

/// The bodies of chunks that hold `whole`, the checkpoint of `height` with its state.
pub fn carried_bodies(height: Height, whole: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut offset = 0_u64;
    whole
        .chunks(MAX_BODY_LEN.saturating_sub(HEAD_LEN))
        .map(move |part| {
            let mut body = Writer::with_capacity(part.len().saturating_add(HEAD_LEN));
            body.u32(height.0)
                .u64(offset)
                .u64(to_u64(whole.len()))
                .raw(part);
            offset = offset.saturating_add(to_u64(part.len()));
            body.finish()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_each_other_and_none_goes_beyond_the_whole() {
        let whole: Vec<u8> = (0..200_000_u32).flat_map(u32::to_be_bytes).collect();
        let mut read = Vec::new();
        for body in carried_bodies(Height(7), &whole) {
            assert!(body.len() <= MAX_BODY_LEN);
            let part = CarriedPart::read(&body).unwrap();
            assert_eq!(part.offset, to_u64(read.len()));
            assert_eq!((part.height, part.len), (Height(7), to_u64(whole.len())));
            read.extend_from_slice(part.bytes);
            for len in 0..HEAD_LEN {
                assert!(CarriedPart::read(&body[..len]).is_err());
            }
            assert!(CarriedPart::read(&[&body[..], &[0; 70_000 * 12]].concat()).is_err());
        }
        assert_eq!(read, whole);
    }
}
