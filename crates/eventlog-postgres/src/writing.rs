//! How a transaction writes and ends: rows of many events are copied while more of them are decided
//! about, and the rest goes with the new head and the commit in one round trip.

use eventlog::{Addition, ReadError};
use events::{Hash, Logged, Subject};
use futures_util::future;
use proof::{TILE_WIDTH, root_of};
use rustc_hash::FxHashSet;
use tokio_postgres::Error;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::columns::{EVENT_TYPES, Events, Minted, Streams};
use crate::copying::Copying;
use crate::erasing;
use crate::follower::CHANNEL;
use crate::ledger::Pending;
use crate::rotating::ROTATE;
use crate::rows::{self, hash};
use crate::shared::Shared;
use crate::transaction::{Numbers, Session, WriteError};

const BY_HASH: &str =
    "SELECT number, subject_hash FROM casetrail.stream WHERE subject_hash = ANY($1)";

/// Events from which on they are copied: that costs a round trip, and less for each.
const MANY: usize = 200;

/// What a transaction writes, until it commits.
pub(crate) struct Writing<'a> {
    session: &'a Session,
    shared: &'a Shared,
    /// Streams that were looked for by name.
    asked: &'a FxHashSet<Subject>,
    numbers: Numbers,
    minted: Minted,
    streams: Streams,
    /// How many of the pending events are copied.
    copied: usize,
}

impl<'a> Writing<'a> {
    /// What a transaction writes: nothing yet. The streams that were `asked` for are new, or have
    /// their numbers.
    pub(crate) fn new(
        session: &'a Session,
        shared: &'a Shared,
        asked: &'a FxHashSet<Subject>,
        numbers: Numbers,
    ) -> Self {
        let (minted, streams) = Default::default();
        Self { session, shared, asked, numbers, minted, streams, copied: 0 }
    }

    /// Lets the database have what is pending and not yet copied, and does not wait for it.
    pub(crate) async fn copy(&mut self, pending: &Pending) -> Result<(), WriteError> {
        let added = &pending.added[self.copied..];
        self.number(added).await?;
        let events = Events::of(self.shared, &self.minted, &self.numbers.of, added);
        let Session { client, copy_events, .. } = self.session;
        let mut copying = match self.session.take_copying() {
            Some(copying) => copying,
            None => Copying::begin(client, copy_events, EVENT_TYPES).await?,
        };
        events.copy(&mut copying)?;
        copying.send().await?;
        self.session.keep_copying(copying);
        self.copied = pending.added.len();
        Ok(())
    }

    /// Writes what is left, and commits; answers with the numbers of streams, which are true now.
    pub(crate) async fn commit(mut self, pending: &Pending) -> Result<Numbers, WriteError> {
        let (session, added) = (self.session, &pending.added);
        let left = added.len() - self.copied;
        if left >= MANY || (left > 0 && self.copied > 0) {
            self.copy(pending).await?;
        }
        session.end_copying().await?;
        let left = &added[self.copied..];
        self.number(left).await?;
        let events = Events::of(self.shared, &self.minted, &self.numbers.of, left);
        let (seen, root, blocks) = tree(self.shared, added);
        let last = added.last().map(|added| &added.logged);
        let position = last.map_or(seen, |last| rows::number(last.position()));
        let time = last.map(|last| last.recorded_time().micros());
        let (streams, events) = (self.streams.parameters(), events.parameters());
        let blocks: [&(dyn ToSql + Sync); 2] = [&blocks.0, &blocks.1];
        let head: [&(dyn ToSql + Sync); 4] = [&seen, &position, &time, &&root[..]];
        let rows = future::join4(
            session.client.execute(&session.insert_streams, &streams),
            async {
                if left.is_empty() {
                    return Ok(0);
                }
                session.client.execute(&session.insert_events, &events).await
            },
            session.client.execute(&session.insert_blocks, &blocks),
            async {
                if added.is_empty() {
                    return Ok(1);
                }
                session.client.execute(&session.move_head, &head).await
            },
        );
        let end = format!("NOTIFY {CHANNEL}; COMMIT");
        if pending.destroyed.is_empty() && !pending.rotates {
            session.forget_warnings();
            let (rows, ended) = future::join(rows, session.client.batch_execute(&end)).await;
            all(rows)?;
            ended?;
        } else {
            all(rows.await)?;
            if !pending.destroyed.is_empty() {
                erasing::destroy(session, self.shared, &pending.destroyed).await?;
            }
            if pending.rotates && session.client.execute(ROTATE, &[]).await? != 1 {
                let why = "no key is to be the log's next one".to_owned();
                return Err(ReadError::Storage(why).into());
            }
            session.forget_warnings();
            session.client.batch_execute(&end).await?;
        }
        let minted = self.minted.into_iter().map(|(text, number)| (number, text));
        self.shared.names.learn(minted);
        Ok(self.numbers)
    }

