//! The state root: from nothing, and after one leaf in a hundred changed.

use std::time::Duration;

use anyhow::Result;
use commune_crdt::{
    codec::Writer,
    state::{Kind, Trees},
};

use super::trust::{forget_peak, peak_mb};
use crate::yardstick::Watch;

/// Certifications of a leaf: the median of the real graph.
const CERTIFICATIONS: u32 = 8;

/// What one size costs.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// All leaves written, hashed and brought under one root.
    pub whole: Duration,
    /// One in a hundred changed.
    pub changed: Duration,
    /// Memory of the trees, in MB.
    pub memory_mb: u64,
}

/// Measures `people` members with an account each, on one core.
///
/// # Errors
///
/// When the system does not tell how much memory is used.
pub fn measure(people: u32) -> Result<Cost> {
    forget_peak();
    let before = peak_mb()?;
    let mut trees = Trees::default();
    let start = Watch::start();
    for number in 0..people {
        put(&mut trees, number, 0);
    }
    let first = trees.root();
    let whole = start.elapsed();
    let start = Watch::start();
    for number in (0..people).step_by(100) {
        put(&mut trees, number, 1);
    }
    let second = trees.root();
    let changed = start.elapsed();
    anyhow::ensure!(first != second, "a changed leaf changes the root");
    Ok(Cost {
        whole,
        changed,
        memory_mb: peak_mb()?.saturating_sub(before),
    })
}

fn put(trees: &mut Trees, number: u32, version: u64) {
    let index = usize::try_from(number).unwrap_or(usize::MAX);
    trees.of(Kind::People).set(index, &person(number, version));
    trees
        .of(Kind::Accounts)
        .set(index, &account(number, version));
}

/// Bytes in the form of a member's leaf.
fn person(number: u32, version: u64) -> Vec<u8> {
    let mut out = Writer::with_capacity(512);
    let key = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    out.raw(&[key.to_be_bytes(); 4].concat())
        .u8(0)
        .short_bytes(format!("person {number}").as_bytes())
        .u8(1)
        .u64(1_700_000_000)
        .u64(version)
        .var(CERTIFICATIONS.into());
    for issuer in 0..CERTIFICATIONS {
        out.u32(number.wrapping_add(issuer))
            .u64(1_700_000_000)
            .u64(1_763_000_000)
            .raw(&[0; 16]);
    }
    out.raw(&[0; 16]);
    out.finish()
}

/// Bytes in the form of an account's leaf.
fn account(number: u32, version: u64) -> Vec<u8> {
    let mut out = Writer::with_capacity(48);
    out.u64(number.into()).u64(version).raw(&[0; 24]);
    out.finish()
}
