//! Ten thousand lines, fifty of them bad, into the model of a log.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use eventlog::{EventLog, Memory, SeededEntropy, SetClock, suite};
use events::{Admission, Position};
use serde_json::Value;

use super::{block_on, gzip, removal, zstd};
use crate::{EVENT_TEXT_BYTES_MAX, Progress, Quarantine, Summary, read, run};

const LINES: usize = 10_000;

fn memory() -> Memory {
    Memory::new("example.org/test", Arc::new(SetClock::at(suite::start())), SeededEntropy(1))
}

/// A kind of bad line, by number: its text, code and path.
fn bad(kind: usize, id: &str) -> (String, &'static str, &'static str) {
    let good = removal(id, "C1");
    let with = |member: &str| good.replacen('{', &format!("{{{member},"), 1);
    let data = |data: &str| {
        let end = good.find(r#""data":"#).expect("data");
        format!("{}\"data\":{data}}}", &good[..end])
    };
    let amend = |kind: &str, data: &str| {
        let end = good.find(r#""data":"#).expect("data");
        let envelope = good[..end].replace("removal.recorded", kind);
        format!("{envelope}\"data\":{data}}}")
    };
    match kind {
        0 => (good[..good.len() - 2].to_owned(), "NOT_JSON", ""),
        1 => ("not an event".to_owned(), "NOT_JSON", ""),
        2 => ("[1,2]".to_owned(), "WRONG_TYPE", ""),
        3 => (data("{}"), "MISSING_FIELD", "/data/removal_id"),
        4 => (with(r#""colour":"red""#), "UNKNOWN_FIELD", "/colour"),
        5 => (with(r#""id":"twice""#), "DUPLICATE_FIELD", "/id"),
        6 => (good.replace("recorded.v1", "recorded.v9"), "UNKNOWN_TYPE", "/type"),
        7 => (data(r#"{"removal_id":""}"#), "BLANK_FIELD", "/data/removal_id"),
        8 => (
            with(&format!(r#""correlationid":"{}""#, "c".repeat(257))),
            "TOO_LONG",
            "/correlationid",
        ),
        9 => ("x".repeat(EVENT_TEXT_BYTES_MAX + 1), "EVENT_TOO_LARGE", ""),
        10 => {
            (data(&format!(r#"{{"removal_id":"{}"}}"#, "r".repeat(70_000))), "EVENT_TOO_LARGE", "")
        }
        11 => (good.replace("child/C1", "child C1"), "INVALID_SUBJECT", "/subject"),
        12 => (good.replace("2024-03-01", "2024-02-30"), "INVALID_DATE", "/effectiveon"),
        13 => (with(r#""time":"2024-03-01 08:30:00Z""#), "INVALID_INSTANT", "/time"),
        14 => (with(r#""expectedrevision":1.5"#), "INVALID_NUMBER", "/expectedrevision"),
        15 => (data(r#"{"removal_id":"R","county":"Boone"}"#), "INVALID_COUNTY", "/data/county"),
        16 => (good.replace(r#""1.0""#, r#""0.3""#), "SPEC_VERSION", "/specversion"),
        17 => (with(r#""datacontenttype":"text/xml""#), "CONTENT_TYPE", "/datacontenttype"),
        18 => (good.replace("child/C1", "staff/S1"), "WRONG_STREAM", "/subject"),
        19 => (with(r#""position":1"#), "LOG_ATTRIBUTE", "/position"),
        // What the log alone can tell, in the light of the lines before.
        20 => (with(r#""expectedrevision":999999"#), "REVISION_MISMATCH", "/expectedrevision"),
        21 => (
            good.replace(&format!(r#""id":"{id}""#), r#""id":"good-1""#),
            "IDENTITY_CONFLICT",
            "/id",
        ),
        22 => (
            amend("record.retracted", r#"{"retracts":{"source":"test","id":"no"},"reason":"r"}"#),
            "AMENDS_UNKNOWN",
            "/data/retracts",
        ),
        _ => (
            amend(
                "record.corrected",
                r#"{"corrects":{"source":"test","id":"good-0"},"data":{"removal_id":7}}"#,
            ),
            "WRONG_TYPE",
            "/data/data/removal_id",
        ),
    }
}

const BAD_KINDS: usize = 24;

/// The file, and what is expected in quarantine: line, code, path.
fn file() -> (String, Vec<(u64, &'static str, &'static str)>) {
    let (mut text, mut expected) = (String::new(), Vec::new());
    for n in 0..LINES {
        if n % 200 == 100 {
            let (line, code, path) = bad(n / 200 % BAD_KINDS, &format!("bad-{n}"));
            expected.push((n as u64 + 1, code, path));
            text.push_str(&line);
        } else {
            // The first events are of the stream that the bad lines name.
            let child = if n < 5 { "C1".to_owned() } else { format!("C{}", n % 37) };
            text.push_str(&removal(&format!("good-{n}"), &child));
        }
        text.push_str(if n % 3 == 0 { "\r\n" } else { "\n" });
    }
    assert_eq!(expected.len(), 50);
    (text, expected)
}

fn ingest(log: &Memory, bytes: &[u8], path: &Path) -> Summary {
    let reader = read(bytes, Admission::Adapter).expect("lines");
    let mut quarantine = Quarantine::new(path);
    let mut last = Progress::default();
    let mut progress = |now: Progress| {
        let settled = |p: Progress| p.recorded + p.already_recorded + p.refused;
        assert_eq!(settled(now), settled(last) + 1, "told after every event");
        assert!(now.line > last.line, "in order");
        last = now;
    };
    let work = run(log, reader, "tester", 1024, &mut quarantine, &mut progress);
    let summary = block_on(work).expect("the whole file");
    assert_eq!(summary.progress, last);
    summary
}

fn quarantined(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("the quarantine");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn bad_lines_are_quarantined_and_good_ones_recorded_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("quarantine.ndjson");
    let (text, expected) = file();
    let log = memory();

    let first = ingest(&log, text.as_bytes(), &path);
    let counts = Progress { line: 10_000, recorded: 9_950, already_recorded: 0, refused: 50 };
    assert_eq!(first.progress, counts);
    assert_eq!(first.last_position, Some(Position(9_950)));
    assert_eq!(first.refused_by_code.values().sum::<u64>(), 50);

    let lines: Vec<_> = text.lines().collect();
    let kept = quarantined(&path);
    let mut by_code = BTreeMap::new();
    for (record, (line, code, place)) in kept.iter().zip(&expected) {
        assert_eq!(record["line"], *line, "{record:.300}");
        assert_eq!((&record["code"], &record["path"]), (&Value::from(*code), &Value::from(*place)));
        assert!(record["message"].as_str().is_some_and(|m| !m.is_empty()));
        let index = usize::try_from(*line).expect("small") - 1;
        let kept = lines[index].len().min(EVENT_TEXT_BYTES_MAX);
        assert!(record["event"] == lines[index][..kept], "line {line}");
        *by_code.entry(*code).or_insert(0_u64) += 1;
    }
    assert_eq!(kept.len(), expected.len());
    let counted = first.refused_by_code.iter().map(|(code, n)| (code.name(), *n));
    assert_eq!(counted.collect::<BTreeMap<_, _>>(), by_code);

    let second = ingest(&log, text.as_bytes(), &path);
    let counts = Progress { line: 10_000, recorded: 0, already_recorded: 9_950, refused: 50 };
    assert_eq!(second.progress, counts);
    assert_eq!(second.refused_by_code, first.refused_by_code);
    let places = |records: &[Value]| -> Vec<[Value; 4]> {
        let names = ["line", "code", "path", "event"];
        records.iter().map(|r| names.map(|name| r[name].clone())).collect()
    };
    assert!(places(&quarantined(&path)) == places(&kept), "replaced by the same");
    assert_eq!(block_on(log.head(None)).expect("a head").position, Position(9_950));
}

#[test]
fn every_form_and_encoding_gives_the_same_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("quarantine.ndjson");
    let events: Vec<_> =
        (0..300).map(|n| removal(&format!("r{n}"), &format!("C{}", n % 7))).collect();
    let lines = events.join("\n");
    let list = format!("[{}]", events.join(",\n"));
    let inputs = [
        lines.clone().into_bytes(),
        list.clone().into_bytes(),
        gzip(lines.as_bytes()),
        zstd(lines.as_bytes()),
        gzip(list.as_bytes()),
        zstd(list.as_bytes()),
    ];
    let heads: Vec<_> = inputs
        .iter()
        .map(|bytes| {
            let log = memory();
            assert_eq!(ingest(&log, bytes, &path).progress.recorded, 300);
            block_on(log.head(None)).expect("a head")
        })
        .collect();
    assert!(heads.iter().all(|head| *head == heads[0]));
    assert!(!path.exists(), "nothing was refused");
}

#[test]
fn a_run_without_refusals_leaves_no_stale_quarantine() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("quarantine.ndjson");
    let log = memory();
    assert_eq!(ingest(&log, b"garbage\n", &path).progress.refused, 1);
    assert_eq!(quarantined(&path).len(), 1);
    assert_eq!(ingest(&log, removal("a", "C1").as_bytes(), &path).progress.recorded, 1);
    assert!(!path.exists());
    assert_eq!(ingest(&log, b"", &path), Summary::default());
}
