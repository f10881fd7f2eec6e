//! Signers in one process: several heights, weeks of virtual time, one seed.
//!
//! Words travel over many hops, late, twice and in any order; a partition of 14 days, crashes between
//! any two steps, clocks that are years off, a backup put back, and as many liars as the rules bear.
//! All honest hosts must decide every height alike, on a record that is right, and none may ever say
//! two things where one is allowed.
//!
//! Everything follows from the seed, which a failure prints. `SEED=n` runs one; `COMMUNE_LONG=1`
//! runs the long form. One liar more than the rules bear must show conflicts, hosts without a
//! journal double votes, and bugs planted in the hosts must be found: else the zeros prove nothing.
//! [`model`] searches a small case in full.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

#[path = "agreement/adversary.rs"]
mod adversary;
#[path = "agreement/host.rs"]
mod host;
#[path = "agreement/model.rs"]
mod model;
#[path = "agreement/random.rs"]
mod random;
#[path = "agreement/words.rs"]
mod words;
#[path = "agreement/world.rs"]
mod world;

use adversary::Lie;
use host::Bug;
use model::{Model, Slip};
use world::{HOUR, Plan, Story, Trouble, World};

fn run(seed: u64, plan: Plan) -> Result<Story, Trouble> {
    World::new(seed, plan).run()
}

fn is_long() -> bool {
    std::env::var_os("COMMUNE_LONG").is_some()
}

/// Runs them on all processors.
fn run_all(seeds: Vec<u64>, plan: fn(u64) -> Plan) -> Vec<(u64, Result<Story, Trouble>)> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..threads)
            .map(|at| {
                let share: Vec<_> = seeds.iter().copied().skip(at).step_by(threads).collect();
                scope.spawn(move || {
                    let each = share.into_iter().map(|seed| (seed, run(seed, plan(seed))));
                    each.collect::<Vec<_>>()
                })
            })
            .collect();
        let runs = runs.into_iter();
        runs.flat_map(|it| it.join().expect("a run that does not panic"))
            .collect()
    })
}

/// The value below which so many percent lie.
fn percentile(values: &mut [u64], percent: usize) -> u64 {
    values.sort_unstable();
    let at = values.len().saturating_sub(1) * percent / 100;
    values.get(at).copied().unwrap_or(0)
}

#[test]
fn honest_signers_agree_whatever_happens() {
    let count = if is_long() { 10_000 } else { 200 };
    let seeds = match std::env::var_os("SEED") {
        Some(seed) => vec![seed.to_string_lossy().parse().expect("SEED is a number")],
        None => (0..count).collect(),
    };
    let results = run_all(seeds, Plan::of);
    let mut stories = Vec::new();
    for (seed, result) in results {
        match result {
            Ok(story) => stories.push((Plan::of(seed), story)),
            Err(why) => panic!("SEED={seed}: {why:?} in {:?}", Plan::of(seed)),
        }
    }
    for signers in [4, 7, 10] {
        for delay in [2, HOUR, 24 * HOUR, 72 * HOUR, 168 * HOUR] {
            let these = stories
                .iter()
                .filter(|it| it.0.signers == signers && it.0.delay == delay);
            tell(signers, delay, &these.map(|it| &it.1).collect::<Vec<_>>());
        }
    }
    let known: usize = stories.iter().map(|it| it.1.liars_known).sum();
    let crashes: usize = stories.iter().map(|it| it.1.crashes).sum();
    println!(
        "{} runs, all decided; {crashes} crashes; {known} liars known",
        stories.len()
    );
    assert!(
        stories.len() < 100 || (known > 50 && crashes > 500),
        "too little happened"
    );
}

fn tell(signers: u8, delay: u64, stories: &[&Story]) {
    if stories.is_empty() {
        return;
    }
    let mut waits: Vec<u64> = stories.iter().flat_map(|it| it.waits.clone()).collect();
    let mut words: Vec<u64> = stories
        .iter()
        .map(|it| (it.words / it.waits.len()) as u64)
        .collect();
    let journals = stories.iter().map(|it| it.journal).max();
    let rounds = stories.iter().map(|it| it.rounds).max();
    println!(
        "{signers} signers, a hop at most {:.1} h, {} runs: hours a height {:.1} / {:.1}, words a \
         height {} / {} (median / p95), rounds at most {rounds:?}, longest journal (notes, bytes) \
         {journals:?}",
        delay as f64 / 3_600.0,
        stories.len(),
        percentile(&mut waits, 50) as f64 / 3_600.0,
        percentile(&mut waits, 95) as f64 / 3_600.0,
        percentile(&mut words, 50),
        percentile(&mut words, 95),
    );
}

