//! Damage on disk is named; what was never acknowledged is cut off.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eventlog::suite::{SuiteClock, start};
use eventlog::{EventLog, ReadError};
use eventlog_embedded::{EmbeddedLog, OpenError, Options};
use events::{Position, Revision};
use tempfile::TempDir;

use crate::common::{answers, files, fill, open, small, try_open};

fn last_segment(dir: &Path) -> PathBuf {
    files(&dir.join("journal"), ".seg").pop().unwrap()
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

/// The offset behind the last byte of a segment that is not zero.
fn end_of(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1
}

#[tokio::test]
async fn a_write_cut_short_is_cut_off() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    fill(&log, 0, 310).await;
    let before = answers(&log).await;
    drop(log);
    change(&last_segment(dir.path()), |bytes| {
        let end = end_of(bytes);
        bytes[end + 3..end + 90].fill(0xC3);
    });
    let log = open(dir.path());
    assert_eq!(answers(&log).await, before);
    fill(&log, 310, 10).await;
    drop(log);
    assert_eq!(answers(&open(dir.path())).await.events.len(), 320);
}

#[tokio::test]
async fn a_torn_last_group_is_gone_whole() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    fill(&log, 0, 300).await;
    let before = answers(&log).await;
    fill(&log, 300, 7).await;
    drop(log);
    change(&last_segment(dir.path()), |bytes| {
        let end = end_of(bytes);
        bytes[end - 200..].fill(0);
    });
    assert_eq!(answers(&open(dir.path())).await, before);
}

#[tokio::test]
async fn damage_before_acknowledged_events_is_named_and_left_alone() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    fill(&log, 0, 20).await;
    fill(&log, 20, 20).await;
    drop(log);
    let segment = last_segment(dir.path());
    change(&segment, |bytes| bytes[500] ^= 1);
    let damaged = fs::read(&segment).unwrap();
    let error = try_open(dir.path()).unwrap_err();
    assert!(error.to_string().ends_with("(positions 1 to 20)"), "{error}");
    assert_eq!(fs::read(&segment).unwrap(), damaged);
}

#[tokio::test]
async fn acknowledged_events_that_vanish_after_a_close_are_missed() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    fill(&log, 0, 50).await;
    fill(&log, 50, 50).await;
    log.close().unwrap();
    drop(log);
    let segment = last_segment(dir.path());
    let pristine = fs::read(&segment).unwrap();
    change(&segment, |bytes| {
        let end = end_of(bytes);
        bytes[end - 200..].fill(0);
    });
    let damaged = fs::read(&segment).unwrap();
    let error = try_open(dir.path()).unwrap_err().to_string();
    assert!(error.ends_with("lacks positions 51 to 100"), "{error}");
    assert_eq!(fs::read(&segment).unwrap(), damaged, "left for whoever looks into it");
    fs::write(&segment, pristine).unwrap();
    try_open(dir.path()).unwrap();
}

#[tokio::test]
async fn a_log_in_the_place_of_another_is_noticed() {
    let (dir, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    for (dir, first) in [(&dir, 0), (&other, 1)] {
        let log = open(dir.path());
        fill(&log, first, 50).await;
        log.close().unwrap();
    }
    fs::copy(other.path().join("CLEAN"), dir.path().join("CLEAN")).unwrap();
    let outcome = try_open(dir.path());
    assert!(matches!(outcome, Err(OpenError::NotAsClosed { closed: 50, found: 50 })));
}

#[tokio::test]
async fn a_damaged_block_is_named_and_the_others_are_read() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    fill(&log, 0, 1000).await;
    log.watch_sealed(Position(768)).await.unwrap();
    let before = answers(&log).await;
    drop(log);
    let run = &files(&dir.path().join("sealed"), ".run")[1];
    change(run, |bytes| bytes[100] ^= 1);
    let log = open(dir.path());
    let hurt = |error: Option<ReadError>| match error {
        Some(ReadError::Damaged { first, last, .. }) => (first.0, last.0),
        other => panic!("{other:?}"),
    };
    assert_eq!(hurt(log.page(Position(1), 1000).await.err()), (257, 512));
    assert_eq!(hurt(log.page(Position(512), 1).await.err()), (257, 512));
    let subject = "child/C3".parse().unwrap();
    assert_eq!(hurt(log.stream(&subject, Revision(1), 1000).await.err()), (257, 512));
    assert_eq!(log.page(Position(1), 256).await.unwrap(), before.events[..256]);
    assert_eq!(log.page(Position(513), 1000).await.unwrap(), before.events[512..]);
    // Nothing that rests on the damaged block is appended, anything else is.
    fill(&log, 1000, 20).await;
    assert_eq!(log.head(None).await.unwrap().position, Position(1020));
}

