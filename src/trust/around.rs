//! Who is near a person, in the direction of those who vouch for them and in the other.

use commune_crdt::{
    codec::to_u64,
    trust::{Graph, Node, PersonId},
};

use super::Trust;
use crate::picture::{Figure, MAX_DRAWN, Picture};

impl Trust {
    /// The people within `depth` certifications of `middle`, in whatever direction, and who of them
    /// vouches for whom now. The nearest [`MAX_DRAWN`], and of a distance those with most certifications.
    pub fn around(&self, middle: PersonId, depth: usize) -> Picture {
        let people = &self.membership;
        let graph = people.graph(people.newest().time);
        let near = nearest(&graph, middle, depth);
        let figures = near.iter().filter_map(|(node, depth)| {
            let person = people.person(*node)?;
            Some(Figure {
                key: person.key.to_string(),
                name: self.name(person),
                state: person.state,
                received: graph.received(*node),
                issued: graph.issued(*node),
                depth: *depth,
            })
        });
        let figures: Vec<_> = figures.collect();
        let left_out = graph.len().saturating_sub(figures.len());
        Picture::new(figures, &edges(&graph, &near), to_u64(left_out))
    }
}

/// Nodes by their distance from `middle`, which comes first.
fn nearest(graph: &Graph, middle: Node, depth: usize) -> Vec<(Node, usize)> {
    let mut receivers = vec![Vec::new(); graph.len()];
    for node in graph.nodes() {
        for issuer in graph.issuers(node) {
            if let Some(list) = receivers.get_mut(place(*issuer)) {
                list.push(node);
            }
        }
    }
    let mut seen = vec![false; graph.len()];
    let mut near = Vec::new();
    let mut ring = vec![middle];
    if let Some(seen) = seen.get_mut(place(middle)) {
        *seen = true;
    }
    for distance in 0..=depth {
        ring.sort_by_key(|it| {
            let certifications = graph.received(*it).saturating_add(graph.issued(*it));
            (u32::MAX.saturating_sub(certifications), *it)
        });
        ring.truncate(MAX_DRAWN.saturating_sub(near.len()));
        near.extend(ring.iter().map(|it| (*it, distance)));
        let mut next = Vec::new();
        for node in ring {
            let receivers = receivers.get(place(node)).into_iter().flatten();
            for other in graph.issuers(node).iter().chain(receivers) {
                if let Some(seen) = seen.get_mut(place(*other))
                    && !*seen
                {
                    *seen = true;
                    next.push(*other);
                }
            }
        }
        ring = next;
    }
    near
}

/// Who of `near` vouches for whom, as places in it.
fn edges(graph: &Graph, near: &[(Node, usize)]) -> Vec<(usize, usize)> {
    let mut places = vec![None; graph.len()];
    for (at, (node, _)) in near.iter().enumerate() {
        if let Some(slot) = places.get_mut(place(*node)) {
            *slot = Some(at);
        }
    }
    let received = near.iter().enumerate().flat_map(|(at, (node, _))| {
        let issuers = graph.issuers(*node).iter();
        issuers.map(move |issuer| (*issuer, at))
    });
    received
        .filter_map(|(issuer, at)| Some(((*places.get(place(issuer))?)?, at)))
        .collect()
}

/// A node as a place in a list.
fn place(node: Node) -> usize {
    usize::try_from(node).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_in_both_directions_and_ends_at_the_depth() {
        // 1 vouches for 0, 0 for 2, 3 for 2, 4 for 3; nobody knows 5.
        let edges_of = [(1, 0), (0, 2), (3, 2), (4, 3)];
        let (graph, _) = Graph::new(vec![true; 6], &edges_of);
        assert_eq!(nearest(&graph, 0, 2), [(0, 0), (2, 1), (1, 1), (3, 2)]);
        assert_eq!(nearest(&graph, 5, 9), [(5, 0)]);
        let near = nearest(&graph, 0, 1);
        assert_eq!(edges(&graph, &near), [(2, 0), (0, 1)]);
    }

    #[test]
    fn of_five_thousand_the_nearest_five_hundred_are_kept() {
        let people = 5_000;
        let next = |it: u32, by: u32| it.saturating_add(by) % people;
        let all = (0..people).flat_map(|it| [1, 7, 90].map(|by| (it, next(it, by))));
        let all: Vec<_> = all.collect();
        let (graph, _) = Graph::new(vec![true; 5_000], &all);
        let near = nearest(&graph, 17, 10);
        assert_eq!((near.len(), near[0]), (MAX_DRAWN, (17, 0)));
        assert!(near.windows(2).all(|it| it[0].1 <= it[1].1));
        assert!(edges(&graph, &near).len() > MAX_DRAWN);
    }
}
