//! The Merkle tree of RFC 6962 over the entries of a log.
//!
//! Leaf hashes come from the vocabulary (`events::Entry::leaf`); this crate combines them. It keeps
//! the roots of complete subtrees of [`BLOCK_LEAVES`] leaves (one C2SP tile) and the leaves behind
//! the last of them: 0.13 bytes an event. It reads no log, knows no key and no event.

#![deny(clippy::float_arithmetic)]

use sha2::{Digest, Sha256};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// Leaves of one complete subtree that is kept as its root alone.
pub const BLOCK_LEAVES: u64 = 256;
const BLOCK_LEVEL: u32 = BLOCK_LEAVES.trailing_zeros();

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

/// Complete subtrees from left to right, each larger than the next: a tree's right edge.
#[derive(Debug, Clone, Default)]
struct Edge(Vec<(u32, Hash)>);

impl Edge {
    /// Puts a complete subtree of 2^level leaves behind the others.
    fn push(&mut self, mut level: u32, mut hash: Hash) {
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

    fn root(&self) -> Hash {
        let hashes = self.0.iter().rev().map(|(_, hash)| *hash);
        hashes.reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
    }
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

/// A growing tree: roots of its complete blocks, and the leaves behind them.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    blocks: Vec<Hash>,
    tail: Vec<Hash>,
    /// Right edge over `blocks`; only the tail is hashed again for a root.
    edge: Edge,
}

impl Tree {
    /// The tree of these complete blocks, given by their roots.
    #[must_use]
    pub fn from_blocks(blocks: Vec<Hash>) -> Self {
        let mut edge = Edge::default();
        blocks.iter().for_each(|root| edge.push(BLOCK_LEVEL, *root));
        Self { blocks, tail: Vec::new(), edge }
    }

    /// Leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        (self.blocks.len() as u64) * BLOCK_LEAVES + self.tail.len() as u64
    }

    /// Adds a leaf hash behind the last.
    pub fn push(&mut self, leaf: Hash) {
        self.tail.push(leaf);
        if self.tail.len() as u64 == BLOCK_LEAVES {
            let root = root_of(&self.tail);
            self.edge.push(BLOCK_LEVEL, root);
            self.blocks.push(root);
            self.tail.clear();
        }
    }

    /// Root of the whole tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut edge = self.edge.clone();
        self.tail.iter().for_each(|leaf| edge.push(0, *leaf));
        edge.root()
    }

    /// Roots of the complete blocks.
    #[must_use]
    pub fn blocks(&self) -> &[Hash] {
        &self.blocks
    }

    /// The leaf hashes behind the last complete block.
    #[must_use]
    pub fn tail(&self) -> &[Hash] {
        &self.tail
    }

    /// First leaf index (from 0) whose hash [`Tree::root_at`] wants for a tree of `size` leaves:
    /// the leaves from there to `size` lie behind the last block that is complete at that size.
    #[must_use]
    pub const fn partial_from(size: u64) -> u64 {
        size - size % BLOCK_LEAVES
    }

    /// Root of the tree when it had `size` leaves; `partial` are the hashes of its leaves from
    /// [`Tree::partial_from`] on. `None` if the tree is smaller or `partial` has another length.
    #[must_use]
    pub fn root_at(&self, size: u64, partial: &[Hash]) -> Option<Hash> {
        let complete = usize::try_from(size / BLOCK_LEAVES).ok()?;
        if size > self.size() || partial.len() as u64 != size % BLOCK_LEAVES {
            return None;
        }
        let mut edge = Edge::default();
        self.blocks.get(..complete)?.iter().for_each(|root| edge.push(BLOCK_LEVEL, *root));
        partial.iter().for_each(|leaf| edge.push(0, *leaf));
        Some(edge.root())
    }
}

#[cfg(test)]
mod tests;
