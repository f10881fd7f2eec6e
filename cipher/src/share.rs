//! The share of a piece in the opening of a sum: the secret of the piece times the mask of the sum,
//! hidden in a number that is wide against the noise and narrow against one vote.
//!
//! | bytes | of a share |
//! |------:|------------|
//! | 8 a slot | the values |
//! | 1,008 each 16 slots | proof that they are of this piece, this sum and hidden as they must |
//!
//! All of it, the proofs too, follows from the seed of the piece, the sum and the lock, so all
//! holders of a piece publish the same bytes. What hides is another for each sum and each lock: the
//! same under two sums would tell their difference.
//!
//! The statement is that of a ballot with the names changed: the key is (A, mask of the sum), what
//! is drawn is the secret of the piece, the mask is its public value, the messages are what hides.

use crate::{
    chance,
    lattice::{self, Reference, Statement, Witness},
    layout::Layout,
    params::{NOISE_BITS, SHARE_SLOTS, SMUDGE_BITS, Use},
    piece::{Context, KeySeed, Public, Secret},
    proof::{PROOF_LEN, Proof, ProofError},
    ring,
    sum::Sum,
};

/// What a holder of a piece gives to the opening of a sum.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Share {
    pub(crate) values: Vec<u64>,
    pub(crate) proofs: Vec<Proof>,
}

/// Why a share is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ShareError {
    /// Too few or too many bytes, or of another layout.
    #[error("share of {len} bytes, not {expected}")]
    Length {
        /// How many there are.
        len: usize,
        /// How many the layout takes.
        expected: usize,
    },
    /// The bytes of a proof are none.
    #[error("proof {proof}: {error}")]
    Proof {
        /// Which proof.
        proof: usize,
        /// What is wrong.
        error: ProofError,
    },
    /// The reference is for something else.
    #[error("reference for {0:?}, not for shares")]
    Reference(Use),
    /// Not proven: that the values are of this piece, this sum and this lock.
    #[error("the proof of the {SHARE_SLOTS} slots from {0} does not hold")]
    Slots(usize),
    /// No proof could be made, which does not happen with a reference that was checked.
    #[error("no proof can be made of the {SHARE_SLOTS} slots from {0}")]
    Unprovable(usize),
}

/// What a share hides in.
struct Hiding {
    noise: zeroize::Zeroizing<Vec<u64>>,
    high: zeroize::Zeroizing<Vec<u64>>,
    proof_seeds: Vec<[u8; 16]>,
}

impl KeySeed {
    /// The share of this piece in the opening of `sum` under `lock`, with its proofs: some two
    /// seconds for 16 slots. The same arguments give the same bytes.
    ///
    /// # Errors
    ///
    /// [`ShareError`] if the reference is for something else.
    pub fn share(
        &self,
        reference: &Reference,
        context: &Context,
        sum: &Sum,
        lock: &[u8; 32],
    ) -> Result<Share, ShareError> {
        if reference.use_() != Use::Shares {
            return Err(ShareError::Reference(reference.use_()));
        }
        let (secret, hiding) = (self.secret(context), self.hiding(context, sum, lock));
        let values = hidden(sum, &secret, &hiding);
        let public = self.public(context);
        let claims = Claims::new(context, &public, sum, lock);
        let hidden_in = hiding
            .high
            .chunks(SHARE_SLOTS)
            .zip(hiding.noise.chunks(SHARE_SLOTS));
        let proofs = values
            .chunks(SHARE_SLOTS)
            .zip(hidden_in)
            .zip(&hiding.proof_seeds)
            .enumerate()
            .map(|(chunk, ((values, (messages, slot_noise)), seed))| {
                let witness = Witness {
                    messages,
                    binary: &secret.binary,
                    mask_noise: &secret.noise,
                    slot_noise,
                };
                let body = claims.body(chunk);
                let proof = claims
                    .statement(chunk, &body, values)
                    .prove(reference, &witness, *seed);
                proof.ok_or_else(|| ShareError::Unprovable(first_slot(chunk)))
            })
            .collect::<Result<_, _>>()?;
        Ok(Share { values, proofs })
    }

    /// The values of [`Self::share`] alone.
    pub fn share_values(&self, context: &Context, sum: &Sum, lock: &[u8; 32]) -> Vec<u64> {
        let (secret, hiding) = (self.secret(context), self.hiding(context, sum, lock));
        hidden(sum, &secret, &hiding)
    }

