//! Pieces of an election key. A seed gives a piece's secret, its noise and, later, what hides its
//! share: nothing is chosen after the seed, so who holds the seed can recompute all that another
//! holder published, and no holder can bend the key towards a value.
//!
//! The public value of a piece is A · s + e, 2,048 numbers of 8 bytes, A from the [`Context`] and
//! s, e from the seed and the context: one secret under two bases would come to light. The key of
//! the election is A and the sum of the public values.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    chance::{self, Chance},
    lattice,
    params::{DIMENSION, PUBLIC_LEN},
    ring,
};

/// What a key is for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Context {
    /// Names the network, the vote and, where it has several, the round.
    pub vote: [u8; 32],
    /// Which of the keys of the vote.
    pub key: u16,
}

impl Context {
    /// The first half of the key, which nobody chose.
    pub(crate) fn base(&self) -> Vec<u64> {
        let mut base = Chance::new(
            "commune key base v1",
            &[&self.vote, &self.key.to_le_bytes()],
        );
        base.words(DIMENSION).to_vec()
    }
}

/// The secret of a piece for all keys of a vote: drawn at random by one holder, and told to the
/// others.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 32]);

impl Seed {
    /// The seed of 32 secret random bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The seed of the piece for key number `key`.
    pub fn for_key(&self, key: u16) -> KeySeed {
        let parts = [&self.0[..], &key.to_le_bytes()];
        KeySeed(chance::hash("commune key piece seed v1", &parts))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(secret)")
    }
}

/// The secret of a piece of one key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct KeySeed([u8; 32]);

/// The numbers of a piece: binary ones and their noise.
pub(crate) struct Secret {
    pub(crate) binary: Zeroizing<Vec<u64>>,
    pub(crate) noise: Zeroizing<Vec<u64>>,
}

impl KeySeed {
    /// What all may see of the piece.
    pub fn public(&self, context: &Context) -> Public {
        let secret = self.secret(context);
        let mut numbers = lattice::mask(&context.base(), &secret.binary);
        ring::add(&mut numbers, &secret.noise);
        Public(numbers)
    }

    pub(crate) fn secret(&self, context: &Context) -> Secret {
        let mut chance = self.chance("commune key piece v1", context, &[]);
        Secret {
            binary: chance.binary(DIMENSION),
            noise: chance.noise(DIMENSION),
        }
    }

    /// Numbers that only holders of the seed can compute.
    pub(crate) fn chance(&self, domain: &str, context: &Context, parts: &[&[u8]]) -> Chance {
        let key = context.key.to_le_bytes();
        let parts: Vec<&[u8]> = [&self.0[..], &context.vote, &key]
            .into_iter()
            .chain(parts.iter().copied())
            .collect();
        Chance::new(domain, &parts)
    }
}

impl fmt::Debug for KeySeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySeed(secret)")
    }
}

/// The public value of a piece.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Public(Vec<u64>);

/// Why bytes are no public value.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PublicError {
    /// Too few or too many bytes.
    #[error("public value of {0} bytes, not {PUBLIC_LEN}")]
    Length(usize),
}

impl Public {
    /// The value in its [`PUBLIC_LEN`] bytes.
    pub fn encode(&self) -> Vec<u8> {
        ring::to_bytes(&self.0)
    }

    /// Reads a value; any [`PUBLIC_LEN`] bytes are one.
    ///
    /// # Errors
    ///
    /// [`PublicError`] if the bytes are fewer or more.
    pub fn decode(bytes: &[u8]) -> Result<Self, PublicError> {
        if bytes.len() != PUBLIC_LEN {
            return Err(PublicError::Length(bytes.len()));
        }
        Ok(Self(ring::from_bytes(bytes)))
    }

    pub(crate) fn numbers(&self) -> &[u64] {
        &self.0
    }
}

/// The key to which voters encrypt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ElectionKey {
    base: Vec<u64>,
    body: Vec<u64>,
}

impl ElectionKey {
    /// The key of all pieces, in any order.
    pub fn new<'a>(context: &Context, publics: impl IntoIterator<Item = &'a Public>) -> Self {
        let mut body = vec![0; DIMENSION];
        for public in publics {
            ring::add(&mut body, &public.0);
        }
        Self {
            base: context.base(),
            body,
        }
    }

    /// A hash that names the key.
    pub fn hash(&self) -> [u8; 32] {
        let (base, body) = (ring::to_bytes(&self.base), ring::to_bytes(&self.body));
        chance::hash("commune election key v1", &[&base, &body])
    }

    pub(crate) fn halves(&self) -> [&[u64]; 2] {
        [&self.base, &self.body]
    }
}
