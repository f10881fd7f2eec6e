//! Signed entries, the only thing devices exchange.
//!
//! An [`Entry`] states one fact in the name of one device. Bytes from a neighbour become a
//! [`SignedEntry`], whose signature nobody has checked yet. [`SignedEntry::verify`] is the only way
//! on, and every later stage takes a [`VerifiedEntry`]:
//!
//! ```text
//! bytes ──decode──► SignedEntry ──verify──► VerifiedEntry ──► history
//! Entry ──sign───────────────────────────────────┘
//! ```
//!
//! What a device writes itself enters by the same door as what it hears.
//!
//! # Bytes
//!
//! | offset | bytes | field |
//! |-------:|------:|-------|
//! |      0 |     1 | format version, [`VERSION`] |
//! |      1 |     1 | [`Kind`]: stream in the high 3 bits |
//! |      2 |     8 | network, first bytes of its [`NetworkId`] |
//! |     10 |    32 | author, the device's key |
//! |     42 |    16 | [`Tag`]: vote, text or action; MUST be zero in the other known streams |
//! |     58 |     4 | sequence number in the log, from 0 |
//! |     62 |    32 | id of the entry before it in the log, zeros at 0 |
//! |     94 |   4+8 | anchor: height and hash prefix of the newest checkpoint known |
//! |    106 |     4 | claimed time, minutes since 1970 |
//! |    110 |     1 | number of parents `p`, at most [`MAX_PARENTS`] |
//! |    111 | 32 p  | parents, in ascending order |
//! |        |     4 | payload length `n`, at most [`MAX_DETACHED_LEN`] |
//! |        | n or 32 | payload, or its BLAKE3 hash where n > [`MAX_INLINE_LEN`] |
//! |        |    64 | Ed25519 signature over the domain string, all 32 bytes of the network id and all bytes above |
//!
//! `id = BLAKE3(all but the signature)`.

mod place;

pub use self::place::{Anchor, Kind, LogId, Stream, Tag};

use thiserror::Error;

use crate::{
    codec::{CodecError, Reader, Writer, to_u64},
    hash::{BlobHash, EntryId, NetworkId, blake3, to_hex},
    keys::{DeviceKey, Domain, SecretKey, Signature, SignatureError, Verifier},
    time::{ClaimedMinutes, Height},
};

/// The one format this build reads and writes.
pub const VERSION: u8 = 1;

/// Longest entry, in bytes: what fits comfortably into one small frame of a slow link.
pub const MAX_ENTRY_LEN: usize = 1_600;

/// Longest payload inside an entry, in bytes. Longer ones are detached.
pub const MAX_INLINE_LEN: usize = 1_024;

/// Longest detached payload, in bytes: a law's whole text, or the ciphertext of a large ballot.
pub const MAX_DETACHED_LEN: usize = 2 * 1_024 * 1_024;

/// Most entries of other logs that an entry may name as read before it.
pub const MAX_PARENTS: usize = 8;

/// Bytes of a signature.
pub const SIGNATURE_LEN: usize = 64;

/// The fact itself, in the encoding that its kind defines.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Payload {
    /// At most [`MAX_INLINE_LEN`] bytes, inside the entry.
    Inline(Vec<u8>),
    /// More bytes, which travel apart.
    Detached(BlobRef),
}

impl Payload {
    /// Inline where it fits, else a reference to `bytes` that travel apart.
    pub fn of(bytes: Vec<u8>) -> Self {
        if bytes.len() <= MAX_INLINE_LEN {
            return Self::Inline(bytes);
        }
        Self::Detached(BlobRef::of(&bytes))
    }
}

/// Detached bytes by name and length.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct BlobRef {
    /// BLAKE3 hash of the bytes.
    pub hash: BlobHash,
    /// Their number.
    pub len: u32,
}

impl BlobRef {
    /// Names `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self {
            hash: BlobHash::of(bytes),
            len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        }
    }
}

