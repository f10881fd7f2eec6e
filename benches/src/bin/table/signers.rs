//! The section about what becomes final where: in one room, and by courier.

use anyhow::Result;
use commune_benches::ours::signers::Network;

/// Most seconds from what is said in a room until it is final on all devices.
const BAR: f64 = 5.0;

/// Most laps of a courier who visits five signers.
const LAPS: u32 = 5;

/// Records of a meetup that are measured.
const RECORDS: u32 = 3;

pub(crate) fn print() -> Result<()> {
    println!("A meetup: processes on loopback, from what is said until all know it as final\n");
    println!(
        "  {:>8} {:>10} {:>10}    the bar is {BAR} s for 7",
        "signers", "median", "slowest"
    );
    for signers in [4, 7, 13] {
        let mut all = Network::of(signers)?.in_one_room(RECORDS)?;
        all.sort();
        let seconds = |at: usize| {
            all.get(at)
                .map_or(f64::NAN, std::time::Duration::as_secs_f64)
        };
        println!(
            "  {signers:>8} {:>8.2} s {:>8.2} s",
            seconds(all.len() / 2),
            seconds(all.len().saturating_sub(1)),
        );
    }
    println!("\nNobody meets: one courier with a stick visits the signers in a ring\n");
    println!(
        "  {:>8} {:>6} {:>8} {:>12}    the bar is {LAPS} laps for 5",
        "signers", "laps", "carries", "a bundle"
    );
    for signers in [4, 5, 7, 13] {
        let road = Network::of(signers)?.by_courier()?;
        let bundle = road.bytes.div_ceil(u64::from(road.carries).max(1));
        println!(
            "  {signers:>8} {:>6} {:>8} {bundle:>10} B",
            road.laps, road.carries
        );
    }
    println!();
    Ok(())
}
