//! The network's log: its records in order, as a tree that proves what is in it.

use crate::{
    hash::NetworkId,
    merkle::{GrowingTree, TreeHash, leaf_hash},
    time::Height,
};

use super::{note::Note, record::RecordHash, signers::origin};

/// Hashes of all records from height 1 on; record h is leaf h − 1, and the tree at height h has
/// h leaves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordLog {
    network: NetworkId,
    hashes: Vec<RecordHash>,
    tree: GrowingTree,
}

impl RecordLog {
    /// The log of a network that has no record yet.
    pub fn new(network: NetworkId) -> Self {
        Self {
            network,
            hashes: Vec::new(),
            tree: GrowingTree::new(),
        }
    }

    /// Whose log it is.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// Adds the bytes of the next record. That they are a record, and the next one, is for the
    /// caller to know.
    pub fn push(&mut self, record: &[u8]) {
        let (hash, leaf) = Self::hashes_of(record);
        self.push_hashes(hash, leaf);
    }

    /// What stands in the log for the bytes of a record: its name, and its hash as a leaf.
    pub fn hashes_of(record: &[u8]) -> (RecordHash, TreeHash) {
        (RecordHash::of(record), leaf_hash(record))
    }

    /// Adds the next record by what stands for it. That it is right is for the caller to know.
    pub fn push_hashes(&mut self, record: RecordHash, leaf: TreeHash) {
        self.hashes.push(record);
        self.tree.push(leaf);
    }

    /// What stands for the record at `height`; `None` above the last, and for the genesis.
    pub fn hashes(&self, height: Height) -> Option<(RecordHash, TreeHash)> {
        let leaf = height.0.checked_sub(1)?;
        let leaf = self.tree.leaf(leaf.into())?;
        Some((self.hash(height)?, leaf))
    }

    /// Height of the last record, 0 without any.
    pub fn height(&self) -> Height {
        Height(u32::try_from(self.hashes.len()).unwrap_or(u32::MAX))
    }

    /// Hash of the record at `height`, of the genesis at 0; `None` above the last.
    pub fn hash(&self, height: Height) -> Option<RecordHash> {
        match height.0.checked_sub(1) {
            None => Some(RecordHash::of_genesis(&self.network)),
            Some(leaf) => self.hashes.get(usize::try_from(leaf).ok()?).copied(),
        }
    }

    /// Root at `height`, `None` above the last.
    pub fn root(&self, height: Height) -> Option<TreeHash> {
        self.tree.root(height.0.into())
    }

    /// Hashes that lead from the record at `height` to the root at `of`.
    pub fn inclusion(&self, height: Height, of: Height) -> Option<Vec<TreeHash>> {
        let leaf = u64::from(height.0).checked_sub(1)?;
        self.tree.inclusion(leaf, of.0.into())
    }

    /// Hashes that show the log at `of` to begin with the log at `old`.
    pub fn consistency(&self, old: Height, of: Height) -> Option<Vec<TreeHash>> {
        self.tree.consistency(old.0.into(), of.0.into())
    }

    /// The unsigned note of `height`, `None` above the last.
    pub fn note(&self, height: Height) -> Option<Note> {
        let root = self.root(height)?;
        Some(Note::new(origin(&self.network), height, root))
    }
}