/// One liar more than the rules bear, of those who show two faces.
fn above(seed: u64) -> Plan {
    let (signers, liars) = [(4, 2), (7, 3)][(seed % 2) as usize];
    let plan = Plan::of(seed);
    Plan {
        signers,
        liars,
        lie: Lie::TwoFaces,
        // Within the days of the partition.
        delay: plan.delay.min(6 * HOUR),
        heights: 6,
        is_split: true,
        is_restored: false,
        crashes: 0,
        ..plan
    }
}

#[test]
fn one_liar_more_than_the_rules_bear_splits_the_network() {
    let results = run_all((0..60).collect(), above);
    for signers in [4, 7] {
        let these = results.iter().filter(|it| above(it.0).signers == signers);
        let conflicts = these.filter(|it| matches!(it.1, Err(Trouble::Conflict(_))));
        let conflicts = conflicts.count();
        println!("{signers} signers: {conflicts} conflicts in 30 runs");
        assert!(conflicts >= 15, "the liars are too weak to prove anything");
    }
}

/// Where a planted bug has its best chance.
fn planted(seed: u64, bug: Bug) -> Plan {
    let plan = Plan {
        bug: Some(bug),
        crashes: 3,
        ..Plan::of(seed * 3)
    };
    let lie = match bug {
        Bug::QuorumOffByOne | Bug::EarliestClaimWins => Lie::TwoFaces,
        Bug::NoValidityCheck => Lie::WrongState,
        Bug::EndlessPatience => Lie::Silence,
        _ => plan.lie,
    };
    let is_restored = bug == Bug::SignsAfterRestore;
    Plan {
        lie,
        is_restored,
        liars: if is_restored { 0 } else { 1 },
        ..plan
    }
}

/// If the simulator cannot find these, what it does not find proves nothing.
#[test]
fn every_planted_bug_is_found_for_what_it_is() {
    let most = 300;
    for bug in Bug::ALL {
        let is_it = |why: &Trouble| match bug {
            Bug::QuorumOffByOne | Bug::EarliestClaimWins => matches!(why, Trouble::Conflict(_)),
            Bug::WordsBeforeJournal | Bug::NoJournal | Bug::SignsAfterRestore => {
                matches!(why, Trouble::DoubleVote(_))
            }
            Bug::NoValidityCheck => matches!(why, Trouble::WrongState(_)),
            Bug::EndlessPatience => matches!(why, Trouble::Undecided(_)),
        };
        let found = (0..most).find_map(|seed| {
            let why = run(seed, planted(seed, bug)).err();
            Some((seed, why.filter(is_it)?))
        });
        let (seed, why) = found.unwrap_or_else(|| panic!("{bug:?} was not found in {most} seeds"));
        println!("{bug:?}: found with seed {seed}: {why:?}");
    }
}

#[test]
fn one_seed_gives_one_story() {
    assert_eq!(run(7, Plan::of(7)), run(7, Plan::of(7)));
}

#[test]
fn no_state_of_a_small_network_holds_two_decisions() {
    let search = |heights, rounds, slip| {
        let model = Model {
            heights,
            rounds,
            slip,
        };
        let found = model.search();
        println!("4 signers, 1 liar, {heights} heights of {rounds} rounds, {slip:?}: {found:?}");
        found
    };
    let longest = is_long().then_some((1, 4));
    for (heights, rounds) in [(2, 2), (1, 3)].into_iter().chain(longest) {
        let found = search(heights, rounds, None);
        assert!(!found.is_conflict);
        assert!(found.ends > 0, "no height was decided: it proves nothing");
    }
    for slip in [
        Slip::QuorumOfTwo,
        Slip::NoLock,
        Slip::ClaimedQuorum,
        Slip::OldQuorum,
    ] {
        assert!(
            search(1, 3, Some(slip)).is_conflict,
            "{slip:?} was not found"
        );
    }
}
