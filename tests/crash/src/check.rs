//! Opening what a crash left, comparing it with what was claimed, and going on.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use eventlog::{EventLog, PAGE_EVENTS_MAX};
use eventlog_embedded::EmbeddedLog;
use events::{Event, Logged, Position, Revision, Subject};
use proof::Tree;

use crate::claims::Claims;
use crate::names::BatchName;
use crate::workload::{Shape, append, attempt, say, say_head};

/// Batches appended after recovery.
const BATCHES: u64 = 3;
const BATCH_EVENTS: usize = 5;
/// The number of the caller that does so.
const CHECKER: u64 = 999;

/// Opens the log, compares it with the claims, appends to it, closes it, and does so again: the
/// second time after an orderly end. New claims go to standard output.
///
/// # Errors
/// Names what does not hold.
pub async fn check(dir: &Path, claims: &mut Claims, session: u64) -> Result<()> {
    let shape = Shape::small();
    ensure_gone(dir, claims)?;
    for opening in 0..2 {
        let log = EmbeddedLog::open(dir, shape.options()).context("it does not open")?;
        let events = all(&log).await?;
        let tree = claims.check(&events)?;
        check_heads(&log, &tree).await?;
        check_indexes(&log, &events, opening == 0).await?;
        if opening == 0 {
            go_on(&log, claims, session).await.context("after recovery")?;
        }
        log.close().context("it does not close")?;
    }
    Ok(())
}

/// Appends, and claims what comes of it.
async fn go_on(log: &dyn EventLog, claims: &mut Claims, session: u64) -> Result<()> {
    let mut claim = |lines: String| {
        claims.hear(&lines)?;
        say(&lines)
    };
    claim(say_head(log).await?)?;
    for number in 0..BATCHES {
        let batch = BatchName { session, caller: CHECKER, number };
        claim(attempt(batch, BATCH_EVENTS))?;
        claim(append(log, batch, BATCH_EVENTS).await?)?;
    }
    claim(say_head(log).await?)
}

/// The names of erased streams are in no file: looked for before anything is opened, since
/// whoever takes the disk away does not open the log either.
fn ensure_gone(dir: &Path, claims: &Claims) -> Result<()> {
    for entry in std::fs::read_dir(dir).into_iter().flatten() {
        let path = entry?.path();
        if path.is_dir() {
            ensure_gone(&path, claims)?;
            continue;
        }
        let bytes = std::fs::read(&path)?;
        for subject in claims.erased() {
            // Not the beginning of a longer name.
            let name = subject.as_bytes();
            let mut places = bytes.windows(name.len() + 1);
            let found =
                places.any(|place| place.starts_with(name) && !place[name.len()].is_ascii_digit());
            ensure!(!found, "{subject} is erased and stands in {}", path.display());
        }
    }
    Ok(())
}

/// Every event of the log.
///
/// # Errors
/// The first that cannot be read.
pub async fn all(log: &dyn EventLog) -> Result<Vec<Logged>> {
    let mut events: Vec<Logged> = Vec::new();
    loop {
        let page = log.page(Position(events.len() as u64 + 1), PAGE_EVENTS_MAX).await?;
        if page.is_empty() {
            return Ok(events);
        }
        events.extend(page);
    }
}

/// The log's own head is that of its events.
///
/// # Errors
/// When it is another.
pub async fn check_heads(log: &dyn EventLog, tree: &Tree) -> Result<()> {
    let head = log.head(None).await?;
    ensure!(head.position.0 == tree.size(), "the head is at {}", head.position);
    ensure!(head.root == tree.root(), "the log's own root is another than that of its events");
    Ok(())
}

/// Some events are found by their identity; all are on their streams, of which `few` says that
/// some are enough.
///
/// # Errors
/// Names what is not found.
pub async fn check_indexes(log: &dyn EventLog, events: &[Logged], few: bool) -> Result<()> {
    let whole = || events.iter().filter_map(Logged::event);
    for event in whole().step_by(37) {
        let found = log.find(&event.content.key).await?;
        ensure!(found == Some(event.position), "{} is found at {found:?}", event.content.key.id);
    }
    let mut streams: BTreeMap<&Subject, Vec<&Event>> = BTreeMap::new();
    for event in whole() {
        streams.entry(&event.content.subject).or_default().push(event);
    }
    for (subject, expected) in streams.into_iter().step_by(if few { 5 } else { 1 }) {
        let mut stream = Vec::new();
        loop {
            let from = Revision(stream.len() as u64 + 1);
            let page = log.stream(subject, from, PAGE_EVENTS_MAX).await?;
            if page.is_empty() {
                break;
            }
            stream.extend(page);
        }
        ensure!(stream.iter().eq(expected), "stream {subject} is not that of the log");
    }
    Ok(())
}
