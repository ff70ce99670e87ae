//! Verification of inclusion and consistency, by the algorithms of RFC 9162.

use crate::hash::{Hash, empty_root, node_hash};

#[cfg(test)]
mod tests;

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disproof {
    /// The leaf does not lie within the tree, or the older tree is larger than the newer.
    #[error("{index} is not within a tree of {size} leaves")]
    OutOfRange {
        /// The leaf's index, or the older size.
        index: u64,
        /// The tree's size.
        size: u64,
    },
    /// A proof for these sizes has another number of hashes.
    #[error("{found} hashes are too many or too few for a proof of these sizes")]
    Length {
        /// Hashes given.
        found: usize,
    },
    /// The hashes do not lead to the root.
    #[error("the proof does not lead to the root")]
    Root,
    /// The hashes do not lead to the root of the older tree.
    #[error("the proof does not lead to the root of the older tree")]
    OldRoot,
}

/// Verifies that the leaf with this hash is at `index` (from 0) in the tree of `size` leaves with
/// this root.
///
/// # Errors
/// [`Disproof`].
///
/// Source: RFC 9162, 2.1.3.2.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), Disproof> {
    if index >= size {
        return Err(Disproof::OutOfRange { index, size });
    }
    let length = Disproof::Length { found: proof.len() };
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(length);
        }
        if node % 2 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node % 2 == 0 && node != 0 {
                node /= 2;
                last /= 2;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node /= 2;
        last /= 2;
    }
    match last {
        0 if hash == *root => Ok(()),
        0 => Err(Disproof::Root),
        _ => Err(length),
    }
}

/// Verifies that the tree of `size` leaves with `root` begins with the tree of `old_size` leaves
/// with `old_root`. Every tree begins with the empty one, whose proof is empty.
///
/// # Errors
/// [`Disproof`].
///
/// Source: RFC 9162, 2.1.4.2.
pub fn verify_consistency(
    old_size: u64,
    size: u64,
    proof: &[Hash],
    old_root: &Hash,
    root: &Hash,
) -> Result<(), Disproof> {
    if old_size > size {
        return Err(Disproof::OutOfRange { index: old_size, size });
    }
    if old_size == 0 || old_size == size {
        return verify_trivial(old_size, size, proof, old_root, root);
    }
    let length = Disproof::Length { found: proof.len() };
    let (mut node, mut last) = (old_size - 1, size - 1);
    while node % 2 == 1 {
        node /= 2;
        last /= 2;
    }
    // The older tree is a complete subtree of the newer: its root begins the path.
    let (first, path) = match node {
        0 => (old_root, proof),
        _ => proof.split_first().ok_or(length)?,
    };
    let (mut old_hash, mut hash) = (*first, *first);
    for sibling in path {
        if last == 0 {
            return Err(length);
        }
        if node % 2 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            hash = node_hash(sibling, &hash);
            while node % 2 == 0 && node != 0 {
                node /= 2;
                last /= 2;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node /= 2;
        last /= 2;
    }
    match last {
        0 if old_hash != *old_root => Err(Disproof::OldRoot),
        0 if hash != *root => Err(Disproof::Root),
        0 => Ok(()),
        _ => Err(length),
    }
}

/// The cases without hashes: from the empty tree, and of a tree with itself.
fn verify_trivial(
    old_size: u64,
    size: u64,
    proof: &[Hash],
    old_root: &Hash,
    root: &Hash,
) -> Result<(), Disproof> {
    if !proof.is_empty() {
        return Err(Disproof::Length { found: proof.len() });
    }
    if old_size == 0 && *old_root != empty_root() {
        return Err(Disproof::OldRoot);
    }
    if old_size == size && old_root != root {
        return Err(Disproof::Root);
    }
    Ok(())
}
