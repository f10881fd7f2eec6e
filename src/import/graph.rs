//! A graph of certifications, as a table of pairs, and who of its people is a member.

use std::{collections::BTreeMap, io::BufRead};

use commune_crdt::hash::derive_key;
use thiserror::Error;

use super::csv::{TableError, read_pairs};

/// Most rows that are read: more than the certifications of 4 million members, 0.5 GB of memory.
const MAX_ROWS: usize = 64_000_000;

/// Most certifications of one node: a log holds 256 entries with one anchor, its join among them.
pub const MAX_ISSUED: usize = 255;

/// A person of the graph.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Node {
    /// Their number in the graph.
    pub number: u32,
    /// Member, or lapsed.
    pub member: bool,
}

/// A graph without self-loops, each edge once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Graph {
    /// All people, in order of their number.
    nodes: Vec<Node>,
    /// Who certifies whom, as places in `nodes`, ascending.
    edges: Vec<(u32, u32)>,
    duplicates: usize,
    self_loops: usize,
    hash: [u8; 32],
}

impl Graph {
    /// Reads certifications (columns `issuer` and `receiver`) and, where there is one, the list of
    /// people (columns `node` and `member`, which is 0 or 1). Other columns are passed over.
    ///
    /// Without a list everybody who appears is a member; with one, whoever is not in it is lapsed.
    ///
    /// # Errors
    ///
    /// [`GraphError`], with the line where one is to blame.
    pub fn read<M: BufRead>(
        certifications: impl BufRead,
        members: Option<M>,
    ) -> Result<Self, GraphError> {
        let listed = members.is_some();
        let in_part = |part| move |cause| GraphError::Table { part, cause };
        let mut edges = read_edges(certifications).map_err(in_part(Part::Graph))?;
        let mut people = members
            .map_or_else(|| Ok(BTreeMap::new()), read_members)
            .map_err(in_part(Part::Members))?;
        for (issuer, receiver) in &edges {
            people.entry(*issuer).or_insert(!listed);
            people.entry(*receiver).or_insert(!listed);
        }
        if people.is_empty() {
            return Err(GraphError::Nobody);
        }
        let rows = edges.len();
        edges.retain(|(issuer, receiver)| issuer != receiver);
        let others = edges.len();
        edges.sort_unstable();
        edges.dedup();
        check_issued(&edges)?;
        let nodes: Vec<_> = people
            .into_iter()
            .map(|(number, member)| Node { number, member })
            .collect();
        Ok(Self {
            hash: name(&nodes, &edges),
            duplicates: others.saturating_sub(edges.len()),
            self_loops: rows.saturating_sub(others),
            edges: by_place(&nodes, edges),
            nodes,
        })
    }

    /// All people, in order of their number.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// How many of them are members.
    pub fn member_count(&self) -> usize {
        self.nodes.iter().filter(|node| node.member).count()
    }

    /// How many certifications there are.
    pub fn certification_count(&self) -> usize {
        self.edges.len()
    }

    /// How many rows repeated an earlier one and were dropped.
    pub fn duplicates(&self) -> usize {
        self.duplicates
    }

    /// How many rows had one person as issuer and receiver and were dropped.
    pub fn self_loops(&self) -> usize {
        self.self_loops
    }

    /// Names the graph: the same people and certifications, in whatever order of rows.
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// The places of those whom the node at place `index` certifies, ascending.
    pub(super) fn issued(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let from = self.edges.partition_point(|(issuer, _)| *issuer < index);
        let rest = self.edges.get(from..).unwrap_or_default().iter();
        rest.take_while(move |(issuer, _)| *issuer == index)
            .filter_map(|(_, receiver)| usize::try_from(*receiver).ok())
    }
}

fn read_edges(input: impl BufRead) -> Result<Vec<(u32, u32)>, TableError> {
    let mut edges = Vec::new();
    let columns = [("issuer", u32::MAX), ("receiver", u32::MAX)];
    read_pairs(input, columns, |line, [issuer, receiver]| {
        room_for(edges.len(), line)?;
        edges.push((issuer, receiver));
        Ok(())
    })?;
    Ok(edges)
}

fn read_members(input: impl BufRead) -> Result<BTreeMap<u32, bool>, TableError> {
    let mut people = BTreeMap::new();
    let columns = [("node", u32::MAX), ("member", 1)];
    read_pairs(input, columns, |line, [number, member]| {
        room_for(people.len(), line)?;
        match people.insert(number, member == 1) {
            None => Ok(()),
            Some(_) => Err(TableError::Twice {
                line,
                column: "node",
                number,
            }),
        }
    })?;
    Ok(people)
}

fn room_for(rows: usize, line: u64) -> Result<(), TableError> {
    if rows < MAX_ROWS {
        return Ok(());
    }
    Err(TableError::TooManyRows {
        line,
        limit: MAX_ROWS,
    })
}

/// `edges` are ascending.
fn check_issued(edges: &[(u32, u32)]) -> Result<(), GraphError> {
    for run in edges.chunk_by(|a, b| a.0 == b.0) {
        if let Some((node, _)) = run.first().filter(|_| run.len() > MAX_ISSUED) {
            return Err(GraphError::TooManyIssued {
                node: *node,
                issued: run.len(),
            });
        }
    }
    Ok(())
}

fn name(nodes: &[Node], edges: &[(u32, u32)]) -> [u8; 32] {
    let mut text = Vec::new();
    for node in nodes {
        text.extend(node.number.to_be_bytes());
        text.push(node.member.into());
    }
    let people = derive_key("commune import people v1", &[&text]);
    text.clear();
    for (issuer, receiver) in edges {
        text.extend(issuer.to_be_bytes());
        text.extend(receiver.to_be_bytes());
    }
    derive_key("commune import graph v1", &[&people, &text])
}

/// Numbers to places; both orders are the same.
fn by_place(nodes: &[Node], mut edges: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    let place = |number: u32| {
        let found = nodes.binary_search_by_key(&number, |node| node.number);
        u32::try_from(found.unwrap_or(usize::MAX)).unwrap_or(u32::MAX)
    };
    for (issuer, receiver) in &mut edges {
        (*issuer, *receiver) = (place(*issuer), place(*receiver));
    }
    edges
}

/// Which of the two tables an error is in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// The certifications.
    Graph,
    /// The list of people.
    Members,
}

/// A graph that cannot be imported.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GraphError {
    /// A table is not in its form.
    #[error("{cause}")]
    Table {
        /// Which table.
        part: Part,
        /// What is wrong with it.
        cause: TableError,
    },
    /// No node appears.
    #[error("nobody appears in it")]
    Nobody,
    /// More certifications of one node than a log holds at the genesis.
    #[error("node {node} issues {issued} certifications, at most {MAX_ISSUED} fit into its log")]
    TooManyIssued {
        /// Its number.
        node: u32,
        /// How many it issues.
        issued: usize,
    },
}
