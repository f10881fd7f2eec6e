//! Bounded, canonical reading and writing of bytes.
//!
//! Everything that is signed or that a stranger may send is read here and nowhere else. Integers
//! are big-endian. A reader never allocates more than the bytes it was given, and each length is
//! checked against a limit that the caller names.
//!
//! | written as | bytes |
//! |---|---|
//! | `u8` … `u64` | 1 … 8, big-endian |
//! | `var` | 1–10, seven bits a byte, low first, shortest form only |
//! | `short bytes` | `u16` length, then the bytes |
//! | `text` | short bytes that are UTF-8 without control characters except line feed |

mod base64;

use thiserror::Error;

pub use self::base64::{from_base64, to_base64};

/// Reads fields one after the other from bytes of unknown origin.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Bytes not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether all bytes are read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes exactly `N` bytes.
    ///
    /// # Errors
    ///
    /// [`CodecError::Truncated`] if fewer are left.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let (head, tail) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(CodecError::Truncated)?;
        self.rest = tail;
        Ok(*head)
    }

    /// Takes the next `len` bytes.
    ///
    /// # Errors
    ///
    /// [`CodecError::Truncated`] if fewer are left.
    pub fn bytes(&mut self, len: usize) -> Result<&'a [u8], CodecError> {
        let (head, tail) = self
            .rest
            .split_at_checked(len)
            .ok_or(CodecError::Truncated)?;
        self.rest = tail;
        Ok(head)
    }

    /// Takes one byte.
    ///
    /// # Errors
    ///
    /// [`CodecError::Truncated`] if none is left.
    pub fn u8(&mut self) -> Result<u8, CodecError> {
        self.array().map(|[byte]| byte)
    }

    /// Takes a 2-byte integer.
    ///
    /// # Errors
    ///
    /// [`CodecError::Truncated`] if too few bytes are left.
    pub fn u16(&mut self) -> Result<u16, CodecError> {
        self.array().map(u16::from_be_bytes)
    }

    /// Takes a 4-byte integer.
    ///
    /// # Errors
    ///
    /// [`CodecError::Truncated`] if too few bytes are left.
    pub fn u32(&mut self) -> Result<u32, CodecError> {
        self.array().map(u32::from_be_bytes)
    }

    /// Takes an 8-byte integer.
    ///
    /// # Errors
    ///
    /// [`CodecError::Truncated`] if too few bytes are left.
    pub fn u64(&mut self) -> Result<u64, CodecError> {
        self.array().map(u64::from_be_bytes)
    }

    /// Takes an integer of seven bits a byte.
    ///
    /// # Errors
    ///
    /// [`CodecError::NotCanonical`] if a shorter form exists or it passes 64 bits.
    pub fn var(&mut self) -> Result<u64, CodecError> {
        let mut value = 0_u64;
        for shift in (0_u32..64).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                if byte == 0 && shift > 0 {
                    break;
                }
                return Ok(value);
            }
        }
        Err(CodecError::NotCanonical("integer"))
    }

    /// Takes an integer of seven bits a byte that is at most `limit`.
    ///
    /// # Errors
    ///
    /// [`CodecError::OverLimit`] with `what` if it is larger.
    pub fn var_max(&mut self, what: &'static str, limit: usize) -> Result<usize, CodecError> {
        let value = self.var()?;
        usize::try_from(value)
            .ok()
            .filter(|value| *value <= limit)
            .ok_or_else(|| CodecError::OverLimit {
                what,
                value,
                limit: to_u64(limit),
            })
    }

    /// Takes a 0 or a 1.
    ///
    /// # Errors
    ///
    /// [`CodecError::NotCanonical`] for any other byte.
    pub fn flag(&mut self) -> Result<bool, CodecError> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(CodecError::NotCanonical("flag")),
        }
    }

    /// Takes bytes after their 2-byte length.
    ///
    /// # Errors
    ///
    /// [`CodecError::OverLimit`] with `what` if there are more than `limit`.
    pub fn short_bytes(
        &mut self,
        what: &'static str,
        limit: usize,
    ) -> Result<&'a [u8], CodecError> {
        let len = usize::from(self.u16()?);
        if len > limit {
            return Err(CodecError::OverLimit {
                what,
                value: to_u64(len),
                limit: to_u64(limit),
            });
        }
        self.bytes(len)
    }

    /// Takes text after its 2-byte length, at most `limit` bytes of UTF-8.
    ///
    /// # Errors
    ///
    /// [`CodecError::NotText`] if it is not UTF-8 or holds a control character other than a line
    /// feed: names and texts of strangers end up on people's terminals.
    pub fn text(&mut self, what: &'static str, limit: usize) -> Result<String, CodecError> {
        let bytes = self.short_bytes(what, limit)?;
        let text = str::from_utf8(bytes).map_err(|_| CodecError::NotText(what))?;
        if !is_clean(text) {
            return Err(CodecError::NotText(what));
        }
        Ok(text.to_owned())
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// [`CodecError::Trailing`] if bytes are left: what is signed has one encoding.
    pub fn finish(self) -> Result<(), CodecError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(CodecError::Trailing(self.rest.len()))
    }
}

