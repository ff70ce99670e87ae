//! The schema, by number.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::open::OpenError;

/// All migrations, from 1 on.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_log.sql"),
    include_str!("../migrations/0002_narrower.sql"),
    include_str!("../migrations/0003_keys.sql"),
];

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
        match step(client).await {
            Ok(true) => {}
            Ok(false) => return check(found(client).await?),
            // Somebody else has made the schema meanwhile.
            Err(error) if made_twice(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// One step; whether there was one to take.
async fn step(client: &mut Client) -> Result<bool, tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    let mut last = found(transaction.client()).await?;
    if last > 0 {
        // It may have moved on until the lock was there.
        let lock = "LOCK TABLE casetrail.migration IN SHARE ROW EXCLUSIVE MODE";
        transaction.batch_execute(lock).await?;
        last = found(transaction.client()).await?;
    }
    let Some(step) = usize::try_from(last).ok().and_then(|n| MIGRATIONS.get(n)) else {
        return Ok(false);
    };
    transaction.batch_execute(step).await?;
    let note = "INSERT INTO casetrail.migration (number) VALUES ($1)";
    transaction.execute(note, &[&(last + 1)]).await?;
    transaction.commit().await?;
    Ok(true)
}

fn made_twice(error: &tokio_postgres::Error) -> bool {
    let twice = [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_SCHEMA];
    error.code().is_some_and(|code| twice.contains(code))
}

/// Whether this program knows the schema.
pub(crate) fn check(found: i32) -> Result<(), OpenError> {
    match found {
        0 => Err(OpenError::NoLog),
        found if found == version() => Ok(()),
        found => Err(OpenError::Version { found, known: version() }),
    }
}
