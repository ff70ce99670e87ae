//! What is sent for a group: the lock on the head with what is read ahead, and the rows with the
//! new head and the commit; two round trips.

use std::sync::atomic::Ordering;

use eventlog::{Addition, ReadError, StreamHead};
use events::{Hash, Logged, Revision, Subject, Timestamp};
use futures_util::future;
use proof::{TILE_WIDTH, root_of};
use rustc_hash::FxHashMap;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement};
use uuid::Uuid;

use crate::columns::{Events, Minted, Streams};
use crate::connecting::Warned;
use crate::copying::WrongType;
use crate::erasing;
use crate::follower::CHANNEL;
use crate::group::{Group, Wanted};
use crate::ledger::{Ahead, Pending, identity};
use crate::rows::{self, hash, salt};
use crate::shared::{Numbered, Shared};

/// The head, if it is where this server believes it is (or wherever it is), locked until the
/// transaction ends; and the primary's clock.
const LOCK: &str = "SELECT \
    coalesce($2::bigint, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint), \
    erasures, (SELECT coalesce(max(number), 0) FROM casetrail.stream) \
    FROM casetrail.head WHERE $1::bigint IS NULL OR (position = $1 AND root = $3) FOR UPDATE";

const STREAMS: &str = "SELECT s.number, s.name, s.salt, s.subject_hash, \
    (SELECT e.revision FROM casetrail.event e WHERE e.stream = s.number \
        AND e.content_hash IS NULL ORDER BY e.revision DESC LIMIT 1) \
    FROM casetrail.stream s WHERE s.name = ANY($1)";

const BY_HASH: &str =
    "SELECT number, subject_hash FROM casetrail.stream WHERE subject_hash = ANY($1)";

const INSERT_STREAMS: &str = "INSERT INTO casetrail.stream (number, name, salt, subject_hash) \
    SELECT * FROM unnest($1::integer[], $2::text[], $3::uuid[], $4::bytea[])";

const INSERT_EVENTS: &str = "INSERT INTO casetrail.event (position, recorded_time, stream, \
    revision, type, recorded_by, source, effective_on, content_salt, identity, amends, id, time, \
    correlation_id, causation_id, data, content_hash) \
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::integer[], $5::integer[], \
    $6::integer[], $7::integer[], $8::integer[], $9::uuid[], $10::uuid[], $11::uuid[], \
    $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::bytea[])";

/// The same for many: in the order of [`Events::rows`].
const COPY_EVENTS: &str = "COPY casetrail.event (position, recorded_time, stream, revision, type, \
    recorded_by, source, effective_on, content_salt, identity, amends, id, time, correlation_id, \
    causation_id, data, content_hash) FROM STDIN (FORMAT binary)";

/// Events from which on they are copied: that costs a round trip, and less for each.
const MANY: usize = 200;

const INSERT_BLOCKS: &str = "INSERT INTO casetrail.block (number, root) \
    SELECT * FROM unnest($1::bigint[], $2::bytea[])";

/// The last word: no row, and nothing is committed, where the head is not what was seen.
const MOVE: &str = "UPDATE casetrail.head SET position = $2, recorded_time = $3, root = $4 \
    WHERE position = $1";

/// A connection with its prepared statements.
pub(crate) struct Session {
    pub(crate) client: Client,
    warned: Warned,
    lock: Statement,
    streams: Statement,
    events: Statement,
    amendments: Statement,
    insert_streams: Statement,
    insert_events: Statement,
    insert_blocks: Statement,
    move_head: Statement,
}

/// What is known once the head is locked.
pub(crate) struct Locked {
    pub(crate) now: Timestamp,
    pub(crate) erasures: i64,
    pub(crate) ahead: Ahead,
    /// Numbers of streams, by their salted hash.
    numbers: FxHashMap<Hash, i32>,
    last_number: i32,
}

impl Locked {
    fn new() -> Self {
        Self {
            now: Timestamp::from_micros(0),
            erasures: 0,
            ahead: Ahead::default(),
            numbers: FxHashMap::default(),
            last_number: 0,
        }
    }

    /// Takes a stream's head for true.
    fn know(&mut self, subject: Subject, found: Numbered) {
        self.numbers.insert(found.head.subject_hash, found.number);
        self.ahead.streams.insert(subject, found.head);
    }