#[tokio::test]
async fn damaged_indexes_are_named() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    fill(&log, 0, 300).await;
    log.watch_sealed(Position(256)).await.unwrap();
    let before = answers(&log).await;
    drop(log);
    let run = &files(&dir.path().join("sealed"), ".run")[0];
    let pristine = fs::read(run).unwrap();
    // Whatever byte is damaged, no answer changes: it is an error, here or at opening.
    for at in (0..pristine.len()).step_by(97) {
        let mut bytes = pristine.clone();
        bytes[at] ^= 0x10;
        fs::write(run, bytes).unwrap();
        let Ok(log) = try_open(dir.path()) else { continue };
        for event in before.whole().take(256).step_by(51) {
            if let Ok(found) = log.find(&event.content.key).await {
                assert_eq!(found, Some(event.position), "byte {at}");
            }
            if let Ok(stream) = log.stream(&event.content.subject, Revision(1), 3).await {
                let subject = &event.content.subject;
                let expected = before.whole().filter(|e| e.content.subject == *subject);
                assert!(stream.iter().eq(expected.take(3)), "byte {at}");
            }
        }
    }
}

#[tokio::test]
async fn a_run_that_is_gone_is_named() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    fill(&log, 0, 1000).await;
    log.watch_sealed(Position(768)).await.unwrap();
    drop(log);
    let runs = files(&dir.path().join("sealed"), ".run");
    let aside = dir.path().join("aside");
    fs::rename(&runs[1], &aside).unwrap();
    let outcome = try_open(dir.path());
    assert!(matches!(outcome, Err(OpenError::RunMissing { first: 257, last: 512, .. })));
    fs::rename(&aside, &runs[1]).unwrap();
    fs::rename(&runs[2], &aside).unwrap();
    assert!(matches!(try_open(dir.path()), Err(OpenError::Journal(_))));
}

#[tokio::test]
async fn an_interrupted_seal_is_no_harm() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    fill(&log, 0, 600).await;
    log.watch_sealed(Position(512)).await.unwrap();
    let before = answers(&log).await;
    let sealed = dir.path().join("sealed");
    let names = files(&sealed, ".run");
    drop(log);
    let leftover = sealed.join("sealed-00000000000000000513-00000000000000000768.run.tmp");
    fs::copy(&names[0], &leftover).unwrap();
    let log = open(dir.path());
    assert_eq!(answers(&log).await, before);
    assert!(!leftover.exists());
}

#[tokio::test]
async fn acknowledged_events_that_vanish_behind_a_mark_are_missed() {
    let dir = TempDir::new().unwrap();
    let options = small(Arc::new(SuiteClock::at(start())));
    let every = Duration::from_millis(1);
    let log = EmbeddedLog::open(dir.path(), Options { mark_every: every, ..options }).unwrap();
    fill(&log, 0, 50).await;
    fill(&log, 50, 50).await;
    let mark = dir.path().join("ACKNOWLEDGED");
    while !fs::read_to_string(&mark).is_ok_and(|text| text.starts_with("100 ")) {
        tokio::task::yield_now().await;
    }
    drop(log);
    drop(open(dir.path()));
    let segment = last_segment(dir.path());
    let pristine = fs::read(&segment).unwrap();
    change(&segment, |bytes| {
        let end = end_of(bytes);
        bytes[end - 200..].fill(0);
    });
    let error = try_open(dir.path()).unwrap_err().to_string();
    assert!(error.ends_with("lacks positions 51 to 100"), "{error}");
    fs::write(&segment, pristine).unwrap();

    // And a log that is another one up to there.
    let text = fs::read_to_string(&mark).unwrap();
    fs::write(&mark, text.replace("100 ", "99 ")).unwrap();
    let outcome = try_open(dir.path());
    assert!(matches!(outcome, Err(OpenError::NotAsAcknowledged { position: 99 })));
    fs::write(&mark, text).unwrap();
    drop(open(dir.path()));
}
