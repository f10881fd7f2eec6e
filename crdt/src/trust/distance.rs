//! The distance rule: whoever joins or stays is within a few steps of most referents.
//!
//! - `k(N)` steps for `N` members: the smallest k ≥ `step_base` with `step_band` · 6^(k − base) ≥ N.
//!   With a fixed k nobody could join a network of a hundred thousand.
//! - `Y(N)`: the smallest integer y with y^k ≥ N. A **referent** is a member who gave and received
//!   at least Y live certifications.
//! - One walks backwards along certifications, through people who lapsed too, k steps far. The rule
//!   holds iff 100 · reached referents ≥ x · referents, oneself excluded in both. Without referents
//!   it holds.
//!
//! Integers only: floating point gives another Y at 371,293, 537,824 and 759,375 members.

use super::{Graph, graph::Node, index};
use crate::{
    codec::to_u64,
    params::{Param, Params},
};

/// How far one walks among `members`.
pub fn steps(params: &Params, members: u64) -> u32 {
    let base = u32::try_from(params.get(Param::StepBase)).unwrap_or(u32::MAX);
    let mut band = u128::from(params.get(Param::StepBand)).max(1);
    let mut steps = base;
    while band < u128::from(members) {
        band = band.saturating_mul(6);
        steps = steps.saturating_add(1);
    }
    steps
}

/// Certifications given and received from which on a member of `members` is a referent, for walks
/// of `steps`: the smallest y with y^steps ≥ members.
pub fn referent_min(members: u64, steps: u32) -> u32 {
    let suffices = |y: u32| {
        u128::from(y)
            .checked_pow(steps)
            .is_none_or(|it| it >= u128::from(members))
    };
    let (mut below, mut above) = (0_u32, u32::MAX);
    if suffices(0) {
        return 0;
    }
    // Invariant: `below` does not suffice, `above` does.
    while above.saturating_sub(below) > 1 {
        let middle = below.midpoint(above);
        if suffices(middle) {
            above = middle;
        } else {
            below = middle;
        }
    }
    above
}

/// How near one node is to the referents.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Distance {
    /// Referents, oneself excluded.
    pub referents: u64,
    /// Of them, within reach.
    pub reached: u64,
}

impl Distance {
    /// Whether `percent` of the referents, or more, are within reach.
    pub fn holds(&self, percent: u64) -> bool {
        let share = u128::from(self.reached).saturating_mul(100);
        share >= u128::from(self.referents).saturating_mul(percent.into())
    }

    /// The share within reach, in hundredths of a percent, rounded down: for people, not for rules.
    pub fn basis_points(&self) -> u64 {
        let share = self.reached.saturating_mul(10_000);
        share.checked_div(self.referents).unwrap_or(10_000)
    }
}

/// A set of nodes, for one graph.
#[derive(Clone, Debug)]
pub struct NodeSet(Vec<u64>);

impl NodeSet {
    /// The empty set among `len` nodes.
    pub fn new(len: usize) -> Self {
        Self(vec![0; len.div_ceil(64)])
    }

    /// The set of `nodes` among `len`.
    pub fn of(len: usize, nodes: &[Node]) -> Self {
        let mut set = Self::new(len);
        for node in nodes {
            set.insert(*node);
        }
        set
    }

    /// Whether it holds nobody.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Whether it holds `node`.
    #[inline]
    pub fn contains(&self, node: Node) -> bool {
        let word = self.0.get(index(node >> 6)).copied().unwrap_or(0);
        word & (1 << (node & 63)) != 0
    }

    /// Adds `node`. False if it was there.
    #[inline]
    pub fn insert(&mut self, node: Node) -> bool {
        let bit = 1 << (node & 63);
        self.0.get_mut(index(node >> 6)).is_some_and(|word| {
            let is_new = *word & bit == 0;
            *word |= bit;
            is_new
        })
    }

    fn remove(&mut self, node: Node) {
        if let Some(word) = self.0.get_mut(index(node >> 6)) {
            *word &= !(1 << (node & 63));
        }
    }
}

/// Walks one graph backwards, again and again, with one memory.
#[derive(Clone, Debug)]
pub struct Walker<'a> {
    graph: &'a Graph,
    seen: NodeSet,
    /// Everybody met, in order of steps.
    met: Vec<Node>,
}

impl<'a> Walker<'a> {
    /// A walker in `graph`.
    pub fn new(graph: &'a Graph) -> Self {
        Self {
            graph,
            seen: NodeSet::new(graph.len()),
            met: Vec::new(),
        }
    }

