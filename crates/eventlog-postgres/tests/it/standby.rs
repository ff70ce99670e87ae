//! Standbys that serve reads.

use casetrail_cluster::Proxy;
use eventlog::suite::{adapter, removal};
use eventlog::{EventLog, ReadError, SeededEntropy};
use eventlog_postgres::{OpenError, Options, PostgresLog};
use events::{Logged, Position};

use crate::common::{self, Place};

/// A standby serves reads, tells of what arrives, and takes nothing until it is promoted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_reads_along() {
    let place = Place::new().await;
    let database = place.named_database().await;
    let url = place.cluster.url(&database);
    common::init(&url, "example.org/standby").await;
    let log = common::open(&url, 1, None).await;
    log.append(adapter(vec![removal("r1", "C1")])).await.unwrap();

    let programs = casetrail_cluster::installed().unwrap();
    let dir = std::env::temp_dir().join(format!("casetrail-standby-{}", std::process::id()));
    let standby = place.cluster.standby(&programs, &dir, "s1").unwrap();
    let admin = standby.connect().await.unwrap();
    // Through a proxy, so that it is one connection like any other.
    let proxy = Proxy::start(standby.socket()).await.unwrap();
    let reader: PostgresLog = common::open(&proxy.url(&database), 2, None).await;
    let receipts =
        log.append(adapter(vec![removal("r2", "C1"), removal("r3", "C2")])).await.unwrap();
    assert_eq!(reader.watch(Position(1)).await.unwrap(), Position(3));
    assert_eq!(reader.head(None).await, log.head(None).await);
    let page = reader.page(Position(1), 10).await.unwrap();
    assert_eq!(page[2].leaf(), receipts[1].leaf);

    let refused = tokio::spawn(reader.append(adapter(vec![removal("r4", "C1")])));
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let head = "SELECT position FROM casetrail.head";
    let sql = standby.connect_to(&database).await.unwrap();
    let position: i64 = sql.query_one(head, &[]).await.unwrap().get(0);
    assert_eq!(position, 3, "a standby took an event");
    place.cluster.kill().unwrap();
    admin.query_one("SELECT pg_promote()", &[]).await.unwrap();
    let taken = reader.append(adapter(vec![removal("r5", "C1")])).await.unwrap();
    let page = reader.page(Position(1), 10).await.unwrap();
    let ids = |page: &[Logged]| -> Vec<String> {
        page.iter().map(|e| e.event().unwrap().content.key.id.to_string()).collect()
    };
    // What was tried at the standby was answered as it turned out.
    match refused.await.unwrap() {
        Ok(receipts) => {
            assert_eq!(ids(&page), ["r1", "r2", "r3", "r4", "r5"]);
            assert_eq!((receipts[0].position, taken[0].position), (Position(4), Position(5)));
        }
        Err(_) => assert_eq!(ids(&page), ["r1", "r2", "r3", "r5"]),
    }
}

/// Rows of a standby reproduce its root, or it is not served, however long the log is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_that_differs_is_refused() {
    let place = Place::new().await;
    let database = place.named_database().await;
    let url = place.cluster.url(&database);
    common::init(&url, "example.org/differs").await;
    let log = common::open(&url, 1, None).await;
    for batch in 0..21 {
        let one = |n: u64| removal(&format!("r{batch}-{n}"), &format!("C{}", n % 90));
        log.append(adapter((0..1_000).map(one).collect())).await.unwrap();
    }
    let programs = casetrail_cluster::installed().unwrap();
    let dir = std::env::temp_dir().join(format!("casetrail-differs-{}", std::process::id()));
    let standby = place.cluster.standby(&programs, &dir, "s1").unwrap();
    standby.connect().await.unwrap();
    let reader = common::open(&standby.url(&database), 2, None).await;
    assert_eq!(reader.head(None).await, log.head(None).await);
    drop(reader);
    // As if two rows of it had changed places.
    let sql = place.sql(&database).await;
    let forge = "SET session_replication_role = replica; \
        UPDATE casetrail.event SET position = -position WHERE position IN (3, 4)";
    let check = "ALTER TABLE casetrail.event DROP CONSTRAINT event_position_check";
    sql.batch_execute(check).await.unwrap();
    sql.batch_execute(forge).await.unwrap();
    let swap = "UPDATE casetrail.event SET position = 7 + position WHERE position < 0";
    sql.batch_execute(swap).await.unwrap();
    let there = standby.connect_to(&database).await.unwrap();
    let swapped = "SELECT revision FROM casetrail.event WHERE position = 3";
    let before: i32 = sql.query_one(swapped, &[]).await.unwrap().get(0);
    let streams = "SELECT (SELECT stream FROM casetrail.event WHERE position = 3) > \
        (SELECT stream FROM casetrail.event WHERE position = 4)";
    assert_eq!(before, 1);
    while !there.query_one(streams, &[]).await.unwrap().get::<_, Option<bool>>(0).unwrap_or(false) {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let options = Options::new(SeededEntropy(3));
    let error = PostgresLog::open(&standby.url(&database), options).await.unwrap_err();
    let OpenError::Read(ReadError::Damaged { .. }) = error else { panic!("{error:?}") };
}
