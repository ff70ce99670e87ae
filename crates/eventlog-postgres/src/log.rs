//! The log as its callers hold it.

use std::fmt;
use std::io;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::Object;
use eventlog::{
    AppendError, Batch, EventLog, Head, PAGE_EVENTS_MAX, Pending, PendingEach, Prepared, ReadError,
    SharedEntropy, Submission, beyond, recorder,
};
use events::{
    Admission, Event, EventKey, Hash, Incoming, Logged, Position, Revision, Subject, Timestamp,
};
use proof::{Checkpoint, LogKey, Merged, Note, TileId, Tree, VerifierKey};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinError;

use crate::ledger::{identity, revision};
use crate::rows::{self, failed};
use crate::shared::Shared;
use crate::signing::{self, KeepError};

/// How often, and how long each time, a database that lacks rows is waited for.
const BEHIND_TRIES: u32 = 20;
const BEHIND_WAIT: Duration = Duration::from_millis(100);

/// The runtime on which everything happens that has to do with connections, whatever runtimes the
/// callers have.
#[derive(Debug)]
pub(crate) struct Io(Option<Runtime>);

impl Io {
    pub(crate) fn start() -> io::Result<Self> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name("postgres-io").enable_all().build()?;
        Ok(Self(Some(runtime)))
    }

    pub(crate) fn handle(&self) -> Handle {
        self.0.as_ref().expect("it is taken when dropped").handle().clone()
    }

    pub(crate) async fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, JoinError> {
        self.handle().spawn(future).await
    }
}

impl Drop for Io {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A log in a PostgreSQL database, as one of perhaps many servers has it open.
///
/// Dropping it appends what was handed over and lets go of its connections; nothing on the side of
/// the database remembers it.
pub struct PostgresLog {
    shared: Arc<Shared>,
    entropy: SharedEntropy,
    /// `None` once the log is closed.
    submit: Mutex<Option<Sender<Submission>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    io: Io,
}

impl fmt::Debug for PostgresLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Where it is may hold a password, and what it holds is nobody's business.
        f.debug_struct("PostgresLog").field("origin", &self.shared.origin).finish_non_exhaustive()
    }
}

impl PostgresLog {
    pub(crate) fn new(
        shared: Arc<Shared>,
        entropy: SharedEntropy,
        submit: Sender<Submission>,
        writer: JoinHandle<()>,
        io: Io,
    ) -> Self {
        let (submit, writer) = (Mutex::new(Some(submit)), Mutex::new(Some(writer)));
        Self { shared, entropy, submit, writer, io }
    }

    /// Closes the log: appends what was handed over. Later appends are answered with
    /// [`AppendError::Stopped`]; reads go on. Closing twice is fine.
    pub fn close(&self) {
        self.shared.stopped.get_or_init(|| "it was closed".to_owned());
        drop(lock(&self.submit).take());
        if let Some(writer) = lock(&self.writer).take() {
            // A writer that panicked has answered nobody, and each caller has learnt of it.
            let _ = writer.join();
        }
    }

    /// The key that others verify checkpoints with; `None` where the login may not sign.
    #[must_use]
    pub fn verifier_key(&self) -> Option<VerifierKey> {
        self.shared.key().map(|key| key.verifier().clone())
    }

    /// Keeps the cosignatures that witnesses have put under a checkpoint of this log: they stand
    /// under every later copy of it, at every server. Lines of the given witnesses must verify;
    /// others are kept as they are.
    ///
    /// # Errors
    /// [`KeepError`].
    pub async fn keep_cosignatures(
        &self,
        copy: &[u8],
        witnesses: &[VerifierKey],
    ) -> Result<Merged, KeepError> {
        let size = Note::parse(copy).map_err(proof::OpenError::from)?;
        let size = Position(Checkpoint::parse(size.text())?.size());
        let (copy, witnesses) = (copy.to_owned(), witnesses.to_owned());
        let kept = self.read(move |shared, client| async move {
            let head = head(&shared, &client, Some(size)).await?;
            let Some(key) = signing::current(&shared, &client).await? else {
                return Ok(Err(KeepError::NoKey));
            };
            Ok(signing::keep(&client, &key, &head, &copy, &witnesses).await)
        });
        kept.await?
    }

