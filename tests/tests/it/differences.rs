//! `casetrail diff`: why the numbers of a saved answer became others.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::program::{Place, line, run};

/// Five children who are to go home within a year; three of them do, and are known to.
fn known_at_first() -> Vec<String> {
    let mut lines = Vec::new();
    for n in 1..=5 {
        let (child, day) = (format!("child/C-{n}"), "2023-06-01");
        let mut on_record = |what: &str, kind: &str, on: &str, data: Value| {
            lines.push(line(&format!("{what}{n}"), kind, &child, on, "2023-07-01", &data));
        };
        on_record("removed", "removal.recorded", day, json!({ "removal_id": "R" }));
        on_record("assigned", "case.assigned", day, json!({ "case_id": "F", "provider": "A" }));
        let goal = json!({ "role": "primary", "goal": "reunification" });
        on_record("goal", "goal.approved", "2023-07-01", goal);
    }
    for (n, day) in [(1, "2024-02-01"), (2, "2024-02-05"), (3, "2024-03-01")] {
        lines.push(exit(n, day, day, "reunification"));
    }
    lines
}

fn exit(n: u32, day: &str, recorded: &str, reason: &str) -> String {
    let (id, child) = (format!("exit{n}"), format!("child/C-{n}"));
    line(&id, "episode.closed", &child, day, recorded, &json!({ "exit_reason": reason }))
}

/// An exit in time, one late, one moved out of the quarter, one retracted; a shorter benchmark.
fn known_later() -> Vec<String> {
    let named = |id: &str| json!({ "source": "t", "id": id });
    let moved = json!({
        "corrects": named("exit1"), "effectiveon": "2024-04-05",
        "data": { "exit_reason": "reunification" },
    });
    let retracted = json!({ "retracts": named("exit2"), "reason": "another child's" });
    let eight = json!({
        "goal": "reunification", "value": 8, "decided_by": "RET", "rationale": "r",
    });
    let policy = "policy/timely-permanency";
    vec![
        exit(4, "2024-03-28", "2024-03-29", "reunification"),
        line("moved", "record.corrected", "child/C-1", "2024-04-20", "2024-04-20", &moved),
        line("retracted", "record.retracted", "child/C-2", "2024-04-21", "2024-04-21", &retracted),
        exit(5, "2024-03-04", "2024-05-01", "adoption"),
        line("eight", "benchmark.decided", policy, "2024-01-01", "2024-05-02", &eight),
    ]
}

const QUESTION: &str = "timely-permanency --period 2024-01-01..2024-03-31 --by provider";

/// A log, and a file with the answer that was given before the later events were known.
fn saved() -> (Place, PathBuf) {
    let place = Place::with(&known_at_first());
    let words: Vec<_> = ["report"].into_iter().chain(QUESTION.split(' ')).collect();
    let answer = place.casetrail(&[&words[..], &["--json"]].concat()).ok();
    let path = place.path("saved.json");
    std::fs::write(&path, answer).expect("a file can be written");
    place.backfill(&known_later());
    (place, path)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn cell<'a>(difference: &'a Value, group: &Value, cell: &str) -> &'a Value {
    let cells = difference["cells"].as_array().expect("a list");
    cells.iter().find(|c| c["group"] == *group && c["cell"] == cell).unwrap_or(&Value::Null)
}

fn cause<'a>(difference: &'a Value, name: &str) -> &'a Value {
    let causes = difference["causes"].as_array().expect("a list");
    causes.iter().find(|cause| cause["cause"] == name).unwrap_or(&Value::Null)
}

fn ids(cause: &Value) -> Vec<&str> {
    let events = cause["events"].as_array().expect("a list");
    events.iter().map(|event| event["id"].as_str().expect("an id")).collect()
}

