//! Computing away from the threads that listen, and what was answered before.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::HeaderValue;
use events::Position;
use rustc_hash::FxHashMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::{Problem, ServiceCode};

/// Bytes of answers that are kept.
const KEPT_BYTES: usize = 64 << 20;
/// The longest answer that is kept, in bytes.
const ANSWER_BYTES: usize = 1 << 20;

/// A digest of everything that an answer depends on but what was erased.
pub(crate) type Key = [u8; 32];

/// A rendered answer.
#[derive(Debug, Clone)]
pub(crate) struct Rendered {
    pub(crate) etag: HeaderValue,
    pub(crate) body: Bytes,
}

/// Computes answers, as many at once as there are processors, and keeps the last ones.
pub(crate) struct Answering {
    processors: Arc<Semaphore>,
    /// Of them, those that long questions may take: reports must not wait for these.
    for_long: Arc<Semaphore>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Answers, with the head of the log at which each was right.
    answers: FxHashMap<Key, (Position, Rendered)>,
    order: VecDeque<Key>,
    bytes: usize,
}

impl Answering {
    pub(crate) fn new() -> Self {
        let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let places = |count| Arc::new(Semaphore::new(count));
        let for_long = places((count / 2).max(1));
        Self { processors: places(count), for_long, kept: Mutex::default() }
    }

    /// Does long work, once a processor is free for it.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let processors = Arc::clone(&self.processors);
        let permit = processors.acquire_owned().await.map_err(|_| ServiceCode::Internal)?;
        Self::away(permit, work).await
    }

    /// The same for what may take seconds.
    pub(crate) async fn compute_long<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let places = Arc::clone(&self.for_long);
        let permit = places.acquire_owned().await.map_err(|_| ServiceCode::Internal)?;
        Self::away(permit, work).await
    }

    async fn away<T: Send + 'static>(
        permit: OwnedSemaphorePermit,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let done = tokio::task::spawn_blocking(move || {
            // Held until the work is done, also if nobody waits for it any more.
            let _permit = permit;
            work()
        });
        done.await.map_err(|_| ServiceCode::Internal.into())
    }

    /// The answer that was right when the log ended at `head`: nothing has been erased since.
    pub(crate) fn at(&self, key: &Key, head: Position) -> Option<Rendered> {
        let kept = self.kept();
        let (seen, answer) = kept.answers.get(key)?;
        (*seen == head).then(|| answer.clone())
    }

    /// The answer of that tag, which is right at `head` too.
    pub(crate) fn tagged(&self, key: &Key, etag: &HeaderValue, head: Position) -> Option<Rendered> {
        let mut kept = self.kept();
        let (seen, answer) = kept.answers.get_mut(key)?;
        if answer.etag != *etag {
            return None;
        }
        *seen = head.max(*seen);
        Some(answer.clone())
    }

    /// Keeps an answer, and forgets the oldest where there are too many.
    pub(crate) fn keep(&self, key: Key, head: Position, answer: Rendered) {
        if answer.body.len() > ANSWER_BYTES {
            return;
        }
        let mut kept = self.kept();
        kept.bytes += answer.body.len();
        match kept.answers.insert(key, (head, answer)) {
            Some((_, old)) => kept.bytes -= old.body.len(),
            None => kept.order.push_back(key),
        }
        while kept.bytes > KEPT_BYTES {
            let Some(oldest) = kept.order.pop_front() else { break };
            if let Some((_, old)) = kept.answers.remove(&oldest) {
                kept.bytes -= old.body.len();
            }
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        // Nothing in here can be left half done.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
