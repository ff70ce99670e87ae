//! The tree against the definition of RFC 6962 and against other implementations.

use proptest::prelude::*;
use sha2::Sha256;

use super::*;
use crate::empty_root;
use crate::testing::{Log, defined, leaf, leaves};

#[test]
fn root_agrees_with_another_implementation() {
    let mut other = ct_merkle::mem_backed_tree::MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut ours = Tree::default();
    assert_eq!(ours.root(), empty_root());
    for n in 0..600_u64 {
        other.push(n.to_be_bytes().to_vec());
        ours.push(leaf(n));
        assert_eq!(other.root().as_bytes().as_slice(), ours.root().as_slice(), "{n}");
    }
}

#[test]
fn tiles_in_memory_are_those_of_the_specification() {
    // The example of c2sp.org/tlog-tiles: 70,000 leaves are 273 full tiles of level 0 and one of
    // width 112, a full tile of level 1 and one of width 17, and one of level 2 of width 1.
    let log = Log::of(70_000);
    let tile = |level, index, width| log.tree.tile(TileId::new(level, index, width).unwrap());
    assert_eq!(tile(0, 0, 256), None, "leaves of a complete block are read from the log");
    assert_eq!(tile(0, 272, 256), None);
    assert_eq!(tile(0, 273, 112), Some(&log.leaves[69_888..]));
    assert_eq!(tile(0, 273, 100), Some(&log.leaves[69_888..69_988]), "of a smaller tree");
    assert_eq!(tile(0, 273, 113), None);
    assert_eq!(tile(0, 274, 1), None);
    let blocks: Vec<_> = log.leaves.chunks_exact(256).map(root_of).collect();
    assert_eq!(tile(1, 0, 256), Some(&blocks[..256]));
    assert_eq!(tile(1, 1, 17), Some(&blocks[256..]));
    assert_eq!(tile(1, 1, 18), None);
    assert_eq!(tile(2, 0, 1), Some([root_of(&blocks[..256])].as_slice()));
    assert_eq!(tile(2, 0, 2), None);
    assert_eq!(tile(3, 0, 1), None);
    let reopened = Tree::from_blocks(blocks);
    assert_eq!(reopened.levels, log.tree.levels);
}

proptest! {
    #[test]
    fn roots_follow_the_definition(size in 0_u64..1200, at in 0_usize..1200) {
        let leaves = leaves(size);
        let Log { tree, .. } = Log::of(size);
        prop_assert_eq!(tree.size(), size);
        prop_assert_eq!(tree.root(), defined(&leaves));
        let at = at.min(leaves.len());
        let partial = &leaves[at / 256 * 256..at];
        prop_assert_eq!(Tree::partial_from(at as u64), at as u64 / 256 * 256);
        prop_assert_eq!(tree.root_at(at as u64, partial), Some(defined(&leaves[..at])));
        let reopened = Tree::from_blocks(tree.blocks().to_vec());
        let at = (at as u64).min(reopened.size());
        prop_assert_eq!(reopened.root_at(at, &[]).is_some(), at.is_multiple_of(BLOCK_LEAVES));
    }
}
