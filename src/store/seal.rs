//! Sealed rows: what the store writes is unreadable without its key.
//!
//! The value of each row is one frame, which tells where it begins and how long it is, so that
//! [`super::salvage`] finds it in a file whose own structure is broken:
//!
//! | bytes | field |
//! |------:|-------|
//! |     4 | [`MAGIC`] |
//! |     1 | [`Space`] |
//! |     4 | length `n` of the sealed text, big-endian |
//! |    24 | nonce |
//! |     n | sealed text |
//! |    16 | Poly1305 tag |
//!
//! Text of an entry or a pending entry: its bytes, which name themselves. Text of any other row:
//! 8 bytes of stamp (the number of the commit, so that of two versions the newer is known), 2 bytes
//! of length of the name, the name, the value.
//!
//! The nonce is a keyed hash of the space and the text, as in SIV modes. It needs no randomness and
//! no counter that a restored backup could set back: two different texts have different nonces, one
//! text has one frame. That shows which rows are equal, and rows are hardly ever written twice.
//!
//! The key of a row is a keyed hash of its name, cut to 16 bytes: a stolen disk shows neither names
//! nor who refers to whom.

use std::fmt;

use chacha20poly1305::{AeadInPlace, KeyInit, Tag, XChaCha20Poly1305, XNonce};
use commune_crdt::{
    codec::{Reader, Writer},
    entry::SIGNATURE_LEN,
    hash::{blake3, derive_key, keyed_blake3},
};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// How a frame begins. The bytes are rare in text and in numbers.
const MAGIC: [u8; 4] = [0xc3, 0x9e, 0xf1, 0xa6];

/// Bytes of a frame before the sealed text.
pub(super) const HEAD_LEN: usize = 4 + 1 + 4 + NONCE_LEN;

/// Longest sealed text, in bytes: four times the largest row, so that a broken length is seen.
pub(super) const MAX_TEXT_LEN: usize = 64 * 1_024;

const NONCE_LEN: usize = 24;
const TAG_LEN: usize = 16;

/// The key of a store, which the vault holds. Erased from memory when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct StoreKey([u8; 32]);

impl StoreKey {
    /// The key of these 32 bytes, which must be secret and random.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKey")
    }
}

/// A part of the store with rows of one kind.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Space {
    /// Entries that have their place, by id.
    Entries,
    /// Entries that wait for another, by id.
    Pending,
    /// Proofs of forks, by log.
    Forks,
    /// Parts of detached payloads, by hash and number.
    Blobs,
    /// Devices that this one talks to.
    Peers,
    /// The store's own rows and small settings.
    Meta,
}

impl Space {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::Entries,
        Self::Pending,
        Self::Forks,
        Self::Blobs,
        Self::Peers,
        Self::Meta,
    ];

    /// Its number in frames.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Entries => 1,
            Self::Pending => 2,
            Self::Forks => 3,
            Self::Blobs => 4,
            Self::Peers => 5,
            Self::Meta => 6,
        }
    }

    /// Its name in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Entries => "entries",
            Self::Pending => "pending",
            Self::Forks => "forks",
            Self::Blobs => "blobs",
            Self::Peers => "peers",
            Self::Meta => "meta",
        }
    }

    /// Whether a row is an entry, which names itself.
    fn holds_entries(self) -> bool {
        matches!(self, Self::Entries | Self::Pending)
    }
}

/// A row as it was before it was sealed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// The part of the store.
    pub space: Space,
    /// Number of the commit that wrote it; 0 for entries, of which there is one version.
    pub stamp: u64,
    /// Its name: the id of an entry.
    pub name: Vec<u8>,
    /// Its value: the bytes of an entry.
    pub value: Vec<u8>,
}

/// The keys that follow from a [`StoreKey`], and what is done with them.
pub(super) struct Seals {
    names: Zeroizing<[u8; 32]>,
    nonces: Zeroizing<[u8; 32]>,
    cipher: XChaCha20Poly1305,
    check: [u8; 8],
}

impl fmt::Debug for Seals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seals")
    }
}

