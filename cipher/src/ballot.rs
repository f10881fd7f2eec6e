//! A ballot: slots of 0 or 1 that only a quorum of trustees could read, with the proof that they
//! are that, and a proof for each group that at most one of its slots is set.
//!
//! | bytes | of a ballot |
//! |------:|-------------|
//! | 16,384 | mask: 2,048 numbers of 8 bytes |
//! | 8 a slot | the slots, encrypted |
//! | 1,008 | proof that each slot is 0 or 1 |
//! | 1,008 a group | proof that the sum of its slots is 0 or 1 |
//!
//! The slots of a group add up to a slot under the key b · Σ X^j, so the second kind of proof is the
//! first one about another key. Each proof is bound to what its voter says it is for, so that a copy
//! under another name is refused.

use zeroize::Zeroizing;

use crate::{
    chance::{self, Chance},
    lattice::{self, Reference, Statement, Witness},
    layout::Layout,
    params::{DIMENSION, PUBLIC_LEN, STEP, Use},
    piece::ElectionKey,
    proof::{PROOF_LEN, Proof, ProofError},
    ring,
};

/// An encrypted ballot with its proofs, which may be false until they are verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ballot {
    pub(crate) mask: Vec<u64>,
    pub(crate) slots: Vec<u64>,
    pub(crate) proofs: Vec<Proof>,
}

/// Why no ballot can be cast.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CastError {
    /// Another number of slots than the layout's.
    #[error("{slots} slots, not {expected}")]
    Slots {
        /// How many were given.
        slots: usize,
        /// How many the layout has.
        expected: usize,
    },
    /// More than one slot of a group is set.
    #[error("{set} slots set in group {group}, more than 1")]
    Group {
        /// Which group.
        group: usize,
        /// How many of its slots are set.
        set: usize,
    },
    /// The reference is for something else.
    #[error("reference for {0:?}, not for such ballots")]
    Reference(Use),
    /// No noise small enough came of 256 draws, which does not happen.
    #[error("no noise small enough in 256 draws")]
    Noise,
}

/// Why a ballot is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BallotError {
    /// Too few or too many bytes, or of another layout.
    #[error("ballot of {len} bytes, not {expected}")]
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
    #[error("reference for {0:?}, not for such ballots")]
    Reference(Use),
    /// Not proven: that each slot is 0 or 1, under this key and for this voter.
    #[error("the proof of the slots does not hold")]
    Slots,
    /// Not proven: that at most one slot of a group is set.
    #[error("the proof of group {0} does not hold")]
    Group(usize),
}

impl Ballot {
    /// Encrypts `slots` to `key` and proves them, bound to `binding` (network, vote, ward, voter,
    /// number). Takes some two seconds a proof.
    ///
    /// `chance` is 32 secret random bytes; who keeps them makes the same ballot again, byte for
    /// byte, from the same arguments.
    ///
    /// # Errors
    ///
    /// [`CastError`] if the slots are not the layout's, two of a group are set, or the reference is
    /// for something else.
    pub fn cast(
        reference: &Reference,
        key: &ElectionKey,
        layout: &Layout,
        slots: &[bool],
        binding: &[u8],
        chance: &[u8; 32],
    ) -> Result<Self, CastError> {
        for (at, group) in layout.groups().iter().enumerate() {
            let chosen = slots.get(group.clone()).unwrap_or_default();
            let set = chosen.iter().filter(|slot| **slot).count();
            if set > 1 {
                return Err(CastError::Group { group: at, set });
            }
        }
        let values: Zeroizing<Vec<u64>> =
            Zeroizing::new(slots.iter().map(|slot| u64::from(*slot)).collect());
        Self::with_values(reference, key, layout, &values, binding, chance)
    }