/// Whether `text` may be part of a signed fact: no control character but the line feed.
pub fn is_clean(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && c != '\n')
}

/// Writes fields one after the other, in the one form that [`Reader`] takes back.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// An empty writer.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty writer with room for `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(capacity),
        }
    }

    /// Writes `bytes` as they are.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Writes one byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.raw(&[value])
    }

    /// Writes 2 bytes.
    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// Writes 4 bytes.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// Writes 8 bytes.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.raw(&value.to_be_bytes())
    }

    /// Writes a 0 or a 1.
    pub fn flag(&mut self, value: bool) -> &mut Self {
        self.u8(u8::from(value))
    }

    /// Writes an integer of seven bits a byte, in its shortest form.
    pub fn var(&mut self, mut value: u64) -> &mut Self {
        while value >= 0x80 {
            let [.., low] = value.to_be_bytes();
            self.u8(low | 0x80);
            value >>= 7;
        }
        let [.., low] = value.to_be_bytes();
        self.u8(low)
    }

    /// Writes a length of memory as [`Self::var`].
    pub fn var_len(&mut self, len: usize) -> &mut Self {
        self.var(to_u64(len))
    }

    /// Writes at most 65,535 bytes after their 2-byte length; what is beyond is cut, so callers
    /// check their own limit first.
    pub fn short_bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let len = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        let kept = bytes.get(..usize::from(len)).unwrap_or(bytes);
        self.u16(len).raw(kept)
    }

    /// Bytes written so far.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What was written so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Ends the writing.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// A length of memory as a number on the wire.
pub fn to_u64(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// Bytes that are not in the one form that the format allows.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum CodecError {
    /// The bytes end inside a field.
    #[error("the bytes end too early")]
    Truncated,
    /// More bytes follow the last field.
    #[error("{0} bytes follow the end")]
    Trailing(usize),
    /// A length or a count that no device accepts.
    #[error("{what} is {value}, the limit is {limit}")]
    OverLimit {
        /// The field.
        what: &'static str,
        /// The value found.
        value: u64,
        /// The largest accepted.
        limit: u64,
    },
    /// A value that the format does not know.
    #[error("{what} has the unknown value {value}")]
    Unknown {
        /// The field.
        what: &'static str,
        /// The value found.
        value: u64,
    },
    /// The same value has another, shorter or ordered form.
    #[error("{0} is not in its canonical form")]
    NotCanonical(&'static str),
    /// Not UTF-8, or with control characters.
    #[error("{0} is not clean text")]
    NotText(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_seven_bits_have_one_form() {
        for value in [0, 1, 127, 128, 300, 1 << 32, u64::MAX - 1, u64::MAX] {
            let mut writer = Writer::new();
            writer.var(value);
            let bytes = writer.finish();
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.var(), Ok(value));
            assert_eq!(reader.finish(), Ok(()));
        }
        for padded in [&[0x80, 0][..], &[0xff, 0], &[0xff; 10], &[0x80; 11]] {
            assert!(Reader::new(padded).var().is_err(), "{padded:?}");
        }
    }

    #[test]
    fn control_characters_are_not_text() {
        for (text, clean) in [("Zoé\n", true), ("a\u{1b}[31m", false), ("\u{9b}", false)] {
            let mut writer = Writer::new();
            writer.short_bytes(text.as_bytes());
            let bytes = writer.finish();
            assert_eq!(Reader::new(&bytes).text("name", 100).is_ok(), clean);
        }
    }

    #[test]
    fn a_length_over_its_limit_is_named() {
        let error = Reader::new(&[0, 9]).short_bytes("name", 8).unwrap_err();
        assert_eq!(error.to_string(), "name is 9, the limit is 8");
    }
}
