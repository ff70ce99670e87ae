//! Proofs about a log, made of its tiles.

use std::collections::BTreeMap;

use events::{Hash, Position};
use proof::{MissingTile, OutOfRange, Plan, TileId};

use crate::{EventLog, ReadError};

/// Why a proof cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// No tree of that size has it.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// The log could not be read.
    #[error("the log could not be read")]
    Read(#[from] ReadError),
    /// The log gave fewer hashes than asked for.
    #[error("the log gave an incomplete tile")]
    Tile(#[from] MissingTile),
}

/// The inclusion proof of the event at `position` in the tree of the first `size` events (RFC
/// 6962, 2.1.1). It reads two blocks of events at most.
///
/// # Errors
/// [`ProofError`].
pub async fn inclusion_proof(
    log: &dyn EventLog,
    position: Position,
    size: Position,
) -> Result<Vec<Hash>, ProofError> {
    let index = position.0.checked_sub(1);
    let index = index.ok_or(OutOfRange { index: 0, size: size.0 })?;
    made(log, &Plan::inclusion(index, size.0)?).await
}

/// The proof that the tree of the first `size` events begins with that of the first `old_size`
/// (RFC 6962, 2.1.2). It reads two blocks of events at most.
///
/// # Errors
/// [`ProofError`].
pub async fn consistency_proof(
    log: &dyn EventLog,
    old_size: Position,
    size: Position,
) -> Result<Vec<Hash>, ProofError> {
    made(log, &Plan::consistency(old_size.0, size.0)?).await
}

async fn made(log: &dyn EventLog, plan: &Plan) -> Result<Vec<Hash>, ProofError> {
    let mut tiles = BTreeMap::new();
    for tile in plan.tiles() {
        tiles.insert(*tile, log.tile(*tile).await?);
    }
    Ok(plan.hashes(|tile| tiles.get(&tile).map(Vec::as_slice))?)
}

/// The error of an engine that was asked for a tile that reaches behind its head.
#[must_use]
pub fn beyond(tile: TileId, head: Position) -> ReadError {
    ReadError::BeyondHead { asked: Position(tile.leaves().end), head }
}
