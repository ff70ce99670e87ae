//! The tree against the definition of RFC 6962 and against another implementation.

use proptest::prelude::*;

use super::*;

/// Merkle tree hash as RFC 6962, 2.1 defines it, by recursion.
fn defined(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            node_hash(&defined(&leaves[..split]), &defined(&leaves[split..]))
        }
    }
}

fn leaf(n: u64) -> Hash {
    Sha256::new().chain_update([0]).chain_update(n.to_be_bytes()).finalize().into()
}

#[test]
fn root_agrees_with_another_implementation() {
    let mut other = ct_merkle::mem_backed_tree::MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut ours = Tree::default();
    for n in 0..600_u64 {
        other.push(n.to_be_bytes().to_vec());
        ours.push(leaf(n));
        assert_eq!(other.root().as_bytes().as_slice(), ours.root().as_slice(), "{n}");
    }
}

proptest! {
    #[test]
    fn roots_follow_the_definition(size in 0_usize..1200, at in 0_usize..1200) {
        let leaves: Vec<_> = (0..size as u64).map(leaf).collect();
        let mut tree = Tree::default();
        leaves.iter().for_each(|l| tree.push(*l));
        prop_assert_eq!(tree.size(), size as u64);
        prop_assert_eq!(tree.root(), defined(&leaves));
        let at = at.min(size);
        let partial = &leaves[at / 256 * 256..at];
        prop_assert_eq!(Tree::partial_from(at as u64), at as u64 / 256 * 256);
        prop_assert_eq!(tree.root_at(at as u64, partial), Some(defined(&leaves[..at])));
        let reopened = Tree::from_blocks(tree.blocks().to_vec());
        let at = (at as u64).min(reopened.size());
        prop_assert_eq!(reopened.root_at(at, &[]).is_some(), at.is_multiple_of(BLOCK_LEAVES));
    }
}