/// A fact stated by one device, not signed yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// What it states.
    pub kind: Kind,
    /// The vote, text or action it is about.
    pub tag: Tag,
    /// Its place in the log, from 0.
    pub seq: u32,
    /// The entry just before it; `None` exactly at 0.
    pub previous: Option<EntryId>,
    /// The newest checkpoint that the author knew.
    pub anchor: Anchor,
    /// When the author says it was written.
    pub claimed: ClaimedMinutes,
    /// Entries of other logs that come before it, ascending, at most [`MAX_PARENTS`].
    pub parents: Vec<EntryId>,
    /// The fact.
    pub payload: Payload,
}

impl Entry {
    /// Signs this entry in `network` as the owner of `key`.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if no device would accept it.
    pub fn sign(self, network: &NetworkId, key: &SecretKey) -> Result<VerifiedEntry, CodecError> {
        self.check()?;
        let author = key.device_key();
        let mut bytes = self.unsigned_bytes(&network.short(), &author);
        let signature = key.sign(Domain::Entry, &[network.as_bytes(), &bytes]);
        let id = EntryId(blake3(&[&bytes]));
        bytes.extend(signature.0);
        Ok(VerifiedEntry(SignedEntry {
            id,
            author,
            network: network.short(),
            entry: self,
            bytes,
        }))
    }

    /// What is signed and hashed.
    fn unsigned_bytes(&self, network: &[u8; 8], author: &DeviceKey) -> Vec<u8> {
        let mut out = Writer::with_capacity(MAX_ENTRY_LEN);
        out.u8(VERSION)
            .u8(self.kind.0)
            .raw(network)
            .raw(author.as_bytes())
            .raw(&self.tag.0)
            .u32(self.seq)
            .raw(self.previous.unwrap_or_default().as_bytes())
            .u32(self.anchor.height.0)
            .raw(&self.anchor.prefix)
            .u32(self.claimed.0)
            .u8(u8::try_from(self.parents.len()).unwrap_or(u8::MAX));
        for parent in &self.parents {
            out.raw(parent.as_bytes());
        }
        match &self.payload {
            Payload::Inline(bytes) => out
                .u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX))
                .raw(bytes),
            Payload::Detached(blob) => out.u32(blob.len).raw(blob.hash.as_bytes()),
        };
        out.finish()
    }

    /// The rules of the format that single fields do not show.
    fn check(&self) -> Result<(), CodecError> {
        let over = |what, value: usize, limit: usize| {
            (value > limit).then_some(CodecError::OverLimit {
                what,
                value: to_u64(value),
                limit: to_u64(limit),
            })
        };
        if let Some(error) = over("number of parents", self.parents.len(), MAX_PARENTS) {
            return Err(error);
        }
        if !self.parents.is_sorted_by(|a, b| a < b) {
            return Err(CodecError::NotCanonical("list of parents"));
        }
        if (self.seq == 0) != self.previous.is_none() {
            return Err(CodecError::NotCanonical("link to the entry before"));
        }
        let tagged = self.tag != Tag::default();
        if self
            .kind
            .stream()
            .is_tagged()
            .is_some_and(|it| it != tagged)
        {
            return Err(CodecError::NotCanonical("tag"));
        }
        match &self.payload {
            Payload::Inline(bytes) => over("payload length", bytes.len(), MAX_INLINE_LEN),
            Payload::Detached(blob) => {
                let len = usize::try_from(blob.len).unwrap_or(usize::MAX);
                if len <= MAX_INLINE_LEN {
                    return Err(CodecError::NotCanonical("detached payload"));
                }
                over("payload length", len, MAX_DETACHED_LEN)
            }
        }
        .map_or(Ok(()), Err)
    }
}

/// A well-formed entry whose signature has not been checked.
///
/// Its content is a claim of whoever sent it. Look at it only for what comes before the check:
/// its name, its log and its place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedEntry {
    id: EntryId,
    author: DeviceKey,
    network: [u8; 8],
    entry: Entry,
    bytes: Vec<u8>,
}

