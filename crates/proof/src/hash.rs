//! Hashing of the tree: inner nodes, and the right edge that makes a root of complete subtrees.

use sha2::{Digest, Sha256};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// Hash of an inner node: SHA-256(0x01 ‖ left ‖ right) (RFC 6962, 2.1).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// Root of the empty tree: SHA-256 of nothing (RFC 6962, 2.1).
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// Root of a tree of these leaf hashes.
///
/// ```
/// assert_eq!(proof::root_of(&[[7; 32]]), [7; 32]);
/// ```
#[must_use]
pub fn root_of(leaves: &[Hash]) -> Hash {
    let mut edge = Edge::default();
    leaves.iter().for_each(|leaf| edge.push(0, *leaf));
    edge.root()
}

/// Complete subtrees from left to right, each larger than the next: a tree's right edge.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edge(Vec<(u32, Hash)>);

impl Edge {
    /// Puts a complete subtree of 2^level leaves behind the others.
    pub(crate) fn push(&mut self, mut level: u32, mut hash: Hash) {
        while let Some((last, left)) = self.0.last().copied() {
            if last != level {
                break;
            }
            self.0.pop();
            hash = node_hash(&left, &hash);
            level += 1;
        }
        self.0.push((level, hash));
    }

    pub(crate) fn root(&self) -> Hash {
        let hashes = self.0.iter().rev().map(|(_, hash)| *hash);
        hashes.reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
    }
}
