use std::{collections::BTreeSet, io, path::Path};

use commune_crdt::{entry::SignedEntry, hash::to_hex};

use super::*;
use crate::{
    device::Device,
    store::Durability,
    vault::{NewIdentity, Vault, random, seal::Under},
};

const EDGES: &str = include_str!("../../tests/data/g1_genesis_edges.csv");
const MEMBERS: &str = include_str!("../../tests/data/g1_genesis_members.csv");

#[test]
fn a_graph_becomes_a_join_a_node_and_a_certification_an_edge() {
    let import = import(EDGES, None);
    let entries = entries(&import);
    assert_eq!(import.graph().nodes().len(), 59);
    assert_eq!(import.graph().certification_count(), 551);
    assert_eq!(entries.len(), 610);
    assert_eq!(import.entry_count(), 610);
    let joins = entries.iter().filter(|it| it.claim().seq == 0).count();
    assert_eq!(joins, 59);
}

#[test]
fn every_entry_is_signed_in_its_place_and_every_person_is_proven() {
    let import = import(EDGES, Some(MEMBERS));
    let genesis = import.genesis();
    let root = genesis.body().import.unwrap();
    assert_eq!((root.size, root.members), (59, 59));
    let mut previous = None;
    let mut people = BTreeSet::new();
    for entry in entries(&import) {
        let entry = entry.verify(&genesis.network()).unwrap();
        let fact = MemberFact::of(entry.entry()).unwrap().unwrap();
        fact.verify(&genesis.network(), &entry.author()).unwrap();
        assert_eq!(entry.entry().anchor, Anchor::genesis(&genesis.network()));
        if let MemberFact::Join(join) = &fact {
            assert!(join.is_imported(&root.root, root.size, &entry.author()));
            assert!(!join.is_imported(&root.root, root.size, &DeviceKey([1; 32])));
            people.insert(join.member);
            previous = None;
        }
        assert_eq!(entry.entry().previous, previous);
        previous = Some(entry.id());
    }
    assert_eq!(people.len(), 59);
    for entry in entries(&import) {
        if let Ok(Some(MemberFact::Certification(fact))) = MemberFact::of(entry.claim()) {
            assert!(people.contains(&fact.subject));
        }
    }
}

/// A change here makes networks that were imported before other networks.
#[test]
fn the_same_graph_gives_the_same_network_in_any_order_of_rows() {
    let first = import(EDGES, Some(MEMBERS));
    let mut rows: Vec<_> = EDGES.lines().skip(1).collect();
    rows.reverse();
    rows.push("1,0");
    let shuffled = format!("issuer,receiver\r\n{}", rows.join("\r\n"));
    let second = import(&shuffled, Some(MEMBERS));
    assert_eq!(second.graph().duplicates(), 1);
    assert_eq!(first.genesis(), second.genesis());
    assert_eq!(entries(&first), entries(&second));
    let last = entries(&first).pop().unwrap();
    assert_eq!(
        format!("{}\n{}\n", first.genesis().network(), last.id()),
        include_str!("../../tests/data/g1_genesis_import.txt"),
    );
}

#[test]
fn another_graph_or_another_list_is_another_network() {
    let all = import(EDGES, None).genesis().network();
    let without = EDGES.trim_end().rsplit_once('\n').unwrap().0;
    let lapsed = MEMBERS.replace("\n7,1\n", "\n7,0\n");
    assert_ne!(import(without, None).genesis().network(), all);
    let with_list = import(EDGES, Some(&lapsed));
    assert_ne!(with_list.genesis().network(), all);
    assert_eq!(with_list.genesis().body().import.unwrap().members, 58);
    // A list that says what its absence says changes nothing.
    assert_eq!(import(EDGES, Some(MEMBERS)).genesis().network(), all);
}

#[test]
fn nobody_can_tell_the_keys_of_one_graph_from_those_of_another() {
    let first = import("issuer,receiver\n1,2\n", None);
    let second = import("issuer,receiver\n1,2\n2,1\n", None);
    assert_ne!(first.people[0].member, second.people[0].member);
    assert_ne!(
        first.genesis().secret().map(|it| to_hex(it.as_bytes())),
        second.genesis().secret().map(|it| to_hex(it.as_bytes())),
    );
}

#[test]
fn repeated_rows_and_self_loops_are_dropped_and_counted() {
    let graph = graph("issuer,receiver\n1,2\n2,1\n1,2\n3,3\n1,2\n", None).unwrap();
    assert_eq!(graph.certification_count(), 2);
    assert_eq!(graph.duplicates(), 2);
    assert_eq!(graph.self_loops(), 1);
    assert_eq!(graph.nodes().len(), 3);
}

