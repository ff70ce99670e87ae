//! From rows to events.

use deadpool_postgres::Object;
use eventlog::ReadError;
use events::{
    CanonicalJson, Content, Date, Entry, Event, EventKey, EventType, Hash, Logged, Position,
    Revision, Salt, SharedStr, Timestamp,
};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, ToStatement};
use uuid::Uuid;

use crate::names::Names;

/// What is read of an event and its stream, in the order of [`read`].
const COLUMNS: &str = "SELECT e.position, e.recorded_time, e.revision, e.type, e.recorded_by, \
    e.effective_on, e.source, e.content_salt, e.content_hash, e.id, e.time, e.correlation_id, \
    e.causation_id, e.data, s.name, s.salt, s.subject_hash \
    FROM casetrail.event e JOIN casetrail.stream s ON s.number = e.stream ";

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
    query: &(impl ToStatement + ?Sized),
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Logged>, ReadError> {
    let rows = client.query(query, parameters).await.map_err(|e| failed(&e))?;
    let unknown = |row: &Row| [3, 4].iter().any(|at| names.text(row.get(*at)).is_none());
    let source =
        |row: &Row| row.get::<_, Option<i32>>(6).is_some_and(|number| names.text(number).is_none());
    if rows.iter().any(|row| unknown(row) || source(row)) {
        names.load(client).await.map_err(|e| failed(&e))?;
    }
    rows.iter().map(|row| read(row, names)).collect()
}

/// What stands in a row.
fn read(row: &Row, names: &Names) -> Result<Logged, ReadError> {
    let position: i64 = row.get(0);
    let position = Position(position.unsigned_abs());
    parts(row, names, position).ok_or_else(|| ReadError::Damaged {
        first: position,
        last: position,
        what: "the row is no event".to_owned(),
    })
}

fn parts(row: &Row, names: &Names, position: Position) -> Option<Logged> {
    let recorded_time = Timestamp::from_micros(row.get(1));
    let revision = Revision(u64::try_from(row.get::<_, i32>(2)).ok()?);
    let kind = EventType::from_name(&names.text(row.get(3))?)?;
    let recorded_by = names.text(row.get(4))?;
    if let Some(content_hash) = row.get::<_, Option<&[u8]>>(8) {
        let (subject_hash, content_hash) = (hash(row.get(16))?, hash(content_hash)?);
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
    let text = |at: usize| row.get::<_, Option<&str>>(at);
    let source = names.text(row.get::<_, Option<i32>>(6)?)?;
    let [source, id, time, correlation, causation, data] = SharedStr::together([
        &source,
        text(9)?,
        text(10).unwrap_or_default(),
        text(11).unwrap_or_default(),
        text(12).unwrap_or_default(),
        text(13)?,
    ]);
    let content = Content {
        key: EventKey { source, id },
        kind,
        subject: text(14)?.parse().ok()?,
        effective_on: Date::from_day_number(row.get::<_, Option<i32>>(5)?),
        time: text(10).map(|_| time),
        correlation_id: text(11).map(|_| correlation),
        causation_id: text(12).map(|_| causation),
        data: CanonicalJson::kept(data),
    };
    Some(Logged::Whole(Event {
        content,
        position,
        revision,
        recorded_time,
        recorded_by,
        subject_salt: salt(row.get(15))?,
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
