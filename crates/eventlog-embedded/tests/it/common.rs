//! Logs in temporary directories, and all that can be read of one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use eventlog::suite::{SuiteClock, adapter, removal, start};
use eventlog::{Clock, Entropy, EventLog, Head, PAGE_EVENTS_MAX, SeededEntropy};
use eventlog_embedded::{EmbeddedLog, OpenError, Options};
use events::{Event, EventKey, Logged, Position, Revision, Salt, Subject};
use journal::JournalOptions;

pub(crate) const ORIGIN: &str = "example.org/suite";

/// Segments and runs as small as they can be, so that a few hundred events pass through all of
/// the engine.
pub(crate) fn small(clock: Arc<dyn Clock>) -> Options {
    Options {
        origin: Some(ORIGIN.to_owned()),
        seal_events: 256,
        journal: JournalOptions { segment_bytes: 32 << 10 },
        clock,
        entropy: Box::new(SeededEntropy(7)),
        ..Options::default()
    }
}

/// Opens the log in `dir`, small, at the suite's first instant.
pub(crate) fn open(dir: &Path) -> EmbeddedLog {
    try_open(dir).unwrap()
}

/// The same, where it may fail.
pub(crate) fn try_open(dir: &Path) -> Result<EmbeddedLog, OpenError> {
    EmbeddedLog::open(dir, small(Arc::new(SuiteClock::at(start()))))
}

/// Appends `count` removals in batches of at most 50, on 13 streams, named from `first` on.
pub(crate) async fn fill(log: &dyn EventLog, first: u64, count: u64) {
    let names: Vec<u64> = (first..first + count).collect();
    for names in names.chunks(50) {
        let events = names.iter().map(|n| removal(&format!("r{n}"), &format!("C{}", n % 13)));
        log.append(adapter(events.collect())).await.unwrap();
    }
}

/// Every answer that a log can give.
#[derive(Debug, PartialEq)]
pub(crate) struct Answers {
    pub(crate) events: Vec<Logged>,
    streams: Vec<Vec<Event>>,
    found: Vec<Option<Position>>,
    heads: Vec<Head>,
}

impl Answers {
    /// The events that were not erased.
    pub(crate) fn whole(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().filter_map(Logged::event)
    }
}

/// Asks a log everything.
pub(crate) async fn answers(log: &dyn EventLog) -> Answers {
    let mut events = Vec::new();
    loop {
        let from = Position(events.len() as u64 + 1);
        let page = log.page(from, PAGE_EVENTS_MAX).await.unwrap();
        if page.is_empty() {
            break;
        }
        events.extend(page);
    }
    let whole = || events.iter().filter_map(Logged::event);
    let subjects: BTreeSet<Subject> = whole().map(|e| e.content.subject.clone()).collect();
    let mut streams = Vec::new();
    for subject in &subjects {
        for (from, limit) in [(1, PAGE_EVENTS_MAX), (7, 5), (40, 2)] {
            streams.push(log.stream(subject, Revision(from), limit).await.unwrap());
        }
    }
    let mut found = Vec::new();
    for event in whole().step_by(5) {
        found.push(log.find(&event.content.key).await.unwrap());
    }
    let absent = EventKey { source: "suite".into(), id: "absent".into() };
    found.push(log.find(&absent).await.unwrap());
    let mut heads = vec![log.head(None).await.unwrap()];
    for at in (0..=events.len() as u64).step_by(101) {
        heads.push(log.head(Some(Position(at))).await.unwrap());
    }
    Answers { events, streams, found, heads }
}

/// Files in a directory of the log, in order of name.
pub(crate) fn files(dir: &Path, suffix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|path| path.to_str().unwrap().ends_with(suffix)).collect();
    files.sort();
    files
}

/// Salts that go on where they were when a log is opened again.
#[derive(Clone)]
pub(crate) struct SharedEntropy(pub(crate) Arc<Mutex<SeededEntropy>>);

impl Entropy for SharedEntropy {
    fn salt(&mut self) -> Salt {
        self.0.lock().unwrap().salt()
    }
}