impl Seals {
    pub(super) fn new(key: &StoreKey) -> Self {
        let derive = |context| Zeroizing::new(derive_key(context, &[&key.0]));
        let [a, b, c, d, e, f, g, h, ..] = *derive("commune/store/v1 key check");
        Self {
            names: derive("commune/store/v1 names of rows"),
            nonces: derive("commune/store/v1 nonces"),
            cipher: XChaCha20Poly1305::new((&*derive("commune/store/v1 values")).into()),
            check: [a, b, c, d, e, f, g, h],
        }
    }

    /// Bytes that tell this key from another, and nothing else about it.
    pub(super) fn check(&self) -> [u8; 8] {
        self.check
    }

    /// Where the row `name` is kept.
    pub(super) fn place(&self, space: Space, name: &[u8]) -> [u8; 16] {
        let [head @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] =
            keyed_blake3(&self.names, &[&[space.number()], name]);
        head
    }

    /// The frame of a row. `name` is not written for entries, whose bytes tell it.
    pub(super) fn seal(&self, space: Space, stamp: u64, name: &[u8], value: &[u8]) -> Vec<u8> {
        let room = [HEAD_LEN, TAG_LEN, 10, name.len(), value.len()];
        let mut text = Writer::with_capacity(room.iter().copied().fold(0, usize::saturating_add));
        text.raw(&[0; HEAD_LEN]);
        if !space.holds_entries() {
            text.u64(stamp)
                .u16(u16::try_from(name.len()).unwrap_or(u16::MAX))
                .raw(name);
        }
        text.raw(value);
        let mut frame = text.finish();
        let Some((head, text)) = frame.split_first_chunk_mut::<HEAD_LEN>() else {
            return frame;
        };
        let nonce = self.nonce(space, text);
        let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
        for (to, from) in head.iter_mut().zip(
            MAGIC
                .into_iter()
                .chain([space.number()])
                .chain(len.to_be_bytes())
                .chain(nonce),
        ) {
            *to = from;
        }
        // The only failure is a text of more than 256 GiB.
        if let Ok(tag) =
            self.cipher
                .encrypt_in_place_detached(&nonce.into(), &[space.number()], text)
        {
            frame.extend(tag);
        }
        frame
    }

    /// Reads the row at the front of `bytes`; also says how long its frame is.
    ///
    /// `None` where no intact frame of this key begins.
    pub(super) fn open_front(&self, bytes: &[u8]) -> Option<(Row, usize)> {
        let head = Head::read(bytes)?;
        let end = HEAD_LEN.checked_add(head.text_len)?;
        let frame_len = end.checked_add(TAG_LEN)?;
        let mut text = bytes.get(HEAD_LEN..end)?.to_vec();
        self.cipher
            .decrypt_in_place_detached(
                XNonce::from_slice(&head.nonce),
                &[head.space.number()],
                &mut text,
                Tag::from_slice(bytes.get(end..frame_len)?),
            )
            .ok()?;
        Some((row(head.space, text)?, frame_len))
    }

    /// Reads the row that `frame` is, no more and no less, in `space`.
    pub(super) fn open(&self, space: Space, frame: &[u8]) -> Option<Row> {
        let (row, frame_len) = self.open_front(frame)?;
        (row.space == space && frame_len == frame.len()).then_some(row)
    }

    fn nonce(&self, space: Space, text: &[u8]) -> [u8; NONCE_LEN] {
        let [nonce @ .., _, _, _, _, _, _, _, _] =
            keyed_blake3(&self.nonces, &[&[space.number()], text]);
        nonce
    }
}

/// The readable start of a frame.
pub(super) struct Head {
    pub(super) space: Space,
    pub(super) text_len: usize,
    nonce: [u8; NONCE_LEN],
}

impl Head {
    /// Reads it from the front of `bytes`; `None` where no frame of ours can begin.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        if reader.array().ok()? != MAGIC {
            return None;
        }
        let number = reader.u8().ok()?;
        let space = Space::ALL.into_iter().find(|it| it.number() == number)?;
        let text_len = usize::try_from(reader.u32().ok()?).ok()?;
        let nonce = reader.array().ok()?;
        (text_len <= MAX_TEXT_LEN).then_some(Self {
            space,
            text_len,
            nonce,
        })
    }
}

