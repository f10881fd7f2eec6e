//! A ballot that is cast.

use crate::{
    codec::{CodecError, Reader, Writer},
    entry::BlobRef,
    hash::BlobHash,
};

/// A ballot: where it is counted, and which bytes it is.
///
/// | bytes | field |
/// |------:|-------|
/// |     2 | ward of the voter |
/// |    32 | hash of its bytes |
/// |     4 | their number |
///
/// The ward stands here, and not only on the roll, so that a device knows what it need not ask for
/// before it knows the roll. Its bytes always travel apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cast {
    /// The ward of its voter.
    pub ward: u16,
    /// The ciphertext with its proofs.
    pub blob: BlobRef,
}

impl Cast {
    pub(super) fn write(&self, out: &mut Writer) {
        out.u16(self.ward);
        write_blob(out, &self.blob);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            ward: reader.u16()?,
            blob: read_blob(reader)?,
        })
    }
}

/// The name of bytes that travel apart: hash 32, length 4.
pub(super) fn write_blob(out: &mut Writer, blob: &BlobRef) {
    out.raw(blob.hash.as_bytes()).u32(blob.len);
}

pub(super) fn read_blob(reader: &mut Reader<'_>) -> Result<BlobRef, CodecError> {
    Ok(BlobRef {
        hash: BlobHash(reader.array()?),
        len: reader.u32()?,
    })
}
