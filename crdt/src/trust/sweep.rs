//! The distance of everybody at once.
//!
//! A walk a person costs seconds where all together cost milliseconds: a lane carries up to
//! [`LANE`] sources as bits, one word of bits a node, and in each step everybody takes over the
//! bits of those who vouch for them. Lanes depend on nothing but the graph; whoever has more
//! than one core hands one to each.

use super::{Graph, distance::Distance, graph::Node, index};
use crate::codec::to_u64;

const WORDS: usize = 8;
type Bits = [u64; WORDS];

/// Sources that one lane carries: one cache line a node.
pub const LANE: usize = WORDS * 64;

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

    /// Number of lanes.
    pub fn lanes(&self) -> usize {
        self.sources.len().div_ceil(LANE)
    }

    /// The sources of lane `lane`.
    pub fn sources(&self, lane: usize) -> &'a [Node] {
        self.sources.chunks(LANE).nth(lane).unwrap_or_default()
    }

    /// Bytes that a lane takes while it runs.
    pub fn lane_len(&self) -> usize {
        let both = size_of::<[Bits; 2]>();
        self.graph.len().saturating_mul(both)
    }

    /// For each node, how many sources of lane `lane` it reaches, itself excluded.
    pub fn lane(&self, lane: usize) -> Vec<u16> {
        let sources = self.sources(lane);
        let mut now = vec![Bits::default(); self.graph.len()];
        for (bit, source) in sources.iter().enumerate() {
            if let Some(word) = now
                .get_mut(index(*source))
                .and_then(|it| it.get_mut(bit / 64))
            {
                *word |= 1 << (bit % 64);
            }
        }
        let mut next = vec![Bits::default(); now.len()];
        for _ in 0..self.steps {
            if !self.step(&now, &mut next) {
                break;
            }
            std::mem::swap(&mut now, &mut next);
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

    /// One step: who vouches for a node hands on what reached them. False if nothing moved.
    fn step(&self, now: &[Bits], next: &mut [Bits]) -> bool {
        let mut moved = 0;
        for ((issuers, own), to) in self.graph.lists().zip(now).zip(next) {
            let mut bits = *own;
            for issuer in issuers {
                if let Some(theirs) = now.get(index(*issuer)) {
                    for (word, more) in bits.iter_mut().zip(theirs) {
                        *word |= more;
                    }
                }
            }
            for (word, before) in bits.iter().zip(own) {
                moved |= word ^ before;
            }
            *to = bits;
        }
        moved != 0
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
