//! Many events under way, answers that are slow, logs that stop.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use async_trait::async_trait;
use eventlog::{AppendError, Batch, EventLog, Head, Memory, Pending, ReadError, Receipt};
use eventlog::{SeededEntropy, SetClock, suite};
use events::{Admission, Event, EventKey, Logged, Position, Revision, Subject};

use super::{Dripping, block_on, removal};
use crate::{IngestError, Progress, Quarantine, ReadInputError, Summary, read, run};

/// A model that answers only after it was asked several times, later events sooner.
struct Slow {
    inner: Memory,
    under_way: Arc<AtomicUsize>,
    most_under_way: AtomicUsize,
    order: Mutex<Vec<String>>,
    /// Batches that are taken; the next is answered with the error.
    until: usize,
    error: AppendError,
}

impl Slow {
    fn new(until: usize, error: AppendError) -> Self {
        let clock = Arc::new(SetClock::at(suite::start()));
        Self {
            inner: Memory::new("example.org/slow", clock, SeededEntropy(3)),
            under_way: Arc::default(),
            most_under_way: AtomicUsize::new(0),
            order: Mutex::default(),
            until,
            error,
        }
    }

    fn patient() -> Self {
        Self::new(usize::MAX, AppendError::Stopped("never".to_owned()))
    }

    fn answer(&self, batch: Batch) -> Result<Vec<Receipt>, AppendError> {
        let mut order = self.order.lock().expect("no panic");
        if let Batch::Adapter { events, .. } | Batch::Backfill { events, .. } = &batch {
            order.extend(events.iter().map(|e| e.content.key.id.to_string()));
        }
        if order.len() > self.until {
            return Err(self.error.clone());
        }
        block_on(self.inner.append(batch))
    }
}

#[async_trait]
impl EventLog for Slow {
    fn append(&self, batch: Batch) -> Pending {
        let mut answer = Some(self.answer(batch));
        let now = self.under_way.fetch_add(1, SeqCst) + 1;
        self.most_under_way.fetch_max(now, SeqCst);
        let (under_way, mut asked) = (self.under_way.clone(), 0);
        let delay = 10 / now;
        Box::pin(std::future::poll_fn(move |context| {
            asked += 1;
            if asked <= delay {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            under_way.fetch_sub(1, SeqCst);
            Poll::Ready(answer.take().expect("asked once after the answer"))
        }))
    }

    async fn page(&self, from: Position, limit: usize) -> Result<Vec<Logged>, ReadError> {
        self.inner.page(from, limit).await
    }

    async fn stream(
        &self,
        of: &Subject,
        from: Revision,
        n: usize,
    ) -> Result<Vec<Event>, ReadError> {
        self.inner.stream(of, from, n).await
    }

    async fn find(&self, key: &EventKey) -> Result<Option<Position>, ReadError> {
        self.inner.find(key).await
    }

    async fn head(&self, at: Option<Position>) -> Result<Head, ReadError> {
        self.inner.head(at).await
    }

    async fn tile(&self, tile: proof::TileId) -> Result<Vec<events::Hash>, ReadError> {
        self.inner.tile(tile).await
    }

    async fn checkpoint(&self, at: Position) -> Result<Option<String>, ReadError> {
        self.inner.checkpoint(at).await
    }

    async fn watch(&self, after: Position) -> Result<Position, ReadError> {
        self.inner.watch(after).await
    }
}

fn text(count: usize) -> String {
    let line = |n| removal(&format!("r{n}"), &format!("C{}", n % 3));
    (0..count).map(line).collect::<Vec<_>>().join("\n")
}

fn ingest(log: &Slow, text: &str, window: usize, path: &Path) -> Result<Summary, IngestError> {
    let reader = read(text.as_bytes(), Admission::Adapter).expect("a form");
    let mut quarantine = Quarantine::new(path);
    block_on(run(log, reader, "tester", window, &mut quarantine, &mut |_| ()))
}

fn nowhere() -> &'static Path {
    Path::new("/nonexistent/folder/quarantine.ndjson")
}

#[test]
fn the_window_is_filled_and_never_exceeded() {
    for (window, most) in [(0, 1), (1, 1), (2, 2), (7, 7), (1000, 60)] {
        let log = Slow::patient();
        let summary = ingest(&log, &text(60), window, nowhere()).expect("all");
        assert_eq!(summary.progress.recorded, 60);
        assert_eq!(log.most_under_way.load(SeqCst), most, "window {window}");
        let expected: Vec<_> = (0..60).map(|n| format!("r{n}")).collect();
        assert_eq!(*log.order.lock().expect("no panic"), expected, "submitted in their order");
    }
}

#[test]
fn large_events_fill_the_window_sooner() {
    let log = Slow::patient();
    let spaces = " ".repeat(200 * 1024);
    let line = |n| removal(&format!("r{n}"), "C1").replacen('{', &format!("{{{spaces}"), 1);
    let text: Vec<_> = (0..200).map(line).collect();
    let summary = ingest(&log, &text.join("\n"), 1024, nowhere()).expect("all");
    assert_eq!(summary.progress.recorded, 200);
    assert!(log.most_under_way.load(SeqCst) <= 16 * 1024 / 200);
}

