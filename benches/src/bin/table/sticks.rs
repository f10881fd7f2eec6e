//! The section about sticks: how fast they are written, and how soon they may go.

use std::time::Duration;

use anyhow::Result;
use commune_benches::{
    ours::{
        bundle::World,
        sticks::{Medium, Week, bulk},
    },
    yardstick::rate,
};

/// What the writing of much has to reach, as a share of what the medium writes by itself.
const BAR: f64 = 0.8;

/// Members of a commune, each of whom wrote 11 entries in a week.
const MEMBERS: u32 = 2_000;

const TIMES: usize = 5;

/// Bytes a second that a usual stick takes.
const STICK: u64 = 30_000_000;

pub(crate) fn print() -> Result<()> {
    let medium = Medium::new()?;
    let what = match medium.is_real() {
        true => "exFAT on a loop device",
        false => "a folder of the disk, as no exFAT can be made here",
    };
    println!("Sticks ({what}); middle of {TIMES}, in turn\n");
    let world = World::of(2)?;
    println!("  {:<24} {:>9} {:>9} {:>7}", "", "medium", "carry", "ratio");
    if medium.slow_down(STICK) {
        row("as fast as a stick", &world, &medium, TIMES.div_ceil(2))?;
        // Whether it went is seen in the next row.
        let _ = medium.slow_down(0);
    }
    row("as fast as memory", &world, &medium, TIMES)?;
    println!(
        "  MB/s of bundles of long payloads; the bar is {BAR:.2} of the medium. What is read back comes from memory here."
    );
    let (mut writes, mut reads, mut week) = (Vec::new(), Vec::new(), None);
    for _ in 0..TIMES {
        let one = Week::of(MEMBERS, &medium)?;
        writes.push(one.writes);
        reads.push(one.reads);
        week = Some(one);
    }
    if let Some(week) = week {
        println!(
            "\n  a week of {MEMBERS} members, {} entries, {} kB: from plugging in to \"you may remove\"",
            week.entries,
            week.bytes / 1_000
        );
        println!(
            "  who writes it              {:>7.2} s",
            middle(writes).as_secs_f64()
        );
        println!(
            "  who reads it               {:>7.2} s",
            middle(reads).as_secs_f64()
        );
    }
    println!();
    Ok(())
}

fn row(what: &str, world: &World, medium: &Medium, times: usize) -> Result<()> {
    let (mut ours, mut alone, mut bytes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..times {
        let carried = bulk(world, medium)?;
        bytes = carried.bytes;
        ours.push(carried.time);
        alone.push(medium.write(bytes)?);
    }
    let (ours, alone) = (middle(ours), middle(alone));
    let megabytes = |time| rate(usize::try_from(bytes).unwrap_or(usize::MAX), time) / 1e6;
    let ratio = alone.as_secs_f64() / ours.as_secs_f64();
    let (alone, ours) = (megabytes(alone), megabytes(ours));
    println!("  {what:<24} {alone:>9.0} {ours:>9.0} {ratio:>7.2}");
    Ok(())
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
