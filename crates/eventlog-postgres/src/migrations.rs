//! The schema, by number.

use tokio_postgres::Client;

use crate::open::OpenError;

/// All migrations, from 1 on.
const MIGRATIONS: &[&str] = &[include_str!("../migrations/0001_log.sql")];

/// The version of the schema that this program knows.
pub(crate) fn version() -> i32 {
    i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX)
}

/// The version of the schema of a database; 0 where there is none.
pub(crate) async fn found(client: &Client) -> Result<i32, tokio_postgres::Error> {
    let exists = "SELECT to_regclass('casetrail.migration') IS NOT NULL";
    if !client.query_one(exists, &[]).await?.get::<_, bool>(0) {
        return Ok(0);
    }
    let last = "SELECT coalesce(max(number), 0) FROM casetrail.migration";
    Ok(client.query_one(last, &[]).await?.get(0))
}

/// Brings the schema to the version that this program knows, each step in a transaction; whoever
/// else does the same at the moment waits.
pub(crate) async fn migrate(client: &mut Client) -> Result<(), OpenError> {
    loop {
        let transaction = client.transaction().await?;
        // The schema may not exist, so there is no row of our own to wait at.
        transaction.batch_execute("LOCK TABLE pg_catalog.pg_namespace IN EXCLUSIVE MODE").await?;
        let found = found(transaction.client()).await?;
        let Some(step) = usize::try_from(found).ok().and_then(|n| MIGRATIONS.get(n)) else {
            return check(found);
        };
        transaction.batch_execute(step).await?;
        if found == 0 {
            let table = "CREATE TABLE casetrail.migration (number integer PRIMARY KEY, \
                         applied timestamptz NOT NULL DEFAULT now()); \
                         GRANT SELECT ON casetrail.migration TO casetrail_reader, casetrail_writer";
            transaction.batch_execute(table).await?;
        }
        let note = "INSERT INTO casetrail.migration (number) VALUES ($1)";
        transaction.execute(note, &[&(found + 1)]).await?;
        transaction.commit().await?;
    }
}

/// Whether this program knows the schema.
pub(crate) fn check(found: i32) -> Result<(), OpenError> {
    match found {
        0 => Err(OpenError::NoLog),
        found if found == version() => Ok(()),
        found => Err(OpenError::Version { found, known: version() }),
    }
}