#[test]
fn a_difference_is_split_by_cause() {
    let (place, saved) = saved();
    let difference = place.casetrail(&["diff", text(&saved), QUESTION, "--json"]).json();
    for group in [Value::Null, json!({ "provider": "A" })] {
        let denominator = cell(&difference, &group, "denominator");
        assert_eq!(
            (&denominator["from"], &denominator["to"], &denominator["difference"]),
            (&json!(3), &json!(3), &json!(0))
        );
        let parts = json!({ "in_time": 1, "late": 1, "correction": -1, "retraction": -1 });
        assert_eq!(denominator["parts"], parts);
        let numerator = cell(&difference, &group, "numerator");
        assert_eq!((&numerator["from"], &numerator["to"]), (&json!(3), &json!(0)));
        assert_eq!(numerator["parts"], json!({ "policy": -2, "correction": -1 }));
    }
    let expected = [
        ("policy", "eight"),
        ("in_time", "exit4"),
        ("late", "exit5"),
        ("correction", "moved"),
        ("retraction", "retracted"),
    ];
    for (name, id) in expected {
        assert_eq!(ids(cause(&difference, name)), [id], "{name}");
    }
    let moved = &cause(&difference, "correction")["members"][0];
    assert_eq!(moved["subject"], "child/C-1");
    assert_eq!((&moved["from"], &moved["to"]), (&json!("numerator"), &json!("not in it")));
    assert_eq!(difference["from"]["verification"]["outcome"], "verified");
    assert_eq!(difference["to"]["verification"], Value::Null);
}

#[test]
fn the_auditor_splits_it_likewise() {
    let (place, saved) = saved();
    let export = place.export("export.ndjson");
    let to = "report timely-permanency --period 2024-02-03..2024-06-30 --where provider=A";
    let by_log = place.casetrail_on(&export, &["diff", text(&saved), to, "--json"]).ok();
    let replayed = run("replay", ["diff", text(&export), text(&saved), to, "--json"]).ok();
    assert_eq!(replayed, by_log);
    let table = run("replay", ["diff", text(&export), text(&saved), to, "--text"]).ok();
    for expected in ["question.period", "question.grouping", "retracted of t", "numerator →"] {
        assert!(table.contains(expected), "{expected}: {table}");
    }
}

#[test]
fn the_question_of_a_saved_answer_is_a_side_too() {
    let (place, saved) = saved();
    let answer: Value =
        serde_json::from_str(&std::fs::read_to_string(&saved).expect("saved")).expect("JSON");
    let question = place.file("question.json", &[answer["question"].to_string()]);
    let difference = place.casetrail(&["diff", text(&question), QUESTION, "--json"]).json();
    assert_eq!(difference["from"]["verification"], Value::Null);
    assert_eq!(cell(&difference, &Value::Null, "numerator")["parts"]["policy"], -2);
    // There and back.
    let back = place.casetrail(&["diff", QUESTION, text(&saved), "--json"]).json();
    assert_eq!(cell(&back, &Value::Null, "numerator")["parts"]["policy"], 2);
    assert_eq!(back["to"]["verification"]["outcome"], "verified");
}

#[test]
fn what_was_erased_is_told_by_its_positions() {
    let (place, saved) = saved();
    place
        .casetrail(&["log", "erase", "child/C-3", "--authority", "court", "--reason", "order"])
        .ok();
    let difference = place.casetrail(&["diff", text(&saved), QUESTION, "--json"]).json();
    assert_eq!(difference["from"]["verification"]["outcome"], "erased");
    let numerator = cell(&difference, &Value::Null, "numerator");
    assert_eq!(numerator["parts"], json!({ "erasure": -1, "policy": -1, "correction": -1 }));
    let positions = [7, 8, 9, 18].map(|position| json!({ "position": position }));
    assert_eq!(cause(&difference, "erasure")["events"], json!(positions));
    assert_eq!(cause(&difference, "erasure")["members"], json!([]));
}

