//! Signed checkpoints, proofs, witnesses, erasure and restoring, on the command line.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{Done, Place, generated, lines_of, run};

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

pub(crate) fn key(place: &Place) -> String {
    place.casetrail(&["log", "key"]).ok().trim_end().to_owned()
}

/// `replay verify` of an export, with the given key.
pub(crate) fn audited(export: &Path, more: &[&str]) -> Done {
    run("replay", [&["verify", "--json", text(export)], more].concat())
}

#[test]
fn an_export_ends_with_a_checkpoint_that_auditors_verify() {
    let place = Place::with(&generated(4, 31));
    let export = place.export("export.ndjson");
    let (size, root) = place.verified();
    let vkey = key(&place);
    let outcome = audited(&export, &["--key", &vkey]).json();
    let checkpoint = &outcome["checkpoints"][0];
    assert_eq!((&checkpoint["size"], &checkpoint["root"]), (&size.into(), &root.into()));
    assert_eq!((&checkpoint["signed"], &outcome["erased"]), (&true.into(), &0.into()));
    assert_eq!(audited(&export, &[]).json()["checkpoints"][0]["signed"], Value::Null);

    let other = key(&Place::with(&generated(1, 32)));
    assert_eq!(audited(&export, &["--key", &other]).code, Some(1), "another log's key");
    let mut lines = lines_of(&fs::read_to_string(&export).expect("an export"));
    let last = lines.pop().expect("a checkpoint");
    let event = lines.pop().expect("an event");
    let short = place.file("short.ndjson", &[&lines[..], std::slice::from_ref(&last)].concat());
    assert_eq!(audited(&short, &[]).code, Some(1), "an event is missing");
    let behind = place.file("behind.ndjson", &[&lines[..], &[last, event]].concat());
    assert_eq!(audited(&behind, &[]).code, Some(1), "nothing follows a checkpoint");
}

#[test]
fn a_witness_cosigns_what_continues() {
    let lines = generated(4, 33);
    let place = Place::with(&lines[..100]);
    let state = place.path("witness");
    let vkey = key(&place);
    let witness = |more: &[&str]| {
        run("casetrail", [&["log", "witness", "--state", text(&state)], more].concat())
    };
    let log = place.log();
    let first = witness(&["--log", text(&log), "--log-key", &vkey]).ok();
    assert!(first.contains("casetrail-witness"), "{first}");
    assert_eq!(witness(&["--log", text(&place.path("nowhere"))]).code, Some(2));

    // By files, as between two machines; the log keeps what came back.
    place.backfill(&lines);
    let request = place.path("request");
    let asked = ["log", "checkpoint", "--since", "100", "--output", text(&request)];
    place.casetrail(&asked).ok();
    let cosigned = place.path("cosigned");
    witness(&[text(&request), "--output", text(&cosigned)]).ok();
    let wkey = witness(&["--show-key"]).ok();
    let wkey = wkey.trim_end();
    let keep = ["log", "checkpoint", "--cosigned", text(&cosigned), "--witness", wkey];
    place.casetrail(&keep).ok();
    let export = place.export("export.ndjson");
    let trusted = ["--key", &vkey, "--witness", wkey, "--min-witnesses", "1"];
    let outcome = audited(&export, &trusted).json();
    assert_eq!(outcome["checkpoints"][0]["witnesses"][0]["name"], "casetrail-witness");
}

#[test]
fn proofs_of_events_verify_without_the_log() {
    let lines = generated(4, 35);
    let place = Place::with(&lines);
    let vkey = key(&place);
    let path = place.path("event.tlog-proof");
    for position in ["1", "256", "257", "300"] {
        place.casetrail(&["log", "proof", position, "--output", text(&path)]).ok();
        let proven = run("replay", ["proof", "--json", text(&path), "--key", &vkey]).json();
        assert_eq!(proven["entry"]["position"], position.parse::<u64>().expect("a number"));
    }
    let one: Value = serde_json::from_str(&lines[9]).expect("JSON");
    let (source, id) = (one["source"].as_str().expect("text"), one["id"].as_str().expect("text"));
    let by_id = place.casetrail(&["log", "proof", "--source", source, "--id", id]).ok();
    assert_eq!(by_id, place.casetrail(&["log", "proof", "10"]).ok());
    assert_eq!(place.casetrail(&["log", "proof", "999999"]).code, Some(2));

    let spoilt = fs::read_to_string(&path).expect("a proof").replace("index 299", "index 298");
    fs::write(&path, spoilt).expect("a file can be written");
    assert_eq!(run("replay", ["proof", text(&path), "--key", &vkey]).code, Some(1));
}

#[test]
fn a_witness_refuses_a_fork() {
    let place = Place::with(&generated(4, 33));
    let state = place.path("witness");
    let vkey = key(&place);
    let witness = |more: &[&str]| {
        run("casetrail", [&["log", "witness", "--state", text(&state)], more].concat())
    };
    witness(&["--log", text(&place.log()), "--log-key", &vkey]).ok();
    let wkey = witness(&["--show-key"]).ok();
    let trusted = ["--key", &vkey, "--witness", wkey.trim_end(), "--min-witnesses", "1"];

    // A log with the same key and another history, shorter, as long, longer.
    let fork = Place::new();
    let other = fork.file("other.ndjson", &generated(5, 34));
    crate::fork(&place.log(), &fork.log());
    fork.casetrail(&["ingest", "--backfill", "--strict", text(&other)]).ok();
    assert_eq!(key(&fork), vkey);
    let refused = witness(&["--log", text(&fork.log())]);
    assert_eq!(refused.code, Some(1), "{}", refused.stdout);
    assert!(refused.stderr.contains("cosigned"), "{}", refused.stderr);
    let none = audited(&fork.export("export.ndjson"), &trusted);
    assert_eq!(none.code, Some(1), "not witnessed: {}", none.stdout);
}

#[test]
fn a_key_is_rotated_and_followed() {
    let place = Place::with(&generated(2, 36));
    let first = key(&place);
    let (size, _) = place.verified();
    let second = place.casetrail(&["log", "key", "--rotate"]).ok();
    let second = second.trim_end();
    assert_ne!(first, second);
    assert_eq!(key(&place), second);
    let position = (size + 1).to_string();
    let handover = place.casetrail(&["log", "key", "--handover", &position]).ok();
    let handover = place.file("handover.tlog-proof", &[handover]);
    let none = place.casetrail(&["log", "key", "--handover", "1"]);
    assert_eq!(none.code, Some(1), "{}", none.stderr);
    let export = place.export("export.ndjson");
    let followed = ["--key", &first, "--handover", text(&handover)];
    assert_eq!(audited(&export, &followed).json()["checkpoints"][0]["signed"], true);
    assert_eq!(audited(&export, &["--key", second]).json()["checkpoints"][0]["signed"], true);
    assert_eq!(audited(&export, &["--key", &first]).code, Some(1), "the old key speaks no more");
}
