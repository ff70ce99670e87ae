//! From rows to events.

use std::sync::Arc;

use deadpool_postgres::Object;
use eventlog::ReadError;
use events::{
    CanonicalJson, Content, Date, Entry, Event, EventKey, Hash, Logged, Position, Revision, Salt,
    SharedStr, Timestamp,
};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, ToStatement};
use uuid::Uuid;

use crate::names::{Known, Names};

/// What is read of an event, in the order of [`parts`].
const COLUMNS: &str = "SELECT e.position, e.recorded_time, e.revision, e.type, e.recorded_by, \
    e.effective_on, e.source, e.content_salt, e.content_hash, e.id, e.time, e.correlation_id, \
    e.causation_id, e.data, e.stream FROM casetrail.event e ";

/// The events that a condition (and an order) finds.
pub(crate) async fn select(
    client: &Client,
    names: &Names,
    condition: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Logged>, ReadError> {
    query_events(client, names, &query_of(condition), parameters).await
}

/// The same for readers, whose questions are few and come again: each is prepared once.
pub(crate) async fn select_again(
    client: &Object,
    names: &Names,
    condition: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Logged>, ReadError> {
    let statement = client.prepare_cached(&query_of(condition)).await;
    let statement = statement.map_err(|e| failed(&e))?;
    query_events(client, names, &statement, parameters).await
}

/// The query of the events that a condition (and an order) finds, for [`query_events`].
pub(crate) fn query_of(condition: &str) -> String {
    format!("{COLUMNS}{condition}")
}

/// The events that a query of [`query_of`] finds.
pub(crate) async fn query_events(
    client: &Client,
    names: &Names,
    query: &(impl ToStatement + Sync + ?Sized),
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Logged>, ReadError> {
    let mut tries = 0;
    loop {
        let rows = client.query(query, parameters).await.map_err(|e| failed(&e))?;
        if let Ok(read) = read(&rows, names) {
            return Ok(read);
        }
        learn(client, names, &rows).await.map_err(|e| failed(&e))?;
        match read(&rows, names) {
            // An erasure between the rows and their streams; now the rows are empty, too.
            Err(_) if tries == 0 => tries += 1,
            read => return read,
        }
    }
}

/// Learns what rows name and is not known.
async fn learn(client: &Client, names: &Names, rows: &[Row]) -> Result<(), tokio_postgres::Error> {
    let (mut unnamed, mut streams) = (false, Vec::new());
    {
        let known = names.known();
        for row in rows {
            let source = row.get::<_, Option<i32>>(6);
            let numbers = [Some(row.get(3)), Some(row.get(4)), source];
            unnamed |= numbers.into_iter().flatten().any(|number| known.text(number).is_none());
            let stream = row.get(14);
            if known.stream(stream).is_none() {
                streams.push(stream);
            }
        }
    }
    if unnamed {
        names.load(client).await?;
    }
    if !streams.is_empty() {
        streams.sort_unstable();
        streams.dedup();
        names.load_streams(client, &streams).await?;
    }
    Ok(())
}

/// What stands in rows of which all names are known.
fn read(rows: &[Row], names: &Names) -> Result<Vec<Logged>, ReadError> {
    let known = names.known();
    let one = |row: &Row| {
        let position = Position(row.get::<_, i64>(0).unsigned_abs());
        parts(row, &known, position).ok_or_else(|| ReadError::Damaged {
            first: position,
            last: position,
            what: "the row is no event".to_owned(),
        })
    };
    rows.iter().map(one).collect()
}

fn parts(row: &Row, known: &Known, position: Position) -> Option<Logged> {
    let recorded_time = Timestamp::from_micros(row.get(1));
    let revision = Revision(u64::try_from(row.get::<_, i32>(2)).ok()?);
    let kind = known.kind(row.get(3))?;
    let recorded_by = Arc::clone(known.text(row.get(4))?);
    let stream = known.stream(row.get(14))?;
    if let Some(content_hash) = row.get::<_, Option<&[u8]>>(8) {
        let (subject_hash, content_hash) = (stream.hash, hash(content_hash)?);
        return Some(Logged::Erased(Entry {
            position,
            revision,
            recorded_time,
            recorded_by,
            kind,
            subject_hash,
            content_hash,
        }));
    }
    let (subject, subject_salt) = stream.named.as_ref()?;
    let text = |at: usize| row.get::<_, Option<&str>>(at);
    let (time, correlation, causation) = (text(10), text(11), text(12));
    let source = known.text(row.get::<_, Option<i32>>(6)?)?;
    let [source, id, said_at, correlation_id, causation_id, data] = SharedStr::together([
        source,
        text(9)?,
        time.unwrap_or_default(),
        correlation.unwrap_or_default(),
        causation.unwrap_or_default(),
        text(13)?,
    ]);
    let content = Content {
        key: EventKey { source, id },
        kind,
        subject: subject.clone(),
        effective_on: Date::from_day_number(row.get::<_, Option<i32>>(5)?),
        time: time.map(|_| said_at),
        correlation_id: correlation.map(|_| correlation_id),
        causation_id: causation.map(|_| causation_id),
        data: CanonicalJson::kept(data),
    };
    Some(Logged::Whole(Event {
        content,
        position,
        revision,
        recorded_time,
        recorded_by,
        subject_salt: *subject_salt,
        content_salt: salt(row.get(7))?,
    }))
}

/// A hash of a column.
pub(crate) fn hash(bytes: &[u8]) -> Option<Hash> {
    bytes.try_into().ok()
}

/// A salt of a column.
pub(crate) fn salt(bytes: Option<Uuid>) -> Option<Salt> {
    bytes.map(|bytes| Salt(bytes.into_bytes()))
}

/// A number of ours as PostgreSQL has it.
pub(crate) fn number(position: Position) -> i64 {
    i64::try_from(position.0).unwrap_or(i64::MAX)
}

/// A limit of rows.
pub(crate) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// The failure of a read. What PostgreSQL says may quote values of a row, so only its code and
/// what is at fault are told.
pub(crate) fn failed(error: &tokio_postgres::Error) -> ReadError {
    ReadError::Storage(told(error))
}

/// What may be told of an error.
pub(crate) fn told(error: &tokio_postgres::Error) -> String {
    if error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION) {
        return "PostgreSQL: it is a standby, which takes no events".to_owned();
    }
    match error.as_db_error() {
        Some(said) => {
            let constraint = said.constraint().or(said.table()).unwrap_or_default();
            format!("PostgreSQL: {} {constraint}", said.code().code()).trim_end().to_owned()
        }
        None => format!("PostgreSQL: {error}"),
    }
}
