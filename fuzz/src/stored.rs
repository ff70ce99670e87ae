//! Files of the log: segments, runs, and the records in them.

use std::path::Path;

use eventlog::EventLog;
use eventlog_embedded::{EmbeddedLog, Options};
use events::Position;
use journal::{Expected, Journal, JournalOptions, Needed, RunName, RunReader, Verdict, scan};
use tempfile::TempDir;

/// Scans bytes as the file of a segment.
///
/// # Panics
/// Where the groups that were found are not dense, not chained or not within the bytes.
pub fn segment(bytes: &[u8]) {
    let expected = Expected { position: 1, previous_link: 0 };
    let found = scan(bytes, expected);
    let mut next = expected;
    let mut end = 0;
    for group in &found.groups {
        assert_eq!(group.first, next.position);
        assert!(group.offset >= end && group.end() <= bytes.len() && group.count > 0);
        end = group.end();
        next = Expected { position: group.last() + 1, previous_link: group.link };
    }
    assert_eq!(found.next, next);
    assert!(found.end <= bytes.len());
    if found.verdict == Verdict::CleanEnd {
        assert!(bytes[found.end..].iter().all(|byte| *byte == 0));
    }
}

/// A folder in memory if there is one.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    made.expect("a folder can be made")
}

/// Opens bytes as the file of a run, and reads all of it.
///
/// # Panics
/// Where a block that was read has not 256 records.
pub fn run(bytes: &[u8]) {
    let dir = folder();
    let name = RunName { first: 1, last: 256 };
    std::fs::write(dir.path().join(name.file_name()), bytes).expect("a file can be written");
    let Ok(run) = RunReader::open(dir.path(), name) else { return };
    if let Ok(block) = run.block(0) {
        assert_eq!((block.first, block.kept.len(), block.data.len()), (1, 256, 256));
    }
    drop(run.kept(0));
    for section in ["summary", "streams", "subjects", "ids", "filter", "roots"] {
        drop(run.section(section));
    }
}

/// Opens a log whose journal holds bytes as records: each begins with its length, two bytes.
///
/// # Panics
/// Where the log opens and a read of what it holds fails.
pub fn records(bytes: &[u8]) {
    let dir = folder();
    let (mut records, mut rest) = (Vec::new(), bytes);
    while let Some((length, behind)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_le_bytes(*length)).min(behind.len());
        let (record, behind) = behind.split_at(length);
        records.push(record);
        rest = behind;
    }
    if records.is_empty() {
        return;
    }
    let options = || Options {
        origin: Some("example.org/fuzz".to_owned()),
        journal: JournalOptions { segment_bytes: 4096 },
        ..Options::default()
    };
    drop(EmbeddedLog::open(dir.path(), options()).expect("an empty folder becomes a log"));
    let place = dir.path().join("journal");
    let mut journal = Journal::open(&place, options().journal, Needed::NOTHING).expect("it opens");
    journal.append(&records).expect("a journal takes any records");
    drop(journal);
    let Ok(log) = EmbeddedLog::open(dir.path(), options()) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let head = log.head(None).await.expect("an open log has a head");
        assert_eq!(head.position.0, records.len() as u64);
        // What opening does not look at, the data of an event, may still be no JSON.
        drop(log.page(Position(1), records.len()).await);
    });
}
