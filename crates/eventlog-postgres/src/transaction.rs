//! How a transaction begins and is given up: the lock on the head with what is read ahead, in one
//! round trip.

use std::cell::RefCell;
use std::sync::atomic::Ordering;

use eventlog::{Addition, ReadError, StreamHead};
use events::{Hash, Logged, Revision, Subject, Timestamp};
use futures_util::future;
use rustc_hash::FxHashMap;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement};
use uuid::Uuid;

use crate::connecting::Warned;
use crate::copying::{Copying, WrongType};
use crate::group::{Group, Wanted};
use crate::ledger::{Ahead, identity};
use crate::rows::{self, hash, salt};
use crate::shared::{Numbered, Shared};

/// The head, if it is where this server believes it is (or wherever it is), locked until the
/// transaction ends; and the primary's clock.
const LOCK: &str = "SELECT \
    coalesce($2::bigint, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint), \
    erasures FROM casetrail.head WHERE $1::bigint IS NULL OR (position = $1 AND root = $3) FOR UPDATE";

const STREAMS: &str = "SELECT s.number, s.name, s.salt, s.subject_hash, \
    (SELECT e.revision FROM casetrail.event e WHERE e.stream = s.number \
        AND e.content_hash IS NULL ORDER BY e.revision DESC LIMIT 1) \
    FROM casetrail.stream s WHERE s.name = ANY($1)";

/// By itself, behind the lock: a statement sees what was committed before it began, and the lock's
/// own may have waited.
const LAST_STREAM: &str = "SELECT coalesce(max(number), 0) FROM casetrail.stream";

const INSERT_STREAMS: &str = "INSERT INTO casetrail.stream (number, name, salt, subject_hash) \
    SELECT * FROM unnest($1::integer[], $2::text[], $3::uuid[], $4::bytea[])";

const INSERT_EVENTS: &str = "INSERT INTO casetrail.event (position, recorded_time, stream, \
    revision, type, recorded_by, source, effective_on, content_salt, identity, amends, id, time, \
    correlation_id, causation_id, data, content_hash) \
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::integer[], $5::integer[], \
    $6::integer[], $7::integer[], $8::integer[], $9::uuid[], $10::uuid[], $11::uuid[], \
    $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::bytea[])";

/// The same for many: in the order of [`crate::columns::Events::copy`].
const COPY_EVENTS: &str = "COPY casetrail.event (position, recorded_time, stream, revision, type, \
    recorded_by, source, effective_on, content_salt, identity, amends, id, time, correlation_id, \
    causation_id, data, content_hash) FROM STDIN (FORMAT binary)";

const INSERT_BLOCKS: &str = "INSERT INTO casetrail.block (number, root) \
    SELECT * FROM unnest($1::bigint[], $2::bytea[])";

/// The last word. The head is locked where it was seen; were it elsewhere all the same, it would get
/// no position, which the database refuses with all that comes with it.
const MOVE: &str = "UPDATE casetrail.head SET recorded_time = $3, root = $4, \
    position = CASE WHEN position = $1 THEN $2::bigint END";

/// A connection with its prepared statements.
pub(crate) struct Session {
    pub(crate) client: Client,
    warned: Warned,
    /// Rows of the transaction that are still on their way.
    copying: RefCell<Option<Copying>>,
    lock: Statement,
    streams: Statement,
    pub(crate) last_stream: Statement,
    events: Statement,
    amendments: Statement,
    pub(crate) insert_streams: Statement,
    pub(crate) insert_events: Statement,
    pub(crate) copy_events: Statement,
    pub(crate) insert_blocks: Statement,
    pub(crate) move_head: Statement,
}

/// What is known once the head is locked.
pub(crate) struct Locked {
    pub(crate) now: Timestamp,
    pub(crate) erasures: i64,
    pub(crate) ahead: Ahead,
    pub(crate) numbers: Numbers,
}

/// Numbers of streams.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    /// By their salted hash.
    pub(crate) of: FxHashMap<Hash, i32>,
    /// The last that is given; `None` where nobody has asked.
    pub(crate) last: Option<i32>,
}

