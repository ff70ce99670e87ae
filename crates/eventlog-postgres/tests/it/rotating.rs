//! Keys that replace one another, while several servers sign.

use eventlog::EventLog;
use eventlog::suite::{adapter, removal};
use eventlog_postgres::PostgresLog;
use events::{Logged, Payload, Position};
use proof::{KeyHistory, Rotation, SignedCheckpoint, VerifierKey};

use crate::common::{self, Place};

async fn signed_by(log: &PostgresLog, at: u64, key: &VerifierKey) -> bool {
    let text = log.checkpoint(Position(at)).await.unwrap().unwrap();
    SignedCheckpoint::open(text.as_bytes(), std::slice::from_ref(key)).is_ok()
}

/// The rotations that a log tells of, followed with its handovers.
async fn history(log: &PostgresLog, first: VerifierKey) -> KeyHistory {
    let mut history = KeyHistory::new(first);
    for logged in log.page(Position(1), 1_000).await.unwrap() {
        let Logged::Whole(event) = &logged else { continue };
        let Payload::KeyRotated(said) = event.content.payload() else { continue };
        let position = logged.position();
        let handover = log.handover(position).await.unwrap().unwrap();
        let handover = proof::TlogProof::parse(handover.as_bytes()).unwrap();
        let [old_key, new_key] =
            [said.old_key, said.new_key].map(|key| key.as_str().parse().unwrap());
        let rotation = Rotation { position: position.0, old_key, new_key };
        history.rotate(rotation, &logged.leaf(), &handover).unwrap();
    }
    history
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_servers_sign_with_the_new_key() {
    let place = Place::new().await;
    let url = place.database().await;
    common::init(&url, "example.org/keys").await;
    let (one, other) = (common::open(&url, 1, None).await, common::open(&url, 2, None).await);
    let first = one.verifier_key().unwrap();
    one.append(adapter(vec![removal("r1", "C1"), removal("r2", "C2")])).await.unwrap();
    other.watch(Position(1)).await.unwrap();
    assert!(signed_by(&other, 2, &first).await);

    let handover = one.rotate_key("tester").await.unwrap();
    assert_eq!(handover.index(), 2);
    other.watch(Position(2)).await.unwrap();
    assert!(!signed_by(&other, 3, &first).await);
    let second = other.verifier_key().unwrap();
    assert!(signed_by(&one, 3, &second).await && second != first);
    assert_eq!(*history(&one, first.clone()).await.current(), second);

    // Two at the same time are one, or two that follow each other.
    let both = tokio::join!(one.rotate_key("tester"), other.rotate_key("tester"));
    assert!(both.0.is_ok() || both.1.is_ok(), "{both:?}");
    one.rotate_key("tester").await.unwrap();
    let last = one.head(None).await.unwrap().position;
    let text = one.checkpoint(last).await.unwrap().unwrap();
    let history = history(&one, first).await;
    assert!(history.open(text.as_bytes()).is_ok(), "the last key speaks");
    assert_eq!(Some(history.current()), one.verifier_key().as_ref());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_that_was_interrupted_goes_on() {
    let place = Place::new().await;
    let database = place.named_database().await;
    let url = place.cluster.url(&database);
    common::init(&url, "example.org/keys").await;
    let log = common::open(&url, 1, None).await;
    let first = log.verifier_key().unwrap();
    let sql = place.sql(&database).await;
    // Before the event: the key that was written down is the one that comes.
    let next = proof::LogKey::from_seed(first.name(), &[7; 32]).unwrap();
    let begun = format!("UPDATE casetrail.log SET next_key = '{}'", next.secret_text());
    sql.batch_execute(&begun).await.unwrap();
    let old = "SELECT key FROM casetrail.log";
    let old: String = sql.query_one(old, &[]).await.unwrap().get(0);
    log.rotate_key("tester").await.unwrap();
    assert_eq!(log.head(None).await.unwrap().position, Position(1));
    assert!(signed_by(&log, 1, next.verifier()).await);
    // Before the handover: no second event says it, and the handover is made.
    let undone =
        format!("DELETE FROM casetrail.handover; UPDATE casetrail.log SET old_key = '{old}'");
    sql.batch_execute(&undone).await.unwrap();
    assert_eq!(log.handover(Position(1)).await, Ok(None));
    log.rotate_key("tester").await.unwrap();
    assert_eq!(log.head(None).await.unwrap().position, Position(1));
    assert_eq!(history(&log, first).await.current(), next.verifier());
    let left = "SELECT next_key IS NULL AND old_key IS NULL FROM casetrail.log";
    assert!(sql.query_one(left, &[]).await.unwrap().get::<_, bool>(0));
}
