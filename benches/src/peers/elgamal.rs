//! Exponential ElGamal on Curve25519 with a proof a slot that it holds 0 or 1: what most systems of
//! electronic voting count with. A baseline of our own, for figures beside ours and for nothing else.
//!
//! | bytes a slot | field |
//! |---:|---|
//! | 32 + 32 | `r·G`, `r·H + m·G` |
//! | 4 × 32 | challenge and response for 0, and for 1: a disjunction of two Chaum–Pedersen proofs |
//!
//! Quantum computers open it; the tally takes a discrete logarithm.

use anyhow::{Context as _, Result, ensure};
use blake3::Hasher;
use curve25519_dalek::{
    RistrettoPoint, Scalar,
    constants::{RISTRETTO_BASEPOINT_POINT as G, RISTRETTO_BASEPOINT_TABLE as G_TABLE},
    traits::VartimeMultiscalarMul,
};

/// Bytes of a slot with its proof.
pub const SLOT_LEN: usize = 192;

/// Where the numbers of one ballot come from.
#[derive(Debug)]
pub struct Chance(blake3::OutputReader);

impl Chance {
    /// A stream that `seed` names.
    pub fn new(seed: u64) -> Self {
        let mut hasher = Hasher::new_derive_key("commune bench elgamal v1");
        hasher.update(&seed.to_be_bytes());
        Self(hasher.finalize_xof())
    }

    fn scalar(&mut self) -> Scalar {
        let mut wide = [0; 64];
        self.0.fill(&mut wide);
        Scalar::from_bytes_mod_order_wide(&wide)
    }
}

/// The key of an election; who has the secret opens everything.
#[derive(Debug)]
pub struct Key {
    secret: Scalar,
    public: RistrettoPoint,
}

/// One slot, encrypted and proven.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    cipher: [RistrettoPoint; 2],
    challenges: [Scalar; 2],
    responses: [Scalar; 2],
}

/// A sum of slots.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum([RistrettoPoint; 2]);

impl Key {
    /// Draws a key.
    pub fn new(chance: &mut Chance) -> Self {
        let secret = chance.scalar();
        Self {
            secret,
            public: secret * G,
        }
    }

    /// Encrypts and proves a ballot of 0 and 1.
    ///
    /// # Errors
    /// Never for 0 and 1.
    pub fn cast(&self, slots: &[bool], chance: &mut Chance) -> Result<Vec<Slot>> {
        slots.iter().map(|it| self.slot(*it, chance)).collect()
    }

    fn slot(&self, one: bool, chance: &mut Chance) -> Result<Slot> {
        let r = chance.scalar();
        let message = if one { G } else { RistrettoPoint::default() };
        let cipher = [&r * G_TABLE, r * self.public + message];
        let (real, other) = (usize::from(one), usize::from(!one));
        let nonce = chance.scalar();
        let (mut challenges, mut responses) = ([Scalar::ZERO; 2], [Scalar::ZERO; 2]);
        let mut said = [[RistrettoPoint::default(); 2]; 2];
        // The branch that is not true is made from its answer backwards.
        let (c, s) = (chance.scalar(), chance.scalar());
        *at(&mut challenges, other)? = c;
        *at(&mut responses, other)? = s;
        *at(&mut said, other)? = self.announced(&cipher, !one, &c, &s);
        *at(&mut said, real)? = [&nonce * G_TABLE, nonce * self.public];
        let whole = self.challenge(&cipher, &said);
        let c = whole - c;
        *at(&mut challenges, real)? = c;
        *at(&mut responses, real)? = nonce + c * r;
        Ok(Slot {
            cipher,
            challenges,
            responses,
        })
    }

    /// What a prover with this challenge and response must have said first.
    fn announced(
        &self,
        cipher: &[RistrettoPoint; 2],
        one: bool,
        challenge: &Scalar,
        response: &Scalar,
    ) -> [RistrettoPoint; 2] {
        let [a, b] = cipher;
        let b = if one { b - G } else { *b };
        let pair = |base: RistrettoPoint, value: RistrettoPoint| {
            RistrettoPoint::vartime_multiscalar_mul([*response, -*challenge], [base, value])
        };
        [pair(G, *a), pair(self.public, b)]
    }

    fn challenge(&self, cipher: &[RistrettoPoint; 2], said: &[[RistrettoPoint; 2]; 2]) -> Scalar {
        let mut hasher = Hasher::new_derive_key("commune bench elgamal challenge v1");
        let points = [&self.public].into_iter().chain(cipher);
        for point in points.chain(said.iter().flatten()) {
            hasher.update(point.compress().as_bytes());
        }
        let mut wide = [0; 64];
        hasher.finalize_xof().fill(&mut wide);
        Scalar::from_bytes_mod_order_wide(&wide)
    }

    /// Whether each slot of a ballot holds 0 or 1.
    pub fn verify(&self, ballot: &[Slot]) -> bool {
        ballot.iter().all(|it| {
            let [c0, c1] = &it.challenges;
            let [s0, s1] = &it.responses;
            let said = [
                self.announced(&it.cipher, false, c0, s0),
                self.announced(&it.cipher, true, c1, s1),
            ];
            self.challenge(&it.cipher, &said) == c0 + c1
        })
    }

    /// Opens a sum of at most `most` ones: one number after the other is tried.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn open(&self, sum: &Sum, most: u32) -> Result<u32> {
        let [a, b] = sum.0;
        let wanted = b - self.secret * a;
        let mut tried = RistrettoPoint::default();
        for count in 0..=most {
            if tried == wanted {
                return Ok(count);
            }
            tried += G;
        }
        ensure!(false, "the sum is more than {most}");
        Ok(0)
    }
}

/// Adds a ballot to the sums of its slots.
pub fn add(sums: &mut [Sum], ballot: &[Slot]) {
    for (Sum([a, b]), slot) in sums.iter_mut().zip(ballot) {
        let [c, d] = slot.cipher;
        *a += c;
        *b += d;
    }
}

fn at<T>(items: &mut [T; 2], index: usize) -> Result<&mut T> {
    items.get_mut(index).context("0 or 1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ballots_add_up_and_a_slot_that_holds_two_is_refused() {
        let mut chance = Chance::new(1);
        let key = Key::new(&mut chance);
        let mut sums = [Sum::default(); 3];
        for voter in 0..10_u32 {
            let slots = [voter % 2 == 0, true, false];
            let ballot = key.cast(&slots, &mut chance).unwrap();
            assert!(key.verify(&ballot));
            add(&mut sums, &ballot);
        }
        let counts = sums.map(|it| key.open(&it, 10).unwrap());
        assert_eq!(counts, [5, 10, 0]);
        let mut forged = key.cast(&[true], &mut chance).unwrap();
        forged[0].cipher[1] += G;
        assert!(!key.verify(&forged));
    }
}
