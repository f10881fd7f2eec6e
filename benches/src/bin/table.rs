//! Runs every measurement and prints one table: `make bench`.
//!
//! Words on the command line choose sections: `table intake reconcile`.

fn main() -> anyhow::Result<()> {
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

fn intake() -> anyhow::Result<()> {
    let yardstick = commune_benches::yardstick::Signed::of(40_000).verify_on_all_cores()?;
    println!("Intake, entries a second on {} cores\n", yardstick.cores);
    println!("  raw verify_strict        {:>9.0}", yardstick.a_second);
    println!();
    Ok(())
}

#[cfg(not(feature = "peers"))]
fn reconcile() {
    println!("Reconciliation: built without the peers (make bench)\n");
}

#[cfg(feature = "peers")]
fn reconcile() {
    use commune_benches::{
        peers::{automerge, negentropy},
        sets::{Case, Cost, Place},
    };

    println!("Reconciliation, bytes per differing entry, both ways, without the entries");
    println!("(in brackets: round trips, seconds of both sides)\n");
    println!(
        "  entries  differ  which    {:>24} {:>24}",
        "negentropy", "automerge"
    );
    for entries in [100_000, 1_000_000] {
        let changes = automerge::Changes::of(entries);
        for differences in [10, 100, 1_000, 10_000] {
            for place in [Place::Spread, Place::Newest] {
                let case = Case {
                    entries,
                    differences,
                    place,
                };
                let show = |cost: anyhow::Result<Cost>| match cost {
                    Err(why) => why.to_string(),
                    Ok(cost) => format!(
                        "{:.1} ({}, {:.2})",
                        cost.per_difference(&case),
                        cost.round_trips,
                        cost.time.as_secs_f64()
                    ),
                };
                let automerge = match (&changes, place) {
                    (Ok(changes), Place::Newest) => show(automerge::reconcile(&case, changes)),
                    (Err(why), _) => why.to_string(),
                    (_, Place::Spread) => "-".to_owned(),
                };
                println!(
                    "  {entries:>7} {differences:>7}  {:<7}  {:>24} {automerge:>24}",
                    format!("{place:?}").to_lowercase(),
                    show(negentropy::reconcile(&case)),
                );
            }
        }
    }
    println!();
}
