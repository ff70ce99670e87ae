//! Changing the log's key: recorded in the log, vouched for by the old key.
//!
//! The new key is written down first, then `key.rotated` is appended, then the old key signs the
//! handover and the new one takes its place. What a crash leaves in between is finished when the
//! log is opened again, or taken back if nothing was recorded.

use std::sync::Arc;

use eventlog::{
    AppendError, Batch, Clock as _, EventLog as _, ReadError, key_rotated, keys, rotates_to,
};
use events::{Position, Refusal, Revision};
use proof::{LogKey, Plan, TlogProof, VerifierKey};

use crate::seams::{SystemClock, SystemEntropy};
use crate::signing::{Signing, SigningError};
use crate::store::Store;
use crate::{EmbeddedLog, OpenError};

/// Why the key was not changed, or not yet: opening the log again finishes what was recorded.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// A file could not be written, or not be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The log did not take the event.
    #[error("the log did not record the new key")]
    Append(#[from] AppendError),
    /// The event could not be made.
    #[error("a key cannot be recorded so")]
    Refused(#[from] Refusal),
    /// The log could not be read.
    #[error("the log could not be read")]
    Read(#[from] ReadError),
}

impl EmbeddedLog {
    /// The key that others verify this log's checkpoints with.
    #[must_use]
    pub fn verifier_key(&self) -> VerifierKey {
        self.signing.verifier()
    }

    /// The handover of the key that is in force from a position on, if one begins there.
    ///
    /// # Errors
    /// [`SigningError`] where it cannot be read.
    pub fn handover(&self, position: Position) -> Result<Option<String>, SigningError> {
        self.signing.handover(position)
    }

    /// Changes the log's key. Answers with the handover: the old key's word for the new one, which
    /// verifiers need, and the last thing that it signs.
    ///
    /// # Errors
    /// [`RotateError`].
    pub async fn rotate_key(&self, recorded_by: &str) -> Result<TlogProof, RotateError> {
        let (old, new) = self.signing.begin_rotation(&mut SystemEntropy::default())?;
        let content =
            Box::new(key_rotated(&old, new.verifier(), SystemClock.now().chicago_date())?);
        let own = Batch::Own { content, recorded_by: recorded_by.to_owned() };
        let receipts = match self.append(own).await {
            Ok(receipts) => receipts,
            // What may have been recorded is looked for at the next opening.
            Err(error @ AppendError::OutcomeUnknown(_)) => return Err(error.into()),
            Err(error) => {
                self.signing.abandon_rotation()?;
                return Err(error.into());
            }
        };
        let position = receipts.first().map_or(Position(0), |receipt| receipt.position);
        let (store, signing) = (Arc::clone(&self.store), Arc::clone(&self.signing));
        hand_over(&store, &signing, new, position)
    }
}

/// Finishes a rotation that a crash interrupted, or takes it back.
pub(crate) fn settle(store: &Store, signing: &Signing) -> Result<(), OpenError> {
    let Some(next) = signing.next_key()? else { return Ok(()) };
    let rotations = store.stream(keys(), Revision(0), usize::MAX)?;
    let recorded = rotations.iter().rev().find(|e| rotates_to(&e.content, next.verifier()));
    match recorded {
        None => Ok(signing.abandon_rotation()?),
        Some(event) => hand_over(store, signing, next, event.position).map(drop),
    }
}

/// Lets the old key vouch for the event at `position`, and ends its time. It fails by reading or
/// by signing, whoever asks for it.
fn hand_over<E: From<ReadError> + From<SigningError>>(
    store: &Store,
    signing: &Signing,
    new: LogKey,
    position: Position,
) -> Result<TlogProof, E> {
    let head = store.head(Some(position))?;
    let lost = |what: String| ReadError::Damaged { first: position, last: position, what };
    let plan = Plan::inclusion(position.0.saturating_sub(1), position.0);
    let plan = plan.map_err(|error| lost(error.to_string()))?;
    let mut tiles = Vec::new();
    for tile in plan.tiles() {
        tiles.push((*tile, store.tile(*tile)?));
    }
    let proof = plan.hashes(|tile| {
        tiles.iter().find(|(id, _)| *id == tile).map(|(_, hashes)| hashes.as_slice())
    });
    let proof = proof.map_err(|error| lost(error.to_string()))?;
    let entry = store.event(position)?.entry().to_json().canonical();
    Ok(signing.hand_over(new, &head, proof, entry)?)
}
