//! A tree that leaves are added to, and that proves any of its former states.
//!
//! Kept is the hash of each complete subtree, and once: two hashes a leaf. Every other node of every
//! tree that this one ever was, is a few of them joined.
//!
//! ```text
//! level 2  [ 0..4 ]
//! level 1  [ 0..2 ] [ 2..4 ] [ 4..6 ]
//! level 0  [0] [1] [2] [3] [4] [5] [6]        7 leaves: the root joins 0..4, 4..6 and 6
//! ```

use super::{TreeHash, empty_root, node_hash};
use crate::codec::to_u64;

/// Leaf hashes in order, and the roots and proofs of the trees over the first so many of them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GrowingTree {
    /// `levels[k][i]` is over the leaves from i · 2ᵏ on, 2ᵏ of them.
    levels: Vec<Vec<TreeHash>>,
}

impl GrowingTree {
    /// A tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        to_u64(self.levels.first().map_or(0, Vec::len))
    }

    /// The hash of leaf `index`; `None` beyond the last.
    pub fn leaf(&self, index: u64) -> Option<TreeHash> {
        let index = usize::try_from(index).ok()?;
        self.levels.first()?.get(index).copied()
    }

    /// Adds a leaf hash: one hash more on average, one a level at most.
    pub fn push(&mut self, leaf: TreeHash) {
        let mut rising = Some(leaf);
        let mut level = 0_usize;
        while let Some(hash) = rising.take() {
            if self.levels.len() <= level {
                self.levels.push(Vec::new());
            }
            if let Some(row) = self.levels.get_mut(level) {
                row.push(hash);
                if let ([.., left, right], true) = (row.as_slice(), row.len() % 2 == 0) {
                    rising = Some(node_hash(left, right));
                }
            }
            level = level.saturating_add(1);
        }
    }

    /// Root over the first `size` leaves, `None` if there are fewer.
    pub fn root(&self, size: u64) -> Option<TreeHash> {
        match usize::try_from(size).ok()? {
            0 => Some(empty_root()),
            size => self.node(0, size),
        }
    }

    /// The hashes that lead from leaf `index` to the root over the first `size` leaves, for
    /// [`proves`](super::proves): PATH of RFC 6962, section 2.1.1.
    pub fn inclusion(&self, index: u64, size: u64) -> Option<Vec<TreeHash>> {
        if index >= size || size > self.size() {
            return None;
        }
        let mut index = usize::try_from(index).ok()?;
        let (mut start, mut len) = (0_usize, usize::try_from(size).ok()?);
        let mut proof = Vec::new();
        while len > 1 {
            let (left, right) = split(len)?;
            let middle = start.checked_add(left)?;
            match index.checked_sub(left) {
                None => {
                    proof.push(self.node(middle, right)?);
                    len = left;
                }
                Some(beyond) => {
                    proof.push(self.node(start, left)?);
                    (start, len, index) = (middle, right, beyond);
                }
            }
        }
        proof.reverse();
        Some(proof)
    }

    /// The hashes that show to [`extends`](super::extends) that the first `size` leaves begin with
    /// the first `old_size`: PROOF of RFC 6962, section 2.1.2.
    pub fn consistency(&self, old_size: u64, size: u64) -> Option<Vec<TreeHash>> {
        if old_size > size || size > self.size() {
            return None;
        }
        let mut proof = Vec::new();
        if old_size == 0 {
            return Some(proof);
        }
        let mut old = usize::try_from(old_size).ok()?;
        let (mut start, mut len) = (0_usize, usize::try_from(size).ok()?);
        // Whether the subtree at hand is the whole old tree, whose root the verifier has.
        let mut is_whole = true;
        while old != len {
            let (left, right) = split(len)?;
            let middle = start.checked_add(left)?;
            match old.checked_sub(left).filter(|beyond| *beyond > 0) {
                None => {
                    proof.push(self.node(middle, right)?);
                    len = left;
                }
                Some(beyond) => {
                    proof.push(self.node(start, left)?);
                    (start, len, old) = (middle, right, beyond);
                    is_whole = false;
                }
            }
        }
        if !is_whole {
            proof.push(self.node(start, len)?);
        }
        proof.reverse();
        Some(proof)
    }

    /// Hash over `len` leaves from `start` on, where the definition of the root cuts them so.
    fn node(&self, start: usize, len: usize) -> Option<TreeHash> {
        if len.is_power_of_two() {
            let level = usize::try_from(len.trailing_zeros()).ok()?;
            let place = start.checked_shr(len.trailing_zeros())?;
            return self.levels.get(level)?.get(place).copied();
        }
        let (left, right) = split(len)?;
        let middle = start.checked_add(left)?;
        Some(node_hash(
            &self.node(start, left)?,
            &self.node(middle, right)?,
        ))
    }
}

