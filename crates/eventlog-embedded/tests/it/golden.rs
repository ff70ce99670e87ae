//! A log that was written once and must be readable for ever.
//!
//! A golden that fails is not repaired by writing it anew: changed forms get new version numbers,
//! and these files stay and stay readable.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eventlog::suite::{SuiteClock, adapter, removal, start};
use eventlog::{Batch, Entropy, EventLog, Memory, SeededEntropy};
use eventlog_embedded::{EmbeddedLog, Options};
use events::{Event, Logged, Position, Revision};
use journal::JournalOptions;
use tempfile::TempDir;

use crate::common::{ORIGIN, answers, small};

const DIRECTORIES: [&str; 2] = ["journal", "sealed"];

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/log-v1")
}

fn options() -> Options {
    let journal = JournalOptions { segment_bytes: 4 << 10 };
    Options { journal, ..small(Arc::new(SuiteClock::at(start()))) }
}

/// The events of the golden: one run and a few more.
async fn append(log: &dyn EventLog) {
    for batch in (0..261).collect::<Vec<_>>().chunks(9) {
        let events = batch.iter().map(|n| removal(&format!("r{n}"), &format!("C{}", n % 7)));
        log.append(adapter(events.collect())).await.unwrap();
    }
}

/// Writes the golden where there is none, for the first program of a new version.
async fn write_missing() {
    if golden().exists() {
        return;
    }
    let dir = TempDir::new().unwrap();
    // The first opening draws a key; after the second, salts are the model's.
    drop(EmbeddedLog::open(dir.path(), options()).unwrap());
    let log = EmbeddedLog::open(dir.path(), options()).unwrap();
    append(&log).await;
    log.watch_sealed(Position(256)).await.unwrap();
    drop(log);
    for name in DIRECTORIES {
        fs::create_dir_all(golden().join(name)).unwrap();
        for entry in fs::read_dir(dir.path().join(name)).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            let line = |line: &[u8]| line.iter().map(|byte| format!("{byte:02x}")).collect();
            let lines: Vec<String> = bytes.chunks(64).map(line).collect();
            let file = format!("{}.hex", path.file_name().unwrap().to_str().unwrap());
            fs::write(golden().join(name).join(file), lines.join("\n") + "\n").unwrap();
        }
    }
}

/// What the golden holds. Its program drew the salt of a stream before that of the event that begins
/// it, one event after the other.
fn written() -> Vec<Logged> {
    let mut entropy = SeededEntropy(7);
    let mut streams = BTreeMap::new();
    let mut event = |n: u64| {
        let content = removal(&format!("r{n}"), &format!("C{}", n % 7)).content;
        let stream = streams.entry(content.subject.clone());
        let (subject_salt, revision) = stream.or_insert_with(|| (entropy.salt(), Revision(0)));
        revision.0 += 1;
        Event {
            content,
            position: Position(n + 1),
            revision: *revision,
            recorded_time: start(),
            recorded_by: "tester".into(),
            subject_salt: *subject_salt,
            content_salt: entropy.salt(),
        }
    };
    (0..261).map(|n| event(n).into()).collect()
}

/// Puts the golden down as a log's directory.
fn restore(dir: &Path) {
    fs::write(dir.join("origin"), format!("{ORIGIN}\n")).unwrap();
    for name in DIRECTORIES {
        fs::create_dir(dir.join(name)).unwrap();
        for entry in fs::read_dir(golden().join(name)).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
            let byte = |pair: &[u8]| std::str::from_utf8(pair).unwrap().to_owned();
            let bytes: Vec<u8> =
                digits.chunks(2).map(|pair| u8::from_str_radix(&byte(pair), 16).unwrap()).collect();
            fs::write(dir.join(name).join(path.file_stem().unwrap()), bytes).unwrap();
        }
    }
}

#[tokio::test]
async fn a_log_of_version_1_is_read() {
    write_missing().await;
    let dir = TempDir::new().unwrap();
    restore(dir.path());
    let log = EmbeddedLog::open(dir.path(), options()).unwrap();
    let model = Memory::new(ORIGIN, SuiteClock::at(start()), SeededEntropy(0));
    model.append(Batch::Exact(written())).await.unwrap();
    assert_eq!(answers(&log).await, answers(&model).await);
}