    /// Gives numbers to the names and streams that have none.
    async fn number(&mut self, added: &[Addition]) -> Result<(), Error> {
        self.intern(added).await?;
        self.new_streams(added).await
    }

    /// Gives numbers to names that have none. They are known to all of this server once they are
    /// durable, not before: the number may become another's.
    async fn intern(&mut self, added: &[Addition]) -> Result<(), Error> {
        let names = &self.shared.names;
        let mut unknown: Vec<&str> = Vec::new();
        for name in added.iter().flat_map(|added| names_of(&added.logged)) {
            let known = names.number(name).is_some() || self.minted.contains_key(name);
            if !known && !unknown.contains(&name) {
                unknown.push(name);
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        self.session.end_copying().await?;
        let client = &self.session.client;
        if self.minted.is_empty() {
            // Nobody else mints any under the lock, and this transaction's own are not to be learnt.
            names.load(client).await?;
        }
        unknown.retain(|name| names.number(name).is_none());
        let query = "INSERT INTO casetrail.name (number, text) \
                     SELECT (SELECT coalesce(max(number), 0) FROM casetrail.name) + n, text \
                     FROM unnest($1::text[]) WITH ORDINALITY AS new (text, n) \
                     RETURNING number, text";
        let rows = client.query(query, &[&unknown]).await?;
        self.minted.extend(rows.iter().map(|row| (row.get::<_, &str>(1).into(), row.get(0))));
        Ok(())
    }

    /// Gives numbers to the streams that are new.
    async fn new_streams(&mut self, added: &[Addition]) -> Result<(), Error> {
        let hash_of = |added: &Addition| match added.found_by {
            Some(found_by) => found_by.head.subject_hash,
            None => added.logged.subject_hash(),
        };
        let numberless = |numbers: &Numbers| {
            let without = added.iter().filter(|added| !numbers.of.contains_key(&hash_of(added)));
            without.collect::<Vec<_>>()
        };
        // Of bare entries nobody knows the name.
        let unasked = |added: &&Addition| {
            let event = added.logged.event();
            event.is_none_or(|event| !self.asked.contains(&event.content.subject))
        };
        let unasked = numberless(&self.numbers).into_iter().filter(unasked);
        let unasked: Vec<Vec<u8>> = unasked.map(|added| hash_of(added).to_vec()).collect();
        if !unasked.is_empty() {
            self.session.end_copying().await?;
            for row in self.session.client.query(BY_HASH, &[&unasked]).await? {
                self.numbers.of.extend(hash(row.get(1)).map(|hash| (hash, row.get(0))));
            }
        }
        let new = numberless(&self.numbers);
        if new.is_empty() {
            return Ok(());
        }
        let mut last = match self.numbers.last {
            Some(last) => last,
            None => {
                self.session.end_copying().await?;
                self.session.last_stream().await?
            }
        };
        let Self { numbers, streams, .. } = self;
        for added in new {
            let hash = hash_of(added);
            if numbers.of.contains_key(&hash) {
                continue;
            }
            last += 1;
            numbers.last = Some(last);
            numbers.of.insert(hash, last);
            let event = added.logged.event();
            streams.numbers.push(last);
            streams.names.push(event.map(|event| event.content.subject.to_string()));
            streams.salts.push(event.map(|event| Uuid::from_bytes(event.subject_salt.0)));
            streams.hashes.push(hash.to_vec());
        }
        Ok(())
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
