//! A graph of certifications that a network can be made of.

use std::io::BufRead;

use commune_crdt::hash::derive_key;
use thiserror::Error;

use crate::table::{Certifications, InPart, Node};

/// Most certifications of one node: a log holds 256 entries with one anchor, its join among them.
pub const MAX_ISSUED: usize = 255;

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
        let table = Certifications::read(certifications, members)?;
        let (nodes, mut edges) = (table.people, table.edges);
        if nodes.is_empty() {
            return Err(GraphError::Nobody);
        }
        let rows = edges.len();
        edges.retain(|(issuer, receiver)| issuer != receiver);
        let others = edges.len();
        edges.sort_unstable();
        edges.dedup();
        check_issued(&nodes, &edges)?;
        Ok(Self {
            hash: name(&nodes, &edges),
            duplicates: others.saturating_sub(edges.len()),
            self_loops: rows.saturating_sub(others),
            edges,
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

/// `edges` are ascending.
fn check_issued(nodes: &[Node], edges: &[(u32, u32)]) -> Result<(), GraphError> {
    for run in edges.chunk_by(|a, b| a.0 == b.0) {
        if let Some((issuer, _)) = run.first().filter(|_| run.len() > MAX_ISSUED) {
            return Err(GraphError::TooManyIssued {
                node: number_of(nodes, *issuer),
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
        text.extend(number_of(nodes, *issuer).to_be_bytes());
        text.extend(number_of(nodes, *receiver).to_be_bytes());
    }
    derive_key("commune import graph v1", &[&people, &text])
}

fn number_of(nodes: &[Node], place: u32) -> u32 {
    let node = usize::try_from(place).ok().and_then(|it| nodes.get(it));
    node.map_or(u32::MAX, |it| it.number)
}

/// A graph that cannot be imported.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GraphError {
    /// A table is not in its form.
    #[error(transparent)]
    Table(#[from] InPart),
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
