//! Keeping up with a log.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use eventlog::{EventLog, ReadError};
use events::{Logged, Position};

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
    /// The events that the log gave are not those of its tree.
    #[error("up to position {0} the log gave other events than its tree has")]
    Unlike(Position),
}

/// Events read at a time.
pub(crate) const PAGE: usize = 4096;

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
    let mut ahead = None;
    while projection.position() < head {
        let next = Position(projection.position().0 + 1);
        let page = match ahead.take() {
            Some(reading) => finished(reading).await?,
            None => log.page(next, PAGE).await?,
        };
        // The log reads and decodes the next page while this one is applied.
        let behind = Position(next.0 + page.len() as u64);
        if behind <= head {
            ahead = Some(begun(log.page(behind, PAGE)).await);
        }
        match page.iter().try_for_each(|logged| projection.apply(logged)) {
            Err(ApplyError::Erased(_)) => {
                *projection = Projection::default();
                ahead = None;
            }
            outcome => outcome?,
        }
        progress(projection.position());
    }
    Ok(())
}

/// A page on its way.
type Reading<'a> = Pin<Box<dyn Future<Output = Page> + Send + 'a>>;
type Page = Result<Vec<Logged>, ReadError>;

/// A page that an engine has been asked for.
enum Ahead<'a> {
    Reading(Reading<'a>),
    Read(Page),
}

/// Asks for a page, and does not wait for it.
async fn begun(mut reading: Reading<'_>) -> Ahead<'_> {
    match poll_fn(|context| Poll::Ready(reading.as_mut().poll(context))).await {
        Poll::Ready(page) => Ahead::Read(page),
        Poll::Pending => Ahead::Reading(reading),
    }
}

async fn finished(ahead: Ahead<'_>) -> Page {
    match ahead {
        Ahead::Reading(reading) => reading.await,
        Ahead::Read(page) => page,
    }
}
