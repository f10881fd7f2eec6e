//! Frames on a stream of bytes.
//!
//! | bytes | what |
//! |---|---|
//! | 3 | length of the body, big-endian, at most [`MAX_FRAME_LEN`] |
//! | length | body; its first byte is its type, which nobody reads here |
//!
//! A length of 0 is no frame: it fills, and opens a stream that its reader waits for. It MUST be
//! skipped. A longer length than the limit ends the link: after it, no boundary can be trusted.

use bytes::{BufMut, BytesMut};

use super::{Frame, FrameTooLong, MAX_FRAME_LEN};

/// Length of a frame's length, in bytes.
const PREFIX_LEN: usize = 3;

/// A frame that says nothing: it opens a stream.
pub(crate) const OPENING: [u8; PREFIX_LEN] = [0; PREFIX_LEN];

/// Appends `frame` to `out` as it stands on a stream.
pub fn append_frame(frame: &Frame, out: &mut BytesMut) {
    let body = frame.as_bytes();
    // A frame is at most 64 KiB, so three bytes hold its length.
    let len = u32::try_from(body.len()).unwrap_or(u32::MAX);
    out.reserve(body.len().saturating_add(PREFIX_LEN));
    out.put_uint(u64::from(len), PREFIX_LEN);
    out.put_slice(body);
}

/// Cuts a stream of bytes into frames.
///
/// Holds one frame that is not complete and whatever was pushed after it, so who pushes at most
/// *n* bytes between two calls of [`Self::next_frame`] that gave `None` needs `n + 64 KiB`.
#[derive(Debug, Default)]
pub struct FrameBuffer {
    bytes: BytesMut,
}

impl FrameBuffer {
    /// Takes the next bytes of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame, or `None` until more bytes are pushed.
    ///
    /// # Errors
    ///
    /// [`FrameTooLong`] if the stream announces a longer frame than the limit. Every later call
    /// fails too.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameTooLong> {
        loop {
            let Some(prefix) = self.bytes.first_chunk::<PREFIX_LEN>() else {
                return Ok(None);
            };
            let len = prefix
                .iter()
                .fold(0_usize, |len, byte| (len << 8) | usize::from(*byte));
            if len > MAX_FRAME_LEN {
                return Err(FrameTooLong(len));
            }
            let end = len.saturating_add(PREFIX_LEN);
            if self.bytes.len() < end {
                self.bytes.reserve(end.saturating_sub(self.bytes.len()));
                return Ok(None);
            }
            let body = self.bytes.split_to(end).freeze().slice(PREFIX_LEN..);
            if !body.is_empty() {
                return Frame::new(body).map(Some);
            }
        }
    }

    /// Whether the stream may end here: no frame has begun.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_as_they_went_in_however_the_stream_is_cut() {
        let frames: Vec<Frame> = [1, 2, 700, MAX_FRAME_LEN]
            .iter()
            .map(|len| Frame::new(vec![7; *len]).unwrap())
            .collect();
        let mut stream = BytesMut::from(&OPENING[..]);
        for frame in &frames {
            append_frame(frame, &mut stream);
            stream.extend_from_slice(&OPENING);
        }
        for cut in [1, 2, 3, 5, 1_000, stream.len()] {
            let mut buffer = FrameBuffer::default();
            let mut found = Vec::new();
            for piece in stream.chunks(cut) {
                buffer.push(piece);
                while let Some(frame) = buffer.next_frame().unwrap() {
                    found.push(frame);
                }
            }
            assert_eq!(found, frames, "cut every {cut} bytes");
            assert!(buffer.is_empty());
        }
    }

    #[test]
    fn longer_frame_than_the_limit_is_refused_before_it_arrives() {
        let mut buffer = FrameBuffer::default();
        buffer.push(&[1, 0, 1]);
        assert_eq!(buffer.next_frame(), Err(FrameTooLong(65_537)));
        buffer.push(&[0; 10]);
        assert_eq!(buffer.next_frame(), Err(FrameTooLong(65_537)));
    }

    #[test]
    fn half_a_frame_is_not_the_end_of_a_stream() {
        let mut buffer = FrameBuffer::default();
        buffer.push(&[0, 0, 2, 9]);
        assert_eq!(buffer.next_frame(), Ok(None));
        assert!(!buffer.is_empty());
    }
}
