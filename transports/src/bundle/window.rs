//! The part of a file that is held at once.

use std::io::{self, Read};

use super::{CHUNK_OVERHEAD, MAX_CHUNK_LEN, finding::ReadError, write::len_u64};

/// What is held of a file at once, in bytes: a lost chunk, the next one, and room to read ahead.
const WINDOW_LEN: usize = 4 * (MAX_CHUNK_LEN + CHUNK_OVERHEAD);

/// A part of the file, moving forward.
#[derive(Debug)]
pub(super) struct Window<R> {
    source: R,
    buffer: Vec<u8>,
    /// Where in `buffer` the window begins.
    start: usize,
    /// Where in the file the window begins.
    pub(super) offset: u64,
    pub(super) at_end: bool,
}

impl<R: Read> Window<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            start: 0,
            offset: 0,
            at_end: false,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Reads until the window has `len` bytes or the file ends.
    pub(super) fn want(&mut self, len: usize) -> Result<(), ReadError> {
        if self.bytes().len() >= len || self.at_end {
            return Ok(());
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        let mut filled = self.buffer.len();
        self.buffer.resize(WINDOW_LEN.max(len), 0);
        while filled < len {
            let room = self.buffer.get_mut(filled..).unwrap_or_default();
            match self.source.read(room) {
                Ok(0) => {
                    self.at_end = true;
                    break;
                }
                Ok(n) => filled = filled.saturating_add(n),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => {
                    self.buffer.truncate(filled);
                    let offset = self.offset.saturating_add(len_u64(filled));
                    return Err(ReadError::Io { offset, source });
                }
            }
        }
        self.buffer.truncate(filled);
        Ok(())
    }

    pub(super) fn advance(&mut self, len: usize) {
        let len = len.min(self.bytes().len());
        self.start = self.start.saturating_add(len);
        self.offset = self.offset.saturating_add(len_u64(len));
    }
}
