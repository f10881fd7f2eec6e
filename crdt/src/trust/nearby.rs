//! The same graph with other numbers: who vouch for each other are beside each other in memory.
//!
//! Numbers of people say nothing of who knows whom, so a sweep over a large graph waits for memory at
//! nearly every certification. Communities are found by the labels of neighbours: each node takes, a
//! few times over, the label that most of its neighbours have. It changes how fast a sweep is and
//! nothing else.

use super::{Graph, Node, index, number};

/// Times that everybody looks at the labels of their neighbours. After five, labels hardly change.
const ROUNDS: usize = 5;

impl Graph {
    /// The graph with nodes of a community beside each other, and the new number of each node.
    pub fn nearby(&self) -> (Self, Vec<Node>) {
        let edges = |turned: bool| {
            let lists = self.nodes().zip(self.lists());
            lists.flat_map(move |(node, issuers)| {
                let edge = move |it: &Node| if turned { (node, *it) } else { (*it, node) };
                issuers.iter().map(edge)
            })
        };
        let turned: Vec<_> = edges(true).collect();
        let (turned, _) = Self::new(vec![false; self.len()], &turned);
        let labels = self.labels(&turned);
        let mut order: Vec<Node> = self.nodes().collect();
        order.sort_by_key(|it| labels.get(index(*it)).copied());
        let mut places = vec![0; self.len()];
        for (place, node) in order.iter().enumerate() {
            if let Some(slot) = places.get_mut(index(*node)) {
                *slot = number(place);
            }
        }
        let place = |node: Node| places.get(index(node)).copied().unwrap_or(node);
        let moved: Vec<_> = edges(false).map(|(a, b)| (place(a), place(b))).collect();
        let members = order.iter().map(|it| self.is_member(*it)).collect();
        (Self::new(members, &moved).0, places)
    }

    /// A label for each node; most nodes of a community have the same.
    fn labels(&self, turned: &Self) -> Vec<Node> {
        let mut labels: Vec<Node> = self.nodes().collect();
        let mut near = Vec::new();
        for _ in 0..ROUNDS {
            for node in self.nodes() {
                let others = self.issuers(node).iter().chain(turned.issuers(node));
                near.clear();
                near.extend(others.filter_map(|it| labels.get(index(*it)).copied()));
                if let Some(label) = labels.get_mut(index(node)) {
                    *label = most_common(&mut near, *label);
                }
            }
        }
        labels
    }
}

/// The label that most of `near` have; of several, `own` or else the least.
fn most_common(near: &mut [Node], own: Node) -> Node {
    near.sort_unstable();
    let mut best = (0, own);
    for some in near.chunk_by(|a, b| a == b) {
        let label = some.first().copied().unwrap_or(own);
        if some.len() > best.0 || (some.len() == best.0 && label == own) {
            best = (some.len(), label);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::super::Sweep;
    use super::*;

    #[test]
    fn other_numbers_give_everybody_the_same_reach() {
        let edges: Vec<_> = (0..900)
            .flat_map(|it| {
                [
                    (it, (it + 30) % 900),
                    (it, (it * 7 + 3) % 900),
                    (it, it / 2),
                ]
            })
            .collect();
        let members = (0..900).map(|it| it % 5 != 0).collect();
        let (graph, _) = Graph::new(members, &edges);
        let (moved, places) = graph.nearby();
        let mut sorted = places.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(graph.nodes()), "each place once");
        assert_eq!(
            (moved.edges(), moved.members()),
            (graph.edges(), graph.members())
        );
        for steps in 1..5 {
            let everybody: Vec<_> = graph.nodes().collect();
            let before = Sweep::new(&graph, &everybody, steps).run();
            let after = Sweep::new(&moved, &everybody, steps).run();
            for (node, place) in places.iter().enumerate() {
                assert_eq!(before[node], after[index(*place)], "{node}, {steps} steps");
            }
        }
    }
}
