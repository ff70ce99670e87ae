//! Readers beside appends and sealing: what was seen once is seen for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eventlog::suite::{adapter, removal};
use eventlog::{EventLog, ReadError};
use eventlog_embedded::EmbeddedLog;
use events::{EventKey, Logged, Position, Revision};
use tempfile::TempDir;

use crate::common::open;

const APPENDERS: u64 = 4;
const BATCHES: u64 = 60;
const BATCH: u64 = 15;

/// Appends batches and looks for each event at once.
async fn append(log: Arc<EmbeddedLog>, appender: u64) {
    for batch in 0..BATCHES {
        let name = |n: u64| format!("a{appender}-{batch}-{n}");
        let events = (0..BATCH).map(|n| removal(&name(n), &format!("C{}", n % 5)));
        let receipts = log.append(adapter(events.collect())).await.unwrap();
        let first = receipts[0].position.0;
        assert!(receipts.iter().zip(first..).all(|(receipt, at)| receipt.position.0 == at));
        let key = EventKey { source: "suite".into(), id: name(BATCH - 1).into() };
        assert_eq!(log.find(&key).await, Ok(Some(receipts.last().unwrap().position)));
        let page = log.page(Position(first), 1).await.unwrap();
        assert_eq!(page[0].leaf(), receipts[0].leaf);
    }
}

/// Reads pages, streams and heads until the end; nothing is ever missing or changes.
async fn read(log: Arc<EmbeddedLog>, done: Arc<AtomicBool>) {
    let mut heads = Vec::new();
    let mut seen = 0;
    while !done.load(Ordering::Relaxed) {
        let head = log.head(None).await.unwrap();
        assert!(head.position.0 >= seen, "the head went back");
        seen = head.position.0;
        let page = log.page(Position(1), 10_000).await.unwrap();
        assert!(page.len() as u64 >= seen, "fewer events than the head said");
        assert!(page.iter().zip(1..).all(|(event, at)| event.position().0 == at));
        let subject = format!("child/C{}", seen % 5).parse().unwrap();
        let stream = log.stream(&subject, Revision(1), 10_000).await.unwrap();
        assert!(stream.iter().zip(1..).all(|(event, revision)| event.revision.0 == revision));
        let events = page.iter().filter_map(Logged::event);
        let expected = events.filter(|event| event.content.subject == subject).count();
        assert!(stream.len() >= expected, "a later question saw less of the stream");
        heads.push(head);
    }
    for head in heads {
        assert_eq!(log.head(Some(head.position)).await.unwrap(), head);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_see_one_growing_log() {
    let dir = TempDir::new().unwrap();
    let log = Arc::new(open(dir.path()));
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> =
        (0..2).map(|_| tokio::spawn(read(Arc::clone(&log), Arc::clone(&done)))).collect();
    let appenders: Vec<_> =
        (0..APPENDERS).map(|n| tokio::spawn(append(Arc::clone(&log), n))).collect();
    for appender in appenders {
        appender.await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
    let total = APPENDERS * BATCHES * BATCH;
    assert_eq!(log.head(None).await.unwrap().position, Position(total));
    log.watch_sealed(Position(total / 256 * 256)).await.unwrap();
}

#[tokio::test]
async fn watchers_wake_and_learn_of_the_end() {
    let dir = TempDir::new().unwrap();
    let log = Arc::new(open(dir.path()));
    let watcher = {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            let mut seen = Position(0);
            loop {
                match log.watch(seen).await {
                    Ok(head) => seen = head,
                    Err(error) => return (seen, error),
                }
            }
        })
    };
    for n in 0..20 {
        log.append(adapter(vec![removal(&format!("r{n}"), "C1")])).await.unwrap();
    }
    log.close().unwrap();
    assert_eq!(watcher.await.unwrap(), (Position(20), ReadError::Stopped));
}
