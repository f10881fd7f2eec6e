//! The section about the state root.

use anyhow::Result;
use commune_benches::ours::state;

/// The root of members and accounts as they grow.
pub(crate) fn print() -> Result<()> {
    println!("State root, a member's leaf of 380 bytes and an account's of 40 each; one core");
    println!("  bars at 4,000,000: 3 s from nothing, 0.5 s with one in a hundred changed, 1 GB\n");
    println!(
        "  {:>9} {:>12} {:>12} {:>10}",
        "members", "from nothing", "1 % changed", "trees"
    );
    for people in [10_000, 100_000, 1_000_000, 4_000_000] {
        let cost = state::measure(people)?;
        println!(
            "  {people:>9} {:>9.0} ms {:>9.1} ms {:>7} MB",
            cost.whole.as_secs_f64() * 1e3,
            cost.changed.as_secs_f64() * 1e3,
            cost.memory_mb,
        );
    }
    println!();
    Ok(())
}