/// The largest power of two below `len`, and the rest.
fn split(len: usize) -> Option<(usize, usize)> {
    let left = 1_usize.checked_shl(len.checked_sub(1)?.checked_ilog2()?)?;
    Some((left, len.checked_sub(left)?))
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a test may stop at an overflow"
)]
mod tests {
    use super::super::{Tree, extends, leaf_hash, proves};
    use super::*;

    const LEAVES: u64 = 70;

    /// The definition of RFC 6962, section 2.1, word by word.
    fn mth(leaves: &[TreeHash]) -> TreeHash {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let mut k = 1;
                while k * 2 < leaves.len() {
                    k *= 2;
                }
                node_hash(&mth(&leaves[..k]), &mth(&leaves[k..]))
            }
        }
    }

    fn leaves() -> Vec<TreeHash> {
        (0..LEAVES).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }

    fn grown() -> GrowingTree {
        let mut tree = GrowingTree::new();
        leaves().into_iter().for_each(|leaf| tree.push(leaf));
        tree
    }

    fn upto(size: u64) -> Vec<TreeHash> {
        leaves()[..usize::try_from(size).unwrap()].to_vec()
    }

    #[test]
    fn every_former_root_is_that_of_the_definition() {
        let tree = grown();
        assert_eq!(tree.size(), LEAVES);
        for size in 0..=LEAVES {
            assert_eq!(tree.root(size), Some(mth(&upto(size))), "{size}");
            assert_eq!(tree.root(size), Some(Tree::new(upto(size)).root()));
        }
        assert_eq!(tree.root(LEAVES + 1), None);
        assert_eq!(tree.root(u64::MAX), None);
    }

    #[test]
    fn every_leaf_is_proven_in_every_former_tree() {
        let (tree, leaves) = (grown(), leaves());
        for size in 1..=LEAVES {
            let (root, whole) = (tree.root(size).unwrap(), Tree::new(upto(size)));
            for index in 0..size {
                let proof = tree.inclusion(index, size).unwrap();
                let at = usize::try_from(index).unwrap();
                assert_eq!(Some(&proof), whole.proof(at).as_ref());
                assert!(proves(&root, size, index, &leaves[at], &proof));
            }
            assert_eq!(tree.inclusion(size, size), None);
        }
        assert_eq!(tree.inclusion(0, LEAVES + 1), None);
    }

    #[test]
    fn every_former_tree_is_proven_to_be_the_beginning_and_no_other_is() {
        let tree = grown();
        for size in 0..=LEAVES {
            let root = tree.root(size).unwrap();
            for old in 0..=size {
                let old_root = tree.root(old).unwrap();
                let proof = tree.consistency(old, size).unwrap();
                assert!(proof.len() <= super::super::MAX_CONSISTENCY_LEN);
                assert!(
                    extends((old, &old_root), (size, &root), &proof),
                    "{old} {size}"
                );

                let wrong =
                    |(old, old_root): (u64, &TreeHash), (size, root), proof: &[TreeHash]| {
                        assert!(
                            !extends((old, old_root), (size, root), proof),
                            "{old} {size}"
                        );
                    };
                wrong((old, &[7; 32]), (size, &root), &proof);
                if old > 0 {
                    wrong((old, &old_root), (size, &[7; 32]), &proof);
                    wrong((old - 1, &old_root), (size, &root), &proof);
                    wrong((old + 1, &old_root), (size, &root), &proof);
                }
                if old > 0 && old < size {
                    wrong((size, &root), (old, &old_root), &proof);
                }
                let longer = [&proof[..], &[[0; 32]]].concat();
                wrong((old, &old_root), (size, &root), &longer);
                for cut in 0..proof.len() {
                    wrong((old, &old_root), (size, &root), &proof[..cut]);
                    let mut changed = proof.clone();
                    changed[cut][3] ^= 1;
                    wrong((old, &old_root), (size, &root), &changed);
                }
            }
            assert_eq!(tree.consistency(size + 1, size), None);
        }
        assert_eq!(tree.consistency(1, LEAVES + 1), None);
    }

    /// A leaf that was changed after the fact, at any place, ends every proof across it.
    #[test]
    fn a_rewritten_past_is_no_beginning() {
        let tree = grown();
        for rewritten in 0..20_u64 {
            let mut other = GrowingTree::new();
            for (index, leaf) in (0..).zip(leaves()) {
                other.push(if index == rewritten { [9; 32] } else { leaf });
            }
            for old in 1..40_u64 {
                let proof = other.consistency(old, LEAVES).unwrap();
                let (root, old_root) = (other.root(LEAVES).unwrap(), tree.root(old).unwrap());
                let is_kept = old <= rewritten;
                assert_eq!(extends((old, &old_root), (LEAVES, &root), &proof), is_kept);
            }
        }
    }
}
