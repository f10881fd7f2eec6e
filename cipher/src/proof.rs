//! The bytes of a zero-knowledge proof: 13 points of two curves over the 446-bit field, compressed,
//! always in the same order and of the same length.
//!
//! | bytes | of a point |
//! |------:|------------|
//! |    56 | its first coordinate (of the first curve), low bytes first |
//! |   112 | the two halves of its first coordinate (of the second curve) |
//!
//! A coordinate is a number below the modulus in the form in which the field computes (times 2^448).
//! The two highest bits of the last byte are no part of it: the lower says that the larger of the
//! two second coordinates is meant, the upper that the point is the neutral one and all else zero.
//! So each point has one form. Whether it lies on its curve is seen when the proof is verified.

use crate::ring;

/// Bytes of a proof.
pub const PROOF_LEN: usize = 8 * FIELD_LEN + 5 * 2 * FIELD_LEN;

/// Bytes of a number of the field.
const FIELD_LEN: usize = 56;

/// Numbers of the field in each point, in the order of the proof.
const POINTS: [usize; 13] = [2, 1, 1, 1, 2, 1, 1, 1, 2, 1, 1, 2, 2];

/// The modulus of the field, low limbs first.
const MODULUS: [u64; 7] = [
    0x311c_0026_aab0_aaab,
    0x56ee_4528_c573_b5cc,
    0x824e_6dc3_e23a_cdee,
    0x0f75_a64b_bac7_1602,
    0x0095_a4b7_8a02_fe32,
    0x200f_c349_65aa_d640,
    0x3cde_e0fb_28c5_e535,
];

/// Of the last byte of a point: it is the neutral one.
const NEUTRAL: u8 = 0x80;

/// Of the last byte of a point: the larger second coordinate.
const LARGER: u8 = 0x40;

/// Before the last field of the library's form: the way the proof is hashed, the newest known.
const HASHING: u32 = 2;

/// Why bytes are no proof.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ProofError {
    /// Too few or too many bytes.
    #[error("proof of {0} bytes, not {PROOF_LEN}")]
    Length(usize),
    /// A number at or over the modulus, or a neutral point with anything else set.
    #[error("point {0} of the proof is not in its one form")]
    Point(usize),
}

/// A proof whose points are in their one form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Proof(Vec<u8>);

impl Proof {
    /// The bytes of the proof.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads a proof, whose points may still be on no curve.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, ProofError> {
        if bytes.len() != PROOF_LEN {
            return Err(ProofError::Length(bytes.len()));
        }
        for (at, point) in points(bytes).enumerate() {
            point.check().ok_or(ProofError::Point(at))?;
        }
        Ok(Self(bytes.to_vec()))
    }

    /// The proof in the form of the library.
    pub(crate) fn to_library(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(PROOF_LEN.saturating_mul(2));
        for (at, point) in points(&self.0).enumerate() {
            if at == POINTS.len().saturating_sub(2) {
                out.push(1);
            }
            point.write(&mut out);
        }
        out.extend_from_slice(&HASHING.to_le_bytes());
        out
    }

    /// The proof out of the form of the library.
    pub(crate) fn from_library(bytes: &[u8]) -> Option<Self> {
        let (mut reader, mut out) = (Library(bytes), Vec::with_capacity(PROOF_LEN));
        for (at, numbers) in POINTS.into_iter().enumerate() {
            if at == POINTS.len().saturating_sub(2) {
                reader.expect(&[1])?;
            }
            reader.point(numbers, &mut out)?;
        }
        reader.expect(&HASHING.to_le_bytes())?;
        reader.0.is_empty().then(|| Self::decode(&out).ok())?
    }
}

/// A point with its flags taken off the last byte.
struct Point {
    numbers: Vec<u8>,
    flags: u8,
}