    fn hiding(&self, context: &Context, sum: &Sum, lock: &[u8; 32]) -> Hiding {
        let mut chance = self.chance("commune share v1", context, &[&sum.hash(), lock]);
        let slots = sum.slots.len();
        Hiding {
            noise: chance.noise(slots),
            high: chance.numbers(slots, SMUDGE_BITS),
            proof_seeds: (0..slots.div_ceil(SHARE_SLOTS))
                .map(|_| chance.bytes())
                .collect(),
        }
    }
}

fn hidden(sum: &Sum, secret: &Secret, hiding: &Hiding) -> Vec<u64> {
    let mut values = lattice::slots(&sum.mask, &secret.binary, sum.slots.len());
    ring::add(&mut values, &hiding.noise);
    for (value, high) in values.iter_mut().zip(hiding.high.iter()) {
        *value = value.wrapping_add(high << NOISE_BITS);
    }
    values
}

const fn first_slot(chunk: usize) -> usize {
    chunk.saturating_mul(SHARE_SLOTS)
}

/// What the proofs of a share say.
struct Claims<'a> {
    base: Vec<u64>,
    public: &'a Public,
    sum: &'a Sum,
    bound: [u8; 32],
}

impl<'a> Claims<'a> {
    fn new(context: &Context, public: &'a Public, sum: &'a Sum, lock: &[u8; 32]) -> Self {
        let parts = [
            &context.vote[..],
            &context.key.to_le_bytes(),
            &sum.hash(),
            lock,
        ];
        Self {
            base: context.base(),
            public,
            sum,
            bound: chance::hash("commune share proof v1", &parts),
        }
    }

    /// The mask of the sum, turned so that the first slot of the chunk is slot 0.
    fn body(&self, chunk: usize) -> Vec<u64> {
        ring::rotated(&self.sum.mask, first_slot(chunk)).collect()
    }

    fn statement<'b>(&'b self, chunk: usize, body: &'b [u64], values: &'b [u64]) -> Statement<'b> {
        let chunk = u64::try_from(chunk).unwrap_or(u64::MAX).to_le_bytes();
        Statement {
            key: [&self.base, body],
            mask: self.public.numbers(),
            slots: values,
            binding: chance::hash("commune share proof part v1", &[&self.bound, &chunk]),
        }
    }
}

impl Share {
    /// The share as bytes, [`Layout::share_len`] of them.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = ring::to_bytes(&self.values);
        for proof in &self.proofs {
            bytes.extend_from_slice(proof.as_bytes());
        }
        bytes
    }

    /// Reads a share, whose proofs may be false.
    ///
    /// # Errors
    ///
    /// [`ShareError`] if the length is not that of the layout or a proof has a point that is not in
    /// its one form.
    pub fn decode(layout: &Layout, bytes: &[u8]) -> Result<Self, ShareError> {
        let wrong = ShareError::Length {
            len: bytes.len(),
            expected: layout.share_len(),
        };
        if bytes.len() != layout.share_len() {
            return Err(wrong);
        }
        let (values, proofs) = bytes
            .split_at_checked(layout.slots().saturating_mul(8))
            .ok_or(wrong)?;
        let proofs = proofs
            .chunks(PROOF_LEN)
            .enumerate()
            .map(|(proof, bytes)| {
                Proof::decode(bytes).map_err(|error| ShareError::Proof { proof, error })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            values: ring::from_bytes(values),
            proofs,
        })
    }

    /// Checks that it is the share of the piece `public` in the opening of `sum` under `lock`.
    ///
    /// # Errors
    ///
    /// [`ShareError`] of the first proof that does not hold.
    pub fn verify(
        &self,
        reference: &Reference,
        context: &Context,
        public: &Public,
        sum: &Sum,
        lock: &[u8; 32],
    ) -> Result<(), ShareError> {
        if reference.use_() != Use::Shares {
            return Err(ShareError::Reference(reference.use_()));
        }
        let chunks = sum.slots.len().div_ceil(SHARE_SLOTS);
        if self.values.len() != sum.slots.len() || self.proofs.len() != chunks {
            let values = sum.slots.len().saturating_mul(8);
            return Err(ShareError::Length {
                len: self.encode().len(),
                expected: values.saturating_add(chunks.saturating_mul(PROOF_LEN)),
            });
        }
        let claims = Claims::new(context, public, sum, lock);
        let chunks = self.values.chunks(SHARE_SLOTS).zip(&self.proofs);
        for (chunk, (values, proof)) in chunks.enumerate() {
            let body = claims.body(chunk);
            if !claims
                .statement(chunk, &body, values)
                .is_proven(reference, proof)
            {
                return Err(ShareError::Slots(first_slot(chunk)));
            }
        }
        Ok(())
    }
}