impl SignedEntry {
    /// Reads exactly one entry from `bytes`.
    ///
    /// # Errors
    ///
    /// A [`CodecError`] that says which rule of the format `bytes` break.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let entry = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(entry)
    }

    /// Reads one entry from the front of `reader`: an entry tells where it ends.
    ///
    /// # Errors
    ///
    /// A [`CodecError`] that says which rule of the format the bytes break.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let whole = reader.rest();
        let version = reader.u8()?;
        if version != VERSION {
            return Err(CodecError::Unknown {
                what: "entry format",
                value: version.into(),
            });
        }
        let kind = Kind(reader.u8()?);
        let network = reader.array()?;
        let author = DeviceKey(reader.array()?);
        let tag = Tag(reader.array()?);
        let seq = reader.u32()?;
        let previous = Some(EntryId(reader.array()?)).filter(|id| *id != EntryId::default());
        let anchor = Anchor {
            height: Height(reader.u32()?),
            prefix: reader.array()?,
        };
        let claimed = ClaimedMinutes(reader.u32()?);
        let count = usize::from(reader.u8()?);
        if count > MAX_PARENTS {
            return Err(CodecError::OverLimit {
                what: "number of parents",
                value: to_u64(count),
                limit: to_u64(MAX_PARENTS),
            });
        }
        let parents = (0..count)
            .map(|_| reader.array().map(EntryId))
            .collect::<Result<_, _>>()?;
        let payload = read_payload(reader)?;
        let unsigned_len = whole.len().saturating_sub(reader.rest().len());
        reader.bytes(SIGNATURE_LEN)?;
        let bytes = whole
            .get(..unsigned_len.saturating_add(SIGNATURE_LEN))
            .ok_or(CodecError::Truncated)?;
        let unsigned = bytes.get(..unsigned_len).ok_or(CodecError::Truncated)?;

        let entry = Entry {
            kind,
            tag,
            seq,
            previous,
            anchor,
            claimed,
            parents,
            payload,
        };
        entry.check()?;
        Ok(Self {
            id: EntryId(blake3(&[unsigned])),
            author,
            network,
            entry,
            bytes: bytes.to_vec(),
        })
    }

    /// Checks that the author named in this entry signed it, in `network`.
    ///
    /// # Errors
    ///
    /// [`VerifyError`]: the entry is to be dropped, and nobody is to blame but who passed it on.
    pub fn verify(self, network: &NetworkId) -> Result<VerifiedEntry, VerifyError> {
        let verifier = Verifier::new(self.author.as_bytes()).map_err(|_| VerifyError::Author)?;
        self.verify_by(network, &verifier)
    }

    /// As [`Self::verify`], with the author's key already read.
    ///
    /// `author` MUST have been made from [`Self::author`].
    ///
    /// # Errors
    ///
    /// [`VerifyError`] as for [`Self::verify`].
    pub fn verify_by(
        self,
        network: &NetworkId,
        author: &Verifier,
    ) -> Result<VerifiedEntry, VerifyError> {
        if self.network != network.short() {
            return Err(VerifyError::Network {
                found: to_hex(&self.network),
                expected: to_hex(&network.short()),
            });
        }
        let (unsigned, signature) = self
            .bytes
            .split_last_chunk::<SIGNATURE_LEN>()
            .ok_or(VerifyError::Signature(SignatureError))?;
        author.verify(
            Domain::Entry,
            &[network.as_bytes(), unsigned],
            &Signature(*signature),
        )?;
        Ok(VerifiedEntry(self))
    }

    /// Takes stored bytes back without checking the signature again.
    ///
    /// Only for what this device verified before it sealed it: the seal vouches for the check.
    #[must_use]
    pub fn trust_sealed(self) -> VerifiedEntry {
        VerifiedEntry(self)
    }

    /// The name by which others refer to it.
    pub fn id(&self) -> EntryId {
        self.id
    }

    /// The device that, it says, wrote it.
    pub fn author(&self) -> DeviceKey {
        self.author
    }

    /// The log and the place in it that it claims.
    pub fn log(&self) -> LogId {
        LogId {
            author: self.author,
            stream: self.entry.kind.stream(),
            tag: self.entry.tag,
        }
    }

    /// What it claims to state.
    pub fn claim(&self) -> &Entry {
        &self.entry
    }

    /// The bytes as received.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// An entry that its author did sign.
