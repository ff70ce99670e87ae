//! What the tests of this crate share: leaves, trees, keys, signed checkpoints.

use sha2::{Digest, Sha256};

use crate::{
    Checkpoint, Hash, LogKey, Plan, SignedCheckpoint, TileId, Tree, VerifierKey, WitnessKey,
    empty_root, node_hash,
};

pub(crate) const ORIGIN: &str = "example.org/log";

/// Leaf hash of the record `bytes` (RFC 6962, 2.1).
pub(crate) fn leaf_of(bytes: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(bytes).finalize().into()
}

/// Leaf hash of record n.
pub(crate) fn leaf(n: u64) -> Hash {
    leaf_of(&n.to_be_bytes())
}

pub(crate) fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(leaf).collect()
}

/// Merkle tree hash as RFC 6962, 2.1 defines it, by recursion.
pub(crate) fn defined(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            node_hash(&defined(&leaves[..split]), &defined(&leaves[split..]))
        }
    }
}

/// A log as an engine holds it: the tree in memory, the leaves elsewhere.
pub(crate) struct Log {
    pub(crate) leaves: Vec<Hash>,
    pub(crate) tree: Tree,
}

impl Log {
    pub(crate) fn of(count: u64) -> Self {
        let leaves = leaves(count);
        let mut tree = Tree::default();
        leaves.iter().for_each(|leaf| tree.push(*leaf));
        Self { leaves, tree }
    }

    /// The tile from memory, or from the leaves where the tree does not hold it.
    pub(crate) fn tile(&self, id: TileId) -> Option<&[Hash]> {
        self.tree.tile(id).or_else(|| {
            assert_eq!(id.level(), 0, "only leaves are fetched");
            let leaves = id.leaves();
            self.leaves.get(usize::try_from(leaves.start).ok()?..usize::try_from(leaves.end).ok()?)
        })
    }

    pub(crate) fn prove(&self, plan: &Plan) -> Vec<Hash> {
        plan.hashes(|id| self.tile(id)).unwrap()
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(ORIGIN, self.tree.size(), self.tree.root()).unwrap()
    }

    pub(crate) fn signed(&self) -> SignedCheckpoint {
        SignedCheckpoint::sign(self.checkpoint(), &log_key()).unwrap()
    }
}

pub(crate) fn log_key() -> LogKey {
    LogKey::from_seed(ORIGIN, &[1; 32]).unwrap()
}

pub(crate) fn log_keys() -> Vec<VerifierKey> {
    vec![log_key().verifier().clone()]
}

/// The n-th witness.
pub(crate) fn witness(n: u8) -> WitnessKey {
    WitnessKey::from_seed(&format!("witness{n}.example"), &[100 + n; 32]).unwrap()
}

pub(crate) fn witness_keys(count: u8) -> Vec<VerifierKey> {
    (0..count).map(|n| witness(n).verifier().clone()).collect()
}

/// Every copy of `bytes` with one bit flipped, and which bit it is.
pub(crate) fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> + '_ {
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        (bit, flipped)
    })
}
