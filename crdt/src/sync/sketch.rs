//! What differs between two sets of entries, for some 14 bytes a difference and one round trip.
//!
//! A rateless set sketch: [Practical Rateless Set Reconciliation], SIGCOMM 2024. One side sends
//! *symbols* made of its whole set, as many as it takes; the other takes its own symbols away from
//! them and peels the difference out. Nothing has to be known in advance of how much differs.
//!
//! ```text
//! entry id (32 B) ─keyed by the session's salt─► ShortId (6 B) ─► Encoder ─► symbols ─► Decoder ─► Difference
//!                                           └──► Coins (16 B) ─► Summary: how many differ?    └─► Want
//!
//! symbol    short ids, xor of all in it: 4 to 6 B     their checks, xor: 2 or 3 B
//! ```
//!
//! All numbers are big-endian. With H the 32 bytes of BLAKE3 keyed by the salt:
//!
//! ```text
//! ShortId   H(entry id)[0..6]                       Coins    H(entry id)[16..32]
//! k0 ‖ k1   H("")[0..16]                            mix      finaliser of splitmix64
//! z         mix(mix(ShortId ⊕ k0) ⊕ k1)             check    the highest bits of z
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
//! set. A wrong guess needs all bits to fit by chance, at 2/(2 + index) of the places. That saves a byte,
//! and the tests decode as many differences with as many symbols.
//!
//! [Practical Rateless Set Reconciliation]: https://arxiv.org/abs/2402.02668

mod counters;
mod decoder;
mod encoder;
mod mapping;
mod want;
mod width;

pub use counters::{COUNTERS, Coins, Counters, Summary};
pub use decoder::{Decoder, Difference, Progress, SketchError};
pub use encoder::Encoder;
pub use want::{MAX_PREFIXES, MAX_WANT_LEN, Want, WantError};
pub use width::Width;

/// Most symbols in one frame: 40 KiB, well under the frame's 64 KiB.
pub const MAX_SYMBOLS_A_FRAME: usize = 4_096;

/// Most symbols in one session, good for some 48,000 differences; past that the two fall back to
/// frontiers, which are cheaper then.
pub const MAX_SYMBOLS_A_SESSION: usize = 65_536;

/// Fewest symbols worth waiting a round trip for.
const MIN_BATCH: usize = 16;

/// How a sketch begins where the larger set has `items`, the sizes differ by `surplus` and about so
/// many `differences` are expected: the width of its symbols, and how many are sent at once.
///
/// Waiting for a second batch costs a round trip, so the first should do. It takes 1.36 d + 0.8√d
/// symbols, give or take √d (measured for d from 10 to 4,000); d itself is known within an eighth,
/// and never below the surplus. Up to a hundred differences the hellos leave little of 20 bytes a
/// difference: there the narrowest symbols leave room for more, the less so the more of the
/// differences the sizes tell. Beyond, twice as many symbols as differences are three standard
/// deviations too many.
#[must_use]
pub fn opening(items: u64, surplus: u64, differences: u64) -> (Width, usize) {
    let known = surplus / 4;
    let batch = |line: u64| {
        let many = differences.saturating_mul(2).saturating_sub(20);
        let many = many.saturating_sub(known);
        let count = usize::try_from(line.max(many)).unwrap_or(usize::MAX);
        count.min(MAX_SYMBOLS_A_SESSION)
    };
    let few = differences.saturating_mul(3).div_ceil(2).saturating_add(30);
    let narrow = few.saturating_add(differences / 4).saturating_sub(known);
    let (narrow, wide) = (batch(narrow), batch(few));
    match Width::of(items, narrow) {
        Width::MIN => (Width::MIN, narrow),
        _ => (Width::of(items, wide), wide),
    }
}

/// How many symbols to ask for when `received` did not do: a quarter more. Zero when the session's
/// symbols are used up.
#[must_use]
pub fn next_batch(received: usize) -> usize {
    (received / 4)
        .max(MIN_BATCH)
        .min(MAX_SYMBOLS_A_SESSION.saturating_sub(received))
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

    /// The short id and the coins of an entry: one hash gives both.
    #[must_use]
    pub fn hash(&self, entry_id: &[u8; 32]) -> (ShortId, Coins) {
        let hash = blake3::keyed_hash(&self.0, entry_id);
        let [a, b, c, d, e, f, _, _, _, _, _, _, _, _, _, _, coins @ ..] = *hash.as_bytes();
        (
            ShortId::from_bytes([a, b, c, d, e, f]),
            Coins::from_bytes(coins),
        )
    }

    /// The short id of an entry in this session.
    #[must_use]
    pub fn short_id(&self, entry_id: &[u8; 32]) -> ShortId {
        self.hash(entry_id).0
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