    /// Takes rows of streams for true.
    fn learn(&mut self, rows: &[Row]) -> Result<(), WriteError> {
        for row in rows {
            let broken = || ReadError::Storage("a stream's row is broken".to_owned());
            let subject_hash = hash(row.get(3)).ok_or_else(broken)?;
            self.numbers.insert(subject_hash, row.get(0));
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

    /// The head of a stream with an event that was added to it.
    pub(crate) fn numbered(&self, added: &Addition) -> Option<Numbered> {
        let head = added.found_by?.head;
        Some(Numbered { number: *self.numbers.get(&head.subject_hash)?, head })
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
            events: client.prepare(&events).await?,
            amendments: client.prepare(&amendments).await?,
            insert_streams: client.prepare(INSERT_STREAMS).await?,
            insert_events: client.prepare(INSERT_EVENTS).await?,
            insert_blocks: client.prepare(INSERT_BLOCKS).await?,
            move_head: client.prepare(MOVE).await?,
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
                Ok(Vec::new())
            } else {
                self.client.query(&self.streams, &[&names]).await
            }
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
        locked.last_number = head.get(2);
        locked.learn(&streams?)?;
        let found = events?.into_iter().filter_map(Logged::into_event);
        locked.ahead.events = found.map(|event| (event.content.key.clone(), event)).collect();
        locked.ahead.take_amendments(amended, amending?);
        locked.ahead.subjects.extend(subjects);
        locked.ahead.keys.extend(keys.into_iter().chain(new));
        Ok(Some(locked))
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

    /// Leaves the transaction without a trace.
    pub(crate) async fn roll_back(&self) -> Result<(), Error> {
        self.client.batch_execute("ROLLBACK").await
    }

    /// Ends a transaction that has locked the head and changed nothing. Where events were `found`,
    /// it ends like one that has changed something, which makes sure of everything that stands
    /// before it: they may be of a commit that no standby has yet.
    pub(crate) async fn leave(&self, found: bool) -> Result<(), Error> {
        self.client.batch_execute(if found { "COMMIT" } else { "ROLLBACK" }).await
    }

    /// Whether the database has warned since it was last asked, as it does when the wait for its
    /// standbys is cut short and the commit stands on one machine alone.
    pub(crate) fn was_warned(&self) -> bool {
        self.warned.swap(false, Ordering::Relaxed)
    }

    /// Writes a group and commits.
    pub(crate) async fn commit(
        &self,
        shared: &Shared,
        locked: &mut Locked,
        pending: &Pending,
    ) -> Result<(), WriteError> {
        let added = &pending.added;
        let minted = self.intern(shared, added).await?;
        let streams = self.new_streams(locked, added).await?;
        let events = Events::of(shared, &minted, &locked.numbers, added);
        let (seen, root, blocks) = tree(shared, added);
        let last = added.last().map(|added| &added.logged);
        let position = last.map_or(seen, |last| rows::number(last.position()));
        let time = last.map(|last| last.recorded_time().micros());
        let parameters: [&(dyn ToSql + Sync); 4] = [&seen, &position, &time, &&root[..]];
        let streams = streams.parameters();
        let copied = added.len() >= MANY;
        if copied {
            events.rows()?.copy(&self.client, COPY_EVENTS).await?;
        }
        let events = events.parameters();
        let blocks: [&(dyn ToSql + Sync); 2] = [&blocks.0, &blocks.1];
        let rows = future::join4(
            self.client.execute(&self.insert_streams, &streams),
            async {
                if copied {
                    return Ok(0);
                }
                self.client.execute(&self.insert_events, &events).await
            },
            self.client.execute(&self.insert_blocks, &blocks),
            async {
                if added.is_empty() {
                    Ok(1)
                } else {
                    self.client.execute(&self.move_head, &parameters).await
                }
            },
        );
        let notify = format!("NOTIFY {CHANNEL}");
        if pending.destroyed.is_empty() {
            let end = format!("{notify}; COMMIT");
            let (rows, ended) = future::join(rows, self.client.batch_execute(&end)).await;
            all(rows)?;
            ended?;
            shared.names.learn(minted.into_iter().map(|(text, number)| (number, text)));
            return Ok(());
        }
        let rows = rows.await;
        all(rows)?;
        erasing::destroy(self, shared, &pending.destroyed).await?;
        self.client.batch_execute(&format!("{notify}; COMMIT")).await?;
        shared.names.learn(minted.into_iter().map(|(text, number)| (number, text)));
        Ok(())
    }

    /// Gives numbers to names that have none. They are known to all of this server once they are
    /// durable, not before: the number may become another's.
    async fn intern(&self, shared: &Shared, added: &[Addition]) -> Result<Minted, Error> {
        let names = &shared.names;
        let mut unknown: Vec<&str> = Vec::new();
        for name in added.iter().flat_map(|added| names_of(&added.logged)) {
            if !unknown.contains(&name) && names.number(name).is_none() {
                unknown.push(name);
            }
        }
        if unknown.is_empty() {
            return Ok(Minted::default());
        }
        names.load(&self.client).await?;
        unknown.retain(|name| names.number(name).is_none());
        let query = "INSERT INTO casetrail.name (number, text) \
                     SELECT (SELECT coalesce(max(number), 0) FROM casetrail.name) + n, text \
                     FROM unnest($1::text[]) WITH ORDINALITY AS new (text, n) \
                     RETURNING number, text";
        let rows = self.client.query(query, &[&unknown]).await?;
        let minted = rows.iter().map(|row| (row.get::<_, &str>(1).into(), row.get(0)));
        Ok(minted.collect())
    }

    /// The streams that are new, with their numbers.
    async fn new_streams(&self, locked: &mut Locked, added: &[Addition]) -> Result<Streams, Error> {
        let hash_of = |added: &Addition| match added.found_by {
            Some(found_by) => found_by.head.subject_hash,
            None => added.logged.subject_hash(),
        };
        // Streams of bare entries were not read ahead: nobody knows their names.
        let bare = added.iter().filter(|added| added.logged.is_erased()).map(hash_of);
        let bare: Vec<Hash> = bare.filter(|hash| !locked.numbers.contains_key(hash)).collect();
        if !bare.is_empty() {
            let hashes: Vec<&[u8]> = bare.iter().map(|hash| &hash[..]).collect();
            for row in self.client.query(BY_HASH, &[&hashes]).await? {
                locked.numbers.extend(hash(row.get(1)).map(|hash| (hash, row.get(0))));
            }
        }
        let mut streams = Streams::default();
        for added in added {
            let hash = hash_of(added);
            if locked.numbers.contains_key(&hash) {
                continue;
            }
            locked.last_number += 1;
            locked.numbers.insert(hash, locked.last_number);
            let event = added.logged.event();
            streams.numbers.push(locked.last_number);
            streams.names.push(event.map(|event| event.content.subject.to_string()));
            streams.salts.push(event.map(|event| Uuid::from_bytes(event.subject_salt.0)));
            streams.hashes.push(hash.to_vec());
        }
        Ok(streams)
    }
}

type Counted = Result<u64, Error>;

/// The first error of them.
fn all((first, second, third, fourth): (Counted, Counted, Counted, Counted)) -> Result<(), Error> {
    first.and(second).and(third).and(fourth).map(|_| ())
}

/// Numbers of blocks and their roots, by column.
type Blocks = (Vec<i64>, Vec<Vec<u8>>);

/// The position that was seen, the root with what is added, and the blocks that it completes.
fn tree(shared: &Shared, added: &[Addition]) -> (i64, Hash, Blocks) {
    let known = shared.known();
    let leaves: Vec<Hash> = added.iter().map(|added| added.leaf).collect();
    let root = known.tree.root_with(&leaves);
    let behind: Vec<Hash> = known.tree.tail().iter().copied().chain(leaves).collect();
    let (complete, _) = behind.as_chunks::<{ TILE_WIDTH as usize }>();
    let first = rows::limit(known.tree.blocks().len());
    let blocks = complete.iter().zip(first..).map(|(leaves, n)| (n, root_of(leaves).to_vec()));
    (rows::number(known.position()), root, blocks.unzip())
}

/// Type, recorder and source of an event.
fn names_of(logged: &Logged) -> impl Iterator<Item = &str> {
    let source = logged.event().map(|event| event.content.key.source.as_str());
    [logged.kind().name(), logged.recorded_by()].into_iter().chain(source)
}
