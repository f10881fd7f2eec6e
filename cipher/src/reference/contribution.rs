//! What a contributor adds: each power of tau times the power of a secret, with a proof that the
//! secret was known.
//!
//! The proof is of the kind of Schnorr: for the point P before and P' = secret · P after, with a
//! nonce k, the challenge c is the hash of {all before, name, P, P', k · P} and the response
//! k + c · secret. Without it the last contributor could choose a point that undoes what the others
//! did. It is bound to all contributions before it and to the contributor's name.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "numbers of a field and points of a group do not overflow"
)]

use std::iter::successors;

use rand_core::RngCore;
use tfhe_zk_pok::curve_api::{
    CurveGroupOps,
    bls12_446::{G1, G2, ZeroizeZp, Zp},
};
use zeroize::Zeroizing;

use super::{
    Steps,
    points::{Point, Point1, Points, scalar_bytes, spread},
};
use crate::Use;

/// What one contributor did.
#[derive(Clone, Debug)]
pub struct Contribution {
    /// As the contributor says.
    pub(super) name: String,
    /// tau of all contributions up to this one.
    pub(super) point: Point1,
    pub(super) challenge: [u8; 32],
    pub(super) response: Zp,
}

impl Contribution {
    /// The contributor's name, as they say.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether its secret was known to who contributed after `chain`, which left `before`.
    pub(super) fn is_proven(&self, chain: &Chain, before: Point1) -> bool {
        let (base, after) = (projective(before), projective(self.point));
        let factor = challenge_scalar(&self.challenge);
        let hidden = base.mul_scalar(self.response) - after.mul_scalar(factor);
        chain.challenge(&self.name, [before, self.point, hidden.normalize()]) == self.challenge
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        super::file::write_text(&self.name, out);
        self.point.write(out);
        out.extend_from_slice(&self.challenge);
        out.extend_from_slice(&scalar_bytes(self.response));
    }
}

/// The hash of all contributions up to one.
pub(super) struct Chain([u8; 32]);

impl Chain {
    /// Before the first contribution.
    pub(super) fn start(use_: Use, label: &str) -> Self {
        let mut head = vec![super::file::number_of(use_)];
        super::file::write_text(label, &mut head);
        Self(blake3::derive_key("commune reference start v1", &head))
    }

    pub(super) fn add(&mut self, contribution: &Contribution) {
        let mut all = self.0.to_vec();
        contribution.write(&mut all);
        self.0 = blake3::derive_key("commune reference chain v1", &all);
    }

    fn challenge(&self, name: &str, points: [Point1; 3]) -> [u8; 32] {
        let mut all = self.0.to_vec();
        super::file::write_text(name, &mut all);
        for point in points {
            point.write(&mut all);
        }
        blake3::derive_key("commune reference challenge v1", &all)
    }
}

/// A contributor's number and the nonce of its proof, wiped when dropped.
pub(super) struct Secret {
    factor: ZeroizeZp,
    nonce: ZeroizeZp,
}

impl Secret {
    /// The secret of `chance` for what comes after the file `before`: used for another file, the
    /// same chance gives another secret.
    pub(super) fn draw(chance: &[u8; 64], before: &[u8; 32], name: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("commune reference secret v1");
        hasher.update(chance).update(before).update(name.as_bytes());
        let mut stream = Stream(hasher.finalize_xof());
        let [mut factor, mut nonce] = [ZeroizeZp::ZERO, ZeroizeZp::ZERO];
        // Zero would end the ceremony and one would hide nothing.
        while factor == ZeroizeZp::ZERO || factor == ZeroizeZp::ONE {
            factor.rand_in_place(&mut stream);
        }
        nonce.rand_in_place(&mut stream);
        Self { factor, nonce }
    }

    pub(super) fn prove(&self, chain: &Chain, name: String, before: Point1) -> Contribution {
        let base = projective(before);
        let point = base.mul_scalar_zeroize(&self.factor).normalize();
        let hidden = base.mul_scalar_zeroize(&self.nonce).normalize();
        let challenge = chain.challenge(&name, [before, point, hidden]);
        let product = Zeroizing::new(challenge_scalar(&challenge) * &self.factor);
        Contribution {
            name,
            point,
            challenge,
            response: *product + &self.nonce,
        }
    }

    /// Each power of tau times the same power of the secret.
    pub(super) fn multiply(&self, points: &Points, steps: Steps<'_>) -> Points {
        let hole = points.second.len();
        let count = points.first.len().saturating_add(1);
        // Room for all at once: growing would leave copies behind.
        let mut powers = Vec::with_capacity(count);
        let next = |power: &ZeroizeZp| Some(power * &self.factor);
        powers.extend(successors(Some(self.factor.clone()), next).take(count));

        let kept = powers.iter().enumerate().filter(|(at, _)| *at != hole);
        let first: Vec<_> = points
            .first
            .iter()
            .zip(kept.map(|(_, power)| power))
            .collect();
        let second: Vec<_> = points.second.iter().zip(&powers).collect();
        Points {
            first: spread(&first, |(point, power)| {
                let point = projective(**point).mul_scalar_zeroize(power).normalize();
                steps(1);
                point
            }),
            second: spread(&second, |(point, power)| {
                let point = <G2 as CurveGroupOps<Zp>>::projective(**point);
                let point = point.mul_scalar_zeroize(power).normalize();
                steps(1);
                point
            }),
        }
    }
}

fn projective(point: Point1) -> G1 {
    <G1 as CurveGroupOps<Zp>>::projective(point)
}

/// A challenge as a number: 256 bits are below the order of the group.
fn challenge_scalar(challenge: &[u8; 32]) -> Zp {
    let (limbs, _) = challenge.as_chunks::<8>();
    let mut number = [0; 5];
    for (limb, bytes) in number.iter_mut().zip(limbs) {
        *limb = u64::from_le_bytes(*bytes);
    }
    Zp::from_bigint(number)
}

/// Numbers out of a hash, for the library to draw from.
struct Stream(blake3::OutputReader);

impl RngCore for Stream {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        self.0.fill(dest);
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(dest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::{ReferenceError, TEST_LABEL, Transcript};

    /// A file whose only contributor took `secret`.
    fn contributed(secret: &Secret) -> Transcript {
        let start = Transcript::start(Use::Ballots16, TEST_LABEL).unwrap();
        let chain = Chain::start(Use::Ballots16, TEST_LABEL);
        let proof = secret.prove(&chain, "Eve".to_owned(), start.points.link());
        Transcript::new(start.use_, start.label, vec![proof], start.points)
    }

    #[test]
    fn a_contribution_of_one_is_refused_though_proven() {
        let mut secret = Secret::draw(&[7; 64], &[0; 32], "Eve");
        secret.factor = ZeroizeZp::ONE;
        let idle = contributed(&secret).verify(&|_| {}).unwrap_err();
        assert_eq!(idle, ReferenceError::Idle(1));
    }

    #[test]
    fn a_proven_contribution_must_reach_the_points() {
        let secret = Secret::draw(&[7; 64], &[0; 32], "Eve");
        let unlinked = contributed(&secret).verify(&|_| {}).unwrap_err();
        assert_eq!(unlinked, ReferenceError::Unlinked);
    }

    #[test]
    fn the_same_chance_gives_another_secret_for_another_file_or_name() {
        let draw = |before, name| Secret::draw(&[7; 64], &[before; 32], name).factor;
        assert!(draw(0, "Eve") == draw(0, "Eve"));
        assert!(draw(0, "Eve") != draw(1, "Eve") && draw(0, "Eve") != draw(0, "Ada"));
    }
}
