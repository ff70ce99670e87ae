//! Proofs made of tiles: first which tiles, then the hashes.
//!
//! Every hash of a proof is the root of a range of leaves, and every such range is a row of
//! complete subtrees, each of them inside one tile. So a plan is made from sizes alone; whoever
//! holds the tiles fetches them in any way, and the plan puts the proof together.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::hash::{Hash, empty_root, node_hash, root_of};
use crate::tile::{TILE_HEIGHT, TILE_WIDTH, TileId};

#[cfg(test)]
mod tests;

/// Where the hashes of a proof come from.
///
/// At most two tiles of level 0 are among its tiles: the one with the leaf (or the last leaf of the
/// older tree), and the last, partial one. All others are in the memory of a [`Tree`](crate::Tree).
///
/// A plan does not check the tiles that it is given. Verifying the proof against the root that it
/// is meant for, before handing it out, does.
///
/// ```
/// let mut tree = proof::Tree::default();
/// (0..100).for_each(|n| tree.push([n; 32]));
/// let plan = proof::Plan::inclusion(7, 100)?;
/// let hashes = plan.hashes(|tile| tree.tile(tile))?;
/// proof::verify_inclusion(&[7; 32], 7, 100, &hashes, &tree.root())?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    size: u64,
    ranges: Vec<Range<u64>>,
    tiles: Vec<TileId>,
}

/// A proof was asked for that no tree of this size has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{index} is not within a tree of {size} leaves")]
pub struct OutOfRange {
    /// The leaf's index, or the older size.
    pub index: u64,
    /// The tree's size.
    pub size: u64,
}

/// A tile that the plan needs was not given, or not all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no {} at hand", .0.path())]
pub struct MissingTile(pub TileId);

impl Plan {
    /// The inclusion proof of the leaf at `index` (from 0) in the tree of `size` leaves (RFC 6962,
    /// 2.1.1): hashes from the leaf's sibling up.
    ///
    /// # Errors
    /// [`OutOfRange`] unless `index` is below `size`.
    pub fn inclusion(index: u64, size: u64) -> Result<Self, OutOfRange> {
        if index >= size {
            return Err(OutOfRange { index, size });
        }
        let (mut start, mut end) = (0, size);
        let mut ranges = Vec::new();
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                ranges.push(middle..end);
                end = middle;
            } else {
                ranges.push(start..middle);
                start = middle;
            }
        }
        ranges.reverse();
        Ok(Self::of(size, ranges))
    }

    /// The proof that the tree of `size` leaves begins with the tree of `old_size` leaves (RFC
    /// 6962, 2.1.2). It is empty if the sizes are equal or the older tree is empty.
    ///
    /// # Errors
    /// [`OutOfRange`] if `old_size` is above `size`.
    pub fn consistency(old_size: u64, size: u64) -> Result<Self, OutOfRange> {
        if old_size > size {
            return Err(OutOfRange { index: old_size, size });
        }
        let mut ranges = Vec::new();
        if old_size > 0 {
            let (mut start, mut end) = (0, size);
            while end != old_size {
                let middle = start + split(end - start);
                if old_size <= middle {
                    ranges.push(middle..end);
                    end = middle;
                } else {
                    ranges.push(start..middle);
                    start = middle;
                }
            }
            // The whole older tree is what the verifier has already.
            if start > 0 {
                ranges.push(start..end);
            }
        }
        ranges.reverse();
        Ok(Self::of(size, ranges))
    }

    /// The root of the tree when it had `size` leaves: one hash.
    #[must_use]
    pub fn root(size: u64) -> Self {
        Self::of(size, std::iter::once(0..size).collect())
    }

    fn of(size: u64, ranges: Vec<Range<u64>>) -> Self {
        let subtrees = ranges.iter().cloned().flat_map(subtrees);
        let tiles: BTreeSet<_> = subtrees.map(|subtree| subtree.tile(size)).collect();
        Self { size, ranges, tiles: tiles.into_iter().collect() }
    }

    /// The tiles that [`Plan::hashes`] asks for, by level and index, as wide as they are in a tree
    /// of that size.
    #[must_use]
    pub fn tiles(&self) -> &[TileId] {
        &self.tiles
    }

    /// The proof. `tile` gives the hashes of each of [`Plan::tiles`], perhaps several times; it may
    /// give more than its width.
    ///
    /// # Errors
    /// [`MissingTile`] for the first that `tile` does not give in full.
    pub fn hashes<'a>(
        &self,
        mut tile: impl FnMut(TileId) -> Option<&'a [Hash]>,
    ) -> Result<Vec<Hash>, MissingTile> {
        let mut hash_of = |subtree: Subtree| {
            let id = subtree.tile(self.size);
            let hashes = tile(id).and_then(|hashes| hashes.get(subtree.within_tile()));
            hashes.map(root_of).ok_or(MissingTile(id))
        };
        let root_of_range = |range: &Range<u64>| {
            let mut roots = Vec::new();
            for subtree in subtrees(range.clone()) {
                roots.push(hash_of(subtree)?);
            }
            let root = roots.into_iter().rev().reduce(|right, left| node_hash(&left, &right));
            Ok(root.unwrap_or_else(empty_root))
        };
        self.ranges.iter().map(root_of_range).collect()
    }
}

/// Leaves on the left of a tree of `leaves`: the largest power of two below, for two leaves and
/// more (RFC 6962, 2.1).
const fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// A complete subtree: the leaves `index * 2^level .. (index + 1) * 2^level`.
#[derive(Debug, Clone, Copy)]
struct Subtree {
    level: u32,
    index: u64,
}

/// The complete subtrees of a range, from left to right. The range begins at a multiple of a power
/// of two that is no smaller than itself, as every range of RFC 6962 does.
fn subtrees(range: Range<u64>) -> impl Iterator<Item = Subtree> {
    let mut start = range.start;
    std::iter::from_fn(move || {
        let level = (range.end - start).checked_ilog2()?;
        let subtree = Subtree { level, index: start >> level };
        start += 1 << level;
        Some(subtree)
    })
}

impl Subtree {
    const fn tile_level(self) -> u32 {
        self.level / TILE_HEIGHT
    }

    /// The place of its first hash among all hashes of the tile's level, and how many they are.
    const fn hashes(self) -> (u64, u64) {
        let height = self.level % TILE_HEIGHT;
        (self.index << height, 1 << height)
    }

    /// The tile with these hashes, in a tree of `size` leaves.
    fn tile(self, size: u64) -> TileId {
        let index = self.hashes().0 / u64::from(TILE_WIDTH);
        let of_level = size >> (self.tile_level() * TILE_HEIGHT);
        let width = (of_level - index * u64::from(TILE_WIDTH)).min(u64::from(TILE_WIDTH));
        let level = u8::try_from(self.tile_level()).expect("a level of 64-bit indexes is below 8");
        let width = u16::try_from(width).expect("a tile is at most 256 wide");
        TileId::new(level, index, width).expect("the subtree lies within the tree")
    }

    /// Where its hashes lie within the tile.
    fn within_tile(self) -> Range<usize> {
        let (first, count) = self.hashes();
        let first = usize::try_from(first % u64::from(TILE_WIDTH)).expect("below 256");
        first..first + usize::try_from(count).expect("at most 128")
    }
}