///
/// The signature says who wrote it, not that the rules allow it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifiedEntry(SignedEntry);

impl VerifiedEntry {
    /// The name by which others refer to it.
    pub fn id(&self) -> EntryId {
        self.0.id
    }

    /// The device that wrote it.
    pub fn author(&self) -> DeviceKey {
        self.0.author
    }

    /// The log it belongs to.
    pub fn log(&self) -> LogId {
        self.0.log()
    }

    /// What it states.
    pub fn entry(&self) -> &Entry {
        &self.0.entry
    }

    /// The bytes to store and to hand on, unchanged from those received.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    /// The bytes, without a copy.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.bytes
    }
}

/// An entry that its author did not sign in this network.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum VerifyError {
    /// It belongs elsewhere.
    #[error("it belongs to the network {found}, this one is {expected}")]
    Network {
        /// First bytes of the network that it names.
        found: String,
        /// First bytes of the network asked for.
        expected: String,
    },
    /// The author field holds no usable key.
    #[error("the author is not a valid Ed25519 public key")]
    Author,
    /// The signature is not the author's, or the entry was changed after signing.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

fn read_payload(reader: &mut Reader<'_>) -> Result<Payload, CodecError> {
    let wire_len = reader.u32()?;
    let len = usize::try_from(wire_len).unwrap_or(usize::MAX);
    if len > MAX_DETACHED_LEN {
        return Err(CodecError::OverLimit {
            what: "payload length",
            value: wire_len.into(),
            limit: to_u64(MAX_DETACHED_LEN),
        });
    }
    if len <= MAX_INLINE_LEN {
        return Ok(Payload::Inline(reader.bytes(len)?.to_vec()));
    }
    Ok(Payload::Detached(BlobRef {
        hash: BlobHash(reader.array()?),
        len: wire_len,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_gives_back_what_was_signed() {
        for entry in [certification(), edit()] {
            let sent = entry.clone().sign(&network(), &alice()).unwrap();
            let heard = SignedEntry::decode(sent.as_bytes())
                .unwrap()
                .verify(&network())
                .unwrap();
            assert_eq!(heard.entry(), &entry);
            assert_eq!(heard, sent);
        }
    }

    /// A changed id here means a changed format: raise [`VERSION`] rather than these constants.
    #[test]
    fn bytes_and_ids_are_the_same_on_every_device_and_release() {
        let signed = |entry: Entry| entry.sign(&network(), &alice()).unwrap();
        assert_eq!(
            to_hex(signed(certification()).as_bytes()),
            include_str!("../vectors/entry-first.hex").trim(),
        );
        assert_eq!(
            to_hex(signed(edit()).as_bytes()),
            include_str!("../vectors/entry-detached.hex").trim(),
        );
        assert_eq!(
            [certification(), edit()].map(|it| signed(it).id().to_string()),
            include_str!("../vectors/entry-ids.txt")
                .lines()
                .collect::<Vec<_>>()[..],
        );
    }

    #[test]
    fn any_flipped_bit_is_noticed() {
        for entry in [certification(), edit()] {
            let bytes = entry.sign(&network(), &alice()).unwrap().into_bytes();
            for bit in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let accepted =
                    SignedEntry::decode(&changed).is_ok_and(|it| it.verify(&network()).is_ok());
                assert!(!accepted, "bit {bit} can change unnoticed");
            }
        }
    }

    #[test]
    fn every_truncation_is_an_error() {
        let bytes = edit().sign(&network(), &alice()).unwrap().into_bytes();
        for len in 0..bytes.len() {
            let error = SignedEntry::decode(&bytes[..len]).unwrap_err();
            assert_eq!(error, CodecError::Truncated, "at {len} bytes");
        }
    }

    #[test]
    fn an_entry_of_another_network_is_refused() {
        let bytes = edit().sign(&network(), &alice()).unwrap().into_bytes();
        let read = |bytes: &[u8]| SignedEntry::decode(bytes).unwrap();
        assert!(matches!(
            read(&bytes).verify(&NetworkId([8; 32])),
            Err(VerifyError::Network { .. }),
        ));
        // Another network that was ground to share the 8 bytes that are sent.
        let mut twin = network();
        twin.0[31] ^= 1;
        assert_eq!(
            read(&bytes).verify(&twin),
            Err(VerifyError::Signature(SignatureError)),
        );
    }

    #[test]
    fn the_longest_entry_fits_its_limit() {
        let longest = Entry {
            parents: (0..8).map(|i| EntryId([i; 32])).collect(),
            payload: Payload::Inline(vec![0; MAX_INLINE_LEN]),
            ..edit()
        };
        let bytes = longest.sign(&network(), &alice()).unwrap().into_bytes();
        assert!(bytes.len() <= MAX_ENTRY_LEN, "{}", bytes.len());
    }

    #[test]
    fn what_no_device_accepts_is_not_signed() {
        let wrong = [
            Entry {
                tag: Tag([1; 16]),
                ..certification()
            },
            Entry {
                tag: Tag::default(),
                ..edit()
            },
            Entry {
                seq: 1,
                ..certification()
            },
            Entry {
                previous: None,
                ..edit()
            },
            Entry {
                parents: vec![EntryId([2; 32]), EntryId([1; 32])],
                ..edit()
            },
            Entry {
                payload: Payload::Inline(vec![0; MAX_INLINE_LEN + 1]),
                ..edit()
            },
            Entry {
                payload: Payload::Detached(BlobRef {
                    hash: BlobHash([0; 32]),
                    len: 1_024,
                }),
                ..edit()
            },
        ];
        for entry in wrong {
            assert!(
                entry.clone().sign(&network(), &alice()).is_err(),
                "{entry:?}"
            );
        }
    }

    #[test]
    fn an_unknown_kind_keeps_its_place_in_its_stream() {
        let unknown = Entry {
            kind: Kind::new(Stream::MEMBER, 31),
            ..certification()
        };
        let heard = unknown.sign(&network(), &alice()).unwrap();
        assert_eq!(heard.log().stream, Stream::MEMBER);
    }

    fn certification() -> Entry {
        Entry {
            kind: Kind::new(Stream::MEMBER, 4),
            tag: Tag::default(),
            seq: 0,
            previous: None,
            anchor: Anchor::genesis(&network()),
            claimed: ClaimedMinutes(29_400_000),
            parents: vec![],
            payload: Payload::Inline(b"Zo\xc3\xa9".to_vec()),
        }
    }

    fn edit() -> Entry {
        Entry {
            kind: Kind::new(Stream::TEXT, 1),
            tag: Tag([5; 16]),
            seq: 7,
            previous: Some(EntryId([6; 32])),
            anchor: Anchor {
                height: Height(412),
                prefix: [9; 8],
            },
            claimed: ClaimedMinutes(29_400_001),
            parents: vec![EntryId([1; 32]), EntryId([2; 32])],
            payload: Payload::of(vec![3; 4_000]),
        }
    }

    fn network() -> NetworkId {
        NetworkId([7; 32])
    }

    fn alice() -> SecretKey {
        SecretKey::from_seed(&[1; 32])
    }
}
