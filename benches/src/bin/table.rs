//! Runs every measurement and prints one table: `make bench`.
//!
//! Words on the command line choose sections: `table intake sync bundle reconcile session
//! trust checkpoint state money signers sticks ballots`. `table commune …` is `commune` itself, as the processes that are
//! measured are.

#[path = "table/ballots.rs"]
mod ballots;
#[path = "table/checkpoint.rs"]
mod checkpoint;
#[path = "table/money.rs"]
mod money;
#[path = "table/signers.rs"]
mod signers;
#[path = "table/state.rs"]
mod state;
#[path = "table/sticks.rs"]
mod sticks;
#[path = "table/trust.rs"]
mod trust;

use std::{process::ExitCode, time::Duration};

use anyhow::Result;
#[cfg(feature = "peers")]
use commune_benches::peers;
use commune_benches::{
    ours, process,
    sets::{Case, Cost, Lack, Place},
    yardstick,
};

/// What intake and sync have to reach, as a share of raw `verify_strict` on the same cores.
const INTAKE_BAR: f64 = 0.80;
const SYNC_BAR: f64 = 0.70;

/// Most that a command, and the start of a node, may take on the 2023 graph.
const STATUS_BAR: Duration = Duration::from_millis(100);
const START_BAR: Duration = Duration::from_secs(1);

/// Fewest megabytes a second that a bundle is written at.
const BUNDLE_BAR: f64 = 100.0;

/// Times that something short is measured, to take the middle one.
const TIMES: usize = 11;

fn main() -> Result<ExitCode> {
    let as_commune: Vec<_> = std::env::args_os().skip(1).collect();
    if as_commune
        .first()
        .is_some_and(|word| word == process::PROGRAM)
    {
        return Ok(commune::cli::main_of(as_commune));
    }
    measure()?;
    Ok(ExitCode::SUCCESS)
}

fn measure() -> Result<()> {
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    if chosen.iter().any(|word| word == ballots::ONE_CORE) {
        return ballots::print_one_core();
    }
    let wants = |section: &str| chosen.is_empty() || chosen.iter().any(|word| word == section);
    if wants("intake") {
        intake()?;
    }
    if wants("sync") {
        sync()?;
    }
    if wants("bundle") {
        bundle()?;
    }
    if wants("reconcile") {
        reconcile()?;
    }
    if wants("session") {
        session()?;
    }
    if wants("trust") {
        trust::print()?;
    }
    if wants("checkpoint") {
        checkpoint::print()?;
    }
    if wants("state") {
        state::print()?;
    }
    if wants("money") {
        money::print()?;
    }
    if wants("signers") {
        signers::print()?;
    }
    if wants("sticks") {
        sticks::print()?;
    }
    if wants("ballots") {
        ballots::print()?;
    }
    Ok(())
}

fn intake() -> Result<()> {
    let (signed, network) = (
        yardstick::Signed::of(44_000),
        ours::intake::Network::of(4_000)?,
    );
    let (mut cores, mut raw, mut durable) = (0, 0_f64, 0_f64);
    // In turn, and the best of each: what else the machine does troubles both alike.
    for _ in 0..3 {
        let rate = signed.verify_on_all_cores()?;
        let taken = network.take_in()?;
        cores = rate.cores;
        raw = raw.max(rate.a_second);
        durable = durable.max(yardstick::rate(taken.entries, taken.time));
    }
    println!("Intake, entries a second on {cores} cores (best of 3)\n");
    println!("  raw verify_strict          {raw:>9.0}");
    println!(
        "  durable intake             {durable:>9.0}    {:.2} of it, the bar is {INTAKE_BAR:.2}",
        durable / raw
    );
    println!();
    Ok(())
}

fn sync() -> Result<()> {
    let (signed, world) = (yardstick::Signed::of(44_000), ours::sync::World::of_2023()?);
    let (mut cores, mut raw, mut synced) = (0, 0_f64, 0_f64);
    let (mut entries, mut peak_kib) = (0, None);
    for _ in 0..3 {
        let rate = signed.verify_on_all_cores()?;
        let sync = world.sync()?;
        cores = rate.cores;
        raw = raw.max(rate.a_second);
        synced = synced.max(sync.a_second());
        entries = sync.entries;
        peak_kib = peak_kib.max(sync.peak_kib);
    }
    println!("QUIC sync of the 2023 graph on loopback, {entries} entries to an empty device");
    println!("(entries a second, best of 3; the sender works on the same {cores} cores)\n");
    println!("  raw verify_strict          {raw:>9.0}");
    println!(
        "  sync                       {synced:>9.0}    {:.2} of it, the bar is {SYNC_BAR:.2}",
        synced / raw
    );
    let peak = peak_kib.map_or_else(|| "-".to_owned(), |it| (it / 1_024).to_string());
    println!("  peak memory of the receiver{peak:>9} MiB\n");

    println!("On a device with that graph, processes from start to end (middle of {TIMES}), ms\n");
    let status = middle(|| world.status())?;
    println!(
        "  commune status             {status:>9}    the bar is {}",
        STATUS_BAR.as_millis()
    );
    let start = middle(|| world.start())?;
    println!(
        "  commune up, first answer   {start:>9}    the bar is {}",
        START_BAR.as_millis()
    );
    println!();
    Ok(())
}

