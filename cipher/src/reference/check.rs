//! The check that everybody can make: who contributed knew their secret, and the points are the
//! powers of what the last contribution left.
//!
//! That neighbours differ by one factor is checked for all at once: a pairing of the sums of both
//! sides, each point weighted by a number that the hash of the whole file gives. A false point
//! passes with a probability of about 2⁻¹²⁸.

use tfhe_zk_pok::curve_api::{
    CurveGroupOps, PairingGroupOps,
    bls12_446::{G1, G1Affine, G2, G2Affine, Gt, Zp},
};

use super::{
    Fault, Part, Place, ReferenceError, Steps, Transcript,
    contribution::Chain,
    points::{Point, Points, spread},
};

pub(super) fn verify(file: &Transcript, steps: Steps<'_>) -> Result<(), ReferenceError> {
    let points = &file.points;
    if file.contributions.is_empty() {
        return is_start(file);
    }
    check_contributions(file)?;
    check_group(&points.first, Place::First, steps)?;
    check_group(&points.second, Place::Second, steps)?;
    check_powers(points, &file.id)
}

/// Without contributions there is only one right file of a use and a label.
fn is_start(file: &Transcript) -> Result<(), ReferenceError> {
    let right = Points::generators(file.use_);
    if right.first != file.points.first || right.second != file.points.second {
        return Err(ReferenceError::NotStart);
    }
    Ok(())
}

/// Each contributor knew the factor between the point before and the point after.
fn check_contributions(file: &Transcript) -> Result<(), ReferenceError> {
    let mut chain = Chain::start(file.use_, &file.label);
    let mut before = G1::GENERATOR.normalize();
    for (at, contribution) in (1..).zip(&file.contributions) {
        if !contribution.point.is_in_group() {
            return Err(ReferenceError::Point {
                place: Place::Contribution(at),
                fault: Fault::NotInGroup,
            });
        }
        if !contribution.is_proven(&chain, before) {
            return Err(ReferenceError::Proof(at));
        }
        if contribution.point == before {
            return Err(ReferenceError::Idle(at));
        }
        chain.add(contribution);
        before = contribution.point;
    }
    if file.points.link() != before {
        return Err(ReferenceError::Unlinked);
    }
    Ok(())
}

/// All points are in the group of prime order, in which the pairing tells all of a point.
fn check_group<P: Point>(
    points: &[P],
    place: fn(usize) -> Place,
    steps: Steps<'_>,
) -> Result<(), ReferenceError> {
    let right = spread(points, |point| {
        let right = point.is_in_group();
        steps(1);
        right
    });
    let wrong = (1..).zip(right).find(|(_, right)| !right);
    wrong.map_or(Ok(()), |(at, _)| {
        Err(ReferenceError::Point {
            place: place(at),
            fault: Fault::NotInGroup,
        })
    })
}

/// The points are the powers of one number, the same in both groups and on both sides of the hole.
fn check_powers(points: &Points, id: &[u8; 32]) -> Result<(), ReferenceError> {
    let (low, high) = points
        .first
        .split_at_checked(points.second.len())
        .unwrap_or_default();
    let (Some(tau), Some(tau_second)) = (low.first(), points.second.first()) else {
        return Err(ReferenceError::Truncated);
    };
    let (Some(square), Some(last), Some(beyond)) = (low.get(1), points.second.last(), high.first())
    else {
        return Err(ReferenceError::Truncated);
    };
    let (tau, tau_second) = (first(*tau), second(*tau_second));
    let weights = weights(id, points.first.len());

    ensure(
        Part::Groups,
        (tau, G2::GENERATOR),
        (G1::GENERATOR, tau_second),
    )?;
    let [from, to] = sums(&[low, high], &weights, G1Affine::multi_mul_scalar);
    ensure(Part::First, (to, G2::GENERATOR), (from, tau_second))?;
    let [from, to] = sums(&[&points.second], &weights, G2Affine::multi_mul_scalar);
    ensure(Part::Second, (G1::GENERATOR, to), (tau, from))?;
    // Over the hole: tauⁿ⁺² is tau² times tauⁿ.
    ensure(
        Part::Hole,
        (first(*beyond), G2::GENERATOR),
        (first(*square), second(*last)),
    )
}

/// The weighted sums of all points but the last of each row, and of all but the first.
fn sums<P: Copy, G>(rows: &[&[P]], weights: &[Zp], sum: fn(&[P], &[Zp]) -> G) -> [G; 2] {
    let starts = rows.iter().filter_map(|row| row.split_last());
    let from: Vec<P> = starts.flat_map(|(_, rest)| rest).copied().collect();
    let ends = rows.iter().filter_map(|row| row.split_first());
    let to: Vec<P> = ends.flat_map(|(_, rest)| rest).copied().collect();
    let weights = weights.get(..from.len()).unwrap_or_default();
    [sum(&from, weights), sum(&to, weights)]
}

fn ensure(part: Part, left: (G1, G2), right: (G1, G2)) -> Result<(), ReferenceError> {
    let pairing = |(x, y)| <Gt as PairingGroupOps<Zp, G1, G2>>::pairing(x, y);
    if pairing(left) == pairing(right) {
        return Ok(());
    }
    Err(ReferenceError::NotConsecutive(part))
}

/// Numbers of 128 bits that nobody knew before the file was complete.
fn weights(id: &[u8; 32], count: usize) -> Vec<Zp> {
    let mut weights = vec![Zp::ZERO; count];
    Zp::hash_128bit(&mut weights, &[b"commune reference weights v1", id]);
    weights
}

fn first(point: G1Affine) -> G1 {
    <G1 as CurveGroupOps<Zp>>::projective(point)
}

fn second(point: G2Affine) -> G2 {
    <G2 as CurveGroupOps<Zp>>::projective(point)
}
