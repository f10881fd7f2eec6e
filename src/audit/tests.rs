use super::*;

fn table(graph: &str, list: Option<&str>) -> Certifications {
    Certifications::read(graph.as_bytes(), list.map(str::as_bytes)).unwrap()
}

fn rows(graph: &str, list: Option<&str>, question: &Question) -> Vec<Row> {
    let audit = Audit::new(table(graph, list), question);
    audit.judge(|_| ()).rows().collect()
}

#[test]
fn a_million_self_loops_and_copies_leave_one_certification() {
    let mut graph = String::from("issuer,receiver\n1,2\n");
    graph.push_str(&"7,7\n".repeat(1_000_000));
    graph.push_str(&"1,2\n".repeat(1_000_000));
    let audit = Audit::new(table(&graph, None), &Question::default());
    assert_eq!(
        audit.dropped(),
        Dropped {
            duplicates: 1_000_000,
            self_loops: 1_000_000
        }
    );
    assert_eq!((audit.graph().len(), audit.graph().edges()), (3, 1));
}

#[test]
fn nobody_is_a_graph_without_rows() {
    let audit = Audit::new(table("issuer,receiver\n", None), &Question::default());
    assert_eq!((audit.steps(), audit.referent_min()), (5, 0));
    assert_eq!(audit.judge(|_| ()).rows().count(), 0);
}

#[test]
fn rows_are_those_of_the_list_and_the_others_take_part() {
    // 5 is in no list: a lapsed person through whom 1 reaches 9.
    let graph = "issuer,receiver\n9,5\n5,1\n";
    let list = "node,member\n9,1\n1,1\n";
    let question = Question {
        referent_min: Some(0),
        steps: Some(2),
        ..Question::default()
    };
    let rows = rows(graph, Some(list), &question);
    let numbers: Vec<_> = rows.iter().map(|it| it.node.number).collect();
    assert_eq!(numbers, [1, 9]);
    let first = &rows[0];
    assert_eq!((first.received, first.issued, first.reached), (1, 0, 2));
    assert_eq!((first.distance.referents, first.distance.reached), (1, 1));
    assert!(first.referent && first.passes && !rows[1].passes);
}

#[test]
fn a_sample_changes_who_judges_and_nothing_else() {
    let graph: String = (0..50)
        .flat_map(|it| [(it, (it + 1) % 50), (it, (it * 7 + 3) % 50)])
        .map(|(issuer, receiver)| format!("{issuer},{receiver}\n"))
        .collect();
    let graph = format!("issuer,receiver\n{graph}");
    let full = Question {
        steps: Some(3),
        referent_min: Some(1),
        ..Question::default()
    };
    let drawn = Question {
        sample: Some((5, [1; 32])),
        ..full
    };
    let everybody = Question {
        sample: Some((50, [1; 32])),
        ..full
    };
    let (all, some) = (rows(&graph, None, &full), rows(&graph, None, &drawn));
    assert_eq!(all, rows(&graph, None, &everybody));
    let own: usize = some.iter().filter(|it| it.distance.referents == 4).count();
    assert_eq!(own, 5);
    for (one, other) in all.iter().zip(&some) {
        assert_eq!((one.reached, one.referent), (other.reached, other.referent));
    }
}

#[test]
fn what_is_done_adds_up_to_everybody() {
    let audit = Audit::new(
        table("issuer,receiver\n1,2\n2,3\n3,1\n", None),
        &Question::default(),
    );
    let mut done = 0;
    audit.judge(|more| done += more);
    assert_eq!(done, 3);
}

#[test]
fn with_other_numbers_everybody_is_judged_alike() {
    let graph: String = (0..400)
        .flat_map(|it| {
            [
                (it, (it + 20) % 400),
                (it, (it * 7 + 3) % 400),
                (it, it / 3),
            ]
        })
        .map(|(issuer, receiver)| format!("{issuer},{receiver}\n"))
        .collect();
    let graph = format!("issuer,receiver\n{graph}9000,5\n");
    let list: String = (0..300)
        .map(|it| format!("{it},{}\n", u8::from(it % 7 != 0)))
        .collect();
    let list = format!("node,member\n{list}");
    for sample in [None, Some((30, [1; 32]))] {
        let question = Question {
            steps: Some(4),
            referent_min: Some(3),
            sample,
        };
        let audit = Audit::new(table(&graph, Some(&list)), &question);
        let (mut one, mut other) = (0, 0);
        let as_it_is: Vec<_> = audit.judge(|more| one += more).rows().collect();
        let moved: Vec<_> = audit.judge_moved(|more| other += more).rows().collect();
        assert_eq!(as_it_is, moved);
        assert_eq!((one, other), (401, 401));
        assert!(as_it_is.iter().any(|it| it.passes) != as_it_is.iter().all(|it| it.passes));
    }
}
