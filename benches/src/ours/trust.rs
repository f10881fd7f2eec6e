//! The distance rule: one person, or everybody at once.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "figures to read; a bench may stop at an overflow"
)]

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use commune::audit::on_all_cores;
use commune_crdt::{
    params::Params,
    trust::{Distance, Graph, Node, NodeSet, Sweep, Walker, referent_min, sample, steps},
};

/// Referents that judge in a large network.
const SAMPLE: u64 = 1_024;

/// Steps of a small network.
const STEPS: u32 = 5;

/// Certifications that a newcomer has.
const NEWCOMER: u32 = 5;

/// Newcomers that are asked for.
const NEWCOMERS: usize = 100;

/// A graph with what the rule says of it.
#[derive(Debug)]
pub struct Network {
    /// The graph.
    pub graph: Graph,
    /// Its steps.
    pub steps: u32,
    /// Its referents.
    pub referents: Vec<Node>,
}

impl Network {
    /// What the rule says of `graph`.
    #[must_use]
    pub fn of(graph: Graph) -> Self {
        let steps = steps(&Params::default(), graph.members());
        Self {
            referents: graph.referents(referent_min(graph.members(), steps)),
            steps,
            graph,
        }
    }

    /// How many of `referents` each person reaches, on one core or on all.
    #[must_use]
    pub fn everybody(&self, referents: &[Node], all_cores: bool) -> (Vec<u32>, Duration) {
        let start = Instant::now();
        let sweep = Sweep::new(&self.graph, referents, self.steps);
        let reached = if all_cores {
            on_all_cores(&sweep, |_| ())
        } else {
            sweep.run()
        };
        (reached, start.elapsed())
    }

    /// Referents as they are drawn in a large network.
    #[must_use]
    pub fn drawn(&self) -> Vec<Node> {
        sample::draw(&self.referents, SAMPLE, &[1; 32])
    }

    /// Walks from each of `people`, one after the other, and says how many referents each reaches.
    /// Who is a referent is known before.
    #[must_use]
    pub fn one_by_one(&self, people: &[Node], steps: u32) -> (Vec<Distance>, Duration) {
        let is_referent = NodeSet::of(self.graph.len(), &self.referents);
        let mut walker = Walker::new(&self.graph);
        let start = Instant::now();
        let distances = people
            .iter()
            .map(|node| {
                walker
                    .distance(*node, &self.referents, &is_referent, steps)
                    .0
            })
            .collect();
        (distances, start.elapsed())
    }

    /// What a newcomer costs, on average and at worst, by all referents within five steps.
    #[must_use]
    pub fn newcomer(&self) -> (Duration, Duration) {
        let times: Vec<_> = self
            .newcomers()
            .into_iter()
            .map(|node| self.one_by_one(&[node], STEPS).1)
            .collect();
        let count = u32::try_from(times.len()).unwrap_or(1).max(1);
        let worst = times.iter().max().copied().unwrap_or_default();
        (times.iter().sum::<Duration>() / count, worst)
    }

    /// Members who might be new, from all over the graph: they have as many certifications as one
    /// needs, or somewhat more.
    #[must_use]
    pub fn newcomers(&self) -> Vec<Node> {
        let graph = &self.graph;
        let stride = graph.len().div_ceil(NEWCOMERS * 10).max(1);
        let about = NEWCOMER..2 * NEWCOMER;
        let people = graph.nodes().step_by(stride);
        people
            .filter(|it| graph.is_member(*it) && about.contains(&graph.received(*it)))
            .take(NEWCOMERS)
            .collect()
    }

    /// Of `referents` within reach, in hundredths of a percent: what a tenth of the members has at
    /// most, and what half of them has. And who of 10,000 passes.
    #[must_use]
    pub fn shares(&self, referents: &[Node], reached: &[u32]) -> [u64; 3] {
        let sweep = Sweep::new(&self.graph, referents, self.steps);
        let distances = self.graph.nodes().zip(sweep.distances(reached));
        let mut shares: Vec<_> = distances
            .filter(|(node, _)| self.graph.is_member(*node))
            .map(|(_, distance)| distance.basis_points())
            .collect();
        shares.sort_unstable();
        let at = |part: usize| shares.get(shares.len() / part).copied().unwrap_or(0);
        let failing = shares.partition_point(|it| *it < 8_000);
        let passing = (shares.len() - failing) * 10_000 / shares.len().max(1);
        [at(10), at(2), u64::try_from(passing).unwrap_or(0)]
    }
}

/// The most memory that this process has taken since [`forget_peak`], in MB.
///
/// # Errors
/// When the system does not say.
pub fn peak_mb() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    let kib = line.and_then(|it| it.trim().strip_suffix(" kB"));
    Ok(kib.context("no VmHWM")?.parse::<u64>()? * 1_024 / 1_000_000)
}

/// Counts the peak anew from here. Where the system does not let us, it is that of the whole process.
pub fn forget_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphs::{Listed, REAL};

    /// Figures of the real graph: 0.8925 and 0.9663.
    #[test]
    fn a_made_graph_resembles_the_real_one() {
        let real = Listed::real().unwrap().graph();
        let made = Network::of(Listed::like(&real, 8_173, &REAL).graph());
        assert_eq!((made.graph.len(), made.graph.members()), (12_533, 8_173));
        assert!((89_500..=90_919).contains(&made.graph.edges()));
        let (reached, _) = made.everybody(&made.referents, true);
        let [tenth, half, _] = made.shares(&made.referents, &reached);
        assert!(tenth.abs_diff(8_925) <= 60, "{tenth}");
        assert!(half.abs_diff(9_663) <= 60, "{half}");
        let again = Listed::like(&real, 8_173, &REAL);
        assert_eq!(again.graph().edges(), made.graph.edges());
    }
}
