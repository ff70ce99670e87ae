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
/// Where the log has erased a stream whose facts are here, the fold begins anew: the log no longer
/// has what it rested on.
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
        match page.iter().try_for_each(|logged| projection.apply(logged)) {
            Err(ApplyError::Erased(_)) => *projection = Projection::default(),
            outcome => outcome?,
        }
        progress(projection.position());
    }
    Ok(())
}
