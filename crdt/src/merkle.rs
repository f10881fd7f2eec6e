//! Merkle trees of RFC 6962: SHA-256, leaves prefixed by 0, nodes by 1.
//!
//! Outside verifiers know this form, so roots and proofs that leave the network use it.

mod growing;

use sha2::{Digest, Sha256, compress256, digest::generic_array::GenericArray};

pub use self::growing::GrowingTree;

/// Root, node or leaf hash.
pub type TreeHash = [u8; 32];

/// Most hashes in a proof of inclusion: a tree of 2³² leaves.
pub const MAX_PROOF_LEN: usize = 32;

/// Most hashes in a proof of consistency: that of the old tree's last node, and one a level.
pub const MAX_CONSISTENCY_LEN: usize = 33;

/// Hash of one leaf.
pub fn leaf_hash(leaf: &[u8]) -> TreeHash {
    Sha256::new()
        .chain_update([0])
        .chain_update(leaf)
        .finalize()
        .into()
}

/// Root of a tree without leaves: the hash of nothing.
pub(crate) fn empty_root() -> TreeHash {
    Sha256::digest([]).into()
}

/// Hash of a node: `SHA-256(1 ‖ left ‖ right)`.
///
/// A tree over millions of leaves is mostly this. The 65 bytes and their padding (FIPS 180-4, 5.1.1)
/// are always two blocks, so nothing has to be buffered: a quarter less time.
pub(crate) fn node_hash(left: &TreeHash, right: &TreeHash) -> TreeHash {
    let (head, last) = right.split_at(31);
    let parts: [&[u8]; 7] = [&[1], left, head, last, &[0x80], &[0; 60], &NODE_BITS];
    let mut blocks = [GenericArray::default(); 2];
    let mut parts = parts.into_iter();
    for block in &mut blocks {
        let mut rest = &mut block[..];
        while !rest.is_empty()
            && let Some(part) = parts.next()
            && let Some((slot, after)) = rest.split_at_mut_checked(part.len())
        {
            slot.copy_from_slice(part);
            rest = after;
        }
    }
    let mut state = INITIAL;
    compress256(&mut state, &blocks);
    let mut hash = [0; 32];
    for (slot, word) in hash.chunks_exact_mut(4).zip(state) {
        slot.copy_from_slice(&word.to_be_bytes());
    }
    hash
}

/// Length of what a node hashes, in bits, at the end of its padding.
const NODE_BITS: [u8; 2] = 520_u16.to_be_bytes();

/// Where SHA-256 begins (FIPS 180-4, 5.3.3).
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// A tree over all its leaf hashes, level by level from the ground.
///
/// A level's odd last node rises unchanged, which gives the same root as the definition of
/// RFC 6962 by the largest power of two.
#[derive(Clone, Debug)]
pub struct Tree {
    levels: Vec<Vec<TreeHash>>,
}

impl Tree {
    /// Builds the tree over `leaves`, which are leaf hashes in order.
    pub fn new(leaves: Vec<TreeHash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let above = below
                .chunks(2)
                .map(|pair| match pair {
                    [left, right] => node_hash(left, right),
                    [single, ..] => *single,
                    [] => [0; 32],
                })
                .collect();
            levels.push(above);
        }
        Self { levels }
    }

    /// The root; that of no leaves is the hash of nothing.
    pub fn root(&self) -> TreeHash {
        self.levels
            .last()
            .and_then(|top| top.first())
            .copied()
            .unwrap_or_else(empty_root)
    }

    /// The hashes that lead from leaf `index` to the root, or `None` beyond the last leaf.
    pub fn proof(&self, index: usize) -> Option<Vec<TreeHash>> {
        self.levels.first()?.get(index)?;
        let mut at = index;
        let mut proof = Vec::new();
        for level in &self.levels {
            if let Some(sibling) = level.get(at ^ 1) {
                proof.push(*sibling);
            }
            at >>= 1;
        }
        Some(proof)
    }
}

