//! Keeping up with a log.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use eventlog::{EventLog, ReadError, Seen};
use events::Position;

use crate::page::Page;
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

/// Pages on their way while one is applied.
const AHEAD: usize = 3;

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
    let mut ahead = Ahead::of(log, projection.position(), head);
    while projection.position() < head {
        let page = ahead.next().await?;
        let outcome = projection.apply_page(&page);
        ahead.spare.push(page);
        match outcome {
            Err(ApplyError::Erased(_)) => *projection = Projection::default(),
            outcome => outcome?,
        }
        progress(projection.position());
        // A log may give less than it is asked for.
        if projection.position() != ahead.given {
            ahead = Ahead::of(log, projection.position(), head);
        }
    }
    Ok(())
}

/// A page on its way, or there.
enum Reading<'a> {
    Going(Pin<Box<dyn Future<Output = Result<Page, ReadError>> + Send + 'a>>),
    Over(Result<Page, ReadError>),
}

/// The pages of a log in order, some of them read and parsed before they are asked for.
struct Ahead<'a> {
    log: &'a dyn EventLog,
    end: Position,
    /// Where the pages end that were given, and those that were asked for.
    given: Position,
    asked: Position,
    pages: VecDeque<(Position, Reading<'a>)>,
    /// Pages that were applied: memory for the next, which is dear to ask for anew.
    spare: Vec<Page>,
}

impl<'a> Ahead<'a> {
    /// The pages behind a position.
    fn of(log: &'a dyn EventLog, after: Position, end: Position) -> Self {
        Self { log, end, given: after, asked: after, pages: VecDeque::new(), spare: Vec::new() }
    }

    async fn next(&mut self) -> Result<Page, ReadError> {
        while self.pages.len() < AHEAD && self.asked < self.end {
            let left = usize::try_from(self.end.0 - self.asked.0);
            let limit = left.map_or(PAGE, |left| left.min(PAGE));
            let going =
                Box::pin(read(self.log, Position(self.asked.0 + 1), limit, self.spare.pop()));
            self.asked.0 += limit as u64;
            self.pages.push_back((self.asked, Reading::Going(going)));
        }
        // All go on, whichever is waited for.
        for (_, page) in &mut self.pages {
            page.urge().await;
        }
        let beyond = ReadError::BeyondHead { asked: self.given, head: self.end };
        let (given, page) = self.pages.pop_front().ok_or_else(|| beyond.clone())?;
        self.given = given;
        let page = match page {
            Reading::Going(going) => going.await?,
            Reading::Over(page) => page?,
        };
        if page.entries.is_empty() { Err(beyond) } else { Ok(page) }
    }
}

impl Reading<'_> {
    /// Lets it go as far as it does without waiting.
    async fn urge(&mut self) {
        let Self::Going(going) = self else { return };
        let over = poll_fn(|context| Poll::Ready(going.as_mut().poll(context))).await;
        if let Poll::Ready(page) = over {
            *self = Self::Over(page);
        }
    }
}

/// Reads a page, on whatever thread the log reads.
async fn read(
    log: &dyn EventLog,
    from: Position,
    limit: usize,
    spare: Option<Page>,
) -> Result<Page, ReadError> {
    let mut page = spare.unwrap_or_default();
    page.clear();
    let page = Arc::new(Mutex::new(page));
    let filled = Arc::clone(&page);
    let visit = move |seen: Seen<'_>| lock(&filled).push(seen);
    log.scan(from, limit, Box::new(visit)).await?;
    let page = std::mem::take(&mut *lock(&page));
    Ok(page)
}

fn lock(page: &Mutex<Page>) -> MutexGuard<'_, Page> {
    page.lock().unwrap_or_else(PoisonError::into_inner)
}
