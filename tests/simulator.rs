//! A network in one process: many devices, months of virtual time, one seed.
//!
//! Devices meet over links of three kinds that break, carry entries for each other, crash, come back
//! from old backups and believe in clocks that are years off; some say different things to
//! different people. After the partitions heal, all honest devices must hold the same, nothing that
//! was reported as saved may be missing, and every equivocator must be proven everywhere. Records
//! close on the way: whoever holds what they name finds the same members.
//!
//! Everything follows from the seed, which a failure prints. `SEED=n` runs one; `COMMUNE_LONG=1`
//! runs the long form. The simulator is itself tested: bugs planted in the devices must be found.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "simulator/device.rs"]
mod device;
#[path = "simulator/link.rs"]
mod link;
#[path = "simulator/random.rs"]
mod random;
#[path = "simulator/trust.rs"]
mod trust;
#[path = "simulator/world.rs"]
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use device::Bug;
use world::{Plan, Story, World};

const SHORT: Plan = Plan {
    devices: 60,
    days: 120,
    byzantine: 9,
};

const SMALL: Plan = Plan {
    devices: 24,
    days: 60,
    byzantine: 3,
};

fn run(seed: u64, plan: Plan, bug: Option<Bug>) -> Result<Story, String> {
    let result = catch_unwind(AssertUnwindSafe(|| World::new(seed, plan, bug).run()));
    result.unwrap_or_else(|panic| {
        let words = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()));
        Err(words.unwrap_or_else(|| "panic".to_owned()))
    })
}

fn run_all(seeds: std::ops::Range<u64>, plan: Plan) -> Vec<Story> {
    let seeds: Vec<u64> = match std::env::var("SEED") {
        Ok(seed) => vec![seed.parse().expect("SEED is a number")],
        Err(_) => seeds.collect(),
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let shares: Vec<Vec<u64>> = (0..threads)
        .map(|at| seeds.iter().copied().skip(at).step_by(threads).collect())
        .collect();
    std::thread::scope(|scope| {
        let tell = |seed| match run(seed, plan, None) {
            Ok(story) => {
                println!("seed {seed}: {story:?}");
                story
            }
            Err(why) => panic!("SEED={seed}: {why}"),
        };
        let runs = shares
            .into_iter()
            .map(|share| scope.spawn(move || share.into_iter().map(tell).collect::<Vec<_>>()));
        let runs: Vec<_> = runs.collect();
        let stories = runs
            .into_iter()
            .map(|it| it.join().expect("a run told why it failed"));
        stories.flatten().collect()
    })
}

#[test]
fn honest_devices_agree_and_nothing_saved_is_lost() {
    let count = if std::env::var_os("COMMUNE_LONG").is_some() {
        2_000
    } else {
        40
    };
    let stories = run_all(0..count, SHORT);
    // Else what they agree on would be nothing.
    let newcomers: u64 = stories.iter().map(|it| it.newcomers).sum();
    assert!(
        stories.len() == 1 || newcomers > 10,
        "{newcomers} became members"
    );
}

/// If the simulator cannot find these, what it does not find proves nothing.
#[test]
fn every_planted_bug_is_found() {
    let most = 200;
    for bug in Bug::ALL {
        let found = (0..most).find_map(|seed| Some((seed, run(seed, SMALL, Some(bug)).err()?)));
        let (seed, why) = found.unwrap_or_else(|| panic!("{bug:?} was not found in {most} seeds"));
        println!("{bug:?}: found with seed {seed}: {why}");
    }
}

#[test]
fn one_seed_gives_one_story() {
    assert_eq!(run(7, SMALL, None), run(7, SMALL, None));
}
