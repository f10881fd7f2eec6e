//! The secret that all devices of a network share, and the keys made from it.
//!
//! It keeps strangers out of radio contact, sessions and sealed bundles. It says nothing about who
//! is a member: that is what entries are for.

use std::{fmt, ops::RangeInclusive};

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::hash::derive_key;

/// How many generations before the present one are still accepted, so that a device that was
/// away for months can catch up.
pub const OLD_GENERATIONS: u32 = 8;

/// 32 bytes that `found close` draws. Carried by the genesis outside its hash, never in an entry.
#[derive(Clone, Eq, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct NetworkSecret([u8; 32]);

/// What a key made from the network's secret is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Purpose {
    /// Proves in a session's first message that one belongs to the network.
    Hello,
    /// Seals bundles.
    Bundle,
    /// Seals tickets.
    Ticket,
    /// Makes the tags by which devices of a network recognise each other's advertisements.
    Tag,
    /// Opens channels over Bluetooth.
    Channel,
}

impl NetworkSecret {
    /// Takes 32 bytes that were drawn at random.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes, to be sealed and stored.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key for `purpose` in `generation`, 0 until a law raises it.
    pub fn key(&self, purpose: Purpose, generation: u32) -> [u8; 32] {
        let context = match purpose {
            Purpose::Hello => "commune network hello v1",
            Purpose::Bundle => "commune network bundle v1",
            Purpose::Ticket => "commune network ticket v1",
            Purpose::Tag => "commune network tag v1",
            Purpose::Channel => "commune network channel v1",
        };
        derive_key(context, &[&self.0, &generation.to_be_bytes()])
    }

    /// The generations whose keys are accepted while `present` is the present one.
    pub fn accepted(present: u32) -> RangeInclusive<u32> {
        present.saturating_sub(OLD_GENERATIONS)..=present
    }
}

impl fmt::Debug for NetworkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NetworkSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_serves_one_purpose_in_one_generation() {
        let secret = NetworkSecret::new([5; 32]);
        let mut keys: Vec<_> = [
            Purpose::Hello,
            Purpose::Bundle,
            Purpose::Ticket,
            Purpose::Tag,
            Purpose::Channel,
        ]
        .into_iter()
        .flat_map(|purpose| [0, 1].map(|generation| secret.key(purpose, generation)))
        .collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 10);
    }

    #[test]
    fn eight_old_generations_are_accepted() {
        assert_eq!(NetworkSecret::accepted(0), 0..=0);
        assert_eq!(NetworkSecret::accepted(20), 12..=20);
    }
}
