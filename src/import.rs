//! A test network from a graph of certifications: each node a member, each edge a certification.
//!
//! ```text
//! GRAPH.csv ──read──► Graph ──Import::new──► genesis, with the Merkle root of the list of people
//!                                       └──► entries: each node's join, then its certifications
//! ```
//!
//! All keys are derived from the graph itself, and so public: the same graph gives the same network
//! everywhere, entry for entry. The entries go through the same gate as everybody's.

mod graph;

use commune_crdt::{
    entry::{Anchor, Entry, SignedEntry, Tag},
    genesis::{Body, Genesis, GenesisError, ImportRoot, NetworkSecret},
    hash::{BlobHash, NetworkId, derive_key},
    keys::{DeviceKey, ExchangeKey, MemberKey, SecretKey, Signature},
    merkle,
    params::Params,
    payload::{Certification, Imported, Join, MemberFact, Statements, import_leaf},
    time::ClaimedMinutes,
};

pub use self::graph::{Graph, GraphError, MAX_ISSUED};
use crate::{cores, founding::TEST_CHARTER, table::Node};

/// When imported facts are said to have happened: the start of 2024. A clock would make every
/// import of one graph another network.
pub const IMPORT_TIME: ClaimedMinutes = ClaimedMinutes(28_401_120);

/// Nodes whose entries are made at a time: some thousands of entries, a few MB.
const BATCH_NODES: usize = 512;

/// A graph with the keys of its people and the genesis of their network.
#[derive(Debug)]
pub struct Import {
    graph: Graph,
    people: Vec<Person>,
    tree: merkle::Tree,
    genesis: Genesis,
}

/// The public keys of a node.
#[derive(Clone, Copy, Debug)]
struct Person {
    member: MemberKey,
    device: DeviceKey,
}

impl Import {
    /// Derives the keys of all people of `graph`, on all cores, and makes the genesis.
    ///
    /// # Errors
    ///
    /// [`GenesisError`] if no network can hold so many people.
    pub fn new(graph: Graph) -> Result<Self, GenesisError> {
        let hash = *graph.hash();
        let people = cores::map(graph.nodes(), |_, node| Person {
            member: member_key(&hash, node).member_key(),
            device: device_key(&hash, node).device_key(),
        });
        let leaves = (0..)
            .zip(graph.nodes())
            .zip(&people)
            .map(|((index, node), it)| import_leaf(index, &it.member, &it.device, node.member))
            .collect();
        let tree = merkle::Tree::new(leaves);
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let body = Body {
            test_network: true,
            name: "duniter import".to_owned(),
            created: IMPORT_TIME,
            charter: TEST_CHARTER.to_owned(),
            params: Params::default(),
            founders: vec![],
            signers: vec![],
            trustees: vec![],
            import: Some(ImportRoot {
                root: tree.root(),
                size: count(people.len()),
                members: count(graph.member_count()),
                graph: hash,
            }),
        };
        let secret = NetworkSecret::new(derive_key("commune import network secret v1", &[&hash]));
        Ok(Self {
            genesis: Genesis::of_import(body, secret)?,
            graph,
            people,
            tree,
        })
    }

    /// The genesis, with its secret: a test network keeps none.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The graph.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// How many entries there are: a join a node, a certification an edge.
    pub fn entry_count(&self) -> usize {
        self.people
            .len()
            .saturating_add(self.graph.certification_count())
    }

    /// All entries, signed on all cores, batch by batch; the entries of a log follow each other.
    /// They go through the gate as a stranger's would.
    pub fn batches(&self) -> impl Iterator<Item = Vec<SignedEntry>> + '_ {
        let charter = self.genesis.charter_hash();
        let batch = move |(number, nodes): (usize, &[Node])| {
            let first = number.saturating_mul(BATCH_NODES);
            let logs = cores::map(nodes, |place, node| {
                self.log(first.saturating_add(place), node, charter)
            });
            logs.into_iter().flatten().collect()
        };
        self.graph
            .nodes()
            .chunks(BATCH_NODES)
            .enumerate()
            .map(batch)
    }

    /// All entries of one node, in order.
    fn log(&self, index: usize, node: &Node, charter: BlobHash) -> Vec<SignedEntry> {
        let network = self.genesis.network();
        let hash = self.graph.hash();
        let device = device_key(hash, node);
        let join = Join {
            member: MemberKey::default(),
            name: format!("node-{}", node.number),
            charter,
            exchange: ExchangeKey::default(),
            ml_kem: BlobHash::default(),
            imported: Some(Imported {
                index: u32::try_from(index).unwrap_or(u32::MAX),
                was_member: node.member,
                proof: self.tree.proof(index).unwrap_or_default(),
            }),
            signature: Signature([0; 64]),
        };
        let join = join.sign(&network, &device.device_key(), &member_key(hash, node));
        let certifications = self.graph.issued(index).filter_map(|to| {
            Some(MemberFact::Certification(Certification {
                subject: self.people.get(to)?.member,
                statements: Statements::ALL,
                met: IMPORT_TIME,
                meeting: [0; 16],
            }))
        });
        let facts = std::iter::once(MemberFact::Join(join)).chain(certifications);
        sign_log(&network, &device, facts)
    }
}

/// The entries of one log that state `facts`, one after the other.
fn sign_log(
    network: &NetworkId,
    device: &SecretKey,
    facts: impl Iterator<Item = MemberFact>,
) -> Vec<SignedEntry> {
    let mut previous = None;
    (0..)
        .zip(facts)
        .map_while(|(seq, fact)| {
            let entry = Entry {
                kind: fact.kind(),
                tag: Tag::default(),
                seq,
                previous,
                anchor: Anchor::genesis(network),
                claimed: IMPORT_TIME,
                parents: vec![],
                payload: fact.payload(),
            };
            let signed = entry.sign(network, device).ok()?;
            previous = Some(signed.id());
            SignedEntry::decode(signed.as_bytes()).ok()
        })
        .collect()
}

fn member_key(graph: &[u8; 32], node: &Node) -> SecretKey {
    test_key("commune import test key of a member v1", graph, node)
}

fn device_key(graph: &[u8; 32], node: &Node) -> SecretKey {
    test_key("commune import test key of a device v1", graph, node)
}

fn test_key(context: &str, graph: &[u8; 32], node: &Node) -> SecretKey {
    SecretKey::from_seed(&derive_key(context, &[graph, &node.number.to_be_bytes()]))
}

#[cfg(test)]
mod tests;
