//! The rule on real graphs, row by row, and its laws.

use proptest::prelude::*;

use super::*;

/// 12 people of Duniter's tests, with the numbers of our exact inequality.
#[test]
fn the_graph_of_twelve_is_judged_as_written() {
    let edges = [
        (0, 1),
        (1, 2),
        (2, 4),
        (4, 5),
        (5, 6),
        (6, 7),
        (2, 3),
        (3, 2),
        (8, 3),
        (9, 8),
        (8, 10),
        (10, 11),
        (11, 10),
        (11, 9),
        (9, 11),
    ];
    let (graph, _) = Graph::new(vec![true; 12], &edges);
    for (least, steps, referents, reached) in [
        (1, 1, 9, 2),
        (1, 2, 9, 3),
        (1, 5, 9, 6),
        (2, 1, 1, 0),
        (2, 2, 1, 0),
        (2, 4, 1, 1),
        (2, 5, 1, 1),
        (3, 1, 0, 0),
    ] {
        let all = graph.referents(least);
        let is_referent = NodeSet::of(12, &all);
        let (distance, people) = Walker::new(&graph).distance(2, &all, &is_referent, steps);
        assert_eq!(
            (distance.referents, distance.reached),
            (referents, reached),
            "Y = {least}, k = {steps}"
        );
        if steps == 5 {
            assert_eq!(people, 7);
        }
        for (at, percent, holds) in [
            (1, 22, true),
            (1, 23, false),
            (2, 33, true),
            (2, 34, false),
            (5, 66, true),
            (5, 67, false),
        ] {
            if (least, steps) == (1, at) {
                assert_eq!(distance.holds(percent), holds, "{steps} steps, {percent} %");
            }
        }
    }
}

fn graphs() -> impl Strategy<Value = (Vec<bool>, Vec<(Node, Node)>)> {
    (1_usize..60).prop_flat_map(|len| {
        let node = 0..number(len);
        (
            prop::collection::vec(prop::bool::weighted(0.8), len),
            prop::collection::vec((node.clone(), node), 0..400),
        )
    })
}

fn distances(graph: &Graph, least: u32, steps: u32) -> Vec<(Distance, u64)> {
    let referents = graph.referents(least);
    let is_referent = NodeSet::of(graph.len(), &referents);
    let mut walker = Walker::new(graph);
    graph
        .nodes()
        .map(|node| walker.distance(node, &referents, &is_referent, steps))
        .collect()
}

proptest! {
    #[test]
    fn all_at_once_is_as_one_by_one(
        (members, edges) in graphs(), least in 0_u32..4, steps in 0_u32..7,
    ) {
        let (graph, _) = Graph::new(members, &edges);
        let referents = graph.referents(least);
        let sweep = Sweep::new(&graph, &referents, steps);
        let people: Vec<Node> = graph.nodes().collect();
        let reached = Sweep::new(&graph, &people, steps).run();
        let swept = sweep.distances(&sweep.run()).into_iter().zip(reached.into_iter().map(u64::from));
        prop_assert_eq!(swept.collect::<Vec<_>>(), distances(&graph, least, steps));
    }

    #[test]
    fn numbers_of_nodes_do_not_matter(
        (members, edges) in graphs(), least in 0_u32..4, steps in 0_u32..7, turn in 1_u32..60,
    ) {
        let (graph, _) = Graph::new(members.clone(), &edges);
        let len = number(graph.len());
        let other = |node: Node| (node + turn) % len;
        let mut turned = members.clone();
        for (node, is_member) in (0..).zip(&members) {
            turned[index(other(node))] = *is_member;
        }
        let edges: Vec<_> = edges.iter().map(|it| (other(it.0), other(it.1))).collect();
        let (relabelled, _) = Graph::new(turned, &edges);
        let (ours, theirs) = (distances(&graph, least, steps), distances(&relabelled, least, steps));
        for node in graph.nodes() {
            prop_assert_eq!(ours[index(node)], theirs[index(other(node))]);
        }
    }

    #[test]
    fn order_and_repetition_do_not_matter((members, edges) in graphs(), turn in 0_usize..400) {
        let (graph, _) = Graph::new(members.clone(), &edges);
        let mut again = edges.clone();
        again.rotate_left(turn % edges.len().max(1));
        again.extend(edges.iter().rev());
        let (twice, _) = Graph::new(members, &again);
        for node in graph.nodes() {
            prop_assert_eq!(graph.issuers(node), twice.issuers(node));
        }
    }

    #[test]
    fn another_certification_never_shrinks_what_one_reaches(
        (members, edges) in graphs(), issuer in 0_u32..60, receiver in 0_u32..60, steps in 0_u32..7,
    ) {
        let (before, _) = Graph::new(members.clone(), &edges);
        let mut more = edges;
        more.push((issuer % number(members.len()), receiver % number(members.len())));
        let (after, _) = Graph::new(members, &more);
        for node in before.nodes() {
            let mut reached = Walker::new(&before);
            let (reached, _) = reached.walk(&[node], steps);
            let set = NodeSet::of(after.len(), Walker::new(&after).walk(&[node], steps).0);
            prop_assert!(reached.iter().all(|it| set.contains(*it)));
        }
    }
}
