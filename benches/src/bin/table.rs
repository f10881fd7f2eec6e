//! Runs every measurement and prints one table: `make bench`.
//!
//! Words on the command line choose sections: `table intake reconcile`.

use anyhow::Result;
#[cfg(feature = "peers")]
use commune_benches::peers;
use commune_benches::{
    ours,
    sets::{Case, Cost, Place},
    yardstick,
};

fn main() -> Result<()> {
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    let wants = |section: &str| chosen.is_empty() || chosen.iter().any(|word| word == section);
    if wants("intake") {
        intake()?;
    }
    if wants("reconcile") {
        reconcile();
    }
    Ok(())
}

fn intake() -> Result<()> {
    let yardstick = yardstick::Signed::of(40_000).verify_on_all_cores()?;
    println!("Intake, entries a second on {} cores\n", yardstick.cores);
    println!("  raw verify_strict        {:>9.0}", yardstick.a_second);
    println!();
    Ok(())
}

fn reconcile() {
    println!("Reconciliation, bytes per differing entry, both ways, without the entries");
    println!("(in brackets: round trips, seconds of both sides)\n");
    println!(
        "  entries  differ  which    {:>18} {:>20} {:>20}",
        "commune", "negentropy", "automerge"
    );
    for entries in [100_000, 1_000_000] {
        let peers = Peers::of(entries);
        for differences in [10, 100, 1_000, 10_000] {
            for place in [Place::Spread, Place::Newest] {
                let case = Case {
                    entries,
                    differences,
                    place,
                };
                let ours = show(&case, ours::reconcile(&case));
                let [negentropy, automerge] = peers.reconcile(&case);
                let place = format!("{place:?}").to_lowercase();
                println!(
                    "  {entries:>7} {differences:>7}  {place:<7}  {ours:>18} {negentropy:>20} {automerge:>20}"
                );
            }
        }
    }
    println!();
}

fn show(case: &Case, cost: Result<Cost>) -> String {
    match cost {
        Err(why) => why.to_string(),
        Ok(cost) => format!(
            "{:.1} ({}, {:.2})",
            cost.per_difference(case),
            cost.round_trips,
            cost.time.as_secs_f64()
        ),
    }
}

/// The others, or a dash for each when this was built without them.
#[cfg(feature = "peers")]
struct Peers(Result<peers::automerge::Changes>);

#[cfg(feature = "peers")]
impl Peers {
    fn of(entries: u32) -> Self {
        Self(peers::automerge::Changes::of(entries))
    }

    fn reconcile(&self, case: &Case) -> [String; 2] {
        let automerge = match (&self.0, case.place) {
            // Its logs can only differ in what is newest.
            (_, Place::Spread) => "-".to_owned(),
            (Ok(changes), Place::Newest) => show(case, peers::automerge::reconcile(case, changes)),
            (Err(why), Place::Newest) => why.to_string(),
        };
        [show(case, peers::negentropy::reconcile(case)), automerge]
    }
}

#[cfg(not(feature = "peers"))]
struct Peers;

#[cfg(not(feature = "peers"))]
impl Peers {
    fn of(_entries: u32) -> Self {
        Self
    }

    fn reconcile(&self, _case: &Case) -> [String; 2] {
        ["-".to_owned(), "-".to_owned()]
    }
}
