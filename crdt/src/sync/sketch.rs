//! What differs between two sets of entries, for some 17 bytes a difference and one round trip.
//!
//! A rateless set sketch: [Practical Rateless Set Reconciliation], SIGCOMM 2024. One side sends
//! *symbols* made of its whole set, as many as it takes; the other takes its own symbols away from
//! them and peels the difference out. Nothing has to be known in advance of how much differs.
//!
//! ```text
//! entry id (32 B) ─keyed by the session's salt─► ShortId (6 B) ─► Encoder ─► symbols ─► Decoder ─► Difference
//!                                                                                            └─► Want
//!
//! symbol    short ids, xor of all in it: 6 B     their checks, xor: 4 B        10 B
//! ```
//!
//! All numbers are big-endian. With H the 32 bytes of BLAKE3 keyed by the salt:
//!
//! ```text
//! ShortId   H(entry id)[0..6]
//! k0 ‖ k1   H("")[0..16]                            mix      finaliser of splitmix64
//! z         mix(mix(ShortId ⊕ k0) ⊕ k1)             check    the high 32 bits of z
//! draws     splitmix64 from state z                 s        max(high half, low half) of a draw
//! indices   0, then x ↦ x + max(1, ⌈(2x + 3)(2³² − 1 − s) / 2(s + 1)⌉), one draw each
//! ```
//!
//! Integers only, so that both ends agree bit for bit. The paper's step is
//! ⌈(x + 1.5)(2³²/√(r + 1) − 1)⌉ with r a 64-bit draw; ⌊√r⌋ and the larger of two 32-bit draws
//! have exactly the same law, P(s ≤ k) = ((k + 1)/2³²)², so the root is not needed at all.
//!
//! BLAKE3 makes the short ids, so nobody who chose an entry before the salt was drawn can choose
//! its short id. What comes after it (check, indices) sees only these and need not resist anyone:
//! mixing is thirty times faster there, and a peer who spoils its own symbols gets an error.
//!
//! Symbols carry no count of their items, which the paper's do. A cell holds one item if the check
//! fits the id *and* the id's indices pass through that cell; who holds the item, the decoder looks up in its own
//! set. A wrong guess needs 32 bits to fit by chance, at 2/(2 + index) of the places. That saves a byte of
//! eleven, and the tests decode as many differences with as many symbols.
//!
//! [Practical Rateless Set Reconciliation]: https://arxiv.org/abs/2402.02668

mod decoder;
mod encoder;
mod mapping;
mod want;

pub use decoder::{Decoder, Difference, Progress, SketchError};
pub use encoder::Encoder;
pub use want::{MAX_PREFIXES, MAX_WANT_LEN, Want, WantError};

/// Bytes of a symbol on the wire.
pub const SYMBOL_LEN: usize = 10;

/// Most symbols in one frame: 40 KiB, well under the frame's 64 KiB.
pub const MAX_SYMBOLS_A_FRAME: usize = 4_096;

/// Most symbols in one session, good for some 48,000 differences; past that the two fall back to
/// frontiers, which are cheaper then.
pub const MAX_SYMBOLS_A_SESSION: usize = 65_536;

/// Fewest symbols to begin with: they decode 15 differences or more, nine times in ten.
const MIN_FIRST_BATCH: usize = 32;

/// Fewest symbols worth a frame of their own.
const MIN_BATCH: usize = 8;

/// How many symbols to send next, when `sent` are out and the two sets are known to differ in size
/// by `count_difference`; at most [`MAX_SYMBOLS_A_FRAME`].
///
/// First what decodes that difference, were it all, four times in five: 1.36 d + 1.5√d (measured
/// for d from 50 to 30,000). Then steps of a sixteenth of what was sent, and of an eighth once the
/// counts are seen to have shown only part of the difference. Zero when the session's symbols are
/// used up.
#[must_use]
pub fn next_batch(sent: usize, count_difference: u64) -> usize {
    let expected = count_difference.saturating_mul(34).saturating_div(25);
    let spread = count_difference.isqrt().saturating_mul(3).saturating_div(2);
    let first = usize::try_from(expected.saturating_add(spread)).unwrap_or(usize::MAX);
    let first = first.max(MIN_FIRST_BATCH);
    let wish = if sent < first {
        first.saturating_sub(sent)
    } else if sent < first.saturating_mul(2) {
        (sent / 16).max(MIN_BATCH)
    } else {
        sent / 8
    };
    wish.min(MAX_SYMBOLS_A_FRAME)
        .min(MAX_SYMBOLS_A_SESSION.saturating_sub(sent))
}

/// What both sides of a session contributed to, so that neither could prepare collisions.
///
/// It keys BLAKE3 directly, and what it hashes is told apart by length: 32 bytes are an entry id,
/// none are the keys of the mapping. Use it for nothing else.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// A salt for one session.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The short id of an entry in this session.
    #[must_use]
    pub fn short_id(&self, entry_id: &[u8; 32]) -> ShortId {
        let hash = blake3::keyed_hash(&self.0, entry_id);
        let [a, b, c, d, e, f, ..] = *hash.as_bytes();
        ShortId::from_bytes([a, b, c, d, e, f])
    }

    /// The keys of the mapping.
    fn mapping_keys(&self) -> (u64, u64) {
        let hash = blake3::keyed_hash(&self.0, b"");
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = *hash.as_bytes();
        (
            u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            u64::from_be_bytes([i, j, k, l, m, n, o, p]),
        )
    }
}

/// An entry's name within one session: 48 bits.
///
/// Two of a million entries share one in a session of 560; one of the two then stays hidden until
/// a session with another salt.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ShortId(u64);

impl ShortId {
    /// Bits of a short id.
    pub const BITS: u32 = 48;

    /// Reads six bytes, big-endian.
    #[must_use]
    pub const fn from_bytes([a, b, c, d, e, f]: [u8; 6]) -> Self {
        Self(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }

    /// Six bytes, big-endian.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 6] {
        let [_, _, bytes @ ..] = self.0.to_be_bytes();
        bytes
    }
}

#[cfg(test)]
mod tests;
