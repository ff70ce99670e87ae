//! What a start refuses, and in what words.

use std::error::Error;

use eventlog::suite::{adapter, removal};
use eventlog::{AppendError, EventLog, ReadError, SeededEntropy};
use eventlog_postgres::{OpenError, Options, PostgresLog};
use events::Position;

use crate::common::{self, Place};

async fn refusal(url: &str) -> OpenError {
    PostgresLog::open(url, Options::new(SeededEntropy(1))).await.unwrap_err()
}

/// An error and what it rests on.
fn words(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text += &format!(": {error}");
        next = error.source();
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_no_log_or_another_is_refused() {
    let place = Place::new().await;
    let database = place.named_database().await;
    let url = place.cluster.url(&database);
    assert!(matches!(refusal(&url).await, OpenError::NoLog));
    common::init(&url, "example.org/starts").await;
    // Twice is fine, unless another log is meant.
    common::init(&url, "example.org/starts").await;
    let other =
        Options { origin: Some("example.org/x".to_owned()), ..Options::new(SeededEntropy(1)) };
    let refused = PostgresLog::init(&url, other).await.unwrap_err();
    assert!(matches!(refused, OpenError::Origin { .. }), "{refused:?}");

    let sql = place.sql(&database).await;
    let last = common::refused(&sql, "CREATE UNIQUE INDEX event_identity ON casetrail.event (id)");
    assert_eq!(last.await, "42P07");
    sql.batch_execute("DROP INDEX casetrail.event_identity").await.unwrap();
    let error = refusal(&url).await;
    assert_eq!(error.to_string(), "the database lacks the unique index event_identity");
    // One of that name that keeps something else unique is none.
    for other in ["(id)", "(identity) WHERE position > 1"] {
        let make = format!("CREATE UNIQUE INDEX event_identity ON casetrail.event {other}");
        sql.batch_execute(&make).await.unwrap();
        assert!(matches!(refusal(&url).await, OpenError::Uniqueness("event_identity")), "{other}");
        sql.batch_execute("DROP INDEX casetrail.event_identity").await.unwrap();
    }
    sql.batch_execute("CREATE UNIQUE INDEX event_identity ON casetrail.event (identity)")
        .await
        .unwrap();
    let newer = "INSERT INTO casetrail.migration (number) SELECT max(number) + 1 \
                 FROM casetrail.migration";
    sql.batch_execute(newer).await.unwrap();
    let error = refusal(&url).await;
    assert!(matches!(error, OpenError::Version { found: 4, known: 3 }), "{error:?}");
    let error = PostgresLog::migrate(&url, Options::new(SeededEntropy(1))).await.unwrap_err();
    assert!(matches!(error, OpenError::Version { .. }), "an older program changes nothing");
}

/// A log of the first schema is refused until it is migrated, and goes on then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_schema_is_migrated() {
    let place = Place::new().await;
    let database = place.named_database().await;
    let url = place.cluster.url(&database);
    let sql = place.sql(&database).await;
    sql.batch_execute(include_str!("../../migrations/0001_log.sql")).await.unwrap();
    let key = proof::LogKey::from_seed("example.org/old", &[1; 32]).unwrap().secret_text();
    let filled = format!(
        "INSERT INTO casetrail.migration (number) VALUES (1); \
         INSERT INTO casetrail.log (origin, secret, key) \
            VALUES ('example.org/old', decode(repeat('01', 32), 'hex'), '{key}'); \
         INSERT INTO casetrail.head (position, root) VALUES (0, sha256(''))"
    );
    sql.batch_execute(&filled).await.unwrap();
    assert!(matches!(refusal(&url).await, OpenError::Version { found: 1, known: 3 }));
    for _ in 0..2 {
        PostgresLog::migrate(&url, Options::new(SeededEntropy(1))).await.unwrap();
    }
    let log = common::open(&url, 1, None).await;
    log.append(adapter(vec![removal("r1", "C1")])).await.unwrap();
    log.rotate_key("tester").await.unwrap();
    assert_eq!(log.head(None).await.unwrap().position, Position(2));
    assert!(log.verifier_key().unwrap().name() == "example.org/old");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_forgets_is_refused() {
    for setting in ["fsync", "full_page_writes"] {
        let place = Place::new().await;
        let url = place.database().await;
        common::init(&url, "example.org/starts").await;
        let sql = place.sql("postgres").await;
        sql.batch_execute(&format!("ALTER SYSTEM SET {setting} = off")).await.unwrap();
        sql.query_one("SELECT pg_reload_conf()", &[]).await.unwrap();
        let off = || async {
            let row = sql.query_one(&format!("SHOW {setting}"), &[]).await.unwrap();
            row.get::<_, &str>(0) == "off"
        };
        while !off().await {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let expected = format!("the database does not keep what it acknowledges: {setting} is off");
        assert_eq!(refusal(&url).await.to_string(), expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_does_not_wait_is_refused() {
    let place = Place::new().await;
    let database = place.named_database().await;
    let url = place.cluster.url(&database);
    common::init(&url, "example.org/starts").await;
    let sql = place.sql(&database).await;
    sql.batch_execute("ALTER DATABASE log0 SET synchronous_commit = off").await.unwrap();
    let error = refusal(&url).await;
    assert!(error.to_string().ends_with("synchronous_commit is off"), "{error}");
}

/// Rows that are not those of the tree are not served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_was_changed_is_refused() {
    let place = Place::new().await;
    let database = place.named_database().await;
    let url = place.cluster.url(&database);
    common::init(&url, "example.org/starts").await;
    let log = common::open(&url, 1, None).await;
    let events = (0..5).map(|n| removal(&format!("r{n}"), "C1")).collect();
    log.append(adapter(events)).await.unwrap();
    let sql = place.sql(&database).await;
    let forge = "SET session_replication_role = replica; \
                 UPDATE casetrail.event SET recorded_time = recorded_time - 1 WHERE position = 3";
    sql.batch_execute(forge).await.unwrap();
    let error = refusal(&url).await;
    assert!(words(&error).contains("do not give the root"), "{}", words(&error));
    // Whoever has read it before goes on from what was true then.
    assert_eq!(log.head(None).await.unwrap().position, Position(5));
    // Rows that are gone are not passed over.
    let lose = "DELETE FROM casetrail.event WHERE position = 4";
    sql.batch_execute(lose).await.unwrap();
    let read = log.page(Position(2), 10).await;
    assert!(matches!(read, Err(ReadError::Damaged { .. })), "{read:?}");
    assert_eq!(log.page(Position(5), 10).await.unwrap().len(), 1);
}

/// What was true at the start is looked at again whenever a connection is made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_begins_to_forget_is_refused() {
    let place = Place::new().await;
    let database = place.named_database().await;
    let url = place.cluster.url(&database);
    common::init(&url, "example.org/starts").await;
    let log = common::open(&url, 1, None).await;
    log.append(adapter(vec![removal("r1", "C1")])).await.unwrap();
    let sql = place.sql(&database).await;
    let setting = |value| format!("ALTER DATABASE {database} SET synchronous_commit = {value}");
    sql.batch_execute(&setting("off")).await.unwrap();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sql.execute(cut, &[]).await.unwrap();
    let refused = log.append(adapter(vec![removal("r2", "C1")])).await.unwrap_err();
    let AppendError::Read(why) = &refused else { panic!("{refused:?}") };
    assert!(why.to_string().contains("synchronous_commit is off"), "{why}");
    sql.batch_execute(&setting("on")).await.unwrap();
    log.append(adapter(vec![removal("r2", "C1")])).await.unwrap();
}

/// What a database says to whoever connects is no word on a commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_warning_at_the_start_is_no_lost_commit() {
    let place = Place::new().await;
    let database = place.named_database().await;
    let url = place.cluster.url(&database);
    common::init(&url, "example.org/warned").await;
    let sql = place.sql("postgres").await;
    let other = format!("UPDATE pg_database SET datcollversion = '0' WHERE datname = '{database}'");
    sql.batch_execute(&other).await.unwrap();
    let log = common::open(&url, 1, None).await;
    let receipts = log.append(adapter(vec![removal("r1", "C1")])).await.unwrap();
    assert_eq!(receipts[0].position, Position(1));
}

/// What the database does not take is refused to whoever sent it; others of its group are recorded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_database_refuses_is_refused_alone() {
    let place = Place::new().await;
    let database = place.named_database().await;
    let url = place.cluster.url(&database);
    common::init(&url, "example.org/unfit").await;
    let log = common::open(&url, 1, None).await;
    log.append(adapter(vec![removal("r", "C1")])).await.unwrap();
    let sql = place.sql(&database).await;
    let check = "ALTER TABLE casetrail.event ADD CONSTRAINT fit CHECK (id NOT LIKE '%-13')";
    sql.batch_execute(check).await.unwrap();
    // While the head is locked, they gather.
    sql.batch_execute("BEGIN; SELECT 1 FROM casetrail.head FOR UPDATE").await.unwrap();
    let pending: Vec<_> =
        (0..40).map(|n| log.append(adapter(vec![removal(&format!("r-{n}"), "C1")]))).collect();
    sql.batch_execute("ROLLBACK").await.unwrap();
    for (n, pending) in pending.into_iter().enumerate() {
        let outcome = pending.await;
        assert_eq!(outcome.is_err(), n == 13, "{n}: {outcome:?}");
    }
    assert_eq!(log.head(None).await.unwrap().position, Position(40));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_password_stands_in_an_error() {
    let place = Place::new().await;
    let sql = place.sql("postgres").await;
    sql.batch_execute("CREATE ROLE somebody LOGIN PASSWORD 'right'").await.unwrap();
    let sockets = place.cluster.url("postgres");
    let host = sockets.split_once('@').unwrap().1;
    let urls = [
        format!("postgres://somebody:hush-hush@{host}?port=1"),
        format!("postgres://nobody:hush-hush@{host}"),
        "postgres://somebody:hush-hush@[bad/postgres".to_owned(),
        "postgres://somebody:hush-hush@127.0.0.1:1/postgres".to_owned(),
    ];
    for url in urls {
        let options =
            Options { password: Some("hush-hush".to_owned()), ..Options::new(SeededEntropy(1)) };
        let said = format!("{options:?}");
        let error = PostgresLog::open(&url, options).await.unwrap_err();
        let said = format!("{said} {} {error:?}", words(&error));
        assert!(!said.contains("hush"), "{said}");
    }
}