#[test]
fn a_log_that_stops_is_an_error_with_the_last_acknowledged_line() {
    let errors = [
        AppendError::Stopped("disk full".to_owned()),
        AppendError::OutcomeUnknown("connection lost".to_owned()),
        AppendError::Read(ReadError::Stopped),
    ];
    for error in errors {
        let log = Slow::new(25, error.clone());
        let text = format!("\n{}", text(60));
        match ingest(&log, &text, 10, nowhere()) {
            Err(IngestError::Log { progress, line: 27, source }) => {
                let counts = Progress { line: 26, recorded: 25, ..Progress::default() };
                assert_eq!(progress, counts);
                assert_eq!(source, error);
            }
            other => panic!("{other:?}"),
        }
        let summary = ingest(&Slow { until: usize::MAX, ..log }, &text, 10, nowhere());
        let progress = summary.expect("safe to run again").progress;
        assert_eq!((progress.recorded, progress.already_recorded), (35, 25));
    }
}

#[test]
fn an_input_that_breaks_off_is_an_error_after_all_before_it_is_settled() {
    let text = format!("{}\n{{\"spec", text(30));
    let log = Slow::patient();
    let folder = tempfile::tempdir().expect("a folder");
    let dripping = Dripping { bytes: text.as_bytes(), fails: true, interrupt: false };
    let reader = read(dripping, Admission::Adapter).expect("lines");
    let mut quarantine = Quarantine::new(folder.path().join("q"));
    let outcome = block_on(run(&log, reader, "tester", 1024, &mut quarantine, &mut |_| ()));
    match outcome {
        Err(IngestError::Input { progress, source: ReadInputError::Io { line: 31, .. } }) => {
            let counts = Progress { line: 30, recorded: 30, ..Progress::default() };
            assert_eq!(progress, counts);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(log.under_way.load(SeqCst), 0);
}

#[test]
fn what_was_refused_before_the_log_stopped_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("q");
    let log = Slow::new(5, AppendError::Stopped("disk full".to_owned()));
    let text = format!("garbage\n{}", text(20));
    let reader = read(text.as_bytes(), Admission::Adapter).expect("lines");
    // Alive until the file was looked at: what its end would write out does not count.
    let mut quarantine = Quarantine::new(&path);
    let outcome = block_on(run(&log, reader, "tester", 4, &mut quarantine, &mut |_| ()));
    let error = outcome.expect_err("stopped");
    assert!(quarantine.holds_any());
    assert_eq!(error.progress().refused, 1);
    assert_eq!(error.to_string(), "line 6 is the last one that the log acknowledged");
    let kept = std::fs::read_to_string(&path).expect("the quarantine");
    assert!(kept.starts_with(r#"{"line":1,"code":"NOT_JSON","path":"","message":""#), "{kept}");
    assert!(kept.ends_with(",\"event\":\"garbage\"}\n"), "{kept}");
}

#[test]
fn a_quarantine_that_cannot_be_written_is_an_error() {
    let text = format!("{}\ngarbage\n{}", text(3), text(9));
    match ingest(&Slow::patient(), &text, 4, nowhere()) {
        Err(IngestError::Quarantine { progress, .. }) => {
            assert_eq!((progress.line, progress.recorded, progress.refused), (3, 3, 0));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn backfilled_events_keep_their_times_and_their_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("q");
    let at = |id: &str, time: &str| {
        removal(id, "C1").replacen('{', &format!(r#"{{"recordedtime":"2024-05-{time}Z","#), 1)
    };
    let text = [
        at("a", "01T00:00:00"),
        at("b", "03T00:00:00"),
        at("c", "02T00:00:00"),
        at("d", "03T00:00:00.000001"),
        removal("e", "C1"),
        at("f", "31T24:00:00"),
    ]
    .join("\n");
    let log = Slow::patient();
    let reader = read(text.as_bytes(), Admission::Backfill).expect("lines");
    let mut quarantine = Quarantine::new(&path);
    let outcome = block_on(run(&log, reader, "tester", 1024, &mut quarantine, &mut |_| ()));
    let summary = outcome.expect("all settled");
    assert_eq!((summary.progress.recorded, summary.progress.refused), (3, 3));
    let codes: Vec<_> = summary.refused_by_code.keys().map(|code| code.name()).collect();
    assert_eq!(codes, ["MISSING_FIELD", "INVALID_INSTANT", "TIME_DECREASES"]);
    let events = block_on(log.page(Position(1), 10)).expect("a page");
    let times: Vec<_> = events.iter().map(|e| e.recorded_time().to_string()).collect();
    assert_eq!(times[2], "2024-05-03T00:00:00.000001Z");
    assert!(events.iter().all(|e| &*e.entry().recorded_by == "tester+backfill"));
}