/// Whether `proof` leads from the leaf hash `leaf` at `index` to the `root` of `size` leaves.
pub fn proves(root: &TreeHash, size: u64, index: u64, leaf: &TreeHash, proof: &[TreeHash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last) = (index, size.wrapping_sub(1));
    let (mut hash, mut proof) = (*leaf, proof.iter());
    while last > 0 {
        // An odd last node has no sibling and rises as it is.
        if at & 1 == 1 || at < last {
            let Some(sibling) = proof.next() else {
                return false;
            };
            hash = if at & 1 == 1 {
                node_hash(sibling, &hash)
            } else {
                node_hash(&hash, sibling)
            };
        }
        at >>= 1;
        last >>= 1;
    }
    proof.next().is_none() && hash == *root
}

/// Whether `proof` shows that the tree of `size` leaves begins with the `old_size` leaves of the
/// tree with `old_root`: the algorithm of RFC 9162, section 2.1.4.2.
///
/// A tree without leaves is the beginning of each, and one tree is its own, both without a proof.
pub fn extends(
    (old_size, old_root): (u64, &TreeHash),
    (size, root): (u64, &TreeHash),
    proof: &[TreeHash],
) -> bool {
    if old_size == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    if old_size >= size {
        return proof.is_empty() && old_size == size && old_root == root;
    }
    let (mut old_last, mut last) = (old_size.wrapping_sub(1), size.wrapping_sub(1));
    let shared = old_last.trailing_ones();
    old_last = old_last.checked_shr(shared).unwrap_or(0);
    last = last.checked_shr(shared).unwrap_or(0);
    let mut proof = proof.iter();
    // A complete old tree is itself the node to start from, and is not sent.
    let start = if old_size.is_power_of_two() {
        Some(old_root)
    } else {
        proof.next()
    };
    let Some(start) = start else {
        return false;
    };
    let (mut old_hash, mut hash) = (*start, *start);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if old_last & 1 == 1 || old_last == last {
            old_hash = node_hash(sibling, &old_hash);
            hash = node_hash(sibling, &hash);
            // An odd last node has no sibling and rises as it is.
            while old_last & 1 == 0 && old_last > 0 {
                old_last >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        old_last >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && hash == *root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_the_hash_of_its_prefix_and_both_sides() {
        for seed in 0..200_u8 {
            let [left, right] = [0, 1].map(|side| crate::hash::blake3(&[&[seed, side]]));
            let plain = Sha256::new().chain_update([1]).chain_update(left);
            let plain: TreeHash = plain.chain_update(right).finalize().into();
            assert_eq!(node_hash(&left, &right), plain);
        }
    }

    #[test]
    fn every_leaf_is_proven_at_its_place_only() {
        for size in 1..40_u64 {
            let leaves: Vec<_> = (0..size).map(|i| leaf_hash(&i.to_be_bytes())).collect();
            let tree = Tree::new(leaves.clone());
            for index in 0..size {
                let proof = tree.proof(usize::try_from(index).unwrap()).unwrap();
                let leaf = &leaves[usize::try_from(index).unwrap()];
                assert!(proves(&tree.root(), size, index, leaf, &proof));
                assert!(!proves(&tree.root(), size, (index + 1) % size, leaf, &proof) || size == 1);
                if let Some((_, short)) = proof.split_last() {
                    assert!(!proves(&tree.root(), size, index, leaf, short));
                }
            }
        }
    }

    /// Test vectors of RFC 6962 implementations: leaves "", 00, 10, 2021, 3031, …
    #[test]
    fn roots_are_those_of_rfc_6962() {
        let leaves: [&[u8]; 4] = [b"", b"\x00", b"\x10", b"\x20\x21"];
        let root = |n: usize| Tree::new(leaves[..n].iter().map(|l| leaf_hash(l)).collect()).root();
        assert_eq!(
            crate::hash::to_hex(&root(1)),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        );
        assert_eq!(
            crate::hash::to_hex(&root(3)),
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        );
    }
}
