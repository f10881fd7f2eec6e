//! Verifying checkpoints with nothing but a genesis, as on a machine that never saw an entry.

// One builder for the tests of others' verifiers and for this: notes as they are.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a helper of tests"
)]
#[path = "../../../tests/outside/world.rs"]
mod world;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use commune_crdt::{
    checkpoint::{Checker, Known, verify},
    genesis::Genesis,
};

use self::world::World;

/// Signers, and so a quorum of 15.
pub const SIGNERS: u8 = 21;

/// Ten years of daily checkpoints.
pub const HEIGHTS: u32 = 3_650;

/// Heights after which a signer is replaced where a chain jumps: a term of half a year.
pub const TERM: u32 = 182;

/// A chain in a file, and the genesis to verify it with.
#[derive(Debug)]
pub struct Chain {
    genesis: Genesis,
    text: String,
    /// Proofs in it.
    pub proofs: usize,
}

impl Chain {
    /// A proof for each of [`HEIGHTS`].
    pub fn full() -> Self {
        let world = World::new(SIGNERS, HEIGHTS, 0);
        Self::of(&world, &(1..=HEIGHTS).collect::<Vec<_>>())
    }

    /// A proof for each change of the signers, one in each [`TERM`], and for the last record.
    pub fn jumps() -> Self {
        let world = World::new(SIGNERS, HEIGHTS, TERM);
        let changes = (1..HEIGHTS).filter(|height| height % TERM == 0);
        Self::of(&world, &changes.chain([HEIGHTS]).collect::<Vec<_>>())
    }

    fn of(world: &World, heights: &[u32]) -> Self {
        Self {
            genesis: world.genesis.clone(),
            text: world.chain(heights),
            proofs: heights.len(),
        }
    }

    /// Length of the file, in bytes.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// How long it takes to verify it, on one core.
    ///
    /// # Errors
    /// When it is not final.
    pub fn verify(&self) -> Result<Duration> {
        let start = Instant::now();
        let verified = verify(self.text.as_bytes(), &self.genesis, &Known::default())?;
        let time = start.elapsed();
        ensure!(verified.height.0 == HEIGHTS && verified.examined.is_final());
        ensure!(verified.records.len() == self.proofs);
        Ok(time)
    }
}

/// Checkpoints a second whose 15 cosignatures and log line are all checked, on one core.
///
/// # Errors
/// When one is not final.
pub fn checkpoints_a_second() -> Result<f64> {
    let world = World::new(SIGNERS, 200, 0);
    let notes: Vec<_> = (1..=200).map(|height| world.note(height)).collect();
    let checker = Checker::new(world.signers(1).clone());
    let start = Instant::now();
    for note in &notes {
        ensure!(checker.examine(note)?.is_final());
    }
    Ok(200. / start.elapsed().as_secs_f64())
}
