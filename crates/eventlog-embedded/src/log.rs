//! The log as its callers hold it.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use eventlog::{
    AppendError, Batch, EventLog, Head, Pending, PendingEach, Prepared, ReadError, Submission,
    Visitor, recorder,
};
use events::{Admission, Event, EventKey, Hash, Incoming, Logged, Position, Revision, Subject};
use proof::{Checkpoint, Merged, Note, TileId, VerifierKey};
use tokio::sync::{oneshot, watch};

use crate::files::{CleanMark, DirectoryLock};
use crate::lister::Ending;
use crate::signing::{Signing, SigningError};
use crate::store::Store;
use crate::writer::StopReason;
use eventlog::SharedEntropy;

/// How long the directory of streams may take to close.
const DIRECTORY_WAIT: Duration = Duration::from_secs(10);

/// Why a log could not be closed in order. Nothing acknowledged is lost; opening it again takes
/// the way it takes after a crash.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// The engine had stopped before.
    #[error("the log had stopped: {0}")]
    Stopped(String),
    /// One of the engine's threads had panicked.
    #[error("a thread of the log had panicked")]
    Panicked,
    /// The root of the log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file could not be written.
    #[error("cannot close the log in {}", dir.display())]
    Io {
        /// The log's directory.
        dir: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Why cosignatures are not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The log could not be read, or ends before the checkpoint does.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The checkpoint is not this log's, or a cosignature is not of it.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

/// The engine's threads.
#[derive(Debug)]
pub(crate) struct Threads {
    pub(crate) writer: JoinHandle<()>,
    pub(crate) sealer: JoinHandle<()>,
    pub(crate) marker: JoinHandle<()>,
    /// Gets the last word of the thread of the directory of streams.
    pub(crate) lister: Receiver<bool>,
    pub(crate) ending: Arc<OnceLock<Ending>>,
    /// Dropped to end the thread that marks the head.
    pub(crate) end_marker: Sender<()>,
}

/// How the threads ended.
struct Ended {
    in_order: bool,
    /// Whether the directory of streams was closed.
    listed: bool,
}

/// What can be waited for.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) head: watch::Receiver<Position>,
    pub(crate) sealed: watch::Receiver<Position>,
}

/// A log in a directory of its own; the crate's page says what lies there.
///
/// Dropping it appends what was handed over, ends its threads and lets go of the directory, which
/// is then as a crash would have left it; [`EmbeddedLog::close`] leaves it in order.
pub struct EmbeddedLog {
    pub(crate) dir: PathBuf,
    pub(crate) lock: DirectoryLock,
    pub(crate) store: Arc<Store>,
    pub(crate) signing: Arc<Signing>,
    pub(crate) entropy: SharedEntropy,
    /// `None` once the log is closed.
    pub(crate) submit: Mutex<Option<Sender<Submission>>>,
    pub(crate) watched: Watched,
    pub(crate) stopped: StopReason,
    /// `None` once they have ended.
    pub(crate) threads: Mutex<Option<Threads>>,
}

impl fmt::Debug for EmbeddedLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What the log holds is nobody's business in a message.
        f.debug_struct("EmbeddedLog").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl EmbeddedLog {
    /// Closes the log: appends what was handed over, ends its threads, and marks the directory as
    /// left in order, which spares the next opening some work. Later appends are answered with
    /// [`AppendError::Stopped`]; reads go on. Closing twice is fine.
    ///
    /// # Errors
    /// [`CloseError`].
    pub fn close(&self) -> Result<(), CloseError> {
        let Some(ended) = self.end_threads(Ending::Close) else { return Ok(()) };
        let failed = |source| CloseError::Io { dir: self.dir.clone(), source };
        if !ended.in_order {
            return Err(CloseError::Panicked);
        }
        if let Some(reason) = self.stopped.get() {
            return Err(CloseError::Stopped(reason.clone()));
        }
        let head = self.store.head(None)?;
        let (position, root) = (head.position.0, head.root);
        let mark = CleanMark { position, root, directory: ended.listed };
        mark.write(&self.dir).map_err(failed)?;
        self.lock.release().map_err(failed)
    }

    /// Keeps the cosignatures that witnesses have put under a checkpoint of this log: they stand
    /// under every later copy of it. Lines of the given witnesses must verify; others are kept as
    /// they are.
    ///
    /// # Errors
    /// [`KeepError`].
    pub async fn keep_cosignatures(
        &self,
        copy: &[u8],
        witnesses: &[VerifierKey],
    ) -> Result<Merged, KeepError> {
        let size = Note::parse(copy).map_err(proof::OpenError::from);
        let size = size.and_then(|note| Ok(Checkpoint::parse(note.text())?.size()));
        let head = self.head(Some(Position(size.map_err(SigningError::from)?))).await?;
        Ok(self.signing.keep(copy, &head, witnesses)?)
    }

    /// Waits until every event up to `through` is sealed, and answers with the last position that
    /// is. As many events as fill no run stay unsealed until more arrive.
    ///
    /// # Errors
    /// [`ReadError::Stopped`] when the log is closed first.
    pub async fn watch_sealed(&self, through: Position) -> Result<Position, ReadError> {
        let mut sealed = self.watched.sealed.clone();
        let seen = sealed.wait_for(|position| *position >= through).await;
        seen.map(|position| *position).map_err(|_| ReadError::Stopped)
    }

    /// Ends the threads; `None` if that was done before.
    fn end_threads(&self, how: Ending) -> Option<Ended> {
        drop(lock(&self.submit).take());
        let Threads { writer, sealer, marker, lister, ending, end_marker } =
            lock(&self.threads).take()?;
        drop(end_marker);
        // The first to end the threads decides, and there is no second.
        let _ = ending.set(how);
        let writer_ended = writer.join().is_ok();
        let sealer_ended = sealer.join().is_ok() & marker.join().is_ok();
        // Not joined: a database that hangs must not keep the log from closing.
        let listed = lister.recv_timeout(DIRECTORY_WAIT).unwrap_or_else(|_| {
            tracing::warn!("the directory of streams did not close; it will be made anew");
            false
        });
        Some(Ended { in_order: writer_ended && sealer_ended, listed })
    }

    /// Hashes events under fresh salts, on the caller's thread: the writer is one, callers are many.
    fn prepare(&self, events: Vec<Incoming>) -> Vec<Prepared> {
        let salts = self.entropy.salts(events.len());
        events.into_iter().zip(salts).map(|(event, salt)| Prepared::new(event, salt)).collect()
    }

    /// Hands a submission to the writer.
    fn submit(&self, submission: Submission) -> Result<(), AppendError> {
        let submitted = match &*lock(&self.submit) {
            Some(submit) => submit.send(submission).is_ok(),
            None => false,
        };
        let reason = || self.stopped.get().cloned();
        let closed = || "it was closed, or its writer has ended".to_owned();
        submitted.then_some(()).ok_or_else(|| AppendError::Stopped(reason().unwrap_or_else(closed)))
    }

    /// Answers a read that may wait for a disk, away from the threads that run futures.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Store) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let store = Arc::clone(&self.store);
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return read(&store) };
        let answer = runtime.spawn_blocking(move || read(&store)).await;
        answer.unwrap_or_else(|error| Err(ReadError::Storage(error.to_string())))
    }
}

