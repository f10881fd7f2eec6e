//! The distance of everybody at once.
//!
//! A walk a person costs seconds where all together cost milliseconds: a lane carries hundreds of
//! sources as bits, some words of bits a node, and in each step everybody takes over the bits of
//! those who vouch for them. Lanes depend on nothing but the graph; whoever has more than one core
//! hands one to each.

use super::{
    Graph,
    distance::{Distance, NodeSet},
    graph::Node,
    index,
};
use crate::codec::to_u64;

/// Words of bits a node in a lane. More words are fewer lanes: everybody's distance among 12,533 takes
/// 12 ms with 8 words, 19 ms with 4, and no less with 16.
const WIDE: usize = 8;
const NARROW: usize = 4;

/// Most nodes for wide lanes. Beyond, narrow ones take a third longer (22 s for 4 million members and
/// 1,024 referents, rather than 16), but 4 million members and 2 million who lapsed fit into 1 GB.
const WIDE_NODES: usize = 1 << 21;

/// For each node, how many of some sources are within reach.
#[derive(Clone, Copy, Debug)]
pub struct Sweep<'a> {
    graph: &'a Graph,
    sources: &'a [Node],
    steps: u32,
}

impl<'a> Sweep<'a> {
    /// Asks of each node of `graph` how many of `sources`, each named once, it reaches in `steps`.
    pub fn new(graph: &'a Graph, sources: &'a [Node], steps: u32) -> Self {
        Self {
            graph,
            sources,
            steps,
        }
    }

    /// Words of bits a node.
    fn words(&self) -> usize {
        if self.graph.len() <= WIDE_NODES {
            WIDE
        } else {
            NARROW
        }
    }

    /// Number of lanes.
    pub fn lanes(&self) -> usize {
        self.sources.chunks(self.words().saturating_mul(64)).len()
    }

    /// The sources of lane `lane`.
    pub fn sources(&self, lane: usize) -> &'a [Node] {
        let mut lanes = self.sources.chunks(self.words().saturating_mul(64));
        lanes.nth(lane).unwrap_or_default()
    }

    /// Bytes that a lane takes while it runs.
    pub fn lane_len(&self) -> usize {
        let a_node = self.words().saturating_mul(size_of::<[u64; 2]>());
        self.graph.len().saturating_mul(a_node)
    }

    /// For each node, how many sources of lane `lane` it reaches, itself excluded.
    pub fn lane(&self, lane: usize) -> Vec<u16> {
        let sources = self.sources(lane);
        if self.words() == WIDE {
            self.carry::<WIDE>(sources)
        } else {
            self.carry::<NARROW>(sources)
        }
    }

    fn carry<const WORDS: usize>(&self, sources: &[Node]) -> Vec<u16> {
        let mut now = vec![[0_u64; WORDS]; self.graph.len()];
        for (bit, source) in sources.iter().enumerate() {
            if let Some(word) = now
                .get_mut(index(*source))
                .and_then(|it| it.get_mut(bit / 64))
            {
                *word |= 1 << (bit % 64);
            }
        }
        let mut next = vec![[0; WORDS]; now.len()];
        let mut moved = NodeSet::of(now.len(), sources);
        for _ in 0..self.steps {
            moved = self.step(&now, &mut next, &moved);
            std::mem::swap(&mut now, &mut next);
            if moved.is_empty() {
                break;
            }
        }
        let mut counts: Vec<u16> = now
            .iter()
            .map(|bits| bits.iter().map(|it| ones(*it)).sum())
            .collect();
        for source in sources {
            if let Some(count) = counts.get_mut(index(*source)) {
                *count = count.saturating_sub(1);
            }
        }
        counts
    }

    /// One step: who vouches for a node hands on what reached them. Returns whose bits are more now.
    ///
    /// Only those whose bits `moved` in the step before have something new to hand on. Asking a set
    /// that stays in the cache first spares most fetches of bits that do not.
    fn step<const WORDS: usize>(
        &self,
        now: &[[u64; WORDS]],
        next: &mut [[u64; WORDS]],
        moved: &NodeSet,
    ) -> NodeSet {
        let mut more = NodeSet::new(now.len());
        let nodes = self.graph.nodes().zip(self.graph.lists());
        for (((node, issuers), own), to) in nodes.zip(now).zip(next) {
            let mut bits = *own;
            for issuer in issuers {
                if moved.contains(*issuer)
                    && let Some(theirs) = now.get(index(*issuer))
                {
                    for (word, theirs) in bits.iter_mut().zip(theirs) {
                        *word |= theirs;
                    }
                }
            }
            if bits != *own {
                more.insert(node);
            }
            *to = bits;
        }
        more
    }

    /// The sums over all lanes, from what [`lane`](Self::lane) gave for each.
    pub fn total(&self, lanes: impl IntoIterator<Item = Vec<u16>>) -> Vec<u32> {
        let mut total = vec![0_u32; self.graph.len()];
        for lane in lanes {
            for (sum, count) in total.iter_mut().zip(lane) {
                *sum = sum.saturating_add(count.into());
            }
        }
        total
    }

    /// The same on one core.
    pub fn run(&self) -> Vec<u32> {
        self.total((0..self.lanes()).map(|lane| self.lane(lane)))
    }

    /// The distance of each node, the sources being referents, from the sums.
    pub fn distances(&self, reached: &[u32]) -> Vec<Distance> {
        let all = to_u64(self.sources.len());
        let mut distances: Vec<_> = reached
            .iter()
            .map(|reached| Distance {
                referents: all,
                reached: (*reached).into(),
            })
            .collect();
        for source in self.sources {
            if let Some(distance) = distances.get_mut(index(*source)) {
                distance.referents = all.saturating_sub(1);
            }
        }
        distances
    }
}

fn ones(word: u64) -> u16 {
    u16::try_from(word.count_ones()).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Walker, number},
        *,
    };

    #[test]
    fn a_narrow_lane_carries_what_a_wide_one_does() {
        let ring = (0..600).map(|it| (it, (it + 1) % 600));
        let chords = (0..600).map(|it| (it, (it * 7 + 5) % 600));
        let edges: Vec<_> = ring.chain(chords).collect();
        let (graph, _) = Graph::new(vec![true; 600], &edges);
        let sources: Vec<Node> = (100..340).collect();
        for steps in 0..7 {
            let sweep = Sweep::new(&graph, &sources, steps);
            assert_eq!(
                sweep.carry::<NARROW>(&sources),
                sweep.carry::<WIDE>(&sources)
            );
        }
        // More than one lane.
        let all: Vec<Node> = graph.nodes().collect();
        let sweep = Sweep::new(&graph, &all, 9);
        assert_eq!(sweep.lanes(), 2);
        let mut walker = Walker::new(&graph);
        let walked: Vec<_> = graph
            .nodes()
            .map(|node| number(walker.walk(&[node], 9).0.len()).saturating_sub(1))
            .collect();
        assert_eq!(sweep.run(), walked);
    }
}
