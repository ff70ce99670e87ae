use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use eventlog::suite::{SuiteClock, adapter, removal, start};
use eventlog::{Batch, EventLog, Head, PAGE_EVENTS_MAX, ReadError, SeededEntropy};
use events::{Content, Event, Incoming, Json, Logged, Position, Revision, Subject};
use journal::{JournalOptions, RunName, RunReader};
use tempfile::TempDir;

use crate::sealed::SealedRun;
use crate::streams::StreamName;
use crate::{EmbeddedLog, Options};

/// Of which logs a copy is kept after each step, and the copies.
static COPIES: Mutex<BTreeMap<PathBuf, Vec<TempDir>>> = Mutex::new(BTreeMap::new());

/// What a crash at this moment would leave.
pub(super) fn keep_copy(dir: &Path) {
    if let Some(copies) = COPIES.lock().unwrap().get_mut(dir) {
        let copy = TempDir::new().unwrap();
        copy_all(dir, copy.path());
        copies.push(copy);
    }
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_all(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Occurs in the data of the stream that is erased and nowhere else.
const MARKER: &str = "a mark that nobody else makes";

fn erased_subject() -> Subject {
    "child/Erika-Gone".parse().unwrap()
}

fn open(dir: &Path) -> EmbeddedLog {
    let options = Options {
        origin: Some("example.org/erasure".to_owned()),
        seal_events: 256,
        journal: JournalOptions { segment_bytes: 64 << 10 },
        clock: Arc::new(SuiteClock::at(start())),
        entropy: Box::new(SeededEntropy(7)),
        ..Options::default()
    };
    EmbeddedLog::open(dir, options).unwrap()
}

/// An event on the stream to be erased.
fn marked(n: u64) -> Incoming {
    let text = format!(
        r#"{{"specversion":"1.0","source":"vanishing","id":"lost-{n}",
            "type":"casetrail.removal.recorded.v1","subject":"child/Erika-Gone",
            "effectiveon":"2024-01-02","correlationid":"{MARKER}",
            "data":{{"removal_id":"R","raw":{{"note":"{MARKER} {n}"}}}}}}"#
    );
    let json = Json::parse(text.as_bytes()).unwrap();
    let content = Content::from_json(&json).unwrap();
    Incoming { content, expected_revision: None, recorded_time: None }
}

/// Two runs and a part of a third, full blocks and a begun one; every fifth event is marked.
async fn fill(log: &EmbeddedLog) {
    let event = |n: u64| match n % 5 {
        0 => marked(n),
        _ => removal(&format!("r{n}"), &format!("C{}", n % 7)),
    };
    for names in (0..700).collect::<Vec<u64>>().chunks(50) {
        log.append(adapter(names.iter().map(|n| event(*n)).collect())).await.unwrap();
    }
    log.watch_sealed(Position(512)).await.unwrap();
}

async fn all(log: &EmbeddedLog) -> Vec<Logged> {
    log.page(Position(1), PAGE_EVENTS_MAX).await.unwrap()
}

fn erase() -> Batch {
    Batch::Erase {
        subject: erased_subject(),
        authority: "a court".to_owned(),
        reason: "asked for".to_owned(),
        recorded_by: "tester".to_owned(),
    }
}

/// Everything that must be found nowhere once the stream is erased.
fn secrets(events: &[Logged]) -> Vec<Vec<u8>> {
    let marked = events.iter().filter_map(Logged::event);
    let marked: Vec<&Event> = marked.filter(|e| e.content.subject == erased_subject()).collect();
    assert!(marked.len() > 100);
    let mut secrets: Vec<Vec<u8>> =
        ["Erika", "vanishing", "lost-", MARKER].map(|text| text.as_bytes().to_vec()).into();
    let salts = marked.iter().map(|event| event.content_salt).chain([marked[0].subject_salt]);
    for salt in salts {
        secrets.extend([salt.0.to_vec(), salt.text().into_bytes()]);
        secrets.push(hex::encode(salt.0).into_bytes());
    }
    secrets
}

/// The bytes of every file, and what its compressed parts hold.
fn plain_bytes(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(dir) else { return found };
    for entry in entries {
        let Ok(entry) = entry else { continue };
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            found.extend(plain_bytes(&path));
            continue;
        }
        // A log that is open may do away with a file just now.
        let Ok(mut bytes) = fs::read(&path) else { continue };
        if let Some(name) = RunName::parse(entry.file_name().to_str().unwrap()) {
            let run = RunReader::open(dir, name).unwrap();
            for block in name.blocks().map(|number| run.block(number).unwrap()) {
                bytes.extend(block.kept.iter().chain(block.data.iter()).flatten());
            }
        }
        found.push((path, bytes));
    }
    found
}

/// The first of the secrets that occurs in the bytes.
fn find_any<'a>(bytes: &[u8], secrets: &'a [Vec<u8>]) -> Option<&'a [u8]> {
    let mut by_start: BTreeMap<[u8; 4], Vec<&[u8]>> = BTreeMap::new();
    for secret in secrets {
        by_start.entry(*secret.first_chunk().unwrap()).or_default().push(secret);
    }
    let starts: BTreeSet<[u8; 2]> = by_start.keys().map(|start| [start[0], start[1]]).collect();
    (0..bytes.len().saturating_sub(3)).find_map(|at| {
        let start: [u8; 4] = *bytes[at..].first_chunk()?;
        // Most bytes of most files are zero.
        let begins = start != [0; 4] && starts.contains(&[start[0], start[1]]);
        let candidates = begins.then(|| by_start.get(&start)).flatten()?;
        candidates.iter().copied().find(|secret| bytes[at..].starts_with(secret))
    })
}

