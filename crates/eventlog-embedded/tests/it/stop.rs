//! What happens when the disk says no.

use std::fs;
use std::path::PathBuf;

use eventlog::suite::{adapter, removal};
use eventlog::{AppendError, EventLog, ReadError};
use eventlog_embedded::CloseError;
use events::Position;
use tempfile::TempDir;

use crate::common::{answers, fill, open};

#[tokio::test]
async fn a_failed_write_stops_the_engine_and_keeps_what_was_acknowledged() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    fill(&log, 0, 10).await;
    // Directories stand where the next segment would get its name.
    let journal = dir.path().join("journal");
    let obstacles: Vec<PathBuf> =
        (11..400).map(|first| journal.join(format!("journal-{first:020}.seg"))).collect();
    obstacles.iter().for_each(|path| fs::create_dir(path).unwrap());

    let mut acknowledged = 10;
    let error = loop {
        let batch = adapter(vec![removal(&format!("x{acknowledged}"), "C1")]);
        match log.append(batch).await {
            Ok(receipts) => acknowledged = receipts[0].position.0,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, AppendError::OutcomeUnknown(_)), "{error}");
    let refused = log.append(adapter(vec![removal("late", "C1")])).await;
    assert!(matches!(refused, Err(AppendError::Stopped(_))));
    assert_eq!(log.watch(Position(acknowledged)).await, Err(ReadError::Stopped));
    assert_eq!(log.head(None).await.unwrap().position.0, acknowledged, "reads go on");
    let before = answers(&log).await;
    assert!(matches!(log.close(), Err(CloseError::Stopped(_))));
    assert!(!dir.path().join("CLEAN").exists());
    drop(log);

    obstacles.iter().for_each(|path| fs::remove_dir(path).unwrap());
    let log = open(dir.path());
    assert_eq!(answers(&log).await, before);
    fill(&log, 500, 10).await;
}

#[tokio::test]
async fn a_full_disk_refuses_without_an_end() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    fill(&log, 0, 10).await;
    // A directory stands where a segment for a large group would be filled.
    let obstacle = dir.path().join("journal").join("large.tmp");
    fs::create_dir(&obstacle).unwrap();
    let large = || {
        let events = (0..200).map(|n| removal(&format!("large{n}"), "C1"));
        adapter(events.collect())
    };
    let refused = log.append(large()).await;
    assert!(matches!(refused, Err(AppendError::Stopped(_))), "{refused:?}");
    fill(&log, 10, 1).await;
    fs::remove_dir(&obstacle).unwrap();
    let receipts = log.append(large()).await.unwrap();
    assert_eq!(receipts[0].position, Position(12));
}

#[tokio::test]
async fn sealing_that_failed_is_tried_again_with_the_next_run() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    // A directory stands where the first run would be written.
    let name = "sealed-00000000000000000001-00000000000000000256.run.tmp";
    let obstacle = dir.path().join("sealed").join(name);
    fs::create_dir(&obstacle).unwrap();
    fill(&log, 0, 300).await;
    let before = answers(&log).await;
    assert_eq!(log.watch_sealed(Position(0)).await, Ok(Position(0)));
    fs::remove_dir(&obstacle).unwrap();
    fill(&log, 300, 300).await;
    log.watch_sealed(Position(512)).await.unwrap();
    assert_eq!(answers(&log).await.events[..300], before.events);
}
