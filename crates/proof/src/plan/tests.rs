//! Proofs verify, at every index and size, and need no more than they may.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::testing::{Log, defined};
use crate::{verify_consistency, verify_inclusion};

/// Large enough for tiles of level 2, and with a partial tile on each level.
static LARGE: LazyLock<Log> = LazyLock::new(|| Log::of(3 * 65_536 + 5 * 256 + 77));

fn leaf_tiles(plan: &Plan) -> usize {
    plan.tiles().iter().filter(|tile| tile.level() == 0).count()
}

/// Every small size, and those around the ends of tiles.
fn sizes() -> impl Iterator<Item = u64> {
    (1..=70).chain(250..=262).chain([383, 384, 385, 511, 512, 513, 530])
}

#[test]
fn every_leaf_of_every_small_tree_is_proven() {
    let log = Log::of(530);
    for size in sizes() {
        let root = log.prove(&Plan::root(size))[0];
        for index in 0..size {
            let plan = Plan::inclusion(index, size).unwrap();
            assert!(leaf_tiles(&plan) <= 2);
            let proof = log.prove(&plan);
            let leaf = &log.leaves[usize::try_from(index).unwrap()];
            verify_inclusion(leaf, index, size, &proof, &root).unwrap();
        }
        assert_eq!(Plan::inclusion(size, size), Err(OutOfRange { index: size, size }));
    }
}

#[test]
fn every_pair_of_small_trees_is_consistent() {
    let log = Log::of(530);
    let roots: Vec<_> = (0..=530).map(|size| log.prove(&Plan::root(size))[0]).collect();
    for size in sizes() {
        let root = &roots[usize::try_from(size).unwrap()];
        for (old_size, old_root) in (0_u64..=size).zip(&roots) {
            let plan = Plan::consistency(old_size, size).unwrap();
            assert!(leaf_tiles(&plan) <= 2);
            verify_consistency(old_size, size, &log.prove(&plan), old_root, root).unwrap();
        }
    }
    assert_eq!(Plan::consistency(3, 2), Err(OutOfRange { index: 3, size: 2 }));
}

#[test]
fn a_tile_that_is_missing_or_too_narrow_is_named() {
    let log = Log::of(600);
    let plan = Plan::inclusion(0, 600).unwrap();
    for missing in plan.tiles() {
        let without = |id| if id == *missing { None } else { log.tile(id) };
        assert_eq!(plan.hashes(without), Err(MissingTile(*missing)));
    }
    assert_eq!(plan.hashes(|_| Some(&[])), Err(MissingTile(TileId::new(0, 0, 256).unwrap())));
}

#[test]
fn sizes_of_64_bits_are_planned() {
    for size in [u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) + 1] {
        for index in [0, 1, size / 2, size - 1] {
            let plan = Plan::inclusion(index, size).unwrap();
            assert!(plan.ranges.len() <= 64 && leaf_tiles(&plan) <= 2);
            let plan = Plan::consistency(index, size).unwrap();
            assert!(plan.ranges.len() <= 65 && leaf_tiles(&plan) <= 2);
        }
        assert!(Plan::root(size).tiles().len() <= 64);
    }
}

fn size_and_below() -> impl Strategy<Value = (u64, u64)> {
    let size = LARGE.tree.size();
    (1..=size).prop_flat_map(|size| (0..size, Just(size)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn large_trees_prove_from_few_tiles((below, size) in size_and_below()) {
        let count = |n: u64| usize::try_from(n).unwrap();
        let root = LARGE.prove(&Plan::root(size))[0];
        prop_assert_eq!(root, defined(&LARGE.leaves[..count(size)]));
        let plan = Plan::inclusion(below, size).unwrap();
        prop_assert!(leaf_tiles(&plan) <= 2);
        let leaf = &LARGE.leaves[count(below)];
        prop_assert_eq!(verify_inclusion(leaf, below, size, &LARGE.prove(&plan), &root), Ok(()));
        let plan = Plan::consistency(below, size).unwrap();
        prop_assert!(leaf_tiles(&plan) <= 2);
        let old_root = defined(&LARGE.leaves[..count(below)]);
        let proof = LARGE.prove(&plan);
        prop_assert_eq!(verify_consistency(below, size, &proof, &old_root, &root), Ok(()));
    }
}