impl Numbers {
    /// The head of a stream with an event that was added to it.
    pub(crate) fn numbered(&self, added: &Addition) -> Option<Numbered> {
        let head = added.found_by?.head;
        Some(Numbered { number: *self.of.get(&head.subject_hash)?, head })
    }
}

impl Locked {
    fn new() -> Self {
        Self {
            now: Timestamp::from_micros(0),
            erasures: 0,
            ahead: Ahead::default(),
            numbers: Numbers::default(),
        }
    }

    /// Takes a stream's head for true.
    fn know(&mut self, subject: Subject, found: Numbered) {
        self.numbers.of.insert(found.head.subject_hash, found.number);
        self.ahead.streams.insert(subject, found.head);
    }

    /// Takes rows of streams for true.
    fn learn(&mut self, rows: &[Row]) -> Result<(), WriteError> {
        for row in rows {
            let broken = || ReadError::Storage("a stream's row is broken".to_owned());
            let subject_hash = hash(row.get(3)).ok_or_else(broken)?;
            self.numbers.of.insert(subject_hash, row.get(0));
            // A stream without events of its own was made by entries that follow erased ones.
            let Some(last) = row.get::<_, Option<i32>>(4) else { continue };
            let subject = row.get::<_, &str>(1).parse().map_err(|_| broken())?;
            let salt = salt(row.get(2)).ok_or_else(broken)?;
            let revision = Revision(u64::from(last.unsigned_abs()));
            let head = StreamHead { revision, salt, subject_hash };
            self.know(subject, Numbered { number: row.get(0), head });
        }
        Ok(())
    }
}

/// Why a group was not written.
#[derive(Debug)]
pub(crate) enum WriteError {
    /// The database refused it, or the connection ended: then it may have been committed.
    Database(Error),
    /// What was to be destroyed could not be read.
    Read(ReadError),
    /// It cannot be said in the database's types.
    Type(WrongType),
}

impl From<WrongType> for WriteError {
    fn from(error: WrongType) -> Self {
        Self::Type(error)
    }
}

impl Session {
    pub(crate) async fn new((client, warned): (Client, Warned)) -> Result<Self, Error> {
        let events = rows::query_of("WHERE e.identity = ANY($1)");
        let amendments = rows::query_of("WHERE e.amends = ANY($1) ORDER BY e.position");
        Ok(Self {
            lock: client.prepare(LOCK).await?,
            streams: client.prepare(STREAMS).await?,
            last_stream: client.prepare(LAST_STREAM).await?,
            events: client.prepare(&events).await?,
            amendments: client.prepare(&amendments).await?,
            insert_streams: client.prepare(INSERT_STREAMS).await?,
            insert_events: client.prepare(INSERT_EVENTS).await?,
            copy_events: client.prepare(COPY_EVENTS).await?,
            insert_blocks: client.prepare(INSERT_BLOCKS).await?,
            move_head: client.prepare(MOVE).await?,
            copying: RefCell::default(),
            warned,
            client,
        })
    }

