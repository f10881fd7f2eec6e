//! The only door to the lattice library: products of polynomials, and proofs of a statement about
//! them. What comes from outside has passed our own decoders before it comes here.
//!
//! A [`Statement`] says: there is a binary r and small e1, e2 with
//! mask = A · r + e1, and number j = (slot j of b · r) + e2 + step · message j,
//! where (A, b) is the key and each message has as many bits as the [`Use`] leaves it.
//! Such a statement covers a ballot, the sum of a group of its slots, and a share.

use std::fmt;

use tfhe::{
    core_crypto::prelude::{
        CiphertextModulus, LweCiphertextCount, LweCompactCiphertextList, LweCompactPublicKey,
        LweDimension, slice_algorithms::slice_semi_reverse_negacyclic_convolution,
    },
    zk::{CompactPkeCrs, CompactPkeProof, ZkCompactPkeV2PublicParams, ZkComputeLoad},
};
use tfhe_zk_pok::{
    curve_api::{Bls12_446, Compressible, Curve, CurveGroupOps},
    proofs::pke_v2::{Bound, Proof as Points},
};

use crate::{
    chance::Chance,
    params::{DIMENSION, NOISE_BITS, Use},
    proof::Proof,
};

type Scalar = <Bls12_446 as Curve>::Zp;
/// A point of the first curve.
pub(crate) type Point1 = <<Bls12_446 as Curve>::G1 as CurveGroupOps<Scalar>>::Affine;
/// A point of the second curve.
pub(crate) type Point2 = <<Bls12_446 as Curve>::G2 as CurveGroupOps<Scalar>>::Affine;

/// A common reference string: what provers and verifiers of one use must share.
#[derive(Clone)]
pub struct Reference {
    use_: Use,
    id: [u8; 32],
    crs: CompactPkeCrs,
}

impl Reference {
    /// What it is for.
    pub const fn use_(&self) -> Use {
        self.use_
    }

    /// The id by which people name it.
    pub const fn id(&self) -> [u8; 32] {
        self.id
    }

    /// The reference `id` of points that were checked: powers of one secret, on their curves, the
    /// one in the middle of the first left out. `None` if they are not as many as the use takes.
    pub(crate) fn from_points(
        use_: Use,
        id: [u8; 32],
        g1: Vec<Point1>,
        g2: Vec<Point2>,
    ) -> Option<Self> {
        let (first, second) = (g1.len(), g2.len());
        // The id separates what is hashed for a proof from all other proofs.
        let mut ds = Chance::new("commune reference separators v1", &[&id]);
        let crs = ZkCompactPkeV2PublicParams::from_vec(
            g1,
            g2,
            DIMENSION,
            use_.slots(),
            1 << NOISE_BITS,
            0,
            1 << use_.number_bits(),
            u64::from(use_.zero_bits()),
            Bound::CS,
            u128::from_le_bytes(ds.bytes()),
            ds.bytes(),
            ds.bytes(),
            ds.bytes(),
            ds.bytes(),
            ds.bytes(),
            ds.bytes(),
            ds.bytes(),
            ds.bytes(),
            ds.bytes(),
            ds.bytes(),
            ds.bytes(),
        );
        let whole = second == crs.n && first == second.saturating_mul(2);
        (whole && crs.has_valid_params()).then_some(Self {
            use_,
            id,
            crs: CompactPkeCrs::PkeV2(crs),
        })
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reference")
            .field("use_", &self.use_)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The product of `polynomial` and `secret` as a mask has it; both of [`DIMENSION`] numbers.
pub(crate) fn mask(polynomial: &[u64], secret: &[u64]) -> Vec<u64> {
    let mut product = vec![0; DIMENSION];
    if polynomial.len() == DIMENSION && secret.len() == DIMENSION {
        slice_semi_reverse_negacyclic_convolution(&mut product, polynomial, secret);
    }
    product
}

/// The product of `polynomial` and `secret` as the first `slots` slots have it.
pub(crate) fn slots(polynomial: &[u64], secret: &[u64], slots: usize) -> Vec<u64> {
    let mut product = mask(polynomial, secret);
    product.reverse();
    product.truncate(slots);
    product
}

/// What all see of what is proven.
pub(crate) struct Statement<'a> {
    /// The key: A, then b.
    pub(crate) key: [&'a [u64]; 2],
    pub(crate) mask: &'a [u64],
    pub(crate) slots: &'a [u64],
    /// What else the proof is bound to.
    pub(crate) binding: [u8; 32],
}

/// What the prover alone knows.
pub(crate) struct Witness<'a> {
    pub(crate) messages: &'a [u64],
    pub(crate) binary: &'a [u64],
    pub(crate) mask_noise: &'a [u64],
    pub(crate) slot_noise: &'a [u64],
}

impl Witness<'_> {
    /// Whether the noise is small enough to be proven: its norm, for some slots of a group add up.
    pub(crate) fn is_provable(&self) -> bool {
        let square = |number: &u64| {
            let size = u128::from(number.cast_signed().unsigned_abs());
            size.saturating_mul(size)
        };
        let noise = self.mask_noise.iter().chain(self.slot_noise);
        let norm = noise.map(square).fold(0, u128::saturating_add);
        let numbers = self.mask_noise.len().saturating_add(self.slot_noise.len());
        u128::try_from(numbers).is_ok_and(|numbers| norm <= numbers << (2 * NOISE_BITS))
    }
}

