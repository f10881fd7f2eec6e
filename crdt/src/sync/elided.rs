//! An entry without what follows from the one before it in its log.
//!
//! | field | bytes |
//! |---|--:|
//! | flags: 1 anchor, 2 parents, 4 detached, 8 claimed earlier than the one before; plus 128 | 1 |
//! | kind | 1 |
//! | anchor, if it differs from the one before (the genesis at first) | 12 |
//! | claimed time, as its distance from the one before (0 at first) | var |
//! | parents, if any | 1 + 32 n |
//! | payload length, then payload or hash | var + n |
//! | signature | 64 |
//!
//! What is rebuilt is byte for byte what was signed, or its id and signature fail.

use crate::{
    codec::{CodecError, Reader, Writer, to_u64},
    entry::{
        Anchor, Kind, MAX_DETACHED_LEN, MAX_ENTRY_LEN, MAX_INLINE_LEN, MAX_PARENTS, Payload,
        SIGNATURE_LEN, SignedEntry, Tag, VERSION,
    },
    hash::{EntryId, NetworkId},
    keys::DeviceKey,
    time::Height,
};

const HAS_ANCHOR: u8 = 1;
const HAS_PARENTS: u8 = 2;
const IS_DETACHED: u8 = 4;
const IS_EARLIER: u8 = 8;
const IS_ENTRY: u8 = 128;

/// What an entry has in common with the one before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    anchor: Anchor,
    claimed: u32,
}

impl Before {
    /// What the first entry of a run is compared with.
    pub(super) fn start(network: &NetworkId) -> Self {
        Self {
            anchor: Anchor::genesis(network),
            claimed: 0,
        }
    }

    /// Appends `entry` to `out`.
    pub(super) fn write(&mut self, entry: &SignedEntry, out: &mut Writer) {
        let claim = entry.claim();
        let mut flags = IS_ENTRY;
        let mut set = |flag, condition| {
            if condition {
                flags |= flag;
            }
        };
        set(HAS_ANCHOR, claim.anchor != self.anchor);
        set(HAS_PARENTS, !claim.parents.is_empty());
        set(IS_DETACHED, matches!(claim.payload, Payload::Detached(_)));
        set(IS_EARLIER, claim.claimed.0 < self.claimed);
        out.u8(flags).u8(claim.kind.0);
        if claim.anchor != self.anchor {
            out.u32(claim.anchor.height.0).raw(&claim.anchor.prefix);
        }
        out.var(claim.claimed.0.abs_diff(self.claimed).into());
        if !claim.parents.is_empty() {
            out.u8(u8::try_from(claim.parents.len()).unwrap_or(u8::MAX));
            for parent in &claim.parents {
                out.raw(parent.as_bytes());
            }
        }
        match &claim.payload {
            Payload::Inline(bytes) => out.var_len(bytes.len()).raw(bytes),
            Payload::Detached(blob) => out.var(blob.len.into()).raw(blob.hash.as_bytes()),
        };
        let signature = entry.as_bytes().split_last_chunk::<SIGNATURE_LEN>();
        out.raw(signature.map_or(&[], |(_, it)| &it[..]));
        self.anchor = claim.anchor;
        self.claimed = claim.claimed.0;
    }

    /// Reads the entry whose first byte, `flags`, was taken off `reader` already.
    pub(super) fn read<'a>(
        &mut self,
        flags: u8,
        reader: &mut Reader<'a>,
    ) -> Result<Elided<'a>, CodecError> {
        if flags & !(HAS_ANCHOR | HAS_PARENTS | IS_DETACHED | IS_EARLIER) != IS_ENTRY {
            return Err(CodecError::NotCanonical("flags of the entry"));
        }
        let kind = Kind(reader.u8()?);
        if flags & HAS_ANCHOR != 0 {
            self.anchor = Anchor {
                height: Height(reader.u32()?),
                prefix: reader.array()?,
            };
        }
        let distance = read_u32(reader, "distance of the claimed time")?;
        self.claimed = if flags & IS_EARLIER == 0 {
            self.claimed.checked_add(distance)
        } else {
            self.claimed.checked_sub(distance)
        }
        .ok_or(CodecError::NotCanonical("claimed time"))?;
        let parents = if flags & HAS_PARENTS == 0 {
            &[][..]
        } else {
            let count = usize::from(reader.u8()?);
            if count > MAX_PARENTS {
                return Err(CodecError::OverLimit {
                    what: "number of parents",
                    value: to_u64(count),
                    limit: to_u64(MAX_PARENTS),
                });
            }
            reader.bytes(count.saturating_mul(32))?
        };
        let (limit, is_detached) = if flags & IS_DETACHED == 0 {
            (MAX_INLINE_LEN, false)
        } else {
            (MAX_DETACHED_LEN, true)
        };
        let payload_len = reader.var_max("payload length", limit)?;
        let payload = reader.bytes(if is_detached { 32 } else { payload_len })?;
        Ok(Elided {
            kind,
            anchor: self.anchor,
            claimed: self.claimed,
            parents,
            payload_len: u32::try_from(payload_len).unwrap_or(u32::MAX),
            payload,
            signature: reader.bytes(SIGNATURE_LEN)?,
        })
    }
}

/// What is said of one entry.
pub(super) struct Elided<'a> {
    pub(super) kind: Kind,
    anchor: Anchor,
    claimed: u32,
    parents: &'a [u8],
    payload_len: u32,
    payload: &'a [u8],
    signature: &'a [u8],
}

impl Elided<'_> {
    /// The entry, at that place of that log.
    pub(super) fn rebuild(
        &self,
        network: &NetworkId,
        author: &DeviceKey,
        tag: &Tag,
        seq: u32,
        previous: Option<EntryId>,
    ) -> Result<SignedEntry, CodecError> {
        let mut out = Writer::with_capacity(MAX_ENTRY_LEN);
        out.u8(VERSION)
            .u8(self.kind.0)
            .raw(&network.short())
            .raw(author.as_bytes())
            .raw(&tag.0)
            .u32(seq)
            .raw(previous.unwrap_or_default().as_bytes())
            .u32(self.anchor.height.0)
            .raw(&self.anchor.prefix)
            .u32(self.claimed)
            .u8(u8::try_from(self.parents.len() / 32).unwrap_or(u8::MAX))
            .raw(self.parents)
            .u32(self.payload_len)
            .raw(self.payload)
            .raw(self.signature);
        SignedEntry::decode(out.as_bytes())
    }
}

/// Reads a variable-length number of 32 bits.
pub(super) fn read_u32(reader: &mut Reader<'_>, what: &'static str) -> Result<u32, CodecError> {
    let limit = usize::try_from(u32::MAX).unwrap_or(usize::MAX);
    let value = reader.var_max(what, limit)?;
    u32::try_from(value).map_err(|_| CodecError::NotCanonical(what))
}
