//! The growing tree of a log.

use crate::hash::{Edge, Hash, root_of};
use crate::tile::{TILE_WIDTH, TileId};

#[cfg(test)]
mod tests;

/// Leaves of one complete subtree that is kept as its root alone: one tile of level 0.
pub const BLOCK_LEAVES: u64 = TILE_WIDTH as u64;
const BLOCK_LEVEL: u32 = BLOCK_LEAVES.trailing_zeros();

/// A growing tree: roots of its complete blocks and of 256 of those, and so on, and the leaves
/// behind the last block. About 0.13 bytes a leaf.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// `levels[0]` are the roots of blocks; each further level has a root for 256 of the one below.
    /// They are the tiles of level 1 and up.
    levels: Vec<Vec<Hash>>,
    tail: Vec<Hash>,
    /// Right edge over the blocks; only the tail is hashed again for a root.
    edge: Edge,
}

impl Tree {
    /// The tree of these complete blocks, given by their roots.
    #[must_use]
    pub fn from_blocks(blocks: Vec<Hash>) -> Self {
        let mut tree = Self::default();
        blocks.into_iter().for_each(|root| tree.push_block(root));
        tree
    }

    /// Leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        (self.blocks().len() as u64) * BLOCK_LEAVES + self.tail.len() as u64
    }

    /// Adds a leaf hash behind the last.
    pub fn push(&mut self, leaf: Hash) {
        self.tail.push(leaf);
        if self.tail.len() as u64 == BLOCK_LEAVES {
            let root = root_of(&self.tail);
            self.push_block(root);
            self.tail.clear();
        }
    }

    fn push_block(&mut self, root: Hash) {
        self.edge.push(BLOCK_LEVEL, root);
        let mut hash = root;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let hashes = &mut self.levels[level];
            hashes.push(hash);
            let Some(tile) = last_full_tile(hashes) else { break };
            hash = root_of(tile);
        }
    }

    /// Root of the whole tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root_with(&[])
    }

    /// Root of the tree with these leaves behind its last.
    #[must_use]
    pub fn root_with(&self, leaves: &[Hash]) -> Hash {
        let mut edge = self.edge.clone();
        self.tail.iter().chain(leaves).for_each(|leaf| edge.push(0, *leaf));
        edge.root()
    }

    /// Roots of the complete blocks.
    #[must_use]
    pub fn blocks(&self) -> &[Hash] {
        self.levels.first().map_or(&[], Vec::as_slice)
    }

    /// The leaf hashes behind the last complete block.
    #[must_use]
    pub fn tail(&self) -> &[Hash] {
        &self.tail
    }

    /// The hashes of a tile, if the tree holds them: every tile of level 1 and up, and of level 0
    /// the one that its tail is. `None` for what must be read from the log ([`TileId::leaves`] says
    /// which leaves), and for a tile that reaches beyond the tree.
    #[must_use]
    pub fn tile(&self, id: TileId) -> Option<&[Hash]> {
        let width = usize::from(id.width());
        let Some(level) = usize::from(id.level()).checked_sub(1) else {
            let is_tail = id.index() == self.blocks().len() as u64;
            return is_tail.then(|| self.tail.get(..width)).flatten();
        };
        let first = usize::try_from(id.index()).ok()?.checked_mul(usize::from(TILE_WIDTH))?;
        self.levels.get(level)?.get(first..first.checked_add(width)?)
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
        self.blocks().get(..complete)?.iter().for_each(|root| edge.push(BLOCK_LEVEL, *root));
        partial.iter().for_each(|leaf| edge.push(0, *leaf));
        Some(edge.root())
    }
}

/// The last 256 of these, when they end a tile.
fn last_full_tile(hashes: &[Hash]) -> Option<&[Hash]> {
    let width = usize::from(TILE_WIDTH);
    hashes.len().is_multiple_of(width).then(|| &hashes[hashes.len() - width..])
}
