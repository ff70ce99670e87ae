//! Keeping up with a log.

use eventlog::{EventLog, ReadError};
use events::Position;

use crate::{ApplyError, Projection};

/// Why a projection cannot keep up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FollowError {
    /// The log could not be read.
    #[error("the log could not be read")]
    Read(#[from] ReadError),
    /// An event could not be applied.
    #[error("the log holds an event that cannot be applied")]
    Apply(#[from] ApplyError),
}

/// Events read at a time.
const PAGE: usize = 4096;

/// Applies the log's events up to its present head; `progress` is told every page's last position.
///
/// # Errors
/// [`FollowError`]; what was applied before stays.
pub async fn follow(
    log: &dyn EventLog,
    projection: &mut Projection,
    progress: &mut (dyn FnMut(Position) + Send),
) -> Result<(), FollowError> {
    let head = log.head(None).await?.position;
    while projection.position() < head {
        let page = log.page(Position(projection.position().0 + 1), PAGE).await?;
        for event in &page {
            projection.apply(event)?;
        }
        progress(projection.position());
    }
    Ok(())
}