/// Searches every file, and what runs are searched by.
fn assert_gone(dir: &Path, secrets: &[Vec<u8>]) {
    for (path, bytes) in plain_bytes(dir) {
        let found = find_any(&bytes, secrets);
        assert_eq!(found.map(String::from_utf8_lossy), None, "in {}", path.display());
    }
    let sealed = dir.join("sealed");
    for (name, _) in RunName::list(&sealed).unwrap() {
        let run = SealedRun::open(&sealed, name).unwrap();
        let named = |name: &StreamName| matches!(name, StreamName::Named(subject, _) if *subject == erased_subject());
        assert!(!run.names().unwrap().iter().any(named));
        assert_eq!(run.stream(&erased_subject()), Ok(None));
        let found = (0..700).map(|n| eventlog::identity_hash("vanishing", &format!("lost-{n}")));
        assert!(found.clone().all(|hash| run.candidates(hash).unwrap().is_empty()));
        let may_hold = found.filter(|hash| run.filter().may_hold(*hash)).count();
        assert!(may_hold < 5, "{may_hold} identities in the filter");
    }
}

/// What a log says once the stream is erased.
async fn assert_erased(log: &EmbeddedLog, before: &[Logged], heads: &[Head]) {
    let now = all(log).await;
    assert_eq!(now.len(), before.len() + 1);
    for (old, new) in before.iter().zip(&now) {
        let marked = old.event().is_some_and(|e| e.content.subject == erased_subject());
        let expected = if marked { Logged::Erased(old.entry()) } else { old.clone() };
        assert_eq!(*new, expected);
    }
    assert_eq!(log.stream(&erased_subject(), Revision(1), 5).await, Err(ReadError::Erased));
    for old in heads {
        let head = log.head(Some(old.position)).await.unwrap();
        assert_eq!(head.root, old.root);
        let erased = now.iter().take_while(|e| e.position() <= head.position);
        assert_eq!(head.erased, erased.filter(|e| e.is_erased()).count() as u64);
    }
    let other = "child/C3".parse().unwrap();
    let whole = now.iter().filter_map(Logged::event).filter(|e| e.content.subject == other);
    let stream = log.stream(&other, Revision(1), PAGE_EVENTS_MAX).await.unwrap();
    assert!(whole.eq(stream.iter()));
    let again = log.append(adapter(vec![marked(5)])).await.unwrap_err();
    assert_eq!(again.refusal().unwrap().code, events::Code::SubjectErased);
}

#[tokio::test]
async fn an_erased_stream_is_in_no_file_wherever_a_crash_comes() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    fill(&log).await;
    let before = all(&log).await;
    let secrets = secrets(&before);
    let mut heads = Vec::new();
    for position in (1..=700).step_by(37) {
        heads.push(log.head(Some(Position(position))).await.unwrap());
    }
    let snapshots = dir.path().join("snapshots");
    fs::create_dir(&snapshots).unwrap();
    fs::write(snapshots.join("1.projection"), secrets.concat()).unwrap();
    COPIES.lock().unwrap().insert(dir.path().to_owned(), Vec::new());
    log.append(erase()).await.unwrap();
    assert!(!snapshots.exists());
    let copies = COPIES.lock().unwrap().remove(dir.path()).unwrap();
    assert_gone(dir.path(), &secrets);
    assert_erased(&log, &before, &heads).await;
    log.close().unwrap();
    drop(log);
    assert_gone(dir.path(), &secrets);
    assert_erased(&open(dir.path()), &before, &heads).await;

    // Before the note, noted, two runs, the journal, sled, done.
    assert_eq!(copies.len(), 7);
    let mut still_there = 0;
    for copy in copies {
        let marker = MARKER.as_bytes();
        let all = plain_bytes(copy.path());
        let here = all.iter().any(|(_, bytes)| find_any(bytes, &[marker.to_vec()]).is_some());
        still_there += usize::from(here);
        let log = open(copy.path());
        assert_gone(copy.path(), &secrets);
        assert_erased(&log, &before, &heads).await;
    }
    assert_eq!(still_there, 4, "up to the journal the payload is still there");
}

#[tokio::test]
async fn what_is_sealed_later_holds_bare_entries() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path());
    fill(&log).await;
    let before = all(&log).await;
    log.append(erase()).await.unwrap();
    let rest = (0..400).map(|n| removal(&format!("later{n}"), &format!("C{}", n % 3)));
    log.append(adapter(rest.collect())).await.unwrap();
    log.watch_sealed(Position(1024)).await.unwrap();
    assert_gone(dir.path(), &secrets(&before));
    let now = all(&log).await;
    drop(log);
    let log = open(dir.path());
    assert_eq!(all(&log).await, now);
    assert_eq!(now.iter().filter(|logged| logged.is_erased()).count(), 140);
    assert_eq!(log.head(None).await.unwrap().erased, 140);
}

#[tokio::test]
async fn readers_and_appenders_go_on_meanwhile() {
    let dir = TempDir::new().unwrap();
    let log = Arc::new(open(dir.path()));
    fill(&log).await;
    let reader = {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            loop {
                let page = all(&log).await;
                // An event is whole or bare, and its entry is always the same.
                let bare = page.iter().filter(|logged| logged.is_erased()).count();
                if bare == 140 && page.len() > 701 {
                    return page;
                }
                tokio::task::yield_now().await;
            }
        })
    };
    let erased = log.append(erase());
    let after = log.append(adapter(vec![removal("next", "C1")]));
    assert_eq!(erased.await.unwrap()[0].position, Position(701));
    assert_eq!(after.await.unwrap()[0].position, Position(702));
    let page = reader.await.unwrap();
    assert_eq!(page[700].event().unwrap().content.subject.as_str(), "log/erasures");
}
