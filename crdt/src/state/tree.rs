//! A Merkle tree of RFC 6962 whose leaves change a few at a time.
//!
//! It gives the root that [`Tree`](crate::merkle::Tree) gives over the same leaves. Changing `k` of
//! `n` leaves costs at most `k · log₂ n` hashes, less where they share a way up.

use crate::merkle::{self, TreeHash, leaf_hash, node_hash};

/// A tree with its hashes kept, 64 bytes a leaf.
#[derive(Clone, Debug, Default)]
pub struct LiveTree {
    /// Leaf hashes, then level by level.
    levels: Vec<Vec<TreeHash>>,
    /// Leaves whose way up is not hashed again yet.
    dirty: Vec<usize>,
}

impl LiveTree {
    /// A tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of leaves.
    pub fn len(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// Whether there is no leaf.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives leaf `index` the content `leaf`. Leaves between the last one and it, if any, are empty
    /// until they get theirs. Says whether it is another than before.
    pub fn set(&mut self, index: usize, leaf: &[u8]) -> bool {
        if self.levels.is_empty() {
            self.levels.push(Vec::new());
        }
        let Some(leaves) = self.levels.first_mut() else {
            return false;
        };
        let hash = leaf_hash(leaf);
        if leaves.get(index) == Some(&hash) {
            return false;
        }
        if index >= leaves.len() {
            let empty = leaf_hash(&[]);
            self.dirty.extend(leaves.len()..index);
            leaves.resize(index.saturating_add(1), empty);
        }
        if let Some(slot) = leaves.get_mut(index) {
            *slot = hash;
            self.dirty.push(index);
        }
        true
    }

    /// The root, after hashing what changed.
    pub fn root(&mut self) -> TreeHash {
        let mut dirty = std::mem::take(&mut self.dirty);
        dirty.sort_unstable();
        dirty.dedup();
        let mut at = 0;
        loop {
            let len = self.levels.get(at).map_or(0, Vec::len);
            if len <= 1 {
                self.levels.truncate(at.saturating_add(1));
                break;
            }
            for index in &mut dirty {
                *index >>= 1;
            }
            dirty.dedup();
            self.rise(at, &dirty);
            at = at.saturating_add(1);
        }
        let top = self.levels.last().and_then(|it| it.first());
        top.copied().unwrap_or_else(merkle::empty_root)
    }

    /// Hashes the nodes `changed` above level `at`.
    fn rise(&mut self, at: usize, changed: &[usize]) {
        let above = at.saturating_add(1);
        if self.levels.len() == above {
            self.levels.push(Vec::new());
        }
        let Some((below, rest)) = self.levels.split_at_mut_checked(above) else {
            return;
        };
        let (Some(below), Some(level)) = (below.last(), rest.first_mut()) else {
            return;
        };
        level.resize(below.len().div_ceil(2), [0; 32]);
        for node in changed {
            let left = node.saturating_mul(2);
            let pair = (below.get(left), below.get(left.saturating_add(1)));
            if let (Some(left), right) = pair
                && let Some(slot) = level.get_mut(*node)
            {
                // An odd last node rises unchanged.
                *slot = right.map_or(*left, |right| node_hash(left, right));
            }
        }
    }

    /// The hashes that lead from leaf `index` to the root, or `None` beyond the last leaf.
    pub fn proof(&mut self, index: usize) -> Option<Vec<TreeHash>> {
        self.root();
        self.levels.first()?.get(index)?;
        let mut at = index;
        let mut proof = Vec::new();
        for level in &self.levels {
            proof.extend(level.get(at ^ 1));
            at >>= 1;
        }
        Some(proof)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::{Tree, proves};

    fn leaf(index: usize, version: u64) -> Vec<u8> {
        format!("{index}.{version}").into_bytes()
    }

    #[test]
    fn whatever_changes_the_root_is_that_of_a_tree_built_anew() {
        let mut state = 7_u64;
        let mut draw = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            usize::try_from(state >> 33).unwrap() % below
        };
        let mut live = LiveTree::new();
        let mut plain: Vec<Vec<u8>> = Vec::new();
        assert_eq!(live.root(), Tree::new(vec![]).root());
        for version in 0..400 {
            for _ in 0..draw(5) {
                let index = if draw(3) == 0 {
                    plain.len() + draw(3)
                } else {
                    draw(plain.len() + 1)
                };
                plain.resize(plain.len().max(index + 1), Vec::new());
                plain[index] = leaf(index, version);
                live.set(index, &plain[index]);
            }
            let tree = Tree::new(plain.iter().map(|it| leaf_hash(it)).collect());
            assert_eq!(live.root(), tree.root(), "after {version}");
            assert_eq!(live.len(), plain.len());
            if !plain.is_empty() {
                let index = draw(plain.len());
                let proof = live.proof(index).unwrap();
                assert_eq!(Some(&proof), tree.proof(index).as_ref());
                let size = u64::try_from(plain.len()).unwrap();
                let at = u64::try_from(index).unwrap();
                assert!(proves(
                    &live.root(),
                    size,
                    at,
                    &leaf_hash(&plain[index]),
                    &proof
                ));
            }
        }
        assert!(plain.len() > 100);
    }
}
