//! The graph of certifications, laid out for walking from a person to those who vouch for them.
//!
//! ```text
//! starts   0   2   3   3 …        one more than there are nodes
//! issuers  4 7 │ 0 │   │ …        who vouches for node 0, for node 1, …
//! ```
//!
//! Nodes are numbers from 0; who they are is the caller's business. An edge counts once, and nobody
//! vouches for themselves: what a list holds beyond that is dropped and counted.

use super::{index, number};
use crate::codec::to_u64;

/// A person of a graph.
pub type Node = u32;

/// Who vouches for whom, and who of them is a member.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    starts: Vec<u32>,
    issuers: Vec<Node>,
    issued: Vec<u32>,
    members: Vec<bool>,
    member_count: u64,
}

/// What a list of edges held that does not count.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Dropped {
    /// Edges that were there before.
    pub duplicates: u64,
    /// Edges from somebody to themselves.
    pub self_loops: u64,
}

/// Orders edges by receiver, then issuer, each once, and counts what falls out.
///
/// Two passes of counting: a list of millions is in order in a fraction of the time of a sort.
fn in_order(nodes: usize, edges: &[(Node, Node)]) -> (Vec<u32>, Vec<Node>, Dropped) {
    let mut dropped = Dropped::default();
    let counted = |edge: &&(Node, Node)| {
        let (issuer, receiver) = **edge;
        issuer != receiver && index(issuer.max(receiver)) < nodes
    };
    // By issuer first, then, keeping that order, by receiver.
    let mut by_issuer = Buckets::new(nodes, edges.iter().filter(counted).map(|it| it.0));
    for (issuer, receiver) in edges.iter().filter(counted) {
        by_issuer.put(*issuer, *receiver);
    }
    let mut by_receiver = Buckets::new(nodes, by_issuer.items.iter().copied());
    for (issuer, receivers) in (0..).zip(by_issuer.lists()) {
        for receiver in receivers {
            by_receiver.put(*receiver, issuer);
        }
    }
    drop(by_issuer);
    let total = by_receiver.items.len();
    let mut starts = vec![0];
    let mut issuers = Vec::with_capacity(total);
    for list in by_receiver.lists() {
        let start = issuers.len();
        for issuer in list {
            if issuers.get(start..).and_then(<[_]>::last) != Some(issuer) {
                issuers.push(*issuer);
            }
        }
        starts.push(number(issuers.len()));
    }
    dropped.self_loops = to_u64(edges.iter().filter(|it| it.0 == it.1).count());
    dropped.duplicates = to_u64(total.saturating_sub(issuers.len()));
    (starts, issuers, dropped)
}

/// Lists of nodes, one behind the other.
struct Buckets {
    /// Where the next item of each list goes; after filling, where each list ends.
    next: Vec<u32>,
    items: Vec<Node>,
}

impl Buckets {
    /// Room for the items that `keys` announce.
    fn new(nodes: usize, keys: impl Iterator<Item = Node>) -> Self {
        let mut next = vec![0_u32; nodes];
        let mut total = 0_usize;
        for key in keys {
            if let Some(count) = next.get_mut(index(key)) {
                *count = count.saturating_add(1);
                total = total.saturating_add(1);
            }
        }
        let mut start = 0_u32;
        for count in &mut next {
            let end = start.saturating_add(*count);
            *count = start;
            start = end;
        }
        Self {
            next,
            items: vec![0; total],
        }
    }

    fn put(&mut self, key: Node, item: Node) {
        if let Some(next) = self.next.get_mut(index(key))
            && let Some(slot) = self.items.get_mut(index(*next))
        {
            *slot = item;
            *next = next.saturating_add(1);
        }
    }

    /// The lists, in order.
    fn lists(&self) -> impl Iterator<Item = &[Node]> {
        let mut start = 0;
        self.next.iter().map(move |end| {
            let list = self.items.get(index(start)..index(*end));
            start = *end;
            list.unwrap_or_default()
        })
    }
}

impl Graph {
    /// The graph of `edges` (issuer, receiver) among as many nodes as `members` has places, each
    /// saying whether that node is a member.
    ///
    /// Edges to or from other nodes are left out, as the caller has judged them.
    pub fn new(members: Vec<bool>, edges: &[(Node, Node)]) -> (Self, Dropped) {
        let (starts, issuers, dropped) = in_order(members.len(), edges);
        let mut issued = vec![0_u32; members.len()];
        for issuer in &issuers {
            if let Some(count) = issued.get_mut(index(*issuer)) {
                *count = count.saturating_add(1);
            }
        }
        let graph = Self {
            starts,
            issuers,
            issued,
            member_count: to_u64(members.iter().filter(|it| **it).count()),
            members,
        };
        (graph, dropped)
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Number of edges.
    pub fn edges(&self) -> usize {
        self.issuers.len()
    }

    /// Number of members.
    pub fn members(&self) -> u64 {
        self.member_count
    }

    /// All nodes, in order.
    pub fn nodes(&self) -> std::ops::Range<Node> {
        0..number(self.len())
    }

    /// Whether `node` is a member.
    pub fn is_member(&self, node: Node) -> bool {
        self.members.get(index(node)).copied().unwrap_or(false)
    }

    /// Who vouches for `node`, ascending.
    #[inline]
    pub fn issuers(&self, node: Node) -> &[Node] {
        let at = index(node);
        let bounds = self.starts.get(at..at.saturating_add(2));
        match bounds {
            Some(&[start, end]) => self
                .issuers
                .get(index(start)..index(end))
                .unwrap_or_default(),
            _ => &[],
        }
    }

    /// The lists of who vouches for each node, in order.
    pub(super) fn lists(&self) -> impl Iterator<Item = &[Node]> {
        self.starts.windows(2).map(|it| match it {
            &[start, end] => self
                .issuers
                .get(index(start)..index(end))
                .unwrap_or_default(),
            _ => &[],
        })
    }

    /// Certifications that `node` received.
    pub fn received(&self, node: Node) -> u32 {
        number(self.issuers(node).len())
    }

    /// Certifications that `node` gave.
    pub fn issued(&self, node: Node) -> u32 {
        self.issued.get(index(node)).copied().unwrap_or(0)
    }

    /// Members who gave and received `least` certifications or more, ascending.
    pub fn referents(&self, least: u32) -> Vec<Node> {
        self.nodes()
            .filter(|node| {
                self.is_member(*node)
                    && self.received(*node) >= least
                    && self.issued(*node) >= least
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_counts_once_and_nobody_vouches_for_themselves() {
        let edges = [(0, 1), (2, 1), (0, 1), (1, 1), (1, 0), (0, 1), (2, 9)];
        let (graph, dropped) = Graph::new(vec![true, true, false], &edges);
        assert_eq!(
            dropped,
            Dropped {
                duplicates: 2,
                self_loops: 1
            }
        );
        assert_eq!(graph.issuers(0), [1]);
        assert_eq!(graph.issuers(1), [0, 2]);
        assert_eq!(graph.issuers(2), []);
        assert_eq!(graph.issuers(3), []);
        assert_eq!((graph.edges(), graph.members()), (3, 2));
        assert_eq!((graph.received(1), graph.issued(0)), (2, 1));
        // The third is no member, whatever they gave.
        assert_eq!(graph.referents(1), [0, 1]);
    }

    #[test]
    fn no_node_and_no_edge_is_a_graph() {
        let (graph, dropped) = Graph::new(vec![], &[(0, 1)]);
        assert!(graph.is_empty());
        assert_eq!(graph.edges(), 0);
        assert_eq!(dropped, Dropped::default());
    }
}
