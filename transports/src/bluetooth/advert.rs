//! Advertisements: how devices of one network recognise each other, and nobody else does.
//!
//! The service data of [`SERVICE`](super::SERVICE):
//!
//! | bytes | |
//! |---|---|
//! | 4 | nonce, random, another every 15 minutes |
//! | 4 | tag: start of BLAKE3 keyed with the network's tag key: `tag`, nonce |
//! | 2 | summary: start of BLAKE3 keyed with that key: `state`, nonce, the 32 bytes of the state digest |
//!
//! An advertisement of 31 bytes has room for no more beside its flags and the 16 bytes of the
//! service, so a tag has 4 bytes: with 9 accepted keys one foreign advertisement in 477 million is
//! taken for one of the network, and costs a dial that fails.
//!
//! To who lacks the key all ten bytes are random: no name, no key, no clock is in them. What can be
//! learnt is that somebody runs this program, and, from a summary that changes, that something
//! happened. A device without a network draws all bytes at random.

use std::{
    fmt,
    time::{Duration, Instant},
};

use zeroize::Zeroizing;

/// Length of an advertisement, in bytes.
pub const ADVERT_LEN: usize = 10;

/// How long a nonce serves. The adapter's address should change with it.
pub const NONCE_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Names a device while its nonce serves: nonce and tag.
pub type Tag = [u8; TAG_LEN];

/// Length of a [`Tag`], in bytes.
pub const TAG_LEN: usize = 8;

/// What a device advertises.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Advert {
    nonce: [u8; 4],
    mark: [u8; 4],
    summary: [u8; 2],
}

impl Advert {
    /// Reads service data; `None` unless it has exactly [`ADVERT_LEN`] bytes.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, d, e, f, g, h, i, j] = *<&[u8; ADVERT_LEN]>::try_from(bytes).ok()?;
        Some(Self {
            nonce: [a, b, c, d],
            mark: [e, f, g, h],
            summary: [i, j],
        })
    }

    /// The service data.
    pub fn encode(&self) -> [u8; ADVERT_LEN] {
        let ([a, b, c, d], [e, f, g, h], [i, j]) = (self.nonce, self.mark, self.summary);
        [a, b, c, d, e, f, g, h, i, j]
    }

    /// Names the device that advertises.
    pub fn tag(&self) -> Tag {
        let ([a, b, c, d], [e, f, g, h]) = (self.nonce, self.mark);
        [a, b, c, d, e, f, g, h]
    }

    /// Two bytes that change with the state of the device.
    pub fn summary(&self) -> [u8; 2] {
        self.summary
    }
}

/// Recognises devices of this network by their advertisements.
#[derive(Clone)]
pub struct Recogniser {
    keys: Vec<Zeroizing<[u8; 32]>>,
}

impl Recogniser {
    /// With the network's tag keys, the present one first. There may be none: then nobody is
    /// recognised.
    pub fn new(keys: Vec<[u8; 32]>) -> Self {
        Self {
            keys: keys.into_iter().map(Zeroizing::new).collect(),
        }
    }

    /// Which key `advert` was made with, if it is of this network.
    pub fn knows(&self, advert: &Advert) -> Option<usize> {
        let made_with = |key: &Zeroizing<[u8; 32]>| mark(key, advert.nonce) == advert.mark;
        self.keys.iter().position(made_with)
    }

    /// Whether `advert` is of a device of this network in the state of `digest`. One time in
    /// 65,536 it is although the state differs, until either changes.
    pub fn is_equal_state(&self, advert: &Advert, digest: &[u8; 32]) -> bool {
        let key = self.knows(advert).and_then(|at| self.keys.get(at));
        key.is_some_and(|key| summary(key, advert.nonce, digest) == advert.summary)
    }
}

impl fmt::Debug for Recogniser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recogniser({} keys)", self.keys.len())
    }
}

/// This device's own advertisement, as it changes.
#[derive(Debug)]
pub struct OwnAdvert {
    advert: Advert,
    drawn: Instant,
}

impl OwnAdvert {
    /// A new one with ten random bytes, for a device in the state of `digest`.
    pub fn draw(
        recogniser: &Recogniser,
        random: [u8; ADVERT_LEN],
        digest: &[u8; 32],
        now: Instant,
    ) -> Self {
        let [a, b, c, d, e, f, g, h, i, j] = random;
        let nonce = [a, b, c, d];
        let key = recogniser.keys.first();
        let advert = Advert {
            nonce,
            mark: key.map_or([e, f, g, h], |key| mark(key, nonce)),
            summary: key.map_or([i, j], |key| summary(key, nonce, digest)),
        };
        Self { advert, drawn: now }
    }

    /// When another one is to be drawn.
    pub fn expires(&self) -> Instant {
        self.drawn.checked_add(NONCE_LIFETIME).unwrap_or(self.drawn)
    }