    /// As [`Self::cast`], of whatever values, true or not.
    pub(crate) fn with_values(
        reference: &Reference,
        key: &ElectionKey,
        layout: &Layout,
        values: &[u64],
        binding: &[u8],
        chance: &[u8; 32],
    ) -> Result<Self, CastError> {
        if values.len() != layout.slots() {
            return Err(CastError::Slots {
                slots: values.len(),
                expected: layout.slots(),
            });
        }
        if reference.use_() != layout.use_() {
            return Err(CastError::Reference(reference.use_()));
        }
        let (hash, form) = (key.hash(), layout.to_bytes());
        let numbers = Zeroizing::new(ring::to_bytes(values));
        (0..=u8::MAX)
            .find_map(|attempt| {
                let parts = [&chance[..], &hash, &form, &numbers, binding, &[attempt]];
                let mut chance = Chance::new("commune ballot v1", &parts);
                Draw::new(&mut chance, values).prove(reference, key, layout, binding, &mut chance)
            })
            .ok_or(CastError::Noise)
    }

    /// A ballot without proofs, of whatever values.
    #[cfg(any(test, feature = "cheat"))]
    pub(crate) fn unproven(key: &ElectionKey, values: &[u64], chance: &[u8; 32]) -> Self {
        let mut chance = Chance::new("commune unproven ballot v1", &[chance]);
        let (mask, slots) = Draw::new(&mut chance, values).encrypt(key);
        Self {
            mask,
            slots,
            proofs: Vec::new(),
        }
    }

    /// The ballot as bytes, [`Layout::ballot_len`] of them.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = ring::to_bytes(&self.mask);
        bytes.extend(ring::to_bytes(&self.slots));
        for proof in &self.proofs {
            bytes.extend_from_slice(proof.as_bytes());
        }
        bytes
    }

    /// Reads a ballot, whose proofs may be false.
    ///
    /// # Errors
    ///
    /// [`BallotError`] if the length is not that of the layout or a proof has a point that is not in
    /// its one form.
    pub fn decode(layout: &Layout, bytes: &[u8]) -> Result<Self, BallotError> {
        let wrong = BallotError::Length {
            len: bytes.len(),
            expected: layout.ballot_len(),
        };
        if bytes.len() != layout.ballot_len() {
            return Err(wrong);
        }
        let (mask, rest) = bytes.split_at_checked(PUBLIC_LEN).ok_or(wrong)?;
        let (slots, proofs) = rest
            .split_at_checked(layout.slots().saturating_mul(8))
            .ok_or(wrong)?;
        let proofs = proofs
            .chunks(PROOF_LEN)
            .enumerate()
            .map(|(proof, bytes)| {
                Proof::decode(bytes).map_err(|error| BallotError::Proof { proof, error })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            mask: ring::from_bytes(mask),
            slots: ring::from_bytes(slots),
            proofs,
        })
    }

    /// Checks all proofs.
    ///
    /// # Errors
    ///
    /// [`BallotError`] of the first that does not hold for this key, layout, reference and binding.
    pub fn verify(
        &self,
        reference: &Reference,
        key: &ElectionKey,
        layout: &Layout,
        binding: &[u8],
    ) -> Result<(), BallotError> {
        if reference.use_() != layout.use_() {
            return Err(BallotError::Reference(reference.use_()));
        }
        if self.slots.len() != layout.slots() || self.proofs.len() != layout.proofs() {
            return Err(BallotError::Length {
                len: self.encode().len(),
                expected: layout.ballot_len(),
            });
        }
        for (at, (claim, proof)) in claims(key, layout, &self.slots)
            .zip(&self.proofs)
            .enumerate()
        {
            let statement = claim.statement(key, &self.mask, bound(layout, binding, at));
            if !statement.is_proven(reference, proof) {
                return Err(at
                    .checked_sub(1)
                    .map_or(BallotError::Slots, BallotError::Group));
            }
        }
        Ok(())
    }
}

/// What the proof number `index` is bound to.
fn bound(layout: &Layout, binding: &[u8], index: usize) -> [u8; 32] {
    let index = u64::try_from(index).unwrap_or(u64::MAX).to_le_bytes();
    let parts = [&layout.to_bytes()[..], binding, &index];
    chance::hash("commune ballot proof v1", &parts)
}

/// One of the things that a ballot proves: the second half of the key, and the slots under it.
struct Claim {
    body: Vec<u64>,
    slots: Vec<u64>,
}