    /// Begins a transaction, locks the head and reads ahead; `None` where the head is not what this
    /// server has seen, unless it is to be locked `wherever` it is. `trusting`: events are taken to
    /// be new, which the commit finds out.
    pub(crate) async fn lock(
        &self,
        shared: &Shared,
        group: &Group,
        wherever: bool,
        trusting: bool,
    ) -> Result<Option<Locked>, WriteError> {
        let Wanted { mut subjects, mut keys, new, amended } = group.wanted();
        if !trusting {
            keys.extend_from_slice(&new);
        }
        subjects.sort_unstable();
        subjects.dedup();
        let mut locked = Locked::new();
        let mut names: Vec<&str> = Vec::with_capacity(subjects.len());
        let seen = {
            let known = shared.known();
            for subject in &subjects {
                // As of the position that is locked, or not at all.
                match known.head(subject).filter(|_| !wherever) {
                    Some(found) => locked.know(subject.clone(), found),
                    None => names.push(subject.as_str()),
                }
            }
            (!wherever).then(|| (known.position(), known.tree.root()))
        };
        let (seen, root) = seen.unzip();
        let (seen, root) = (seen.map(rows::number), root.map(|root: Hash| root.to_vec()));
        let identities: Vec<Uuid> = keys.iter().map(identity).collect();
        let amended_ones: Vec<Uuid> = amended.iter().map(identity).collect();
        let own_clock = shared.clock.as_ref().map(|clock| clock.now().micros());
        let streams = async {
            if names.is_empty() {
                return Ok((Vec::new(), None));
            }
            let parameters: [&(dyn ToSql + Sync); 1] = [&names];
            let found = self.client.query(&self.streams, &parameters);
            let (found, last) = future::join(found, self.last_stream()).await;
            Ok::<_, Error>((found?, Some(last?)))
        };
        // In one round trip, in this order: what is read is read under the lock.
        let (began, head, streams, events, amending) = future::join5(
            self.client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED"),
            self.client.query_opt(&self.lock, &[&seen, &own_clock, &root]),
            streams,
            self.found(shared, &self.events, &identities),
            self.found(shared, &self.amendments, &amended_ones),
        )
        .await;
        began?;
        let Some(head) = head? else { return Ok(None) };
        locked.now = Timestamp::from_micros(head.get(0));
        locked.erasures = head.get(1);
        let (streams, last) = streams?;
        locked.numbers.last = last;
        locked.learn(&streams)?;
        let found = events?.into_iter().filter_map(Logged::into_event);
        locked.ahead.events = found.map(|event| (event.content.key.clone(), event)).collect();
        locked.ahead.take_amendments(amended, amending?);
        locked.ahead.subjects.extend(subjects);
        locked.ahead.keys.extend(keys.into_iter().chain(new));
        Ok(Some(locked))
    }

    /// The last number that is given to a stream.
    pub(crate) async fn last_stream(&self) -> Result<i32, Error> {
        Ok(self.client.query_one(&self.last_stream, &[]).await?.get(0))
    }

    /// The events that a statement finds of some identities.
    async fn found(
        &self,
        shared: &Shared,
        statement: &Statement,
        identities: &[Uuid],
    ) -> Result<Vec<Logged>, ReadError> {
        if identities.is_empty() {
            return Ok(Vec::new());
        }
        rows::query_events(&self.client, &shared.names, statement, &[&identities]).await
    }

    /// The rows that are on their way, if any are: their owner is whoever asked.
    pub(crate) fn take_copying(&self) -> Option<Copying> {
        self.copying.borrow_mut().take()
    }

    /// Lets rows be on their way until something else is asked.
    pub(crate) fn keep_copying(&self, copying: Copying) {
        *self.copying.borrow_mut() = Some(copying);
    }

    /// Waits for the rows that are on their way: before that the connection takes no statement.
    pub(crate) async fn end_copying(&self) -> Result<(), Error> {
        match self.take_copying() {
            Some(copying) => copying.finish().await,
            None => Ok(()),
        }
    }

    /// Leaves the transaction without a trace.
    pub(crate) async fn roll_back(&self) -> Result<(), Error> {
        drop(self.take_copying());
        self.client.batch_execute("ROLLBACK").await
    }

    /// Ends a transaction that has locked the head and changed nothing. Where events were `found`,
    /// it ends like one that has changed something, which makes sure of everything that stands
    /// before it: they may be of a commit that no standby has yet.
    pub(crate) async fn leave(&self, found: bool) -> Result<(), Error> {
        if !found {
            return self.roll_back().await;
        }
        self.forget_warnings();
        self.client.batch_execute("COMMIT").await
    }

    /// Whether the database has warned since warnings were forgotten, as it does when the wait for
    /// its standbys is cut short and the commit stands on one machine alone.
    pub(crate) fn was_warned(&self) -> bool {
        self.warned.load(Ordering::Relaxed)
    }

    /// To be called before a commit is sent: what was said before is not of it (that a collation is
    /// of another version, for example, is said to whoever connects).
    pub(crate) fn forget_warnings(&self) {
        self.warned.store(false, Ordering::Relaxed);
    }
}