    /// The device's state is that of `digest` now. Answers whether the advertisement changed.
    pub fn refresh(&mut self, recogniser: &Recogniser, digest: &[u8; 32]) -> bool {
        let Some(key) = recogniser.keys.first() else {
            return false;
        };
        let summary = summary(key, self.advert.nonce, digest);
        let has_changed = self.advert.summary != summary;
        self.advert.summary = summary;
        has_changed
    }

    /// What to advertise.
    pub fn advert(&self) -> Advert {
        self.advert
    }
}

fn mark(key: &[u8; 32], nonce: [u8; 4]) -> [u8; 4] {
    let [a, b, c, d, ..] = mac(key, &[b"tag", &nonce]);
    [a, b, c, d]
}

fn summary(key: &[u8; 32], nonce: [u8; 4], digest: &[u8; 32]) -> [u8; 2] {
    let [a, b, ..] = mac(key, &[b"state", &nonce, digest]);
    [a, b]
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_keyed(key);
    for part in parts {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: [u8; 32] = [1; 32];
    const NEW: [u8; 32] = [2; 32];
    const STATE: [u8; 32] = [9; 32];

    fn recogniser(keys: &[[u8; 32]]) -> Recogniser {
        Recogniser::new(keys.to_vec())
    }

    fn drawn(keys: &[[u8; 32]], random: u8) -> OwnAdvert {
        let random = *blake3::hash(&[random]).as_bytes().first_chunk().unwrap();
        OwnAdvert::draw(&recogniser(keys), random, &STATE, Instant::now())
    }

    #[test]
    fn devices_with_a_key_in_common_recognise_each_other() {
        let behind = drawn(&[OLD], 1).advert();
        assert_eq!(recogniser(&[OLD]).knows(&behind), Some(0));
        assert_eq!(recogniser(&[NEW, OLD]).knows(&behind), Some(1));
        assert_eq!(recogniser(&[NEW]).knows(&behind), None);
        let alone = drawn(&[], 1).advert();
        assert_eq!(recogniser(&[NEW, OLD]).knows(&alone), None);
        assert_eq!(recogniser(&[]).knows(&alone), None);
    }

    #[test]
    fn equal_states_are_seen_with_any_accepted_key() {
        let advert = drawn(&[OLD], 1).advert();
        assert!(recogniser(&[NEW, OLD]).is_equal_state(&advert, &STATE));
        assert!(!recogniser(&[NEW, OLD]).is_equal_state(&advert, &[8; 32]));
        assert!(!recogniser(&[NEW]).is_equal_state(&advert, &STATE));
    }

    #[test]
    fn a_new_state_changes_the_summary_and_nothing_else() {
        let (known, mut own) = (recogniser(&[NEW]), drawn(&[NEW], 1));
        let before = own.advert();
        assert!(!own.refresh(&known, &STATE));
        assert!(own.refresh(&known, &[8; 32]));
        assert_eq!(own.advert().tag(), before.tag());
        assert_ne!(own.advert().summary(), before.summary());
        assert!(known.is_equal_state(&own.advert(), &[8; 32]));
        assert_eq!(own.expires() - own.drawn, NONCE_LIFETIME);
    }

    #[test]
    fn two_starts_of_a_device_have_no_bytes_in_common() {
        let adverts: Vec<[u8; ADVERT_LEN]> = (0..200)
            .map(|n| drawn(&[NEW], n).advert().encode())
            .collect();
        for (n, one) in adverts.iter().enumerate() {
            for other in &adverts[n + 1..] {
                for len in [8, 4] {
                    let shared = one
                        .windows(len)
                        .any(|part| other.windows(len).any(|it| it == part));
                    assert!(!shared, "{one:?} and {other:?} share {len} bytes");
                }
            }
        }
    }

    #[test]
    fn bytes_come_back_and_other_lengths_are_no_advertisement() {
        let advert = drawn(&[NEW], 3).advert();
        let bytes = advert.encode();
        assert_eq!(Advert::decode(&bytes), Some(advert));
        for len in (0..40).filter(|len| *len != ADVERT_LEN) {
            assert_eq!(Advert::decode(&[7; 40][..len]), None);
        }
        for bit in 0..64 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            let flipped = Advert::decode(&flipped).unwrap();
            assert_eq!(recogniser(&[NEW]).knows(&flipped), None, "bit {bit}");
        }
    }

    #[test]
    fn bytes_are_those_that_other_programs_make() {
        let own = OwnAdvert::draw(&recogniser(&[OLD]), [0; 10], &STATE, Instant::now());
        let tag = blake3::keyed_hash(&OLD, b"tag\0\0\0\0");
        let summary = blake3::keyed_hash(&OLD, &[b"state\0\0\0\0", &STATE[..]].concat());
        let expected = [&[0; 4], &tag.as_bytes()[..4], &summary.as_bytes()[..2]].concat();
        assert_eq!(own.advert().encode()[..], expected);
    }
}