impl Statement<'_> {
    /// Proves it; `None` if it has not the form of the reference's use, or its noise is too large.
    pub(crate) fn prove(
        &self,
        reference: &Reference,
        witness: &Witness<'_>,
        seed: [u8; 16],
    ) -> Option<Proof> {
        let slots = self.slots.len();
        let whole = [witness.binary, witness.mask_noise]
            .iter()
            .all(|numbers| numbers.len() == DIMENSION);
        let fits = witness.messages.len() == slots && witness.slot_noise.len() == slots;
        if !whole || !fits || !self.fits(reference) || !witness.is_provable() {
            return None;
        }
        let proof = reference.crs.prove(
            &self.library_key(),
            &witness.messages,
            &self.library_list(),
            witness.binary,
            witness.mask_noise,
            witness.slot_noise,
            &self.binding,
            ZkComputeLoad::Proof,
            seed,
        );
        let CompactPkeProof::PkeV2(points) = proof else {
            return None;
        };
        Proof::from_library(&bincode::serialize(&points.compress()).ok()?)
    }

    /// Whether `proof` proves it.
    pub(crate) fn is_proven(&self, reference: &Reference, proof: &Proof) -> bool {
        let Some(points) = points(proof).filter(Points::is_usable) else {
            return false;
        };
        self.fits(reference)
            && reference
                .crs
                .verify(
                    &self.library_list(),
                    &self.library_key(),
                    &CompactPkeProof::PkeV2(points),
                    &self.binding,
                )
                .is_valid()
    }

    fn fits(&self, reference: &Reference) -> bool {
        let [first, second] = self.key;
        let whole = [first, second, self.mask]
            .iter()
            .all(|numbers| numbers.len() == DIMENSION);
        whole && (1..=reference.use_.slots()).contains(&self.slots.len())
    }

    fn library_key(&self) -> LweCompactPublicKey<Vec<u64>> {
        LweCompactPublicKey::from_container(self.key.concat(), CiphertextModulus::new_native())
    }

    fn library_list(&self) -> LweCompactCiphertextList<Vec<u64>> {
        LweCompactCiphertextList::from_container(
            [self.mask, self.slots].concat(),
            LweDimension(DIMENSION).to_lwe_size(),
            LweCiphertextCount(self.slots.len()),
            CiphertextModulus::new_native(),
        )
    }
}

