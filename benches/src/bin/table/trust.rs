//! The section about distances.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "figures to read; a bench may stop at an overflow"
)]

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use commune::cores;
use commune_benches::{
    dubp,
    graphs::{self, Listed},
    ours::{self, trust::Network},
    walks::Oracle,
};
use commune_crdt::trust::{Graph, referent_min};

/// The algorithm of duniter-v2s walks from one person in so many, and its time is scaled to all.
const ORACLE_EVERY: usize = 12;

/// The same of dubp-wot, which is slower still.
const DUBP_EVERY: usize = 100;

/// How many times as fast as dubp-wot everybody's distance has to be.
const DUBP_BAR: f64 = 3_000.0;

/// Everybody's distance on the real graph, beside how others find it.
pub(crate) fn print() -> Result<()> {
    let network = Network::of(Listed::real()?.graph());
    let (graph, referents) = (&network.graph, &network.referents);
    let people: Vec<_> = graph.nodes().collect();
    println!(
        "Distance, {} steps, {} people of 2023, {} certifications, {} referents; one core\n",
        network.steps,
        people.len(),
        graph.edges(),
        referents.len()
    );
    let (reached, mut ours) = network.everybody(referents, false);
    let (_, mut on_all) = network.everybody(referents, true);
    for _ in 0..5 {
        ours = ours.min(network.everybody(referents, false).1);
        on_all = on_all.min(network.everybody(referents, true).1);
    }
    let one_more = Instant::now();
    let again = Network::of(Listed::real()?.with((1, 9_000)).graph());
    let read = one_more.elapsed();
    let (_, swept) = again.everybody(&again.referents, false);

    let oracle = Oracle::new(graph, referents);
    let some: Vec<_> = people.iter().copied().step_by(ORACLE_EVERY).collect();
    let start = Instant::now();
    for node in &some {
        let theirs = oracle.reached(*node, network.steps);
        let own = usize::try_from(*node).ok().and_then(|it| reached.get(it));
        ensure!(own.copied() == u32::try_from(theirs).ok(), "node {node}");
    }
    let each = start.elapsed() / u32::try_from(some.len())?;
    let oracle = each * u32::try_from(people.len())?;
    let (distances, walks) = network.one_by_one(&people, network.steps);
    ensure!(
        distances
            .iter()
            .map(|it| it.reached)
            .eq(reached.iter().map(|it| u64::from(*it))),
        "walks and sweep differ"
    );
    let line = |name: &str, time: Duration| {
        let ratio = oracle.as_secs_f64() / time.as_secs_f64();
        println!(
            "  {name:<44} {:>9.1} ms {ratio:>8.1} x",
            time.as_secs_f64() * 1e3
        );
    };
    beside_dubp(&network, &reached, ours)?;
    line(
        &format!("algorithm of duniter-v2s, {} people scaled", some.len()),
        oracle,
    );
    line("search over arrays, each person", walks);
    line("ours, everybody at once", ours);
    line(&format!("the same on {} cores", cores::count()), on_all);
    line("ours after a new certification, tables read", read + swept);
    let upkeep = ours::membership::upkeep(&Listed::real()?);
    println!(
        "\n  membership of {} folded from nothing {:.1} ms; the list after one more certification {:.1} ms\n",
        upkeep.members,
        upkeep.all.as_secs_f64() * 1e3,
        upkeep.one_more.as_secs_f64() * 1e3,
    );
    made(graph, &network.shares(referents, &reached))
}

/// dubp-wot on the same graph, in a process of its own.
fn beside_dubp(network: &Network, reached: &[u32], ours: Duration) -> Result<()> {
    let least = referent_min(network.graph.members(), network.steps);
    let walked = match dubp::walk(&Listed::real()?, network.steps, least, DUBP_EVERY)? {
        Ok(walked) => walked,
        Err(why) => {
            println!("  skipped: dubp-wot cannot be built: {why}");
            return Ok(());
        }
    };
    for it in &walked {
        let own = reached.get(it.node).copied();
        ensure!(
            own == Some(it.reached),
            "dubp-wot differs on node {}",
            it.node
        );
    }
    let all: Duration = walked.iter().map(|it| it.time).sum();
    let each = all / u32::try_from(walked.len())?;
    let everybody = each.as_secs_f64() * f64::from(u32::try_from(reached.len())?);
    let ratio = everybody / ours.as_secs_f64();
    let verdict = if ratio >= DUBP_BAR {
        "reached"
    } else {
        "MISSED"
    };
    println!(
        "  dubp-wot 0.11, a process of its own: {:.1} ms a person, {} people scaled to {everybody:.0} s; ours is {ratio:.0} x as fast (goal {DUBP_BAR:.0} x: {verdict})",
        each.as_secs_f64() * 1e3,
        walked.len(),
    );
    Ok(())
}

/// What one and everybody cost in made graphs, by the sampled rule.
fn made(real: &Graph, shares: &[u64; 3]) -> Result<()> {
    println!(
        "Made graphs, everybody by 1,024 referents, with lapsed people in proportion; shares of"
    );
    println!(
        "referents within reach: what a tenth of the members and what half of them has at most\n"
    );
    println!(
        "  {:>9} {:>9} {:>10} {:>2} {:>8} {:>16} {:>9} {:>9} {:>7}  shares, passing",
        "members",
        "people",
        "edges",
        "k",
        "made",
        "newcomer (worst)",
        "everybody",
        "all cores",
        "peak"
    );
    let [tenth, half, passing] = shares.map(percent);
    println!(
        "  {:>9} {:>9} {:>72}  {tenth} {half} {passing}  (real)",
        real.members(),
        real.len(),
        ""
    );
    for members in [
        8_173, 10_000, 30_000, 100_000, 300_000, 1_000_000, 4_000_000,
    ] {
        ours::trust::forget_peak();
        let start = Instant::now();
        let network = Network::of(Listed::like(real, members, &graphs::REAL).graph());
        let made = start.elapsed();
        // The calibration is by all referents.
        let drawn = if members == 8_173 {
            network.referents.clone()
        } else {
            network.drawn()
        };
        let (reached, one) = network.everybody(&drawn, false);
        let peak = ours::trust::peak_mb()?;
        let (_, all) = network.everybody(&drawn, true);
        let (mean, worst) = network.newcomer();
        let [tenth, half, passing] = network.shares(&drawn, &reached).map(percent);
        println!(
            "  {members:>9} {:>9} {:>10} {:>2} {:>6.1} s {:>6.2} ({:>4.1}) ms {:>7.2} s {:>7.2} s {peak:>4} MB  {tenth} {half} {passing}",
            network.graph.len(),
            network.graph.edges(),
            network.steps,
            made.as_secs_f64(),
            mean.as_secs_f64() * 1e3,
            worst.as_secs_f64() * 1e3,
            one.as_secs_f64(),
            all.as_secs_f64(),
        );
    }
    println!();
    Ok(())
}

fn percent(basis_points: u64) -> String {
    format!("{}.{:02} %", basis_points / 100, basis_points % 100)
}
