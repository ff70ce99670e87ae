//! What makes a log tamper-evident: its Merkle tree, proofs about it, and signatures over its root.
//!
//! Leaf hashes come from the vocabulary (`events::Entry::leaf`); this crate combines them. It reads
//! no log, knows no event, draws no keys and looks at no clock: seeds, times and hashes are given
//! by the caller, and every parser is total, whatever bytes it is given.
//!
//! | file | what it holds | source |
//! |---|---|---|
//! | [`tree`](Tree) | the growing tree: block roots and a tail | RFC 6962, 2.1 |
//! | [`tile`](TileId) | names of stored hashes | c2sp.org/tlog-tiles |
//! | [`plan`](Plan) | which tiles a proof needs, and the proof made of them | RFC 6962, 2.1.1 and 2.1.2 |
//! | [`verify`](verify_inclusion) | inclusion and consistency, verified | RFC 9162, 2.1.3.2 and 2.1.4.2 |
//! | [`note`](Note) | a text and its signatures | c2sp.org/signed-note |
//! | [`key`](VerifierKey) | keys of logs and witnesses, as text | c2sp.org/signed-note |
//! | [`checkpoint`](Checkpoint) | origin, size and root, signed by the log | c2sp.org/tlog-checkpoint |
//! | [`cosignature`](Cosignature) | what a witness says of a checkpoint | c2sp.org/tlog-cosignature |
//! | [`tlog_proof`](TlogProof) | a proof of one entry as a file | c2sp.org/tlog-proof |
//! | [`witness`](WitnessState) | when a witness may cosign | c2sp.org/tlog-witness |
//! | [`add_checkpoint`](AddCheckpoint) | a checkpoint with a consistency proof as a file | c2sp.org/tlog-witness |
//! | [`key_history`](KeyHistory) | which key speaks for the log at which size | ours |
//!
//! The pages of c2sp.org are meant as of November 2026.

#![deny(clippy::float_arithmetic)]

mod add_checkpoint;
mod checkpoint;
mod cosignature;
mod encoding;
mod hash;
mod key;
mod key_history;
mod note;
mod plan;
mod tile;
mod tlog_proof;
mod tree;
mod verify;
mod witness;

pub use add_checkpoint::{ADD_CHECKPOINT_HASHES_MAX, AddCheckpoint, AddCheckpointError};
pub use checkpoint::{Checkpoint, CheckpointError, OpenError, SignedCheckpoint};
pub use cosignature::{Cosignature, MergeError, Merged, Unknown};
pub use hash::{Hash, empty_root, node_hash, root_of};
pub use key::{Algorithm, KeyError, LogKey, VerifierKey, WitnessKey, is_key_name};
pub use key_history::{KeyHistory, Rotation, RotationError, hand_over};
pub use note::{NOTE_BYTES_MAX, Note, NoteError, NoteSignature, SIGNATURES_MAX};
pub use plan::{MissingTile, OutOfRange, Plan};
pub use tile::{TILE_WIDTH, TileError, TileId};
pub use tlog_proof::{Policy, TlogProof, TlogProofError, Unproven, Verified};
pub use tree::{BLOCK_LEAVES, Tree};
pub use verify::{Disproof, verify_consistency, verify_inclusion};
pub use witness::{WitnessError, WitnessState};

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