/// The points of a proof, if each is on its curve.
fn points(proof: &Proof) -> Option<Points<Bls12_446>> {
    type Compressed = <Points<Bls12_446> as Compressible>::Compressed;
    let compressed: Compressed = bincode::deserialize(&proof.to_library()).ok()?;
    Points::uncompress(compressed).ok()
}

#[cfg(any(test, feature = "cheat"))]
impl Reference {
    /// A reference of which everybody can compute the secret from `seed`.
    pub fn for_tests(use_: Use, seed: u64) -> Option<Self> {
        powers::of(use_, seed)
    }

    /// The same points said to be for another use.
    #[cfg(test)]
    pub(crate) fn relabelled(&self, use_: Use) -> Self {
        let crs = self.crs.clone();
        let id = self.id;
        Self { use_, id, crs }
    }
}

/// Powers of a secret that all know, by a table of the multiples of the generators.
#[cfg(any(test, feature = "cheat"))]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "numbers of a field and points of a curve do not overflow"
)]
mod powers {
    use tfhe_zk_pok::proofs::pke_v2::compute_crs_params;

    use super::{
        Bls12_446, Bound, Chance, Curve, CurveGroupOps, DIMENSION, NOISE_BITS, Reference, Scalar,
        Use,
    };
    use crate::chance;

    /// The multiples of a generator by each byte at each place of a scalar.
    struct Table<G>(Vec<Vec<G>>);

    impl<G: CurveGroupOps<Scalar>> Table<G> {
        fn new() -> Self {
            let mut base = G::GENERATOR;
            let places = Scalar::ONE.to_le_bytes().as_ref().len();
            Self(
                std::iter::repeat_with(|| {
                    let multiples = std::iter::successors(Some(G::ZERO), |last| Some(*last + base));
                    let row: Vec<G> = multiples.take(256).collect();
                    base = row.iter().copied().last().unwrap_or(base) + base;
                    row
                })
                .take(places)
                .collect(),
            )
        }

        fn times(&self, scalar: Scalar) -> G::Affine {
            // The library's bytes are of the scalar times 2^320.
            let limb = Scalar::from_u64(1 << 32) * Scalar::from_u64(1 << 32);
            let form = limb * limb * limb * limb * limb;
            let bytes = (scalar / form).to_le_bytes();
            let digits = bytes.as_ref().iter().zip(&self.0);
            digits
                .filter_map(|(digit, row)| row.get(usize::from(*digit)).copied())
                .sum::<G>()
                .normalize()
        }
    }

    pub(super) fn of(use_: Use, seed: u64) -> Option<Reference> {
        let (slots, number) = (use_.slots(), 1 << use_.number_bits());
        let numbers = u128::try_from(DIMENSION.checked_add(slots)?).ok()?;
        let square = numbers << (2 * NOISE_BITS);
        let zeros = u64::from(use_.zero_bits());
        let (n, ..) = compute_crs_params(DIMENSION, slots, square, number, zeros, Bound::CS);

        let part = [
            &seed.to_le_bytes()[..],
            &[u8::try_from(slots).unwrap_or(0)],
            &zeros.to_le_bytes(),
        ];
        let id = chance::hash("commune reference for tests v1", &part);
        let mut secret = [Scalar::ZERO];
        Scalar::hash(
            &mut secret,
            &[&Chance::new("commune test secret v1", &[&id]).bytes::<32>()],
        );
        let [tau] = secret;
        let powers: Vec<Scalar> = std::iter::successors(Some(tau), |last| Some(*last * tau))
            .take(n.checked_mul(2)?)
            .collect();
        let (first, second) = (
            Table::<<Bls12_446 as Curve>::G1>::new(),
            Table::<<Bls12_446 as Curve>::G2>::new(),
        );
        let hole = |(at, power): (usize, &Scalar)| {
            first.times(if at == n { Scalar::ZERO } else { *power })
        };
        let g1 = powers.iter().enumerate().map(hole).collect();
        let g2 = powers
            .iter()
            .take(n)
            .map(|power| second.times(*power))
            .collect();
        Reference::from_points(use_, id, g1, g2)
    }
}
