//! The points of a reference and their bytes: the only file of the ceremony that knows how the
//! library writes a point.
//!
//! | bytes | of a point |
//! |------:|------------|
//! |    56 | its first coordinate (first group), low bytes first |
//! |   112 | the two halves of its first coordinate (second group) |
//!
//! A coordinate is a number below the modulus in the form in which the field computes (times 2^448).
//! The two highest bits of the last byte are no part of it: the lower says that the larger of the
//! two second coordinates is meant, the upper that the point is the neutral one, which is refused.

use std::{num::NonZero, panic::resume_unwind, thread};

use tfhe_zk_pok::{
    curve_api::{
        Compressible, CurveGroupOps,
        bls12_446::{G1, G1Affine, G2, G2Affine, Zp},
    },
    proofs::pke_v2::{Bound, compute_crs_params},
};

use super::Fault;
use crate::{DIMENSION, NOISE_BITS, Use};

/// A point of the first group.
pub(super) type Point1 = G1Affine;
/// A point of the second group.
pub(super) type Point2 = G2Affine;

/// Bytes of a number of the field.
const FIELD_LEN: usize = 56;

/// Bytes of a point of the first group.
pub(super) const POINT1_LEN: usize = FIELD_LEN;

/// Bytes of a point of the second group.
pub(super) const POINT2_LEN: usize = 2 * FIELD_LEN;

/// Bytes of a number by which points are multiplied.
pub(super) const SCALAR_LEN: usize = 40;

/// The modulus of the field, high limbs first.
const MODULUS: [u64; 7] = [
    0x3cde_e0fb_28c5_e535,
    0x200f_c349_65aa_d640,
    0x0095_a4b7_8a02_fe32,
    0x0f75_a64b_bac7_1602,
    0x824e_6dc3_e23a_cdee,
    0x56ee_4528_c573_b5cc,
    0x311c_0026_aab0_aaab,
];

/// The order of the groups, high limbs first.
const ORDER: [u64; 5] = [
    0x0000_0511_b705_39f2,
    0x7995_b349_9583_0fa4,
    0xd04c_98cc_c4c0_50bc,
    0x7bb9_b0e8_d8ca_3461,
    0x0428_0014_0004_0001,
];

/// Of the last byte of a point: it is the neutral one.
const NEUTRAL: u8 = 0x80;

/// Of the last byte of a point: the larger second coordinate.
const LARGER: u8 = 0x40;

/// How the library begins a point that is given by one coordinate, and one that is neutral.
const COMPRESSED: [u8; 4] = [1, 0, 0, 0];

/// How the library begins a number of the field: by its count of limbs.
const LIMBS: [u8; 8] = [7, 0, 0, 0, 0, 0, 0, 0];

/// The powers of tau in both groups, without the one that is left out.
#[derive(Clone)]
pub(super) struct Points {
    /// tau … tauⁿ, then tauⁿ⁺² … tau²ⁿ.
    pub(super) first: Vec<Point1>,
    /// tau … tauⁿ.
    pub(super) second: Vec<Point2>,
}

/// How many powers the second group has: n. The first has twice as many, and one is left out.
pub(super) fn powers(use_: Use) -> usize {
    let slots = use_.slots();
    let numbers = u128::try_from(DIMENSION.saturating_add(slots)).unwrap_or(u128::MAX);
    // The square of the norm of as much noise as may be proven.
    let square = numbers << (2 * NOISE_BITS);
    let zeros = u64::from(use_.zero_bits());
    let number = 1 << use_.number_bits();
    compute_crs_params(DIMENSION, slots, square, number, zeros, Bound::CS).0
}

/// How many points the first group of a use has.
pub(super) fn first_len(use_: Use) -> usize {
    powers(use_).saturating_mul(2).saturating_sub(1)
}

impl Points {
    /// The points of tau = 1.
    pub(super) fn generators(use_: Use) -> Self {
        Self {
            first: vec![G1::GENERATOR.normalize(); first_len(use_)],
            second: vec![G2::GENERATOR.normalize(); powers(use_)],
        }
    }

    pub(super) const fn count(&self) -> usize {
        self.first.len().saturating_add(self.second.len())
    }

    /// The first point of the first group: what contributions are linked by.
    pub(super) fn link(&self) -> Point1 {
        let generator = || G1::GENERATOR.normalize();
        self.first.first().copied().unwrap_or_else(generator)
    }

    /// Both groups as the library wants them: what is left out is the neutral point.
    pub(super) fn with_hole(self) -> (Vec<Point1>, Vec<Point2>) {
        let Self { mut first, second } = self;
        if second.len() <= first.len() {
            first.insert(second.len(), G1::ZERO.normalize());
        }
        (first, second)
    }
}

/// A point of either group, in bytes.
pub(super) trait Point: Copy + Eq + Send + Sync + Sized {
    /// Bytes of it.
    const LEN: usize;

    /// The point in the library's bytes, given by one coordinate.
    fn to_library(self) -> Option<Vec<u8>>;

    /// The point out of the library's bytes, if the curve has it.
    fn of_library(bytes: &[u8]) -> Option<Self>;

    /// Whether it is on its curve and in the group of prime order.
    fn is_in_group(&self) -> bool;

    fn write(self, out: &mut Vec<u8>) {
        let Some(library) = self.to_library() else {
            return;
        };
        let body = library.strip_prefix(&COMPRESSED).unwrap_or_default();
        let (larger, numbers) = body.split_last().unwrap_or((&0, &[]));
        let numbers = numbers.chunks_exact(LIMBS.len().saturating_add(FIELD_LEN));
        for number in numbers.filter_map(|number| number.strip_prefix(&LIMBS)) {
            out.extend_from_slice(number);
        }
        if *larger == 1
            && let Some(last) = out.last_mut()
        {
            *last |= LARGER;
        }
    }

    fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let mut numbers = bytes.to_vec();
        let last = numbers.last_mut().ok_or(Fault::NotCanonical)?;
        let flags = *last & (NEUTRAL | LARGER);
        *last &= !flags;
        if flags & NEUTRAL != 0 {
            return Err(Fault::Zero);
        }
        let mut library = COMPRESSED.to_vec();
        for number in numbers.chunks(FIELD_LEN) {
            if !is_below_modulus(number) {
                return Err(Fault::NotCanonical);
            }
            library.extend_from_slice(&LIMBS);
            library.extend_from_slice(number);
        }
        library.push(u8::from(flags != 0));
        Self::of_library(&library).ok_or(Fault::NotOnCurve)
    }
}

impl Point for Point1 {
    const LEN: usize = POINT1_LEN;

    fn to_library(self) -> Option<Vec<u8>> {
        bincode::serialize(&self.compress()).ok()
    }

    fn of_library(bytes: &[u8]) -> Option<Self> {
        bincode::deserialize(bytes).ok()
    }

    fn is_in_group(&self) -> bool {
        self.validate()
    }
}

impl Point for Point2 {
    const LEN: usize = POINT2_LEN;

    fn to_library(self) -> Option<Vec<u8>> {
        bincode::serialize(&self.compress()).ok()
    }

    fn of_library(bytes: &[u8]) -> Option<Self> {
        bincode::deserialize(bytes).ok()
    }

    fn is_in_group(&self) -> bool {
        self.validate()
    }
}

/// Whether 56 bytes, low first, are a number below the modulus.
fn is_below_modulus(number: &[u8]) -> bool {
    number.len() == FIELD_LEN && is_below(number, MODULUS)
}

/// Whether bytes, low first, are a number below `limit`, which has as many limbs, high ones first.
fn is_below<const N: usize>(number: &[u8], limit: [u64; N]) -> bool {
    let (limbs, rest) = number.as_chunks::<8>();
    let limbs = limbs.iter().rev().map(|limb| u64::from_le_bytes(*limb));
    rest.is_empty() && limbs.lt(limit)
}

/// The bytes of a number by which points are multiplied.
pub(super) fn scalar_bytes(scalar: Zp) -> [u8; SCALAR_LEN] {
    scalar.to_le_bytes()
}

/// A number by which points are multiplied, if it is below the order of the group.
pub(super) fn scalar(bytes: &[u8; SCALAR_LEN]) -> Option<Zp> {
    if !is_below(bytes, ORDER) {
        return None;
    }
    let limbs = [5, 0, 0, 0, 0, 0, 0, 0];
    bincode::deserialize(&[&limbs[..], bytes].concat()).ok()
}

/// What `work` makes of each item, on all cores.
pub(super) fn spread<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(cores).max(1);
    thread::scope(|scope| {
        let part = |items| {
            let work = &work;
            scope.spawn(move || Iterator::map(<[T]>::iter(items), work).collect::<Vec<R>>())
        };
        let parts: Vec<_> = items.chunks(share).map(part).collect();
        let results = parts.into_iter().flat_map(|part| match part.join() {
            Ok(results) => results,
            Err(panic) => resume_unwind(panic),
        });
        results.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The coordinate `x`, low byte first, padded.
    fn small(x: u16, len: usize) -> Vec<u8> {
        let mut bytes = x.to_le_bytes().to_vec();
        bytes.resize(len, 0);
        bytes
    }

    #[test]
    fn a_point_has_one_form() {
        let (first, second) = (G1::GENERATOR.normalize(), G2::GENERATOR.normalize());
        let (mut bytes, mut longer) = (Vec::new(), Vec::new());
        first.write(&mut bytes);
        second.write(&mut longer);
        assert_eq!((bytes.len(), longer.len()), (POINT1_LEN, POINT2_LEN));
        assert!(Point1::read(&bytes) == Ok(first) && Point2::read(&longer) == Ok(second));
        bytes[55] ^= LARGER;
        assert!(Point1::read(&bytes).unwrap() != first);
        bytes[55] |= NEUTRAL;
        assert_eq!(Point1::read(&bytes), Err(Fault::Zero));
        let modulus = MODULUS.iter().rev().flat_map(|limb| limb.to_le_bytes());
        let modulus: Vec<u8> = modulus.collect();
        assert_eq!(Point1::read(&modulus), Err(Fault::NotCanonical));
        assert_eq!(Point1::read(&modulus[1..]), Err(Fault::NotCanonical));
    }

    #[test]
    fn any_bytes_are_a_point_of_the_curve_or_refused() {
        let (mut on, mut off, mut in_group) = (0, 0, 0);
        for x in 0..2_000 {
            match Point1::read(&small(x, POINT1_LEN)) {
                Ok(point) => {
                    on += 1;
                    in_group += usize::from(point.is_in_group());
                    let mut again = Vec::new();
                    point.write(&mut again);
                    assert_eq!(again, small(x, POINT1_LEN));
                }
                Err(fault) => {
                    off += 1;
                    assert_eq!(fault, Fault::NotOnCurve);
                }
            }
        }
        assert!(
            on > 900 && off > 900 && in_group == 0,
            "{on} {off} {in_group}"
        );
    }

    #[test]
    fn the_library_counts_the_points_alike() {
        for use_ in [Use::Ballots16, Use::Ballots256, Use::Shares] {
            assert_eq!(Points::generators(use_).count(), 3 * powers(use_) - 1);
        }
    }
}
