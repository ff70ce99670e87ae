//! The golden case histories through the real programs: taken in by the one, asked of both.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{Place, comparable, lines_of, run};

fn histories() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../replay/histories");
    let entries = std::fs::read_dir(&dir).expect("the histories are there");
    let mut found: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    found.retain(|path| path.join("questions.json").is_file());
    found.sort();
    assert!(found.len() >= 30, "{} histories", found.len());
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// Takes a history in and asks its questions: the answers are the goldens. The first question is
/// asked of the log itself, all of them of its export, where both programs print the same bytes.
fn check(history: &Path) {
    let place = Place::with(&lines_of(&read(&history.join("events.ndjson"))));
    let export = place.export("export.ndjson");
    let questions: Value =
        serde_json::from_str(&read(&history.join("questions.json"))).expect("questions are JSON");
    for (number, question) in questions.as_array().expect("a list").iter().enumerate() {
        let args = question["args"].as_array().expect("words").iter();
        let args: Vec<_> = args.map(|arg| arg.as_str().expect("text")).collect();
        let name = format!("{}: {}", history.display(), args.join(" "));
        let asked = [&args[..], &["--json"]].concat();

        let answer = place.casetrail_on(&export, &asked).ok();
        let json: Value = serde_json::from_str(&answer).expect("an answer is JSON");
        assert_eq!(comparable(json.clone()), question["expect"], "{name}");
        let path = export.to_str().expect("UTF-8");
        let replayed = run("replay", [&[asked[0], path], &asked[1..]].concat()).ok();
        assert_eq!(replayed, answer, "{name}");
        if number == 0 {
            let of_log = place.casetrail(&asked).json();
            assert_eq!(of_log["log"]["root"], json["log"]["root"], "{name}");
            assert_eq!(comparable(of_log), comparable(json), "{name}");
        }
    }
}

/// Every third history, so that tests run beside each other.
fn check_third(of: usize) {
    histories().iter().skip(of).step_by(3).for_each(|history| check(history));
}

#[test]
fn first_third_of_the_histories() {
    check_third(0);
}

#[test]
fn second_third_of_the_histories() {
    check_third(1);
}

#[test]
fn last_third_of_the_histories() {
    check_third(2);
}

#[test]
fn the_auditor_passes_all_goldens() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../replay/histories");
    let printed = run("replay", ["goldens".as_ref(), dir.as_os_str()]).ok();
    assert!(printed.ends_with(" passed, 0 failed\n"), "{printed}");
}
