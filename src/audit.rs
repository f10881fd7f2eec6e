//! The distance rule on any graph of certifications, from wherever it was exported.
//!
//! ```text
//! Certifications ─► Audit: steps, referents, sample ─judge─► Verdicts ─► a row a person
//! ```
//!
//! The rule itself is `commune_crdt::trust`; here it meets numbers of strangers, and all cores.

use commune_crdt::{
    codec::to_u64,
    params::{Param, Params},
    trust::{self, Distance, Dropped, Graph, NodeSet, Sweep},
};

use crate::{
    cores,
    table::{Certifications, Node},
};

/// Most people of a graph: one lane of the sweep takes 1 GB then.
pub const MAX_PEOPLE: usize = 16_000_000;

/// Bytes that lanes under way may take together, if there is more than one.
const MAX_LANES_LEN: usize = 1 << 30;

/// Fewest people whose numbers are changed before the sweep, so that neighbours are beside each other.
/// Smaller graphs are in the cache anyhow.
const MIN_MOVED: usize = 50_000;

/// What may differ from the rule of a network.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Question {
    /// Steps; those of the rule for as many members if `None`.
    pub steps: Option<u32>,
    /// Certifications given and received that make a referent; those of the rule if `None`.
    pub referent_min: Option<u32>,
    /// How many referents are drawn, and by which seed; all of them judge if `None`.
    pub sample: Option<(u64, [u8; 32])>,
}

/// A graph, and what is asked of it.
#[derive(Debug)]
pub struct Audit {
    nodes: Vec<Node>,
    graph: Graph,
    dropped: Dropped,
    steps: u32,
    referent_min: u32,
    referents: Vec<trust::Node>,
    /// Those who judge.
    drawn: Vec<trust::Node>,
    percent: u64,
}

impl Audit {
    /// Lays out the graph, each certification once, none of oneself, and finds the referents.
    pub fn new(table: Certifications, question: &Question) -> Self {
        let params = Params::default();
        let members = table.people.iter().map(|it| it.member).collect();
        let (graph, dropped) = Graph::new(members, &table.edges);
        let steps = question
            .steps
            .unwrap_or_else(|| trust::steps(&params, graph.members()));
        let referent_min = question
            .referent_min
            .unwrap_or_else(|| trust::referent_min(graph.members(), steps));
        let referents = graph.referents(referent_min);
        let drawn = match &question.sample {
            Some((size, seed)) => trust::sample::draw(&referents, *size, seed),
            None => referents.clone(),
        };
        Self {
            nodes: table.people,
            graph,
            dropped,
            steps,
            referent_min,
            referents,
            drawn,
            percent: params.get(Param::XJoin),
        }
    }

    /// The graph.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Rows that do not count.
    pub fn dropped(&self) -> Dropped {
        self.dropped
    }

    /// How far one walks.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// Certifications given and received from which on a member is a referent.
    pub fn referent_min(&self) -> u32 {
        self.referent_min
    }

    /// How many referents there are, drawn or not.
    pub fn referents(&self) -> usize {
        self.referents.len()
    }

    /// How many of them judge.
    pub fn drawn(&self) -> usize {
        self.drawn.len()
    }

    /// Judges everybody, on all cores. `done` hears how many more people have been walked from.
    pub fn judge(&self, done: impl FnMut(u64)) -> Verdicts<'_> {
        if self.graph.len() < MIN_MOVED {
            self.judge_in(&self.graph, &|node| node, done)
        } else {
            self.judge_moved(done)
        }
    }

    /// Judges everybody in the same graph with other numbers.
    fn judge_moved(&self, done: impl FnMut(u64)) -> Verdicts<'_> {
        let (graph, places) = self.graph.nearby();
        let place = |node| places.get(index(node)).copied().unwrap_or(node);
        self.judge_in(&graph, &place, done)
    }

    /// Judges everybody in `graph`, in which each person is at another `place`.
    fn judge_in(
        &self,
        graph: &Graph,
        place: &impl Fn(trust::Node) -> trust::Node,
        mut done: impl FnMut(u64),
    ) -> Verdicts<'_> {
        let mut judges: Vec<_> = self.drawn.iter().map(|it| place(*it)).collect();
        judges.sort_unstable();
        let is_judge = NodeSet::of(graph.len(), &judges);
        let everybody = graph.nodes();
        // Nobody reaches who vouches for nobody.
        let (others, silent): (Vec<_>, Vec<_>) = everybody
            .filter(|it| !is_judge.contains(*it))
            .partition(|it| graph.issued(*it) > 0);
        done(to_u64(silent.len()));
        let of_judges = Sweep::new(graph, &judges, self.steps);
        let reached = on_all_cores(&of_judges, &mut done);
        let of_others = Sweep::new(graph, &others, self.steps);
        let (distances, others) = (
            of_judges.distances(&reached),
            on_all_cores(&of_others, &mut done),
        );
        let at = |node| index(place(node));
        let nobody = Distance {
            referents: 0,
            reached: 0,
        };
        Verdicts {
            audit: self,
            distances: self
                .graph
                .nodes()
                .map(|it| distances.get(at(it)).copied().unwrap_or(nobody))
                .collect(),
            others: self
                .graph
                .nodes()
                .map(|it| others.get(at(it)).copied().unwrap_or(0))
                .collect(),
        }
    }
}

fn index(node: trust::Node) -> usize {
    usize::try_from(node).unwrap_or(usize::MAX)
}

/// Runs `sweep` on all cores, as many lanes at once as there is room for. `done` hears how many more
/// sources are swept.
pub fn on_all_cores(sweep: &Sweep<'_>, mut done: impl FnMut(u64)) -> Vec<u32> {
    let lanes: Vec<_> = (0..sweep.lanes()).collect();
    let room = MAX_LANES_LEN.checked_div(sweep.lane_len());
    let at_once = cores::count().min(room.unwrap_or(1)).max(1);
    let swept = lanes.chunks(at_once).flat_map(|some| {
        let counts = cores::map(some, |_, lane| sweep.lane(*lane));
        done(some.iter().map(|it| to_u64(sweep.sources(*it).len())).sum());
        counts
    });
    sweep.total(swept)
}

/// What came out for everybody.
#[derive(Debug)]
pub struct Verdicts<'a> {
    audit: &'a Audit,
    distances: Vec<Distance>,
    /// People within reach who do not judge.
    others: Vec<u32>,
}

/// What came out for one person.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Row {
    /// Who it is.
    pub node: Node,
    /// Certifications received.
    pub received: u32,
    /// Certifications given.
    pub issued: u32,
    /// Whether they are a referent.
    pub referent: bool,
    /// Referents that judge, and those of them within reach.
    pub distance: Distance,
    /// Everybody within reach.
    pub reached: u64,
    /// Whether the rule holds.
    pub passes: bool,
}

impl Verdicts<'_> {
    /// A row for everybody in the list of people, or for everybody who appears, in order of number.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        let (audit, graph) = (self.audit, &self.audit.graph);
        let referents = NodeSet::of(graph.len(), &audit.referents);
        let found = self.distances.iter().zip(&self.others);
        let everybody = graph.nodes().zip(&audit.nodes).zip(found);
        everybody.filter(|((_, node), _)| node.listed).map(
            move |((place, node), (distance, others))| Row {
                node: *node,
                received: graph.received(place),
                issued: graph.issued(place),
                referent: referents.contains(place),
                distance: *distance,
                reached: distance.reached.saturating_add((*others).into()),
                passes: distance.holds(audit.percent),
            },
        )
    }
}

#[cfg(test)]
mod tests;
