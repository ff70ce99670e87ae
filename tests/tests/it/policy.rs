//! `policy`: what is published and decided on the command line, and what is in force when.

use serde_json::{Value, json};

use crate::program::{Done, Place, command, line, run};

const RET: &[&str] = &["--decided-by", "response and evaluation team"];

/// A place with a child, an answer of whom no policy decides.
fn place() -> Place {
    let removal = json!({ "removal_id": "R" });
    Place::with(&[line(
        "e1",
        "removal.recorded",
        "child/C-1",
        "2024-01-02",
        "2024-01-03",
        &removal,
    )])
}

/// Runs `policy …` with words that stand apart, and further ones.
fn policy(place: &Place, words: &str, more: &[&str]) -> Done {
    let words: Vec<&str> = ["policy"].into_iter().chain(words.split(' ')).collect();
    place.casetrail(&[&words[..], more].concat())
}

/// A decision on the benchmark of trauma training, and where it was recorded.
fn decide(place: &Place, value: &str, from: &str) -> u64 {
    let words = format!("decide benchmark trauma-training {value} --effective-on {from} --json");
    let done = policy(place, &words, &[RET, &["--rationale", "the baseline's median"]].concat());
    done.json()["receipt"]["position"].as_u64().expect("a position")
}

/// What is in force under a name.
fn in_force(place: &Place, name: &str, words: &str) -> Value {
    let shown = policy(place, &format!("show --json {words}"), &[]).json();
    let values = shown["values"].as_array().expect("values");
    values.iter().find(|value| value["name"] == name).cloned().unwrap_or(Value::Null)
}

#[test]
fn a_decision_is_in_force_from_its_date_and_known_from_its_position() {
    let place = place();
    let name = "benchmark.trauma-training";
    let built_in = in_force(&place, name, "--as-of 2025-01-01");
    assert_eq!(built_in["value"], "undetermined");
    assert_eq!(built_in["position"], Value::Null);
    let first = decide(&place, "9/10", "2025-01-01");
    let second = decide(&place, "19/20", "2026-01-01");
    for (words, expected) in [
        ("--as-of 2024-12-31".to_owned(), json!("undetermined")),
        ("--as-of 2025-01-01".to_owned(), json!("9/10")),
        ("--as-of 2025-12-31".to_owned(), json!("9/10")),
        ("--as-of 2026-01-01".to_owned(), json!("19/20")),
        (format!("--as-of 2026-01-01 --at-position {first}"), json!("9/10")),
        (format!("--as-of 2026-01-01 --at-position {}", first - 1), json!("undetermined")),
    ] {
        assert_eq!(in_force(&place, name, &words)["value"], expected, "{words}");
    }
    let listed = policy(&place, "list trauma-training --json", &[]).json();
    let events = listed["events"].as_array().expect("events");
    let positions: Vec<_> = events.iter().map(|event| event["position"].as_u64()).collect();
    assert_eq!(positions, [Some(first), Some(second)]);
    assert_eq!(events[0]["authority"], "response and evaluation team");
    assert_eq!(events[0]["recordedby"], "local");
    let text = policy(&place, "show trauma-training --text --as-of 2026-01-01", &[]).ok();
    assert!(text.contains("19/20") && text.contains("response and evaluation team"), "{text}");
    // The auditor reads the same from an export.
    let export = place.export("export.ndjson");
    for words in ["list --json", "show --as-of 2025-06-01 --json"] {
        let (verb, rest) = words.split_once(' ').expect("a verb");
        let export = export.to_str().expect("UTF-8");
        let args: Vec<&str> = ["policy", verb, export].into_iter().chain(rest.split(' ')).collect();
        assert_eq!(run("replay", args).ok(), policy(&place, words, &[]).ok(), "{words}");
    }
}

/// What a correction says is in force, and what it replaced no longer stands.
#[test]
fn corrected_policy_is_listed_with_what_replaced_it() {
    let place = place();
    let first = decide(&place, "9/10", "2025-01-01");
    let amended = |id: &str, kind: &str, data: Value| {
        json!({ "specversion": "1.0", "source": "t", "id": id, "subject": "policy/trauma-training",
                "type": format!("casetrail.record.{kind}.v1"), "effectiveon": "2025-02-01",
                "data": data })
        .to_string()
            + "\n"
    };
    let ingest = |name: &str, text: String| {
        let file = place.file(name, &[text]);
        place.casetrail(&["ingest", "--strict", file.to_str().expect("UTF-8")]).ok();
    };
    let named = json!({ "source": "casetrail/policy", "id": "policy/trauma-training/1" });
    let data = json!({ "value": "4/5", "decided_by": "the court", "rationale": "an error" });
    ingest("c.ndjson", amended("c1", "corrected", json!({ "corrects": named, "data": data })));
    let value = in_force(&place, "benchmark.trauma-training", "--as-of 2025-01-01");
    assert_eq!(value["value"], "4/5");
    assert_eq!(value["position"], first, "the original's");
    let text = policy(&place, "show trauma-training --text --as-of 2025-01-01", &[]).ok();
    assert!(text.contains("the court"), "{text}");
    let named = json!({ "source": "t", "id": "c1" });
    ingest("r.ndjson", amended("r1", "retracted", json!({ "retracts": named, "reason": "no" })));
    assert_eq!(
        in_force(&place, "benchmark.trauma-training", "--as-of 2025-01-01")["value"],
        "9/10"
    );
    let listed = policy(&place, "list --json", &[]).json();
    let stands: Vec<_> =
        listed["events"].as_array().expect("events").iter().map(|e| &e["stands"]).collect();
    assert_eq!(stands, [true, false, true], "{listed}");
}

