//! How others judge distances: a walk a person.
//!
//! Their programs cannot be part of ours (their licence is the AGPL), so this is the distance oracle
//! of duniter-v2s by its published description, in our own words. For each person it walks in depth
//! over the certifications received, which a hash map holds as a list a person. A hash map remembers
//! with how many steps left each person was met, so that the walk goes on only where more are left
//! than ever before; a hash set gathers the referents. Their program gives each core other people;
//! here one core is compared with one core. The hash is FNV, which suits small numbers far better than
//! the one of the standard library.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    hash::{BuildHasherDefault, Hasher},
};

use commune_crdt::trust::{Graph, Node};

/// A graph as the oracle holds it.
#[derive(Debug)]
pub struct Oracle {
    received: HashMap<Node, Vec<Node>, BuildHasherDefault<Fnv>>,
    referents: HashSet<Node, BuildHasherDefault<Fnv>>,
}

/// What one walk has met.
#[derive(Debug, Default)]
struct Met {
    steps_left: HashMap<Node, u32, BuildHasherDefault<Fnv>>,
    referents: HashSet<Node, BuildHasherDefault<Fnv>>,
}

impl Oracle {
    /// The same graph in its form.
    #[must_use]
    pub fn new(graph: &Graph, referents: &[Node]) -> Self {
        Self {
            received: graph
                .nodes()
                .map(|node| (node, graph.issuers(node).to_vec()))
                .collect(),
            referents: referents.iter().copied().collect(),
        }
    }

    /// How many referents `node` reaches in `steps`, itself excluded.
    #[must_use]
    pub fn reached(&self, node: Node, steps: u32) -> usize {
        let mut met = Met::default();
        self.walk(node, steps, &mut met);
        met.referents.remove(&node);
        met.referents.len()
    }

    fn walk(&self, node: Node, left: u32, met: &mut Met) {
        match met.steps_left.entry(node) {
            Entry::Occupied(before) if *before.get() >= left => return,
            Entry::Occupied(mut before) => {
                before.insert(left);
            }
            Entry::Vacant(place) => {
                place.insert(left);
            }
        }
        if self.referents.contains(&node) {
            met.referents.insert(node);
        }
        let Some(left) = left.checked_sub(1) else {
            return;
        };
        for issuer in self.received.get(&node).into_iter().flatten() {
            self.walk(*issuer, left, met);
        }
    }
}

/// The hash of Fowler, Noll and Vo, 64 bits.
#[derive(Debug)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use commune_crdt::trust::Sweep;

    #[test]
    fn the_oracle_finds_what_the_sweep_finds() {
        // A ring of 40 with a chord from each third person.
        let ring = (0..40).map(|it| (it, (it + 1) % 40));
        let chords = (0..40).step_by(3).map(|it| (it, (it * 7 + 5) % 40));
        let edges: Vec<_> = ring.chain(chords).collect();
        let (graph, _) = Graph::new(vec![true; 40], &edges);
        let referents: Vec<_> = (0..40).step_by(2).collect();
        let oracle = Oracle::new(&graph, &referents);
        for steps in 0..8 {
            let swept = Sweep::new(&graph, &referents, steps).run();
            for (node, reached) in graph.nodes().zip(swept) {
                assert_eq!(u32::try_from(oracle.reached(node, steps)), Ok(reached));
            }
        }
    }
}