#[test]
fn whoever_is_not_in_the_list_is_lapsed() {
    let list = "node,member,received\n2,1,1\n9,0,4\n";
    let graph = graph("receiver,year,issuer\n2,2017,1\n", Some(list)).unwrap();
    let people: Vec<_> = graph
        .nodes()
        .iter()
        .map(|it| (it.number, it.member))
        .collect();
    assert_eq!(people, [(1, false), (2, true), (9, false)]);
    assert_eq!(graph.issued(0).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_bad_line_is_named_by_its_number() {
    let messages = [
        (
            "",
            "it is empty; the first line names the columns issuer,receiver",
        ),
        (
            "issuer,to\n1,2\n",
            "line 1: the column receiver is missing; the first line names the columns issuer,receiver",
        ),
        (
            "1,2\n",
            "line 1: the column issuer is missing; the first line names the columns issuer,receiver",
        ),
        (
            "issuer,receiver\n1,2\n3\n",
            "line 3: it has 1 fields, the header 2",
        ),
        (
            "issuer,receiver\n1,2\n\n",
            "line 3: it has 1 fields, the header 2",
        ),
        (
            "issuer,receiver\n1,-2\n",
            r#"line 2: the receiver is "-2", allowed are whole numbers from 0 to 4294967295"#,
        ),
        (
            "issuer,receiver\n4294967296,2\n",
            r#"line 2: the issuer is "4294967296", allowed are whole numbers from 0 to 4294967295"#,
        ),
        ("issuer,receiver\n", "nobody appears in it"),
    ];
    for (text, message) in messages {
        assert_eq!(graph(text, None).unwrap_err().to_string(), message);
    }
    for bad in [
        "1.0,2",
        "1e3,2",
        "\"1\",2",
        "a,2",
        ",2",
        "0x1,2",
        "+1,2",
        "1\u{a0},2",
    ] {
        let text = format!("issuer,receiver\n{bad}\n");
        let error = graph(&text, None).unwrap_err().to_string();
        assert!(error.starts_with("line 2: the issuer is"), "{error}");
    }
    for (list, message) in [
        (
            "node,member\n1,2\n",
            r#"line 2: the member is "2", allowed are whole numbers from 0 to 1"#,
        ),
        (
            "node,member\n1,1\n1,0\n",
            "line 3: the node 1 has a row already",
        ),
    ] {
        let error = graph("issuer,receiver\n1,2\n", Some(list)).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn a_line_without_end_or_text_is_refused_in_bounded_room() {
    let zeros = io::BufReader::new(io::repeat(0));
    let error = Graph::read(zeros, None::<&[u8]>).unwrap_err().to_string();
    assert!(
        error.starts_with("line 1: it is not a line of text"),
        "{error}"
    );
    let error = Graph::read(&b"issuer,receiver\n1,\xff\n"[..], None::<&[u8]>).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("line 2: it is not a line of text")
    );
}

#[test]
fn a_node_that_certifies_more_than_its_log_holds_is_refused() {
    let star = |count: u32| {
        let rows: String = (1..=count).map(|it| format!("7000,{it}\n")).collect();
        graph(&format!("issuer,receiver\n{rows}"), None)
    };
    assert!(star(255).is_ok());
    assert_eq!(
        star(256).unwrap_err().to_string(),
        "node 7000 issues 256 certifications, at most 255 fit into its log"
    );
}

#[test]
fn devices_that_take_the_entries_in_any_order_agree() {
    let import = import(EDGES, Some(MEMBERS));
    let mut entries = entries(&import);
    let parent = tempfile::tempdir().unwrap();
    let state = |name: &str, entries: &[SignedEntry]| {
        let device = joined(&parent.path().join(name), &import);
        for batch in entries.chunks(100) {
            let (_, receipt) = device.take(batch.to_vec(), Durability::Data).unwrap();
            receipt.wait().unwrap();
        }
        device.summary().unwrap()
    };
    let first = state("first", &entries);
    // All logs side by side, and the entries of each pair of places the wrong way round.
    entries.sort_by_key(|it| (it.claim().seq ^ 1, std::cmp::Reverse(it.author())));
    let second = state("second", &entries);
    assert_eq!((first.entries, first.pending), (610, 0));
    assert_eq!((second.entries, second.pending), (610, 0));
    assert_eq!(first.state_hash, second.state_hash);
}

/// A new device that adopted the network.
fn joined(dir: &Path, import: &Import) -> Device {
    let seed = random::secret().unwrap();
    let vault = Vault::generate("Zoé", &seed, IMPORT_TIME).unwrap();
    NewIdentity {
        vault: &vault,
        under: Under::Nothing,
        genesis: None,
        about_revocation: "",
    }
    .create(dir)
    .unwrap();
    Device::join(dir, vault, import.genesis()).unwrap()
}

fn entries(import: &Import) -> Vec<SignedEntry> {
    import.batches().flatten().collect()
}

fn import(edges: &str, members: Option<&str>) -> Import {
    Import::new(graph(edges, members).unwrap()).unwrap()
}

fn graph(edges: &str, members: Option<&str>) -> Result<Graph, GraphError> {
    Graph::read(edges.as_bytes(), members.map(str::as_bytes))
}