impl Claim {
    fn statement<'a>(
        &'a self,
        key: &'a ElectionKey,
        mask: &'a [u64],
        binding: [u8; 32],
    ) -> Statement<'a> {
        let [base, _] = key.halves();
        Statement {
            key: [base, &self.body],
            mask,
            slots: &self.slots,
            binding,
        }
    }
}

/// What a ballot of `slots` proves: all of them first, then each group.
fn claims<'a>(
    key: &'a ElectionKey,
    layout: &'a Layout,
    slots: &'a [u64],
) -> impl Iterator<Item = Claim> + 'a {
    let [_, body] = key.halves();
    let all = Claim {
        body: body.to_vec(),
        slots: slots.to_vec(),
    };
    let groups = layout.groups().iter().map(|group| Claim {
        body: ring::gathered(body, group.clone()),
        slots: vec![total(slots.get(group.clone()).unwrap_or_default())],
    });
    std::iter::once(all).chain(groups)
}

fn total(numbers: &[u64]) -> u64 {
    numbers.iter().copied().fold(0, u64::wrapping_add)
}

/// What a voter's device draws for a ballot.
struct Draw<'a> {
    values: &'a [u64],
    binary: Zeroizing<Vec<u64>>,
    mask_noise: Zeroizing<Vec<u64>>,
    slot_noise: Zeroizing<Vec<u64>>,
}

impl<'a> Draw<'a> {
    fn new(chance: &mut Chance, values: &'a [u64]) -> Self {
        Self {
            values,
            binary: chance.binary(DIMENSION),
            mask_noise: chance.noise(DIMENSION),
            slot_noise: chance.noise(values.len()),
        }
    }

    /// The messages and the noise of each proof: of all slots, then of the sum of each group.
    fn sums(&self, layout: &Layout) -> Vec<[Zeroizing<Vec<u64>>; 2]> {
        let of = |numbers: &[u64], group: &std::ops::Range<usize>| {
            Zeroizing::new(vec![total(numbers.get(group.clone()).unwrap_or_default())])
        };
        let all = [
            Zeroizing::new(self.values.to_vec()),
            self.slot_noise.clone(),
        ];
        let groups = layout.groups().iter();
        std::iter::once(all)
            .chain(groups.map(|group| [of(self.values, group), of(&self.slot_noise, group)]))
            .collect()
    }

    fn witness<'b>(&'b self, [messages, slot_noise]: &'b [Zeroizing<Vec<u64>>; 2]) -> Witness<'b> {
        Witness {
            messages,
            binary: &self.binary,
            mask_noise: &self.mask_noise,
            slot_noise,
        }
    }

    fn encrypt(&self, key: &ElectionKey) -> (Vec<u64>, Vec<u64>) {
        let [base, body] = key.halves();
        let mut mask = lattice::mask(base, &self.binary);
        ring::add(&mut mask, &self.mask_noise);
        let mut slots = lattice::slots(body, &self.binary, self.values.len());
        ring::add(&mut slots, &self.slot_noise);
        for (slot, value) in slots.iter_mut().zip(self.values) {
            *slot = slot.wrapping_add(value.wrapping_mul(STEP));
        }
        (mask, slots)
    }

    /// The ballot, or nothing if the noise of a group adds up to more than can be proven.
    fn prove(
        &self,
        reference: &Reference,
        key: &ElectionKey,
        layout: &Layout,
        binding: &[u8],
        chance: &mut Chance,
    ) -> Option<Ballot> {
        let sums = self.sums(layout);
        if !sums.iter().all(|sum| self.witness(sum).is_provable()) {
            return None;
        }
        let (mask, slots) = self.encrypt(key);
        let proofs = claims(key, layout, &slots)
            .zip(&sums)
            .enumerate()
            .map(|(at, (claim, sum))| {
                let statement = claim.statement(key, &mask, bound(layout, binding, at));
                statement.prove(reference, &self.witness(sum), chance.bytes())
            })
            .collect::<Option<_>>()?;
        Some(Ballot {
            mask,
            slots,
            proofs,
        })
    }
}