/// The median, in milliseconds.
fn middle(mut measure: impl FnMut() -> Result<Duration>) -> Result<u128> {
    let mut times: Vec<_> = (0..TIMES).map(|_| measure()).collect::<Result<_>>()?;
    times.sort_unstable();
    let time = times.get(TIMES / 2).copied().unwrap_or_default();
    Ok(time.as_millis())
}

fn bundle() -> Result<()> {
    let world = ours::bundle::World::of(4)?;
    let written = (0..3).map(|_| world.create()).collect::<Result<Vec<_>>>()?;
    let best = written.iter().map(|it| it.mb_a_second()).fold(0., f64::max);
    let size = written.first().map_or(0, |it| it.bytes / 1_000_000);
    println!("Bundle of 8,192 payloads of 16 KiB, {size} MB sealed, fsync and reading back");
    println!("included (best of 3), from the start of the process to its end\n");
    println!("  bundle create, MB/s        {best:>9.0}    the bar is {BUNDLE_BAR}");
    println!();
    Ok(())
}

fn reconcile() -> Result<()> {
    println!("Reconciliation, bytes per differing entry, both ways, without the entries");
    println!(
        "(in brackets: round trips, seconds of both sides). Logs differ only in what is newest,"
    );
    println!("which concerns our whole session, from hello to equal states, and automerge.\n");
    println!(
        "  entries  differ  which   {:>17} {:>17} {:>20} {:>20}",
        "our sketch", "our session", "negentropy", "automerge"
    );
    for entries in [100_000, 1_000_000] {
        let peers = Peers::of(entries);
        let signed = ours::session::Entries::of(entries)?;
        for differences in [0, 10, 100, 1_000, 10_000] {
            for place in [Place::Spread, Place::Newest] {
                let case = Case {
                    entries,
                    differences,
                    lack: Lack::Both,
                    place,
                };
                let is_for_logs = place == Place::Newest;
                if differences == 0 && !is_for_logs {
                    continue;
                }
                let sketch = show(&case, ours::sketch::reconcile(&case));
                let session = if is_for_logs {
                    show(&case, ours::session::reconcile(&case, &signed))
                } else {
                    NOT_FOR_LOGS.to_owned()
                };
                let [negentropy, automerge] = peers.reconcile(&case);
                let place = if differences == 0 {
                    "bytes".to_owned()
                } else {
                    format!("{place:?}").to_lowercase()
                };
                println!(
                    "  {entries:>7} {differences:>7}  {place:<6}  {sketch:>17} {session:>17} {negentropy:>20} {automerge:>20}"
                );
            }
        }
    }
    println!();
    Ok(())
}

fn session() -> Result<()> {
    println!("Whole sessions, from hello to equal states: bytes per differing entry, both ways,");
    println!("without the entries (in brackets: round trips until both hold the same on a link of");
    println!("unlimited width; in sync those of the hellos, seconds of both sides)\n");
    println!(
        "  entries  differ   {:>20} {:>20}",
        "both lack half", "one lacks all"
    );
    for entries in [100_000, 1_000_000] {
        let signed = ours::session::Entries::of(entries)?;
        for differences in [0, 1, 10, 100, 1_000, 10_000] {
            let [both, right] = [Lack::Both, Lack::Right].map(|lack| {
                let place = Place::Newest;
                let case = Case {
                    entries,
                    differences,
                    lack,
                    place,
                };
                show(&case, ours::session::reconcile(&case, &signed))
            });
            println!("  {entries:>7} {differences:>7}   {both:>20} {right:>20}");
        }
    }
    println!();
    Ok(())
}

/// Stands where a measurement makes no sense.
const NOT_FOR_LOGS: &str = "-";

fn show(case: &Case, cost: Result<Cost>) -> String {
    match cost {
        Err(why) => why.to_string(),
        Ok(cost) => {
            let bytes = match case.differences {
                0 => cost.bytes.to_string(),
                _ => format!("{:.1}", cost.per_difference(case)),
            };
            format!(
                "{bytes} ({}, {:.2})",
                cost.round_trips,
                cost.time.as_secs_f64()
            )
        }
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
            (_, Place::Spread) => NOT_FOR_LOGS.to_owned(),
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
