//! Which key speaks for a log at which size.
//!
//! A log records a change of its key as the event `key.rotated` at some position P. A verifier was
//! given one key and must learn the next from the log itself; but that a log *says* so proves
//! nothing, since whoever forges a log can write such an event and sign with a key of his own. So
//! the old key has to vouch for the tree that contains the event. The **handover** is that proof:
//! a `.tlog-proof` of the event's entry whose checkpoint is signed by the old key *and* the new
//! one. It is the last thing that the old key signs; then it is destroyed.
//!
//! From there on:
//! - a checkpoint of a size below P is by the old key;
//! - a checkpoint of size P and above is by the new key. The handover's own checkpoint has both
//!   signatures, so it fits too. A checkpoint of P or more that the old key alone signed is not
//!   taken: after a handover that key may be anyone's.
//!
//! What this does not give: an old checkpoint proves nothing new once its key has leaked, since a
//! thief can sign any small tree. Consistency with a checkpoint by the current key, or cosignatures
//! of witnesses, do. And a key that was lost before a handover leaves a gap that no proof can
//! close: verifiers must be given the new key as they were given the first.

use crate::Hash;
use crate::checkpoint::{Checkpoint, OpenError, SignedCheckpoint};
use crate::key::{Algorithm, LogKey, VerifierKey};
use crate::tlog_proof::{Policy, TlogProof, Unproven};

#[cfg(test)]
mod tests;

/// What the event `key.rotated` says, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// Position of the event, from 1.
    pub position: u64,
    /// The key before it.
    pub old_key: VerifierKey,
    /// The key from its position on.
    pub new_key: VerifierKey,
}

/// The keys of a log, from one that was given and through handovers that were verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHistory {
    first: VerifierKey,
    rotations: Vec<Rotation>,
}

/// Why a change of keys is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RotationError {
    /// The old key is not the one that is in force.
    #[error("the change at position {position} is from {found}, in force is {expected}")]
    OtherKey {
        /// Position of the event.
        position: u64,
        /// The key in force.
        expected: String,
        /// The key that the event calls the old one.
        found: String,
    },
    /// A key of another log, of a witness, or one that was in force before.
    #[error("{key} cannot become the key of this log")]
    Unfit {
        /// The key.
        key: String,
    },
    /// Positions of changes must increase.
    #[error("the change at position {position} is not behind the one at {last}")]
    Order {
        /// Position of the event.
        position: u64,
        /// Position of the change before.
        last: u64,
    },
    /// The handover proves the entry of another position.
    #[error("the handover is of position {found}, the change is at {position}")]
    OtherPosition {
        /// Position of the event.
        position: u64,
        /// Position that the handover proves.
        found: u64,
    },
    /// The old key does not vouch for it.
    #[error("the old key does not vouch for the change at position {position}")]
    OldKey {
        /// Position of the event.
        position: u64,
        /// Why.
        #[source]
        source: Unproven,
    },
    /// The new key did not sign the handover.
    #[error("the new key did not sign the handover at position {position}")]
    NewKey {
        /// Position of the event.
        position: u64,
    },
}

impl KeyHistory {
    /// The history that begins with the key that the verifier was given. Changes before it do not
    /// matter; whoever was given a later key begins with that.
    #[must_use]
    pub const fn new(first: VerifierKey) -> Self {
        Self { first, rotations: Vec::new() }
    }

    /// Follows a change of keys; `leaf` is the leaf hash of the event's entry.
    ///
    /// # Errors
    /// [`RotationError`]; the history is as it was.
    pub fn rotate(
        &mut self,
        rotation: Rotation,
        leaf: &Hash,
        handover: &TlogProof,
    ) -> Result<(), RotationError> {
        self.check_keys(&rotation)?;
        let position = rotation.position;
        let found = handover.index().saturating_add(1);
        if found != position {
            return Err(RotationError::OtherPosition { position, found });
        }
        let old_keys = std::slice::from_ref(&rotation.old_key);
        handover
            .verify(leaf, old_keys, &Policy::default())
            .map_err(|source| RotationError::OldKey { position, source })?;
        let new_keys = std::slice::from_ref(&rotation.new_key);
        SignedCheckpoint::of_note(handover.checkpoint().clone(), new_keys)
            .map_err(|_| RotationError::NewKey { position })?;
        self.rotations.push(rotation);
        Ok(())
    }

    fn check_keys(&self, rotation: &Rotation) -> Result<(), RotationError> {
        let Rotation { position, old_key, new_key } = rotation;
        let (position, expected) = (*position, self.current());
        let last = self.rotations.last().map_or(0, |last| last.position);
        if position <= last {
            return Err(RotationError::Order { position, last });
        }
        if old_key != expected {
            let (expected, found) = (expected.to_string(), old_key.to_string());
            return Err(RotationError::OtherKey { position, expected, found });
        }
        let mut used = self.rotations.iter().map(|r| &r.new_key).chain([&self.first]);
        let fits = new_key.algorithm() == Algorithm::Log && new_key.name() == self.first.name();
        if !fits || used.any(|key| key.public_bytes() == new_key.public_bytes()) {
            return Err(RotationError::Unfit { key: new_key.to_string() });
        }
        Ok(())
    }

    /// The key in force now.
    #[must_use]
    pub fn current(&self) -> &VerifierKey {
        self.rotations.last().map_or(&self.first, |last| &last.new_key)
    }

    /// The key that a checkpoint of this size must be signed with.
    #[must_use]
    pub fn key_at(&self, size: u64) -> &VerifierKey {
        let rotations = self.rotations.iter().take_while(|r| r.position <= size);
        rotations.last().map_or(&self.first, |rotation| &rotation.new_key)
    }

    /// Opens a checkpoint with the key that speaks for its size.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(&self, bytes: &[u8]) -> Result<SignedCheckpoint, OpenError> {
        let note = crate::note::Note::parse(bytes)?;
        let size = Checkpoint::parse(note.text())?.size();
        SignedCheckpoint::of_note(note, std::slice::from_ref(self.key_at(size)))
    }
}

/// The old key's word for a new one: that the event which records it, the last entry of the
/// checkpoint, is in the log (`proof`), and what that entry is. Both keys sign it.
///
/// # Errors
/// [`OpenError::OtherOrigin`] unless both keys have the name of the log.
pub fn hand_over(
    old: &LogKey,
    new: &LogKey,
    checkpoint: Checkpoint,
    proof: Vec<Hash>,
    entry: Vec<u8>,
) -> Result<TlogProof, OpenError> {
    let index = checkpoint.size().saturating_sub(1);
    let mut signed = SignedCheckpoint::sign(checkpoint, old)?;
    signed.countersign(new)?;
    Ok(TlogProof::new(index, proof, &signed).with_extra(entry))
}
