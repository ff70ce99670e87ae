//! A baseline, the decision that makes a benchmark of it, and the scorecard that is held against it.

use serde_json::{Value, json};

use crate::program::{Place, line};

/// Four case managers, three of whom complete the training, one a month; and a removal for each
/// provider, so that every metric has something to judge.
fn place() -> Place {
    let mut lines = Vec::new();
    let mut say = |kind: &str, subject: &str, on: &str, data: Value| {
        lines.push(line(&format!("e{}", lines.len()), kind, subject, on, "2024-04-01", &data));
    };
    for n in 1..=4 {
        let provider = if n < 4 { "A" } else { "B" };
        let role = json!({ "role": "case-manager", "provider": provider });
        say("role.started", &format!("staff/S-{n}"), "2023-06-01", role);
    }
    for (n, day) in [(1, "2024-01-31"), (2, "2024-02-29"), (3, "2024-03-01")] {
        let course = json!({ "course": "trauma-toolkit" });
        say("training.completed", &format!("staff/S-{n}"), day, course);
    }
    Place::with(&lines)
}

const BASELINE: &str =
    "report baseline --period 2024-01-01..2024-03-31 --set metric=trauma-training";

fn ask(place: &Place, words: &str) -> Value {
    let words: Vec<&str> = words.split(' ').chain(["--json"]).collect();
    place.casetrail(&words).json()
}

/// The benchmark of trauma training in a scorecard, and whether it is met.
fn scored(place: &Place, words: &str) -> (Value, Value) {
    let answer = ask(place, &format!("report scorecard {words}"));
    let metric = &answer["total"]["detail"]["metrics"]["trauma-training"];
    (metric["benchmark"].clone(), metric["meets_benchmark"].clone())
}

#[test]
fn a_baseline_becomes_a_benchmark_by_decision() {
    let place = place();
    let baseline = ask(&place, &format!("{BASELINE} --by provider"));
    let months = |a: &str, b: &str, c: &str| {
        json!([{ "month": "2024-01", "value": a }, { "month": "2024-02", "value": b },
               { "month": "2024-03", "value": c }])
    };
    let detail = &baseline["total"]["detail"];
    assert_eq!(detail["months"], months("1/4", "1/2", "3/4"));
    assert_eq!(baseline["total"]["value"], "1/2");
    assert_eq!([&detail["q1"], &detail["median"], &detail["q3"]], ["3/8", "1/2", "5/8"]);
    assert_eq!(baseline["rows"][0]["detail"]["months"], months("1/3", "2/3", "1"));
    assert_eq!(baseline["rows"][1]["value"], "0");
    assert_eq!(baseline["question"]["parameters"], json!({ "metric": "trauma-training" }));
    assert_eq!(baseline["question"]["draft"], false);

    // Nothing is decided by measuring: until somebody decides, nothing is met or missed.
    let (q2, q3) = ("--period 2024-04-01..2024-06-30", "--period 2024-07-01..2024-09-30");
    let undetermined = (json!("undetermined"), Value::Null);
    assert_eq!(scored(&place, q3), undetermined);
    let median = detail["median"].as_str().expect("a median");
    let decide = ["policy", "decide", "benchmark", "trauma-training", median, "--json"];
    let why = ["--decided-by", "RET", "--rationale", "median of January to March 2024"];
    let from = ["--effective-on", "2024-07-01"];
    let receipt = place.casetrail(&[&decide[..], &why, &from].concat()).json();
    let position = receipt["receipt"]["position"].as_u64().expect("a position");

    // In force from its date, known from its position.
    assert_eq!(scored(&place, q2), undetermined);
    assert_eq!(scored(&place, q3), (json!("1/2"), json!(true)));
    assert_eq!(scored(&place, &format!("{q3} --at-position {}", position - 1)), undetermined);
    assert_eq!(scored(&place, &format!("{q3} --at-position {position}")).0, "1/2");
    assert_eq!(scored(&place, &format!("{q3} --known-at 2024-05-01T00:00:00Z")), undetermined);
    let answer = ask(&place, &format!("report scorecard {q3}"));
    assert_eq!(answer["policy"][0]["position"], position);
    // The measurement is what it was.
    let again = ask(&place, &format!("{BASELINE} --by provider"));
    assert_eq!(again["rows"], baseline["rows"]);
}

#[test]
fn a_baseline_is_explained_by_its_months() {
    let place = place();
    let words = BASELINE.replace("report", "explain");
    let explained = ask(&place, &words);
    let steps = explained["compositions"][0]["steps"].as_array().expect("steps");
    let words: Vec<_> = steps.iter().filter_map(|step| step["compared"].as_str()).collect();
    assert_eq!(words[0], "2024-01-01 to 2024-01-31, as of 2024-01-31: 1/4");
    assert_eq!(words[3], "n 3: 1/4, 1/2, 3/4");
    assert_eq!(words[4], "min 1/4, q1 3/8, median 1/2, q3 5/8, max 3/4");
}

#[test]
fn a_baseline_of_nothing_is_wrong_use() {
    let place = place();
    for (words, why) in [
        ("report baseline --period 2024-01-01..2024-03-31", "--set metric=NAME"),
        (
            "report baseline --period 2024-01-01..2024-03-31 --set metric=scorecard",
            "expected one of",
        ),
        ("report baseline --set metric=trauma-training", "needs --period"),
        (&format!("{BASELINE} --by county"), "not grouped or filtered by `county`"),
        (&format!("{BASELINE} --by month"), "not grouped or filtered by `month`"),
    ] {
        let done = place.casetrail(&words.split(' ').collect::<Vec<_>>());
        assert_eq!(done.code, Some(2), "{words}: {}", done.stderr);
        assert!(done.stderr.contains(why), "{words}: {}", done.stderr);
    }
}

/// A saved baseline is asked again, and its difference to one known later adds up.
#[test]
fn baselines_are_saved_and_compared() {
    let place = place();
    let before = ask(&place, &format!("{BASELINE} --at-position 6"));
    assert_eq!(before["total"]["detail"]["max"], "1/2");
    let before = place.file("before.json", &[before.to_string()]);
    let after = place.file("after.json", &[ask(&place, BASELINE).to_string()]);
    let [before, after] = [&before, &after].map(|path| path.to_str().expect("UTF-8"));
    let difference = place.casetrail(&["diff", before, after, "--json"]).json();
    let cells = difference["cells"].as_array().expect("cells");
    let max = cells.iter().find(|cell| cell["cell"] == "detail/max").expect("a cell");
    assert_eq!(max["difference"], "1/4");
    assert_eq!(difference["causes"][0]["events"].as_array().expect("events").len(), 1);
}
