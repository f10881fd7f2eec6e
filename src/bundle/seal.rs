//! How bundles and tickets are sealed to the network.
//!
//! | what | how |
//! |---|---|
//! | body of a chunk | `XChaCha20`; nonce: the bundle's number (16 B), 0 (4 B), the chunk's index (4 B) |
//! | chunk | BLAKE3 over the sealed body, keyed ([`ChunkHasher`]): made after sealing |
//! | small things (description, closing, ticket) | keyed BLAKE3 of the text, 24 B, which is also the nonce of `XChaCha20`; then the sealed text |
//!
//! A body whose hash is wrong can still be opened: every bit that was not touched comes out right,
//! and what is in it is judged by signatures. A nonce never comes twice with different text: the
//! number of a bundle is drawn at random, and small things make theirs from themselves.

use std::fmt;

use chacha20::{
    XChaCha20,
    cipher::{KeyIvInit, StreamCipher},
};
use commune_crdt::{
    genesis::{NetworkSecret, Purpose},
    hash::{derive_key, keyed_blake3},
};
use commune_transports::bundle::ChunkHasher;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bytes that a small thing grows by.
pub const SMALL_OVERHEAD: usize = 24;

/// The keys of one generation for bundles.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct BundleKey {
    generation: u32,
    hash: [u8; 32],
    body: [u8; 32],
    small: SmallKey,
}

impl BundleKey {
    /// The key of `generation`.
    pub fn new(secret: &NetworkSecret, generation: u32) -> Self {
        let mut key = secret.key(Purpose::Bundle, generation);
        let this = Self {
            generation,
            hash: derive_key("commune bundle hash v1", &[&key]),
            body: derive_key("commune bundle body v1", &[&key]),
            small: SmallKey::new(derive_key("commune bundle small v1", &[&key])),
        };
        key.zeroize();
        this
    }

    /// The keys that are accepted while `present` is the present generation, newest first.
    pub fn accepted(secret: &NetworkSecret, present: u32) -> Vec<Self> {
        NetworkSecret::accepted(present)
            .rev()
            .map(|generation| Self::new(secret, generation))
            .collect()
    }

    /// Which generation it is of.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// How chunks are hashed.
    pub(super) fn hasher(&self) -> ChunkHasher {
        ChunkHasher::keyed(&self.hash)
    }

    /// Seals or opens the body of a chunk.
    pub(super) fn apply(&self, bundle: &[u8; 16], index: u32, body: &mut [u8]) {
        let [a, b, c, d] = index.to_be_bytes();
        let mut nonce = [0; 24];
        let bytes = bundle.iter().copied().chain([0, 0, 0, 0, a, b, c, d]);
        for (place, byte) in nonce.iter_mut().zip(bytes) {
            *place = byte;
        }
        XChaCha20::new(&self.body.into(), &nonce.into()).apply_keystream(body);
    }

    pub(super) fn small(&self) -> &SmallKey {
        &self.small
    }
}

impl fmt::Debug for BundleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BundleKey(generation {})", self.generation)
    }
}

/// A key for small things.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct SmallKey {
    hash: [u8; 32],
    text: [u8; 32],
}

impl SmallKey {
    pub(super) fn new(mut key: [u8; 32]) -> Self {
        let this = Self {
            hash: derive_key("commune small hash v1", &[&key]),
            text: derive_key("commune small text v1", &[&key]),
        };
        key.zeroize();
        this
    }

    pub(super) fn seal(&self, text: &[u8]) -> Vec<u8> {
        let nonce = self.nonce(text);
        let mut sealed = nonce.to_vec();
        sealed.extend_from_slice(text);
        if let Some(text) = sealed.get_mut(SMALL_OVERHEAD..) {
            XChaCha20::new(&self.text.into(), &nonce.into()).apply_keystream(text);
        }
        sealed
    }

    /// The text, if it was sealed with this key and nothing was changed.
    pub(super) fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_first_chunk::<SMALL_OVERHEAD>()?;
        let mut text = text.to_vec();
        XChaCha20::new(&self.text.into(), &(*nonce).into()).apply_keystream(&mut text);
        (self.nonce(&text) == *nonce).then_some(text)
    }

    fn nonce(&self, text: &[u8]) -> [u8; SMALL_OVERHEAD] {
        let hash = keyed_blake3(&self.hash, &[text]);
        hash.first_chunk().copied().unwrap_or([0; SMALL_OVERHEAD])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(generation: u32) -> BundleKey {
        BundleKey::new(&NetworkSecret::new([5; 32]), generation)
    }

    #[test]
    fn each_chunk_of_each_bundle_is_sealed_differently_and_opens_bit_by_bit() {
        let mut bodies = Vec::new();
        for (generation, bundle, index) in [(0, 1, 1), (1, 1, 1), (0, 2, 1), (0, 1, 2)] {
            let mut body = [0; 64];
            key(generation).apply(&[bundle; 16], index, &mut body);
            bodies.push(body);
        }
        let mut opened = bodies[0];
        opened[7] ^= 4;
        key(0).apply(&[1; 16], 1, &mut opened);
        assert_eq!(opened.iter().map(|it| it.count_ones()).sum::<u32>(), 1);
        bodies.sort_unstable();
        bodies.dedup();
        assert_eq!(bodies.len(), 4);
    }

    #[test]
    fn small_things_open_whole_or_not_at_all() {
        let sealed = key(0).small().seal(b"who wrote it");
        assert_eq!(key(0).small().open(&sealed).unwrap(), b"who wrote it");
        assert_eq!(key(1).small().open(&sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key(0).small().open(&changed), None);
            assert_eq!(key(0).small().open(&sealed[..at]), None);
        }
    }
}
