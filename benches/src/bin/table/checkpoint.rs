//! The section about checkpoints.

use std::time::Duration;

use anyhow::Result;
use commune_benches::ours::checkpoint::{Chain, HEIGHTS, SIGNERS, TERM, checkpoints_a_second};

/// Longest that ten years may take, record by record.
const FULL_BAR: Duration = Duration::from_secs(3);

/// Longest that they may take by jumps.
const JUMPS_BAR: Duration = Duration::from_millis(50);

/// Fewest checkpoints a second with a quorum of 15.
const RATE_BAR: f64 = 1_000.;

/// Verifying with only a genesis.
pub(crate) fn print() -> Result<()> {
    println!("Verifying {HEIGHTS} checkpoints of {SIGNERS} signers with only a genesis, one core");
    println!("(best of 3; by jumps one signer is replaced each {TERM} heights)\n");
    for (name, chain, bar) in [
        ("every record, ms", Chain::full(), FULL_BAR),
        ("by jumps, ms", Chain::jumps(), JUMPS_BAR),
    ] {
        let times = (0..3).map(|_| chain.verify()).collect::<Result<Vec<_>>>()?;
        let best = times.into_iter().min().unwrap_or_default().as_secs_f64() * 1_000.;
        println!(
            "  {name:<26} {best:>9.1}    the bar is {}, {} proofs in {} kB",
            bar.as_millis(),
            chain.proofs,
            chain.len() / 1_000
        );
    }
    let mut rate = 0_f64;
    for _ in 0..3 {
        rate = rate.max(checkpoints_a_second()?);
    }
    println!("  notes of 16 lines a second {rate:>9.0}    the bar is {RATE_BAR}\n");
    Ok(())
}