/// The points of `bytes`, as far as they go.
fn points(bytes: &[u8]) -> impl Iterator<Item = Point> {
    let mut rest = bytes;
    POINTS.into_iter().map_while(move |numbers| {
        let (point, after) = rest.split_at_checked(numbers.saturating_mul(FIELD_LEN))?;
        rest = after;
        let mut numbers = point.to_vec();
        let last = numbers.last_mut()?;
        let flags = *last & (NEUTRAL | LARGER);
        *last &= !flags;
        Some(Point { numbers, flags })
    })
}

impl Point {
    fn check(&self) -> Option<()> {
        let reduced = self.numbers.chunks(FIELD_LEN).all(below_modulus);
        let neutral = self.flags & NEUTRAL != 0;
        let empty = self.flags == NEUTRAL && self.numbers.iter().all(|byte| *byte == 0);
        (reduced && (empty || !neutral)).then_some(())
    }

    fn write(&self, out: &mut Vec<u8>) {
        if self.flags & NEUTRAL != 0 {
            out.extend_from_slice(&0_u32.to_le_bytes());
            return;
        }
        out.extend_from_slice(&1_u32.to_le_bytes());
        for number in self.numbers.chunks(FIELD_LEN) {
            out.extend_from_slice(&7_u64.to_le_bytes());
            out.extend_from_slice(number);
        }
        out.push(u8::from(self.flags & LARGER != 0));
    }
}

fn below_modulus(number: &[u8]) -> bool {
    ring::from_bytes(number)
        .iter()
        .rev()
        .lt(MODULUS.iter().rev())
}

/// What is left to read of the library's form.
struct Library<'a>(&'a [u8]);

impl Library<'_> {
    fn expect(&mut self, bytes: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(bytes)?;
        Some(())
    }

    fn point(&mut self, numbers: usize, out: &mut Vec<u8>) -> Option<()> {
        if self.expect(&0_u32.to_le_bytes()).is_some() {
            let empty = numbers.saturating_mul(FIELD_LEN);
            out.resize(out.len().saturating_add(empty), 0);
            *out.last_mut()? |= NEUTRAL;
            return Some(());
        }
        self.expect(&1_u32.to_le_bytes())?;
        for _ in 0..numbers {
            self.expect(&7_u64.to_le_bytes())?;
            let (number, rest) = self.0.split_at_checked(FIELD_LEN)?;
            out.extend_from_slice(number);
            self.0 = rest;
        }
        let (larger, rest) = self.0.split_first()?;
        if *larger != 0 {
            *out.last_mut()? |= LARGER;
        }
        self.0 = rest;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_forms_of_a_proof_turn_into_each_other() {
        let mut bytes: Vec<u8> = (0..48).cycle().take(PROOF_LEN).collect();
        // The second point is the neutral one, the third takes the larger coordinate.
        bytes[112..168].fill(0);
        bytes[167] = NEUTRAL;
        bytes[223] |= LARGER;
        let proof = Proof::decode(&bytes).unwrap();
        assert_eq!(Proof::from_library(&proof.to_library()), Some(proof));
    }

    #[test]
    fn a_point_has_one_form_only() {
        let zero = vec![0; PROOF_LEN];
        assert!(Proof::decode(&zero).is_ok());
        assert_eq!(Proof::decode(&zero[1..]), Err(ProofError::Length(1_007)));
        let with = |changes: &[(usize, u8)]| {
            let mut bytes = zero.clone();
            for (at, byte) in changes {
                bytes[*at] = *byte;
            }
            Proof::decode(&bytes).map(|_| ())
        };
        assert_eq!(with(&[(111, NEUTRAL)]), Ok(()));
        assert_eq!(with(&[(111, NEUTRAL | LARGER)]), Err(ProofError::Point(0)));
        assert_eq!(with(&[(111, NEUTRAL), (3, 1)]), Err(ProofError::Point(0)));
        // The first half of a point of the second curve has no flags.
        assert_eq!(with(&[(55, LARGER)]), Err(ProofError::Point(0)));

        let mut modulus = ring::to_bytes(&MODULUS);
        assert!(!below_modulus(&modulus));
        modulus[0] -= 1;
        assert!(below_modulus(&modulus));
    }
}