/// Every place in `bytes` where a frame may begin.
pub(super) fn marks(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let starts = bytes.windows(MAGIC.len()).enumerate();
    starts
        .filter(|(_, it)| *it == MAGIC)
        .map(|(place, _)| place)
}

fn row(space: Space, text: Vec<u8>) -> Option<Row> {
    if space.holds_entries() {
        let (unsigned, _) = text.split_last_chunk::<SIGNATURE_LEN>()?;
        return Some(Row {
            space,
            stamp: 0,
            name: blake3(&[unsigned]).to_vec(),
            value: text,
        });
    }
    let mut reader = Reader::new(&text);
    let stamp = reader.u64().ok()?;
    let name_len = usize::from(reader.u16().ok()?);
    let name = reader.bytes(name_len).ok()?.to_vec();
    Some(Row {
        space,
        stamp,
        name,
        value: reader.rest().to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_opens_to_what_was_sealed_and_no_other_frame_does() {
        let seals = seals(1);
        for (name, value) in [
            (&b"name"[..], &b"value"[..]),
            (b"", b""),
            (b"n", &[0; 2_000]),
        ] {
            let frame = seals.seal(Space::Peers, 7, name, value);
            let row = seals.open(Space::Peers, &frame).unwrap();
            assert_eq!((row.stamp, &*row.name, &*row.value), (7, name, value));
            assert_eq!(seals.open(Space::Meta, &frame), None);
            assert_eq!(self::seals(2).open(Space::Peers, &frame), None);
            for len in 0..frame.len() {
                assert_eq!(seals.open_front(&frame[..len]), None, "{len} bytes");
            }
            for bit in 0..frame.len() * 8 {
                let mut changed = frame.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(seals.open_front(&changed), None, "bit {bit}");
            }
        }
    }

    #[test]
    fn an_entry_names_itself() {
        let seals = seals(1);
        let bytes = [3; 200];
        let frame = seals.seal(Space::Entries, 7, b"another name", &bytes);
        let row = seals.open(Space::Entries, &frame).unwrap();
        assert_eq!(row.name, blake3(&[&bytes[..200 - SIGNATURE_LEN]]));
        assert_eq!((row.stamp, &*row.value), (0, &bytes[..]));
    }

    #[test]
    fn equal_rows_have_equal_frames_and_others_share_no_nonce() {
        let seals = seals(1);
        let seal = |space, name, value| seals.seal(space, 1, name, value);
        let frame = seal(Space::Peers, b"a", b"b");
        assert_eq!(frame, seal(Space::Peers, b"a", b"b"));
        let nonce = |frame: &[u8]| frame[9..HEAD_LEN].to_vec();
        for other in [
            seal(Space::Meta, b"a", b"b"),
            seal(Space::Peers, b"ab", b""),
            seal(Space::Peers, b"", b"ab"),
            self::seals(2).seal(Space::Peers, 1, b"a", b"b"),
        ] {
            assert_ne!(nonce(&frame), nonce(&other));
        }
        assert_ne!(
            seals.place(Space::Peers, b"a"),
            seals.place(Space::Meta, b"a")
        );
    }

    /// Another frame here is another format: it needs a step in `migrate`.
    #[test]
    fn frames_are_the_same_in_every_release() {
        let frame = seals(1).seal(Space::Meta, 1, b"name", b"value");
        assert_eq!(commune_crdt::hash::to_hex(&frame), GOLDEN);
    }

    const GOLDEN: &str = "c39ef1a60600000013ed10b9622cf97222f46df88d37e243f63991d9763ccb0ec1e3\
        65ec57ed99653b94df007e80c7cb75da1831267b0bea483bf8ae4b831210cbdfa5fa";

    fn seals(key: u8) -> Seals {
        Seals::new(&StoreKey::from_bytes([key; 32]))
    }
}