impl Drop for EmbeddedLog {
    fn drop(&mut self) {
        self.end_threads(Ending::Drop);
    }
}

fn lost() -> AppendError {
    AppendError::OutcomeUnknown("the engine ended".to_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl EventLog for EmbeddedLog {
    fn append(&self, batch: Batch) -> Pending {
        let (answer, outcome) = oneshot::channel();
        let submitted = self.submit(match batch.into_events() {
            Ok((events, recorded_by)) => {
                Submission::Together(self.prepare(events), recorded_by, answer)
            }
            Err(batch) => Submission::Batch(batch, answer),
        });
        match submitted {
            Ok(()) => Box::pin(async move { outcome.await.unwrap_or_else(|_| Err(lost())) }),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }

    fn append_each(
        &self,
        events: Vec<Incoming>,
        admission: Admission,
        recorded_by: &str,
    ) -> PendingEach {
        let (answer, outcomes) = oneshot::channel();
        let count = events.len();
        let recorded_by = recorder(admission, recorded_by);
        match self.submit(Submission::Each(self.prepare(events), recorded_by, answer)) {
            Ok(()) => {
                Box::pin(async move { outcomes.await.unwrap_or_else(|_| vec![Err(lost()); count]) })
            }
            Err(error) => Box::pin(std::future::ready(vec![Err(error); count])),
        }
    }

    async fn page(&self, from: Position, limit: usize) -> Result<Vec<Logged>, ReadError> {
        self.read(move |store| store.page(from, limit)).await
    }

    async fn at(&self, positions: &[Position]) -> Result<Vec<Logged>, ReadError> {
        let positions = positions.to_vec();
        self.read(move |store| store.at(&positions)).await
    }

    async fn scan(
        &self,
        from: Position,
        limit: usize,
        mut visit: Visitor,
    ) -> Result<usize, ReadError> {
        self.read(move |store| store.scan(from, limit, &mut visit)).await
    }

    async fn stream(
        &self,
        subject: &Subject,
        from: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError> {
        let subject = subject.clone();
        let after = Revision(from.0.saturating_sub(1));
        let limit = limit.min(eventlog::PAGE_EVENTS_MAX);
        self.read(move |store| store.stream(&subject, after, limit)).await
    }

    async fn find(&self, key: &EventKey) -> Result<Option<Position>, ReadError> {
        let key = key.clone();
        self.read(move |store| store.find(&key)).await
    }

    async fn head(&self, at: Option<Position>) -> Result<Head, ReadError> {
        self.read(move |store| store.head(at)).await
    }

    async fn tile(&self, tile: TileId) -> Result<Vec<Hash>, ReadError> {
        self.read(move |store| store.tile(tile)).await
    }

    async fn checkpoint(&self, at: Position) -> Result<Option<String>, ReadError> {
        let head = self.head(Some(at)).await?;
        let signed = self.signing.checkpoint(&head);
        signed.map(|signed| Some(signed.to_string())).map_err(|e| ReadError::Storage(e.to_string()))
    }

    async fn watch(&self, after: Position) -> Result<Position, ReadError> {
        let mut head = self.watched.head.clone();
        let seen = head.wait_for(|position| *position > after).await;
        seen.map(|position| *position).map_err(|_| ReadError::Stopped)
    }
}
