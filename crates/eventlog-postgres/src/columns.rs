//! New streams and events, by column, as statements take them.

use std::sync::Arc;

use eventlog::Addition;
use events::{Event, Hash};
use rustc_hash::FxHashMap;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use crate::copying::{Copying, WrongType};
use crate::ledger::{identity, revision};
use crate::rows;
use crate::shared::Shared;

/// The types of those columns.
pub(crate) const EVENT_TYPES: &[Type] = &[
    Type::INT8,
    Type::INT8,
    Type::INT4,
    Type::INT4,
    Type::INT4,
    Type::INT4,
    Type::INT4,
    Type::INT4,
    Type::UUID,
    Type::UUID,
    Type::UUID,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::BYTEA,
];

/// Numbers that names get in this transaction.
pub(crate) type Minted = FxHashMap<Arc<str>, i32>;

/// New streams, by column.
#[derive(Default)]
pub(crate) struct Streams {
    pub(crate) numbers: Vec<i32>,
    pub(crate) names: Vec<Option<String>>,
    pub(crate) salts: Vec<Option<Uuid>>,
    pub(crate) hashes: Vec<Vec<u8>>,
}

impl Streams {
    pub(crate) fn parameters(&self) -> [&(dyn ToSql + Sync); 4] {
        [&self.numbers, &self.names, &self.salts, &self.hashes]
    }
}

/// New events, by column.
#[derive(Default)]
pub(crate) struct Events<'a> {
    positions: Vec<i64>,
    times: Vec<i64>,
    streams: Vec<i32>,
    revisions: Vec<i32>,
    types: Vec<Option<i32>>,
    recorders: Vec<Option<i32>>,
    sources: Vec<Option<i32>>,
    days: Vec<Option<i32>>,
    salts: Vec<Option<Uuid>>,
    identities: Vec<Option<Uuid>>,
    amended: Vec<Option<Uuid>>,
    ids: Vec<Option<&'a str>>,
    said_at: Vec<Option<&'a str>>,
    correlations: Vec<Option<&'a str>>,
    causations: Vec<Option<&'a str>>,
    data: Vec<Option<&'a str>>,
    content_hashes: Vec<Option<Vec<u8>>>,
}

impl<'a> Events<'a> {
    pub(crate) fn of(
        shared: &Shared,
        minted: &Minted,
        numbers: &FxHashMap<Hash, i32>,
        added: &'a [Addition],
    ) -> Self {
        let number = |name: &str| shared.names.number(name).or_else(|| minted.get(name).copied());
        let mut events = Self::default();
        for Addition { logged, found_by, amends, .. } in added {
            let subject_hash =
                found_by.map_or_else(|| logged.subject_hash(), |found| found.head.subject_hash);
            events.positions.push(rows::number(logged.position()));
            events.times.push(logged.recorded_time().micros());
            events.streams.push(numbers.get(&subject_hash).copied().unwrap_or_default());
            events.revisions.push(revision(logged.revision()));
            events.types.push(number(logged.kind().name()));
            events.recorders.push(number(logged.recorded_by()));
            let source = logged.event().and_then(|event| number(&event.content.key.source));
            events.sources.push(source);
            events.push_said(logged.event());
            events.amended.push(amends.as_ref().map(identity));
            let left = logged.is_erased().then(|| logged.entry().content_hash.to_vec());
            events.content_hashes.push(left);
        }
        events
    }

    fn push_said(&mut self, event: Option<&'a Event>) {
        let content = event.map(|event| &event.content);
        self.days.push(content.map(|content| content.effective_on.day_number()));
        self.salts.push(event.map(|event| Uuid::from_bytes(event.content_salt.0)));
        self.identities.push(content.map(|content| identity(&content.key)));
        self.ids.push(content.map(|content| content.key.id.as_str()));
        self.said_at.push(content.and_then(|content| content.time.as_deref()));
        self.correlations.push(content.and_then(|content| content.correlation_id.as_deref()));
        self.causations.push(content.and_then(|content| content.causation_id.as_deref()));
        self.data.push(content.map(|content| content.data.as_str()));
    }

    /// Adds the same by row.
    pub(crate) fn copy(&self, to: &mut Copying) -> Result<(), WrongType> {
        for at in 0..self.positions.len() {
            to.push(&[
                &self.positions[at],
                &self.times[at],
                &self.streams[at],
                &self.revisions[at],
                &self.types[at],
                &self.recorders[at],
                &self.sources[at],
                &self.days[at],
                &self.salts[at],
                &self.identities[at],
                &self.amended[at],
                &self.ids[at],
                &self.said_at[at],
                &self.correlations[at],
                &self.causations[at],
                &self.data[at],
                &self.content_hashes[at],
            ])?;
        }
        Ok(())
    }

    pub(crate) fn parameters(&self) -> [&(dyn ToSql + Sync); 17] {
        [
            &self.positions,
            &self.times,
            &self.streams,
            &self.revisions,
            &self.types,
            &self.recorders,
            &self.sources,
            &self.days,
            &self.salts,
            &self.identities,
            &self.amended,
            &self.ids,
            &self.said_at,
            &self.correlations,
            &self.causations,
            &self.data,
            &self.content_hashes,
        ]
    }
}
