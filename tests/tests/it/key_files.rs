//! What is done with the files of a log's key: copied to a fork, replaced and followed.

use std::fs;

use crate::program::{Place, generated, run};
use crate::trusted::{audited, key, text};

#[test]
fn a_witness_refuses_a_fork() {
    let place = Place::with(&generated(4, 33));
    let state = place.path("witness");
    let vkey = key(&place);
    let witness = |more: &[&str]| {
        run("casetrail", [&["log", "witness", "--state", text(&state)], more].concat())
    };
    let cosigned = witness(&["--log", text(&place.log()), "--log-key", &vkey]).ok();
    let wkey = witness(&["--show-key"]).ok();
    let trusted = ["--key", &vkey, "--witness", wkey.trim_end(), "--min-witnesses", "1"];
    let origin = cosigned.lines().next().expect("an origin");

    // A log with the same key and another history, shorter, as long, longer.
    let fork = Place::new();
    let other = fork.file("other.ndjson", &generated(5, 34));
    fs::create_dir(fork.log()).expect("a directory");
    fs::write(fork.log().join("origin"), format!("{origin}\n")).expect("a file");
    fs::copy(place.log().join("key"), fork.log().join("key")).expect("a file");
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
    let handover = place.log().join(format!("handovers/{}.tlog-proof", size + 1));
    let export = place.export("export.ndjson");
    let followed = ["--key", &first, "--handover", text(&handover)];
    assert_eq!(audited(&export, &followed).json()["checkpoints"][0]["signed"], true);
    assert_eq!(audited(&export, &["--key", second]).json()["checkpoints"][0]["signed"], true);
    assert_eq!(audited(&export, &["--key", &first]).code, Some(1), "the old key speaks no more");
}
