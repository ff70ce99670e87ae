//! Nobody reads past a transaction that has its positions and is not committed.

use std::time::Duration;

use casetrail_cluster::{Proxy, Traffic};
use eventlog::EventLog;
use eventlog::suite::{adapter, removal};
use events::Position;

use crate::common::{self, Place};

/// Long enough that whoever does not wait is seen.
const WHILE: Duration = Duration::from_millis(1_500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_transaction_lets_no_reader_past() {
    let place = Place::new().await;
    let database = place.named_database().await;
    let url = place.cluster.url(&database);
    common::init(&url, "example.org/visible").await;
    let log = common::open(&url, 1, None).await;
    log.append(adapter(vec![removal("r1", "C1"), removal("r2", "C2")])).await.unwrap();

    // As a server that stands still between its last statement and the commit.
    let other = place.sql(&database).await;
    other.batch_execute("BEGIN").await.unwrap();
    let copy = "INSERT INTO casetrail.event SELECT 3, recorded_time, stream, 2, type, recorded_by, \
        source, effective_on, content_salt, gen_random_uuid(), amends, id || 'x', \"time\", \
        correlation_id, causation_id, data, content_hash FROM casetrail.event WHERE position = 1; \
        UPDATE casetrail.head SET position = 3";
    other.batch_execute(copy).await.unwrap();

    let reader = common::open(&url, 2, None).await;
    let appended = log.append(adapter(vec![removal("r4", "C4")]));
    let appended = tokio::spawn(appended);
    let passed = tokio::time::timeout(WHILE, reader.watch(Position(2))).await;
    assert!(passed.is_err(), "a reader was told of {passed:?}");
    assert!(!appended.is_finished(), "somebody appended past it");
    assert_eq!(reader.page(Position(1), 10).await.unwrap().len(), 2);
    assert_eq!(reader.head(None).await.unwrap().position, Position(2));

    other.batch_execute("ROLLBACK").await.unwrap();
    let receipts = appended.await.unwrap().unwrap();
    assert_eq!(receipts[0].position, Position(3));
    assert_eq!(reader.watch(Position(2)).await.unwrap(), Position(3));
    let page = reader.page(Position(3), 10).await.unwrap();
    assert_eq!(page[0].leaf(), receipts[0].leaf);
}

/// A server whose line falls silent holds the others up no longer than its session may be idle,
/// and its own batch is recorded once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_server_is_waited_for_and_then_passed() {
    let place = Place::new().await;
    let database = place.named_database().await;
    common::init(&place.cluster.url(&database), "example.org/silent").await;
    let proxy = Proxy::start(place.cluster.socket()).await.unwrap();
    let short = "-c%20idle_in_transaction_session_timeout%3D1s";
    let url = format!("{}&options={short}", proxy.url(&database));
    let silent = common::open(&url, 1, None).await;
    let other = common::open(&place.cluster.url(&database), 2, None).await;
    silent.append(adapter(vec![removal("r1", "C1")])).await.unwrap();

    let mut all = 1;
    for round in 0..6 {
        // Somewhere within its transaction.
        proxy.let_it(Traffic::Slow(Duration::from_millis(3)));
        let pending = silent.append(adapter(vec![removal(&format!("silent-{round}"), "C1")]));
        let pending = tokio::spawn(pending);
        tokio::time::sleep(Duration::from_millis(2 + round * 3)).await;
        proxy.let_it(Traffic::Stands);
        other.append(adapter(vec![removal(&format!("other-{round}"), "C2")])).await.unwrap();
        proxy.let_it(Traffic::Flows);
        pending.await.unwrap().unwrap();
        all += 2;
        let known = other.watch(Position(all - 1)).await.unwrap();
        assert_eq!(known, Position(all));
    }
    let page = other.page(Position(1), 100).await.unwrap();
    assert_eq!(page.len() as u64, all);
}
