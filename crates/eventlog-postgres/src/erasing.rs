//! Erasing streams, in the transaction that says so: what is destroyed is set to nothing in the
//! rows, and only the role of the eraser may do so.

use eventlog::{Destroyed, ReadError, name_digest};
use events::{Logged, Subject};
use tokio_postgres::Error;

use crate::names::Names;
use crate::rows;
use crate::shared::Shared;
use crate::transaction::{Session, WriteError};

/// What an erasure in a database does not reach by itself, for its certificate.
pub const ERASURE_ELSEWHERE: [&str; 3] = [
    "the database's files: versions of rows that were replaced, until VACUUM has removed them",
    "standbys: until they have replayed the erasure and the VACUUM",
    "backups and archived write-ahead logs: those from before recordedtime hold what was erased, \
     and a restore from them must erase it again",
];

/// Destroys streams, and notes that they are not to be held.
pub(crate) async fn destroy(
    session: &Session,
    shared: &Shared,
    destroyed: &[Destroyed],
) -> Result<(), WriteError> {
    session.client.batch_execute("SET LOCAL ROLE casetrail_eraser").await?;
    for Destroyed { subject_hash, subject } in destroyed {
        let hash = &subject_hash[..];
        let query = "SELECT number, name FROM casetrail.stream WHERE subject_hash = $1";
        let found = session.client.query_opt(query, &[&hash]).await?;
        let mut names: Vec<Subject> = subject.iter().cloned().collect();
        if let Some(row) = found {
            names.extend(row.get::<_, Option<&str>>(1).and_then(|name| name.parse().ok()));
            empty(session, row.get(0)).await?;
        }
        let digests = names.iter().map(|name| name_digest(&shared.secret, name).to_vec());
        let mut digests: Vec<Vec<u8>> = digests.collect();
        digests.sort_unstable();
        digests.dedup();
        let note = "INSERT INTO casetrail.erasure AS known (subject_hash, digests) \
            VALUES ($1, $2) ON CONFLICT (subject_hash) DO UPDATE SET digests = \
            ARRAY(SELECT DISTINCT unnest(known.digests || excluded.digests) ORDER BY 1)";
        session.client.execute(note, &[&hash, &digests]).await?;
    }
    let count = "UPDATE casetrail.head SET erasures = erasures + 1";
    session.client.batch_execute(&format!("{count}; RESET ROLE")).await?;
    Ok(())
}

/// Destroys what was said on a stream, and its name and salts.
async fn empty(session: &Session, stream: i32) -> Result<(), WriteError> {
    let condition = "WHERE e.stream = $1 AND e.content_hash IS NULL ORDER BY e.position";
    // What is learnt within a transaction may never be true.
    let names = Names::default();
    let events = rows::select(&session.client, &names, condition, &[&stream]).await?;
    let positions: Vec<i64> = events.iter().map(|event| rows::number(event.position())).collect();
    let left = events.iter().map(|event: &Logged| event.entry().content_hash.to_vec());
    let left: Vec<Vec<u8>> = left.collect();
    let update = "UPDATE casetrail.event AS e SET source = NULL, effective_on = NULL, \
        content_salt = NULL, identity = NULL, amends = NULL, id = NULL, \"time\" = NULL, \
        correlation_id = NULL, causation_id = NULL, data = NULL, content_hash = left_over.hash \
        FROM unnest($1::bigint[], $2::bytea[]) AS left_over (position, hash) \
        WHERE e.position = left_over.position";
    session.client.execute(update, &[&positions, &left]).await?;
    let unname = "UPDATE casetrail.stream SET name = NULL, salt = NULL WHERE number = $1 \
        AND name IS NOT NULL";
    session.client.execute(unname, &[&stream]).await?;
    Ok(())
}

impl From<Error> for WriteError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<ReadError> for WriteError {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}
