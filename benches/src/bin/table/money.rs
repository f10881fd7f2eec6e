//! The section about the ledger.

use std::time::Duration;

use anyhow::Result;
use commune_benches::ours::money::Town;

/// Fewest payments a second that one core folds.
const BAR: f64 = 500_000.0;

/// Payments of the record that is measured.
const PAYMENTS: u32 = 1_000_000;

/// Payments folded, and what accounts cost.
pub(crate) fn print() -> Result<()> {
    println!("Ledger, {PAYMENTS} payments in one record; one core, the bar is {BAR} a second\n");
    println!(
        "  {:>9} {:>14} {:>12} {:>10} {:>10} {:>10}",
        "members", "payments/s", "a day", "audit", "leaves", "ledger"
    );
    for members in [10_000, 100_000, 1_000_000, 4_000_000] {
        let cost = Town::of(members).measure(PAYMENTS)?;
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        println!(
            "  {members:>9} {:>14.0} {:>9.1} ms {:>7.1} ms {:>7.1} ms {:>7} MB",
            f64::from(PAYMENTS) / cost.payments.as_secs_f64(),
            ms(cost.day),
            ms(cost.audit),
            ms(cost.leaves),
            cost.ledger_mb,
        );
    }
    println!();
    Ok(())
}
