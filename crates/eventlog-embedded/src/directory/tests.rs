use std::fs;
use std::path::Path;
use std::sync::Arc;

use eventlog::suite::{SuiteClock, adapter, removal, start};
use eventlog::{EventLog, SeededEntropy};
use events::{Position, Subject};
use journal::RunName;
use tempfile::TempDir;

use super::Directory;
use crate::sealed::SealedRun;
use crate::{EmbeddedLog, Options};

/// Three sealed runs of events on 40 streams.
fn runs(dir: &Path) -> Vec<Arc<SealedRun>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let options = Options {
            seal_events: 256,
            clock: Arc::new(SuiteClock::at(start())),
            entropy: Box::new(SeededEntropy(1)),
            ..Options::default()
        };
        let log = EmbeddedLog::open(dir, options).unwrap();
        let event = |n: u64| removal(&format!("r{n}"), &format!("C{}", n * n % 1601 % 40));
        log.append(adapter((0..800).map(event).collect())).await.unwrap();
        log.watch_sealed(Position(768)).await.unwrap();
    });
    let sealed = dir.join("sealed");
    let names = RunName::list(&sealed).unwrap().into_iter();
    names.map(|(name, _)| Arc::new(SealedRun::open(&sealed, name).unwrap())).collect()
}

fn subjects() -> Vec<Subject> {
    (0..41).map(|n| format!("child/C{n}").parse().unwrap()).collect()
}

/// Which runs the directory names for every stream, with how much of the log it speaks of.
fn answers(directory: &Directory, runs: &[Arc<SealedRun>]) -> (Vec<Vec<RunName>>, u64) {
    let mut covered = u64::MAX;
    let answers = subjects().into_iter().map(|subject| {
        let (holding, through) = directory.runs_of(&subject, runs);
        covered = covered.min(through);
        holding.iter().map(|run| run.name()).collect()
    });
    let answers = answers.collect();
    (answers, covered)
}

/// What the runs themselves say.
fn expected(runs: &[Arc<SealedRun>]) -> Vec<Vec<RunName>> {
    let holds = |run: &&Arc<SealedRun>, subject: &Subject| run.stream(subject).unwrap().is_some();
    let of_subject = |subject: &Subject| {
        runs.iter().filter(|run| holds(run, subject)).map(|run| run.name()).collect()
    };
    subjects().iter().map(of_subject).collect()
}

fn never() -> bool {
    false
}

#[test]
fn says_of_the_covered_runs_what_they_say() {
    let dir = TempDir::new().unwrap();
    let runs = runs(dir.path());
    let directory = Directory::new(dir.path().join("other"));
    assert_eq!(directory.runs_of(&subjects()[0], &runs).1, 0, "not open yet");
    directory.open(false, &runs);
    for count in 0..3 {
        let covered = runs[..count].last().map_or(0, |run| run.name().last);
        assert_eq!(answers(&directory, &runs), (expected(&runs[..count]), covered));
        assert!(directory.add(&runs[count], count as u64, never).unwrap());
    }
    assert_eq!(answers(&directory, &runs), (expected(&runs), 768));
    // A reader whose snapshot is older does not know the last run.
    assert_eq!(answers(&directory, &runs[..2]), (expected(&runs[..2]), 768));
    assert!(directory.close());
    assert_eq!(directory.runs_of(&subjects()[0], &runs).1, 0, "closed");
}

#[test]
fn goes_on_where_it_was_closed() {
    let dir = TempDir::new().unwrap();
    let runs = runs(dir.path());
    let path = dir.path().join("other");
    let directory = Directory::new(path.clone());
    directory.open(false, &runs);
    assert!(directory.add(&runs[0], 0, never).unwrap());
    assert!(!directory.add(&runs[1], 1, || true).unwrap(), "told to end");
    assert!(directory.close());
    let directory = Directory::new(path.clone());
    directory.open(true, &runs);
    assert_eq!(directory.covered(), 256);
    assert!(directory.add(&runs[1], 1, never).unwrap());
    assert_eq!(answers(&directory, &runs), (expected(&runs[..2]), 512));
    directory.abandon();
    // What was not closed is made anew.
    let directory = Directory::new(path);
    directory.open(false, &runs);
    assert_eq!(directory.covered(), 0);
}

#[test]
fn a_catalogue_of_other_runs_is_made_anew() {
    let dir = TempDir::new().unwrap();
    let runs = runs(dir.path());
    let path = dir.path().join("other");
    let directory = Directory::new(path.clone());
    directory.open(false, &runs);
    for (run, ordinal) in runs.iter().zip(0..) {
        assert!(directory.add(run, ordinal, never).unwrap());
    }
    assert!(directory.close());
    let directory = Directory::new(path);
    directory.open(true, &runs[..2]);
    assert_eq!(directory.covered(), 0);
    assert!(directory.add(&runs[0], 0, never).unwrap());
    assert_eq!(answers(&directory, &runs[..2]), (expected(&runs[..1]), 256));
}

#[test]
fn a_directory_that_cannot_be_is_no_harm() {
    let dir = TempDir::new().unwrap();
    let runs = runs(dir.path());
    let path = dir.path().join("other");
    fs::write(&path, "a file is in the way").unwrap();
    let directory = Directory::new(path);
    directory.open(true, &runs);
    assert_eq!(directory.runs_of(&subjects()[0], &runs).1, 0);
    assert!(!directory.add(&runs[0], 0, never).unwrap());
    assert!(!directory.close());
}
