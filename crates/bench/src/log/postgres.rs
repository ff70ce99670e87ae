//! Reference B: PostgreSQL, one row per event, at the same durability.
//!
//! What the table lacks compared with the log favours PostgreSQL: no hashes, no salts, no check of
//! content, revision or correction beyond two unique indexes, data as plain text, and settings
//! that put off checkpoints and vacuuming.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use events::{Incoming, Subject};
use tokio_postgres::{Client, Statement};

use super::drive::Caller;
use super::supply::Supply;

pub(crate) use casetrail_cluster::{Cluster, installed};

/// Settings that spare PostgreSQL work within the minutes that it runs.
pub(crate) const SETTINGS: &[&str] = &[
    "shared_buffers=512MB",
    "max_wal_size=8GB",
    "min_wal_size=1GB",
    "checkpoint_timeout=30min",
    "autovacuum=off",
    "max_wal_senders=0",
    "wal_level=minimal",
];

const TABLE: &str = "
    CREATE TABLE event (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        stream text NOT NULL,
        revision bigint NOT NULL,
        source text NOT NULL,
        id text NOT NULL,
        type text NOT NULL,
        effective_on integer NOT NULL,
        recorded_time timestamptz NOT NULL DEFAULT clock_timestamp(),
        recorded_by text NOT NULL,
        time text,
        correlation_id text,
        data text NOT NULL,
        UNIQUE (stream, revision),
        UNIQUE (source, id)
    )";

const INSERT_ONE: &str = "
    INSERT INTO event (stream, revision, source, id, type, effective_on, recorded_by,
                       time, correlation_id, data)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    RETURNING position, recorded_time::text";

const INSERT_MANY: &str = "
    INSERT INTO event (stream, revision, source, id, type, effective_on, recorded_by,
                       time, correlation_id, data)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[],
                         $6::integer[], $7::text[], $8::text[], $9::text[], $10::text[])
    RETURNING position, recorded_time::text";

/// A connection with its prepared statements.
struct Session {
    client: Client,
    insert_one: Statement,
    insert_many: Statement,
}

/// A database with its connections and the revisions given out.
pub(crate) struct Postgres {
    idle: Vec<Session>,
    revisions: BTreeMap<Subject, i64>,
    /// Gives sessions back after a round.
    back: (std::sync::mpsc::Sender<Session>, std::sync::mpsc::Receiver<Session>),
}

impl Postgres {
    /// Makes the table and opens the connections.
    pub(crate) async fn new(cluster: &Cluster, connections: usize) -> Result<Self> {
        let setup = cluster.connect().await?;
        for (name, value) in
            [("fsync", "on"), ("synchronous_commit", "on"), ("wal_sync_method", "fdatasync")]
        {
            let row = setup.query_one(&format!("SHOW {name}"), &[]).await?;
            let found: &str = row.get(0);
            ensure!(found == value, "PostgreSQL has {name} = {found}");
        }
        setup.batch_execute(TABLE).await?;
        let mut idle = Vec::with_capacity(connections);
        for _ in 0..connections {
            let client = cluster.connect().await?;
            let insert_one = client.prepare(INSERT_ONE).await?;
            let insert_many = client.prepare(INSERT_MANY).await?;
            idle.push(Session { client, insert_one, insert_many });
        }
        Ok(Self { idle, revisions: BTreeMap::new(), back: std::sync::mpsc::channel() })
    }

    /// So many callers, a connection each, each with so many commits of its own.
    pub(crate) fn callers(
        &mut self,
        supply: &mut Supply,
        count: usize,
        batch_events: usize,
        commits: usize,
    ) -> Result<Vec<PostgresCaller>> {
        self.idle.extend(self.back.1.try_iter());
        let mut callers = Vec::with_capacity(count);
        for _ in 0..count {
            let mut its = Vec::with_capacity(commits);
            for _ in 0..commits {
                its.push(self.rows(supply.take(batch_events)?));
            }
            let session = self.idle.pop().context("too few connections")?;
            let back = self.back.0.clone();
            callers.push(PostgresCaller { session: Some(session), back, rows: its.into_iter() });
        }
        Ok(callers)
    }

    fn rows(&mut self, events: Vec<Incoming>) -> Rows {
        let mut rows = Rows::default();
        for Incoming { content, .. } in events {
            let revision = self.revisions.entry(content.subject.clone()).or_default();
            *revision += 1;
            rows.revision.push(*revision);
            rows.stream.push(content.subject.to_string());
            rows.source.push(content.key.source.to_string());
            rows.id.push(content.key.id.to_string());
            rows.kind.push(content.kind.name());
            rows.effective_on.push(content.effective_on.day_number());
            rows.recorded_by.push(super::engine::PRINCIPAL);
            rows.time.push(content.time.map(|text| text.to_string()));
            rows.correlation_id.push(content.correlation_id.map(|text| text.to_string()));
            rows.data.push(content.data.as_str().to_owned());
        }
        rows
    }
}

/// Rows of one commit, by column.
#[derive(Default)]
struct Rows {
    stream: Vec<String>,
    revision: Vec<i64>,
    source: Vec<String>,
    id: Vec<String>,
    kind: Vec<&'static str>,
    effective_on: Vec<i32>,
    recorded_by: Vec<&'static str>,
    time: Vec<Option<String>>,
    correlation_id: Vec<Option<String>>,
    data: Vec<String>,
}

/// One caller with a connection of its own.
pub(crate) struct PostgresCaller {
    /// Until it is given back.
    session: Option<Session>,
    back: std::sync::mpsc::Sender<Session>,
    rows: std::vec::IntoIter<Rows>,
}

impl Caller for PostgresCaller {
    async fn commit(&mut self) -> Result<bool> {
        let Some(rows) = self.rows.next() else { return Ok(false) };
        let session = self.session.as_ref().context("the connection was given back")?;
        let inserted = session.insert(&rows).await?;
        let count = rows.data.len();
        ensure!(inserted == count, "{inserted} of {count} rows were inserted");
        Ok(true)
    }
}

impl Drop for PostgresCaller {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            // Nobody takes it back at the end of all rounds.
            drop(self.back.send(session));
        }
    }
}

impl Session {
    async fn insert(&self, rows: &Rows) -> Result<usize> {
        let Rows { stream, revision, source, id, kind, effective_on, .. } = rows;
        let Rows { recorded_by, time, correlation_id, data, .. } = rows;
        let receipts = if data.len() == 1 {
            let row: [&(dyn tokio_postgres::types::ToSql + Sync); 10] = [
                &stream[0],
                &revision[0],
                &source[0],
                &id[0],
                &kind[0],
                &effective_on[0],
                &recorded_by[0],
                &time[0],
                &correlation_id[0],
                &data[0],
            ];
            self.client.query(&self.insert_one, &row).await?
        } else {
            let columns: [&(dyn tokio_postgres::types::ToSql + Sync); 10] = [
                stream,
                revision,
                source,
                id,
                kind,
                effective_on,
                recorded_by,
                time,
                correlation_id,
                data,
            ];
            self.client.query(&self.insert_many, &columns).await?
        };
        Ok(receipts.len())
    }
}
