//! Tags: how devices of one network recognise each other's announcements, and nobody else does.
//!
//! | tag, 8 bytes | |
//! |---|---|
//! | 4 | random, another every 15 minutes |
//! | 4 | start of BLAKE3 keyed with the network's key: `tag`, the random bytes, the UDP port |
//!
//! | first connection id of a dial, 20 bytes | |
//! |---|---|
//! | 8 | random |
//! | 12 | start of BLAKE3 keyed with the network's key: `dial`, the random bytes, the UDP port dialled |
//!
//! To who lacks the key both are random. A device without a network draws all bytes at random.
//!
//! A *hidden* device dials only known tags and answers only a dial of known id, each once, before
//! any byte of TLS: a prober does not learn its key. What was recorded at one port proves nothing
//! at another. Who repeats a recorded announcement at its own port while the device is silent can
//! be dialled, and then learns the dialler's device key, but nothing that is said in frames.

use std::collections::{HashSet, VecDeque};

/// Length of a tag, in bytes.
pub(super) const TAG_LEN: usize = 8;

/// Names a device in its announcements.
pub(super) type Tag = [u8; TAG_LEN];

/// Length of the first connection id of a dial, in bytes: the longest that QUIC takes.
pub(super) const DIAL_ID_LEN: usize = 20;

/// Dials remembered, to answer none twice.
const MAX_SEEN: usize = 4_096;

/// Makes and recognises tags and dials.
#[derive(Debug)]
pub(super) struct Tags {
    keys: Vec<[u8; 32]>,
    seen: HashSet<[u8; 8]>,
    order: VecDeque<[u8; 8]>,
}

impl Tags {
    /// With the network's keys, the present one first. There may be none.
    pub(super) fn new(keys: Vec<[u8; 32]>) -> Self {
        Self {
            keys,
            seen: HashSet::new(),
            order: VecDeque::new(),
        }
    }

    /// Whether others can be recognised at all.
    pub(super) fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// A new tag for a device that listens on `port`, from 8 random bytes.
    pub(super) fn draw(&self, port: u16, random: Tag) -> Tag {
        let Some(key) = self.keys.first() else {
            return random;
        };
        let [a, b, c, d, ..] = random;
        let [e, f, g, h, ..] = mac(key, b"tag", &[a, b, c, d], port);
        [a, b, c, d, e, f, g, h]
    }

    /// Whether `tag` is of a device of this network that listens on `port`.
    pub(super) fn knows(&self, tag: &Tag, port: u16) -> bool {
        let [a, b, c, d, mark @ ..] = tag;
        let is_of = |key| mac(key, b"tag", &[*a, *b, *c, *d], port).starts_with(mark);
        self.keys.iter().any(is_of)
    }

    /// The first connection id of a dial to `port`, from 20 random bytes.
    pub(super) fn dial_id(&self, port: u16, random: [u8; DIAL_ID_LEN]) -> [u8; DIAL_ID_LEN] {
        let mut id = random;
        if let (Some(key), Some((nonce, mark))) =
            (self.keys.first(), id.split_first_chunk_mut::<8>())
        {
            for (place, byte) in mark.iter_mut().zip(mac(key, b"dial", nonce, port)) {
                *place = byte;
            }
        }
        id
    }

    /// Whether a dial to this device's `port` that began with `id` comes from this network.
    pub(super) fn may_dial(&self, id: &[u8], port: u16) -> bool {
        let Some((nonce, mark)) = id.split_first_chunk::<8>() else {
            return false;
        };
        let is_of = |key| mac(key, b"dial", nonce, port).starts_with(mark);
        id.len() == DIAL_ID_LEN && !self.seen.contains(nonce) && self.keys.iter().any(is_of)
    }

    /// The dial that began with `id` is being answered, and is not to be a second time.
    pub(super) fn answered(&mut self, id: &[u8]) {
        let Some(nonce) = id.first_chunk::<8>() else {
            return;
        };
        if self.seen.insert(*nonce) {
            self.order.push_back(*nonce);
        }
        if self.order.len() > MAX_SEEN
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
    }
}

fn mac(key: &[u8; 32], what: &[u8], nonce: &[u8], port: u16) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher
        .update(what)
        .update(nonce)
        .update(&port.to_be_bytes());
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: [u8; 32] = [1; 32];
    const NEW: [u8; 32] = [2; 32];

    #[test]
    fn devices_with_a_key_in_common_recognise_each_other() {
        let behind = Tags::new(vec![OLD]);
        let ahead = Tags::new(vec![NEW, OLD]);
        let stranger = Tags::new(vec![[3; 32]]);
        let tag = behind.draw(4433, [9; 8]);
        assert!(behind.knows(&tag, 4433) && ahead.knows(&tag, 4433));
        assert!(!stranger.knows(&tag, 4433));
        assert!(!ahead.knows(&tag, 4434), "a tag holds for one port");
        assert!(
            !behind.knows(&ahead.draw(4433, [9; 8]), 4433),
            "the newer key is not known yet"
        );
    }

    #[test]
    fn without_a_key_tags_are_random_and_nobody_is_known() {
        let tags = Tags::new(Vec::new());
        assert_eq!(tags.draw(1, [9; 8]), [9; 8]);
        assert_eq!(tags.dial_id(1, [9; 20]), [9; 20]);
        assert!(!tags.knows(&[9; 8], 1) && !tags.may_dial(&[9; 20], 1));
    }

    #[test]
    fn dial_is_answered_once_and_at_its_port_only() {
        let dialler = Tags::new(vec![OLD]);
        let mut listener = Tags::new(vec![NEW, OLD]);
        let id = dialler.dial_id(4433, [5; 20]);
        assert!(!listener.may_dial(&id, 4434));
        assert!(
            !listener.may_dial(&id[..8], 4433),
            "eight bytes prove nothing"
        );
        assert!(listener.may_dial(&id, 4433));
        assert!(listener.may_dial(&id, 4433), "asking again changes nothing");
        listener.answered(&id);
        assert!(!listener.may_dial(&id, 4433));
        for n in 0..10_000_u64 {
            listener.answered(&n.to_be_bytes());
        }
        assert_eq!(
            (listener.seen.len(), listener.order.len()),
            (MAX_SEEN, MAX_SEEN)
        );
    }
}