    pub(crate) fn entropy(&self) -> SharedEntropy {
        self.entropy.clone()
    }

    /// Takes a key for the log's.
    pub(crate) fn learn_key(&self, key: LogKey) {
        self.shared.learn_key(key);
    }

    fn prepare(&self, events: Vec<Incoming>) -> Vec<Prepared> {
        let salts = self.entropy.salts(events.len());
        events.into_iter().zip(salts).map(|(event, salt)| Prepared::new(event, salt)).collect()
    }

    fn submit(&self, submission: Submission) -> Result<(), AppendError> {
        let submitted = match &*lock(&self.submit) {
            Some(submit) => submit.send(submission).is_ok(),
            None => false,
        };
        let why = || self.shared.stopped.get().cloned();
        let ended = || AppendError::Stopped(why().unwrap_or_else(|| "its writer ended".to_owned()));
        submitted.then_some(()).ok_or_else(ended)
    }

    /// Answers a read with a connection of the pool.
    pub(crate) async fn read<T, F>(
        &self,
        read: impl FnOnce(Arc<Shared>, Object) -> F + Send + 'static,
    ) -> Result<T, ReadError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ReadError>> + Send + 'static,
    {
        let shared = Arc::clone(&self.shared);
        let answer = self.io.run(async move {
            let client = shared.pool.get().await.map_err(|error| match error {
                deadpool_postgres::PoolError::Backend(error) => failed(&error),
                other => ReadError::Storage(other.to_string()),
            })?;
            read(shared, client).await
        });
        answer.await.unwrap_or_else(|error| Err(ReadError::Storage(error.to_string())))
    }
}

impl Drop for PostgresLog {
    fn drop(&mut self) {
        self.close();
    }
}

