//! Closing, dropping, opening again.

use std::fs;
use std::sync::Arc;

use eventlog::suite::{SuiteClock, adapter, removal, start};
use eventlog::{AppendError, EventLog};
use eventlog_embedded::{EmbeddedLog, OpenError, Options};
use events::Position;
use tempfile::TempDir;

use crate::common::{Answers, answers, files, fill, open, small};

/// A log of 1,000 events, three runs of which are sealed; dropped or closed.
async fn written(dir: &TempDir, close: bool) -> Answers {
    let log = open(dir.path());
    fill(&log, 0, 1000).await;
    log.watch_sealed(Position(768)).await.unwrap();
    let before = answers(&log).await;
    if close {
        log.close().unwrap();
    }
    before
}

#[tokio::test]
async fn everything_is_there_after_a_drop_and_after_a_close() {
    for close in [false, true] {
        let dir = TempDir::new().unwrap();
        let before = written(&dir, close).await;
        assert_eq!(dir.path().join("CLEAN").exists(), close);
        let log = open(dir.path());
        assert!(!dir.path().join("CLEAN").exists(), "the mark goes before the log changes");
        assert_eq!(answers(&log).await, before, "closed: {close}");
        fill(&log, 1000, 300).await;
        assert_eq!(answers(&log).await.events[..1000], before.events);
    }
}

#[tokio::test]
async fn batches_under_way_are_appended_before_the_end() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    let batch = |n: u64| adapter(vec![removal(&format!("r{n}"), "C1")]);
    let pending: Vec<_> = (0..100).map(|n| log.append(batch(n))).collect();
    drop(log);
    for outcome in pending {
        outcome.await.unwrap();
    }
    assert_eq!(answers(&open(dir.path())).await.events.len(), 100);
}

#[tokio::test]
async fn a_log_has_one_owner_at_a_time() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    let second = || EmbeddedLog::open(dir.path(), small(Arc::new(SuiteClock::at(start()))));
    assert!(matches!(second(), Err(OpenError::Locked { .. })));
    fill(&log, 0, 3).await;
    log.close().unwrap();
    log.close().unwrap();
    let next = second().unwrap();
    let refused = log.append(adapter(vec![removal("x", "C1")])).await;
    assert!(matches!(refused, Err(AppendError::Stopped(_))));
    assert_eq!(log.head(None).await, next.head(None).await, "reads go on");
}

#[tokio::test]
async fn the_directory_of_streams_is_made_anew_from_the_runs() {
    for closed in [true, false] {
        let dir = TempDir::new().unwrap();
        let before = written(&dir, closed).await;
        fs::remove_dir_all(dir.path().join("directory")).unwrap();
        assert_eq!(answers(&open(dir.path())).await, before);
        // And once more, from what was made anew.
        assert_eq!(answers(&open(dir.path())).await, before);
    }
}

#[tokio::test]
async fn a_damaged_directory_of_streams_is_made_anew() {
    let dir = TempDir::new().unwrap();
    let before = written(&dir, true).await;
    let database = dir.path().join("directory");
    let pristine: Vec<_> = files(&database, "")
        .into_iter()
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    let mark = fs::read(dir.path().join("CLEAN")).unwrap();
    type Damage = fn(&mut Vec<u8>);
    let damages: [Damage; 3] = [
        |bytes| bytes.clear(),
        |bytes| bytes.iter_mut().for_each(|byte| *byte ^= 0x55),
        |bytes| bytes.truncate(bytes.len() / 2),
    ];
    for damage in damages {
        for (path, bytes) in &pristine {
            let mut bytes = bytes.clone();
            damage(&mut bytes);
            fs::write(path, bytes).unwrap();
        }
        fs::write(dir.path().join("CLEAN"), &mark).unwrap();
        assert_eq!(answers(&open(dir.path())).await, before);
    }
}

#[tokio::test]
async fn the_size_of_runs_may_change() {
    let dir = TempDir::new().unwrap();
    let before = written(&dir, true).await;
    let with = |seal_events| {
        let options = small(Arc::new(SuiteClock::at(start())));
        EmbeddedLog::open(dir.path(), Options { seal_events, ..options }).unwrap()
    };
    let log = with(512);
    fill(&log, 1000, 600).await;
    log.watch_sealed(Position(768 + 512)).await.unwrap();
    drop(log);
    let log = with(65_536);
    let after = answers(&log).await;
    assert_eq!(after.events.len(), 1600);
    assert_eq!(after.events[..1000], before.events);
    drop(log);
    let log = with(256);
    log.watch_sealed(Position(1536)).await.unwrap();
    assert_eq!(answers(&log).await, after);
    let names = files(&dir.path().join("sealed"), ".run");
    assert_eq!(names.len(), 5);
}

#[tokio::test]
async fn sealed_events_are_recognised() {
    let dir = TempDir::new().unwrap();
    let before = written(&dir, false).await;
    let log = open(dir.path());
    for n in [0_u64, 255, 256, 700, 999] {
        let again = removal(&format!("r{n}"), &format!("C{}", n % 13));
        let receipts = log.append(adapter(vec![again])).await.unwrap();
        assert!(receipts[0].already_recorded);
        let event = &before.events[usize::try_from(n).unwrap()];
        assert_eq!(receipts[0].position, event.position());
        assert_eq!(receipts[0].leaf, event.leaf());
    }
    let next = log.append(adapter(vec![removal("next", "C3")])).await.unwrap();
    let stream = before.whole().filter(|e| e.content.subject.ident() == "C3").count();
    assert_eq!(next[0].revision.0, stream as u64 + 1);
}

#[tokio::test]
async fn sealed_segments_are_deleted() {
    let dir = TempDir::new().unwrap();
    written(&dir, false).await;
    let segments = files(&dir.path().join("journal"), ".seg");
    let bytes: u64 = segments.iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    assert!(bytes < 300 << 10, "{bytes} bytes of journal for 232 unsealed events");
}

#[test]
fn an_origin_is_for_ever() {
    let dir = TempDir::new().unwrap();
    let with = |origin: Option<&str>| {
        let options = small(Arc::new(SuiteClock::at(start())));
        EmbeddedLog::open(dir.path(), Options { origin: origin.map(str::to_owned), ..options })
    };
    drop(with(Some("example.org/first")).unwrap());
    assert!(matches!(
        with(Some("example.org/second")),
        Err(OpenError::Origin { found, .. }) if found == "example.org/first"
    ));
    drop(with(None).unwrap());
    fs::remove_file(dir.path().join("origin")).unwrap();
    assert!(matches!(with(None), Err(OpenError::OriginMissing { .. })));
}

#[tokio::test]
async fn a_new_log_names_itself() {
    let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let name = async |dir: &TempDir| {
        let log = EmbeddedLog::open(dir.path(), Options::default()).unwrap();
        log.head(None).await.unwrap().origin
    };
    let origin = name(&one).await;
    assert!(origin.starts_with("casetrail/") && origin.len() == 46, "{origin}");
    assert_eq!(name(&one).await, origin);
    assert_ne!(name(&other).await, origin);
}

#[test]
fn options_are_checked() {
    let dir = TempDir::new().unwrap();
    let clock = || Arc::new(SuiteClock::at(start()));
    let wrong_size = Options { seal_events: 300, ..small(clock()) };
    let no_size = Options { seal_events: 0, ..small(clock()) };
    let wrong_name = Options { origin: Some("two\nlines".to_owned()), ..small(clock()) };
    for options in [wrong_size, no_size, wrong_name] {
        let outcome = EmbeddedLog::open(dir.path(), options);
        assert!(matches!(outcome, Err(OpenError::Options(_))));
    }
}