#[test]
fn what_policy_may_not_say_is_refused_and_nothing_is_appended() {
    let place = place();
    let size = place.verified().0;
    let decided = [RET, &["--rationale", "none"]].concat();
    let published = ["--citation", "13 CSR 35-35.100", "--phase", "II"];
    for (words, more, why) in [
        ("decide benchmark luck 1/2 --effective-on 2025-01-01", &decided[..], "UNKNOWN_METRIC"),
        ("decide benchmark cfsr-p1 0.4 --effective-on 2025-01-01", &decided, "INVALID_FRACTION"),
        ("decide benchmark cfsr-p1 1/0 --effective-on 2025-01-01", &decided, "INVALID_FRACTION"),
        ("decide benchmark cfsr-p1 1/2 --effective-on 2025-02-29", &decided, "INVALID_DATE"),
        (
            "decide benchmark timely-permanency 1/2 --goal adoption --effective-on 2025-01-01",
            &decided,
            "WRONG_TYPE",
        ),
        (
            "decide benchmark cfsr-p1 3 --goal adoption --effective-on 2025-01-01",
            &decided,
            "WRONG_STREAM",
        ),
        ("decide weight scorecard half --effective-on 2025-01-01", &decided, "INVALID_FRACTION"),
        ("decide weight scorecard 1/2 --effective-on 2025-01-01", RET, "--rationale"),
        ("decide exclusion cfsr-p1 C-1 approved --effective-on 2025-01-01", RET, "INVALID_SUBJECT"),
        ("decide exclusion cfsr-p1 child/C-1 maybe --effective-on 2025-01-01", RET, "UNKNOWN_CODE"),
        ("decide regional-goal west most --effective-on 2025-01-01", &[], "INVALID_FRACTION"),
        ("publish cfsr-p1 --set hour=1 --effective-on 2025-01-01", &published, "UNKNOWN_PARAMETER"),
        (
            "publish cfsr-p1 --set anniversary=late --effective-on 2025-01-01",
            &published,
            "INVALID_PARAMETER",
        ),
        ("publish cfsr-p1 --set anniversary --effective-on 2025-01-01", &published, "name=value"),
        ("publish cfsr-p1 --effective-on 2025-01-01", &[], "--citation"),
        (
            "publish calendar --year 2025 --holidays soon --effective-on 2025-01-01",
            &[],
            "INVALID_DATE",
        ),
        ("publish calendar --effective-on 2025-01-01", &published, "--year"),
        ("show luck", &[], "nothing is decided about `luck`"),
    ] {
        let done = policy(&place, words, more);
        assert_eq!(done.code, Some(2), "{words}: {}", done.stderr);
        assert!(done.stderr.contains(why), "{words}: {}", done.stderr);
        assert_eq!(done.stdout, "", "{words}");
    }
    assert_eq!(place.verified().0, size);
    let export = place.export("export.ndjson");
    let calendar =
        ["policy", "publish", "calendar", "--year", "2025", "--effective-on", "2025-01-01"];
    let done = place.casetrail_on(&export, &calendar);
    assert_eq!(done.code, Some(2), "{}", done.stderr);
    assert!(done.stderr.contains("read-only"), "{}", done.stderr);
    let mut nowhere = command("casetrail");
    assert_eq!(Done::of(nowhere.args(calendar)).code, Some(2), "no log is named");
}

/// A name of one's own makes a repetition the same event; without one, it is another.
#[test]
fn a_named_decision_is_recorded_once() {
    let place = place();
    let words =
        "publish calendar --year 2025 --holidays 2025-07-04 --effective-on 2025-01-01 --json";
    let receipt = |more: &[&str]| policy(&place, words, more).json()["receipt"].clone();
    let first = receipt(&["--id", "calendar-2025"]);
    assert_eq!(first["already_recorded"], false);
    let again = receipt(&["--id", "calendar-2025"]);
    assert_eq!(again["already_recorded"], true);
    assert_eq!(again["position"], first["position"]);
    assert_ne!(receipt(&[])["position"], first["position"]);
    let size = place.verified().0;
    assert_eq!(receipt(&["--dry-run"]), Value::Null);
    assert_eq!(place.verified().0, size);
    let shown = in_force(&place, "calendar.2025", "calendar --as-of 2025-01-01");
    assert_eq!(shown["value"], json!(["2025-07-04"]));
}