fn lost() -> AppendError {
    AppendError::OutcomeUnknown("the engine ended".to_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl EventLog for PostgresLog {
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
        let (from, limit) = (rows::number(from), rows::limit(limit.min(PAGE_EVENTS_MAX)));
        self.read(move |shared, client| async move {
            // Not beyond what this server knows: readers are to find the head that they waited for.
            let known = rows::number(shared.known().position());
            rows_between(&shared, &client, from, known.min(from.saturating_add(limit - 1))).await
        })
        .await
    }

    async fn at(&self, positions: &[Position]) -> Result<Vec<Logged>, ReadError> {
        let asked: Vec<i64> = positions.iter().map(|position| rows::number(*position)).collect();
        self.read(move |shared, client| async move {
            let condition = "JOIN unnest($1::bigint[]) WITH ORDINALITY AS asked (position, n) \
                             ON asked.position = e.position ORDER BY asked.n";
            rows::select_again(&client, &shared.names, condition, &[&asked]).await
        })
        .await
    }

    async fn stream(
        &self,
        subject: &Subject,
        from: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError> {
        let subject = subject.clone();
        let (from, limit) = (revision(from), rows::limit(limit.min(PAGE_EVENTS_MAX)));
        self.read(move |shared, client| async move {
            if shared.is_erased(&subject) {
                return Err(ReadError::Erased);
            }
            let condition = "WHERE e.stream = (SELECT number FROM casetrail.stream WHERE name = $1) AND e.revision >= $2 AND e.content_hash IS NULL \
                             ORDER BY e.revision LIMIT $3";
            let name = subject.as_str();
            let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
                [&name, &from, &limit];
            let found = rows::select_again(&client, &shared.names, condition, &parameters).await?;
            Ok(found.into_iter().filter_map(Logged::into_event).collect())
        })
        .await
    }

    async fn find(&self, key: &EventKey) -> Result<Option<Position>, ReadError> {
        let identity = identity(key);
        self.read(move |_, client| async move {
            let query = "SELECT position FROM casetrail.event WHERE identity = $1";
            let found = client.query_opt(query, &[&identity]).await.map_err(|e| failed(&e))?;
            Ok(found.map(|row| Position(row.get::<_, i64>(0).unsigned_abs())))
        })
        .await
    }

    async fn head(&self, at: Option<Position>) -> Result<Head, ReadError> {
        self.read(move |shared, client| async move { head(&shared, &client, at).await }).await
    }

    async fn tile(&self, tile: TileId) -> Result<Vec<Hash>, ReadError> {
        let held = self.shared.known().tree.tile(tile).map(<[Hash]>::to_vec);
        if let Some(held) = held {
            return Ok(held);
        }
        let head = self.shared.known().position();
        if tile.level() > 0 || tile.leaves().end > head.0 {
            return Err(beyond(tile, head));
        }
        let leaves = tile.leaves();
        self.read(move |shared, client| async move {
            leaves_of(&shared, &client, leaves.start, leaves.end).await
        })
        .await
    }

    async fn checkpoint(&self, at: Position) -> Result<Option<String>, ReadError> {
        self.read(move |shared, client| async move {
            let head = head(&shared, &client, Some(at)).await?;
            let Some(key) = signing::current(&shared, &client).await? else { return Ok(None) };
            let signed = signing::checkpoint(&client, &key, &head).await;
            let signed = signed.map_err(|error| match error {
                KeepError::Read(error) => error,
                error => ReadError::Storage(error.to_string()),
            })?;
            Ok(Some(signed.to_string()))
        })
        .await
    }

    async fn watch(&self, after: Position) -> Result<Position, ReadError> {
        let mut head = self.shared.head.subscribe();
        let seen = head.wait_for(|position| *position > after).await;
        seen.map(|position| *position).map_err(|_| ReadError::Stopped)
    }
}

async fn head(shared: &Shared, client: &Object, at: Option<Position>) -> Result<Head, ReadError> {
    let last = shared.known().position();
    let position = at.unwrap_or(last);
    if position > last {
        return Err(ReadError::BeyondHead { asked: position, head: last });
    }
    let from = Tree::partial_from(position.0);
    let partial = leaves_of(shared, client, from, position.0).await?;
    let root = shared.known().tree.root_at(position.0, &partial);
    let root = root.ok_or(ReadError::BeyondHead { asked: position, head: last })?;
    let query = "SELECT (SELECT count(*) FROM casetrail.event \
            WHERE position <= $1 AND content_hash IS NOT NULL), \
        (SELECT recorded_time FROM casetrail.event WHERE position = $1)";
    let row = client.query_one(query, &[&rows::number(position)]).await.map_err(|e| failed(&e))?;
    Ok(Head {
        origin: shared.origin.clone(),
        position,
        root,
        recorded_time: row.get::<_, Option<i64>>(1).map(Timestamp::from_micros),
        erased: row.get::<_, i64>(0).unsigned_abs(),
    })
}

/// Leaf hashes, from an index on (from 0) up to another.
async fn leaves_of(
    shared: &Shared,
    client: &Object,
    from: u64,
    to: u64,
) -> Result<Vec<Hash>, ReadError> {
    let (first, last) = (rows::number(Position(from + 1)), rows::number(Position(to)));
    let found = rows_between(shared, client, first, last).await?;
    Ok(found.iter().map(Logged::leaf).collect())
}

/// The rows from one position up to another, which this server knows to be there. Where an address
/// names several databases, the one that is asked may be behind the one that was followed: it is
/// waited for.
async fn rows_between(
    shared: &Shared,
    client: &Object,
    first: i64,
    last: i64,
) -> Result<Vec<Logged>, ReadError> {
    let condition = "WHERE e.position BETWEEN $1 AND $2 ORDER BY e.position";
    let mut tries = 0;
    loop {
        let found = rows::select_again(client, &shared.names, condition, &[&first, &last]).await?;
        if rows::limit(found.len()) > last - first {
            return Ok(found);
        }
        if tries == BEHIND_TRIES {
            return Err(ReadError::Damaged {
                first: Position(first.unsigned_abs()),
                last: Position(last.unsigned_abs()),
                what: "the database lacks rows of them".to_owned(),
            });
        }
        tries += 1;
        tokio::time::sleep(BEHIND_WAIT).await;
    }
}