    /// Everybody within `steps` of one of `from`, those included, nearest first, and where each
    /// step ends.
    pub fn walk(&mut self, from: &[Node], steps: u32) -> (&[Node], Vec<usize>) {
        for node in self.met.drain(..) {
            self.seen.remove(node);
        }
        for node in from {
            if self.seen.insert(*node) {
                self.met.push(*node);
            }
        }
        let mut ends = vec![self.met.len()];
        let mut start = 0;
        for _ in 0..steps {
            let end = self.met.len();
            if start == end {
                break;
            }
            for at in start..end {
                let node = self.met.get(at).copied().unwrap_or_default();
                for issuer in self.graph.issuers(node) {
                    if self.seen.insert(*issuer) {
                        self.met.push(*issuer);
                    }
                }
            }
            start = end;
            ends.push(self.met.len());
        }
        (&self.met, ends)
    }

    /// How near `node` is to `referents`, within `steps`, and how many people it reaches.
    pub fn distance(
        &mut self,
        node: Node,
        referents: &[Node],
        is_referent: &NodeSet,
        steps: u32,
    ) -> (Distance, u64) {
        let own = u64::from(is_referent.contains(node));
        let (met, _) = self.walk(&[node], steps);
        let reached = to_u64(met.iter().filter(|it| is_referent.contains(**it)).count());
        let distance = Distance {
            referents: to_u64(referents.len()).saturating_sub(own),
            reached: reached.saturating_sub(own),
        };
        (distance, to_u64(met.len()).saturating_sub(1))
    }
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a test may stop at an overflow"
)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Sizes at which floating point goes wrong are among them.
    #[test]
    fn the_least_of_a_referent_is_the_exact_root() {
        for (members, least) in [
            (0, 0),
            (1, 1),
            (2, 2),
            (3_125, 5),
            (7_776, 6),
            (7_777, 7),
            (8_173, 7),
            (100_000, 10),
            (371_293, 13),
            (537_824, 14),
            (759_375, 15),
            (4_084_101, 21),
            (4_084_102, 22),
        ] {
            assert_eq!(referent_min(members, 5), least, "{members}");
        }
        assert_eq!(referent_min(u64::MAX, 1), u32::MAX);
        assert_eq!(referent_min(u64::MAX, 64), 2);
    }

    #[test]
    fn steps_grow_with_the_network() {
        let params = Params::default();
        for (members, expected) in [
            (0, 5),
            (10_000, 5),
            (10_001, 6),
            (60_000, 6),
            (60_001, 7),
            (360_000, 7),
            (2_160_000, 8),
            (2_160_001, 9),
            (4_000_000, 9),
            (12_960_001, 10),
        ] {
            assert_eq!(steps(&params, members), expected, "{members}");
        }
        assert!(steps(&params, u64::MAX) < 64);
    }

    proptest! {
        #[test]
        fn the_root_is_the_smallest_that_suffices(members in 1_u64.., steps in 1_u32..=64) {
            let least = u128::from(referent_min(members, steps));
            if steps > 1 || members <= u64::from(u32::MAX) {
                prop_assert!(least.checked_pow(steps).is_none_or(|it| it >= u128::from(members)));
            }
            prop_assert!((least - 1).pow(steps) < u128::from(members));
        }

        #[test]
        fn the_root_never_falls_as_members_join(members in 0_u64..u64::MAX, steps in 1_u32..12) {
            prop_assert!(referent_min(members, steps) <= referent_min(members + 1, steps));
        }
    }

    #[test]
    fn a_share_is_compared_exactly() {
        let at = |reached, referents| Distance { referents, reached };
        assert!(at(4, 5).holds(80));
        assert!(!at(3, 5).holds(80));
        assert!(at(0, 0).holds(80));
        assert!(!at(0, 1).holds(1));
        // 6 of 9 is two thirds: more than 66 %, less than 67 %.
        assert!(at(6, 9).holds(66) && !at(6, 9).holds(67));
        assert!(at(u64::MAX, u64::MAX).holds(100));
    }

    #[test]
    fn a_walk_goes_backwards_and_ends_after_its_steps() {
        // 3 vouches for 2, 2 for 1, 1 for 0; 0 for 3.
        let (graph, _) = Graph::new(vec![true; 4], &[(3, 2), (2, 1), (1, 0), (0, 3)]);
        let mut walker = Walker::new(&graph);
        assert_eq!(walker.walk(&[0], 0), (&[0][..], vec![1]));
        assert_eq!(walker.walk(&[0], 2), (&[0, 1, 2][..], vec![1, 2, 3]));
        assert_eq!(
            walker.walk(&[0], 9),
            (&[0, 1, 2, 3][..], vec![1, 2, 3, 4, 4])
        );
        assert_eq!(walker.walk(&[1, 3, 1], 1), (&[1, 3, 2, 0][..], vec![2, 4]));
    }
}