#[test]
fn a_saved_answer_that_nothing_explains_fails() {
    let (place, saved) = saved();
    let mut answer: Value =
        serde_json::from_str(&std::fs::read_to_string(&saved).expect("saved")).expect("JSON");
    answer["total"]["numerator"] = json!(2);
    let forged = place.file("forged.json", &[answer.to_string()]);
    let done = place.casetrail(&["diff", text(&forged), QUESTION, "--json"]);
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    let difference: Value = serde_json::from_str(&done.stdout).expect("JSON");
    assert_eq!(difference["from"]["verification"]["outcome"], "failed");
    assert_eq!(cell(&difference, &Value::Null, "numerator")["parts"]["unverified"], 1);

    // Numbers alone are not enough: it must be the same log.
    answer["total"]["numerator"] = json!(3);
    answer["log"]["root"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let other = place.file("other.json", &[answer.to_string()]);
    assert_eq!(place.casetrail(&["diff", text(&other), QUESTION]).code, Some(1));
}

#[test]
fn a_version_that_is_no_longer_held_is_named() {
    let (place, saved) = saved();
    let mut answer: Value =
        serde_json::from_str(&std::fs::read_to_string(&saved).expect("saved")).expect("JSON");
    answer["question"]["program"] = json!("timely-permanency/0");
    answer["total"]["numerator"] = json!(2);
    let older = place.file("older.json", &[answer.to_string()]);
    let difference = place.casetrail(&["diff", text(&older), QUESTION, "--json"]).json();
    let verification = &difference["from"]["verification"];
    assert_eq!(*verification, json!({ "outcome": "not_held", "program": "timely-permanency/0" }));
    assert_eq!(cell(&difference, &Value::Null, "numerator")["parts"]["program"], 1);
}

/// A row is an effective month, a column a month of knowledge: the same log, month by month.
#[test]
fn a_history_shows_what_was_restated_when() {
    let (place, _) = saved();
    let words = ["timely-permanency", "--period", "2024-01-01..2024-03-31", "--by", "month"];
    let history = place.casetrail(&[&["history"], &words[..], &["--json"]].concat()).json();
    let list = |of: &Value, name: &str| of[name].as_array().expect("a list").clone();
    let months: Vec<_> = list(&history, "columns").iter().map(|c| c["month"].clone()).collect();
    assert_eq!(months, ["2024-01", "2024-02", "2024-03", "2024-04", "2024-05"]);
    let values = |row: &Value| -> Vec<Value> {
        list(row, "cells").iter().map(|cell| cell["value"].clone()).collect()
    };
    let rows: Vec<_> = list(&history, "rows").iter().map(values).collect();
    assert_eq!(rows[0], json!([null, null, null, null, null]).as_array().expect("a list")[..]);
    // Two children left in February: one was another month's, one nobody.
    assert_eq!(rows[1], json!([null, "2/2", "2/2", null, null]).as_array().expect("a list")[..]);
    // In May a late exit came to be known, and a shorter benchmark.
    assert_eq!(rows[2], json!([null, null, "2/2", "2/2", "0/3"]).as_array().expect("a list")[..]);
    let february = &list(&history, "rows")[1]["cells"];
    let restated: Vec<_> = (1..5).map(|n| february[n]["restated"].clone()).collect();
    assert_eq!(restated, [json!(false), json!(false), json!(true), json!(false)]);

    let export = place.export("export.ndjson");
    let of_export = place.casetrail_on(&export, &[&["history"], &words[..], &["--json"]].concat());
    let replayed = run("replay", [&["history", text(&export)], &words[..], &["--json"]].concat());
    assert_eq!(replayed.ok(), of_export.ok());
    let table = place.casetrail(&[&["history"], &words[..], &["--table"]].concat()).ok();
    assert!(table.contains("2024-05") && table.contains("0/3*"), "{table}");
    for wrong in [&["--by", "provider"][..], &["--months", "0"], &["--known", "May"]] {
        let asked = [&["history"], &words[..3], wrong].concat();
        assert_eq!(place.casetrail(&asked).code, Some(2), "{wrong:?}");
    }
}

#[test]
fn sides_that_cannot_be_compared_are_wrong_use() {
    let (place, saved) = saved();
    let wrong = [
        ["nothing.json", QUESTION],
        [text(&saved), "trauma-training"],
        [text(&saved), "timely-permanency --period 2024-01-01"],
        [text(&saved), "timely-permanency --period 2024-01-01..2024-03-31 --at-position 1000"],
    ];
    for [from, to] in wrong {
        let done = place.casetrail(&["diff", from, to]);
        assert_eq!(done.code, Some(2), "{from} {to}: {}", done.stderr);
    }
    let words: Vec<_> = ["report"].into_iter().chain(QUESTION.split(' ')).collect();
    let masked = place.casetrail(&[&words[..], &["--json", "--suppress", "10"]].concat()).ok();
    let masked = place.file("masked.json", &[masked]);
    assert_eq!(place.casetrail(&["diff", text(&masked), QUESTION]).code, Some(2));
}
