//! Bad lines among good ones: the good are taken, the bad are kept with code and place.

use std::collections::BTreeSet;

use crate::bad_lines::{bad_lines, referred_to};
use crate::program::{Place, generated, json, outcome_of};

/// A bad line stands at each of these.
const EVERY: usize = 200;
const LINES: usize = 10_000;

/// The file, and what is to be found of its bad lines: number, code, path.
fn file() -> (Vec<u8>, Vec<(u64, String, String)>) {
    let bad = bad_lines();
    assert_eq!(bad.len(), 50);
    let generated = generated(170, 11);
    let time_of = |line: &str| json(line)["recordedtime"].as_str().expect("a time").to_owned();
    let mut time = time_of(&generated[0]);
    let mut good = referred_to(&time).into_iter().chain(generated);
    let (mut text, mut expected) = (Vec::new(), Vec::new());
    let mut bad = bad.into_iter();
    for number in 1..=LINES {
        if number % EVERY == 0 {
            let bad = bad.next().expect("a bad line for each place");
            text.extend(bad.line(&time));
            expected.push((number as u64, bad.code.to_owned(), bad.path.to_owned()));
        } else {
            let line = good.next().expect("enough is generated");
            time = time_of(&line);
            text.extend(line.into_bytes());
        }
    }
    (text, expected)
}

/// Line, code and path of what lies in a quarantine.
fn quarantined(text: &str) -> Vec<(u64, String, String)> {
    let record = |line: &str| {
        let record = json(line);
        let text = |name: &str| record[name].as_str().expect("text").to_owned();
        assert!(!text("message").is_empty() && record["event"].is_string(), "{line}");
        (record["line"].as_u64().expect("a line"), text("code"), text("path"))
    };
    text.lines().map(record).collect()
}

#[test]
fn of_ten_thousand_lines_the_good_are_taken_and_the_bad_are_kept() {
    let place = Place::new();
    let (text, expected) = file();
    let path = place.path("mixed.ndjson");
    std::fs::write(&path, text).expect("a file can be written");
    let path = path.to_str().expect("UTF-8");
    let args = ["ingest", "--backfill", "--json", path];

    let outcome = outcome_of(place.casetrail(&args).json());
    assert_eq!((&outcome["recorded"], &outcome["refused"]), (&9950.into(), &50.into()));
    let quarantine = std::fs::read_to_string(place.path("mixed.ndjson.quarantine.ndjson"));
    let quarantine = quarantine.expect("a quarantine");
    assert_eq!(quarantined(&quarantine), expected);
    let by_code = outcome["refused_by_code"].as_object().expect("codes");
    let codes: BTreeSet<_> = expected.iter().map(|(_, code, _)| code.as_str()).collect();
    assert_eq!(by_code.keys().map(String::as_str).collect::<BTreeSet<_>>(), codes);
    assert!(codes.len() >= 32, "{} codes", codes.len());
    assert_eq!(by_code.values().filter_map(serde_json::Value::as_u64).sum::<u64>(), 50);
    let taken = place.verified();
    assert_eq!(taken.0, 9950);

    let again = place.casetrail(&[&args[..], &["--strict"]].concat());
    assert_eq!(again.code, Some(1), "{}", again.stderr);
    assert!(again.stderr.contains("events refused: 50"), "{}", again.stderr);
    let outcome = outcome_of(serde_json::from_str(&again.stdout).expect("JSON"));
    assert_eq!((&outcome["recorded"], &outcome["already_recorded"]), (&0.into(), &9950.into()));
    assert_eq!(place.verified(), taken, "a second run adds nothing");
}

#[test]
fn strict_is_content_with_good_input_and_a_clean_run_leaves_no_quarantine() {
    let place = Place::new();
    let lines = &generated(2, 3)[..200];
    let file = place.file("good.ndjson", lines);
    let args = ["ingest", "--backfill", "--strict", file.to_str().expect("UTF-8")];
    let done = place.casetrail(&args);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(done.stderr.contains("200 recorded"), "{}", done.stderr);
    assert!(!place.path("good.ndjson.quarantine.ndjson").exists());
    assert_eq!(place.verified().0, 200);
}
