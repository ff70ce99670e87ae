//! Questions over HTTP: the same bytes as on the command line, and no more than who asks may know.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::program::{Place, generated, lines_of, run};
use crate::served::Served;

/// The target that asks what a command line asks.
fn target_of(args: &[&str]) -> String {
    let mut words = args[1..].iter();
    let mut query = Vec::new();
    let mut named = Vec::new();
    while let Some(word) = words.next() {
        match word.strip_prefix("--") {
            Some("alternatives") => query.push("alternatives=true".to_owned()),
            Some(name) => {
                let value = words.next().expect("a value");
                query.push(format!("{}={}", name.replace('-', "_"), encoded(value)));
            }
            None => named.push(*word),
        }
    }
    let path = match args[0] {
        "findings" => {
            query.extend(named.iter().map(|kind| format!("kind={kind}")));
            "/v1/findings".to_owned()
        }
        "report" => format!("/v1/reports/{}", named[0]),
        verb => format!("/v1/{verb}/{}", named[0]),
    };
    format!("{path}?{}", query.join("&"))
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode = |byte: u8| {
        if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(encode).collect()
}

fn histories() -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../replay/histories");
    let entries = std::fs::read_dir(&dir).expect("the histories are there");
    let mut found: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    found.retain(|path| path.join("questions.json").is_file());
    found.sort();
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// Every question of a history, put to `replay`, to the command line, to the service, and to the
/// command line that asks the service, all of the same log.
fn check(history: &Path) {
    let place = Place::with(&lines_of(&read(&history.join("events.ndjson"))));
    let export = place.export("export.ndjson");
    let questions: Value =
        serde_json::from_str(&read(&history.join("questions.json"))).expect("questions are JSON");
    let served = Served::start(&place);
    for question in questions.as_array().expect("a list") {
        let args = question["args"].as_array().expect("words").iter();
        let args: Vec<_> = args.map(|arg| arg.as_str().expect("text")).collect();
        let name = format!("{}: {}", history.display(), args.join(" "));
        let path = export.to_str().expect("UTF-8");
        let replayed = run("replay", [&[args[0], path], &args[1..], &["--json"]].concat()).ok();
        let answer = served.get(&target_of(&args));
        assert_eq!((answer.status, answer.text()), (200, replayed.as_str()), "{name}");
        let args = [&args[..], &["--json"]].concat();
        assert_eq!(place.casetrail_on(&export, &args).ok(), replayed, "{name}");
        assert_eq!(served.casetrail(&place, &args).ok(), replayed, "{name}, asked of the service");
    }
    served.stop();
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

const PERIOD: &str = "period=2024-01-01..2024-12-31";

#[test]
fn every_form_is_that_of_the_command_line() {
    let place = Place::with(&generated(60, 5));
    let words = ["timely-permanency", "--period", "2024-01-01..2024-12-31", "--by", "provider"];
    let (report, explain) =
        ([&["report"], &words[..]].concat(), [&["explain"], &words[..]].concat());
    let printed = |args: &[&str], form| place.casetrail(&[args, &[form]].concat()).ok();
    let masked = [&report[..], &["--suppress", "5"]].concat();
    let others = [&report[..], &["--alternatives"]].concat();
    let monthly = ["history", "timely-permanency", "--period", "2024-01-01..2024-12-31"];
    let expected = [
        (target_of(&report), "application/json", printed(&report, "--json")),
        (target_of(&report), "text/csv", printed(&report, "--csv")),
        (target_of(&report), "text/plain", printed(&report, "--table")),
        (target_of(&masked), "application/json", printed(&masked, "--json")),
        (target_of(&others), "application/json", printed(&others, "--json")),
        (target_of(&explain), "application/json", printed(&explain, "--json")),
        (target_of(&explain), "text/plain", printed(&explain, "--text")),
        (target_of(&monthly), "application/json", printed(&monthly, "--json")),
        (target_of(&monthly), "text/plain", printed(&monthly, "--table")),
        ("/v1/findings".to_owned(), "text/csv", printed(&["findings"], "--csv")),
        ("/v1/policy".to_owned(), "application/json", printed(&["policy", "show"], "--json")),
        ("/v1/policy?list=true".to_owned(), "text/plain", printed(&["policy", "list"], "--text")),
    ];
    let served = Served::start(&place);
    let ask = |target: &str, accept: &str| {
        let accept = format!("Accept: {accept}");
        served.ask("GET", target, &["Purpose: a test", &accept], &[])
    };
    for (target, accept, text) in &expected {
        let answer = ask(target, accept);
        assert_eq!((answer.status, answer.text()), (200, text.as_str()), "{target} {accept}");
        assert!(answer.header("content-type").starts_with(accept), "{target}");
    }
    let rows = ask(&target_of(&report), "application/x-ndjson").lines();
    let whole = ask(&target_of(&report), "application/json").json();
    assert_eq!(rows.len(), whole["rows"].as_array().expect("rows").len() + 2);
    assert_eq!(rows.last().expect("lines")["total"], whole["total"]);
    let refused = ask(&target_of(&report), "text/html");
    assert_eq!(refused.problem(), (406, "NOT_ACCEPTABLE".to_owned()));
}

#[test]
fn a_tag_holds_until_its_answer_changes() {
    let place = Place::with(&generated(30, 6));
    let served = Served::start(&place);
    let target = format!("/v1/reports/timely-permanency?{PERIOD}&by=county");
    let first = served.get(&target);
    let tag = format!("If-None-Match: {}", first.header("etag"));
    assert!(first.header("etag").starts_with('"'), "a strong tag");
    let same = served.ask("GET", &target, &[&tag], &[]);
    assert_eq!((same.status, same.body.len()), (304, 0));
    assert_eq!(same.header("etag"), first.header("etag"));
    // Another form, question or threshold is another answer.
    for other in ["&suppress=3", "&where=county%3D29510", "&as_of=2024-06-30"] {
        let other = served.ask("GET", &format!("{target}{other}"), &[&tag], &[]);
        assert_eq!(other.status, 200);
    }
    let csv = served.ask("GET", &target, &[&tag, "Accept: text/csv"], &[]);
    assert_eq!(csv.status, 200);

    let size = first.json()["log"]["size"].as_u64().expect("a size");
    let pinned = format!("{target}&at_position={size}");
    let before = served.get(&pinned);
    assert_eq!(before.body, first.body);
    let event = json!({
        "specversion": "1.0", "source": "t", "id": "new", "subject": "child/C-NEW",
        "type": "casetrail.child.registered.v1", "effectiveon": "2024-01-01",
        "data": { "birth_date": "2015-06-15" },
    });
    let kind = "Content-Type: application/cloudevents+json";
    let posted = served.ask("POST", "/v1/events", &[kind], event.to_string().as_bytes());
    let position = posted.json()["position"].as_u64().expect("a position");
    // Who wrote has what was written, with its position or without.
    for asked in [target.clone(), format!("{target}&at_position={position}")] {
        let after = served.ask("GET", &asked, &[&tag], &[]);
        assert_eq!((after.status, &after.json()["log"]["size"]), (200, &json!(position)));
    }
    // What is asked of the past stays.
    let tag = format!("If-None-Match: {}", before.header("etag"));
    assert_eq!(served.ask("GET", &pinned, &[&tag], &[]).status, 304);
    let beyond = served.get(&format!("{target}&at_position={}", position + 1));
    assert_eq!(beyond.problem(), (404, "BEYOND_HEAD".to_owned()));
}

#[test]
fn bodies_and_paths_that_say_nothing_are_told_so() {
    let served = Served::start(&Place::with(&generated(5, 1)));
    let post = |target: &str, body: &[u8]| served.ask("POST", target, &["Purpose: a test"], body);
    // A fraction once made the record of the question panic.
    let fraction = json!({
        "from": { "words": { "metric": "cfsr-p1", "what_if": { "a": -3.5e-50 } } },
        "to": { "words": { "metric": "cfsr-p1" } },
    });
    let answer = post("/v1/diff", fraction.to_string().as_bytes());
    assert_eq!(answer.problem(), (400, "BAD_BODY".to_owned()));
    // What is recorded of a question is all of it.
    let long = format!(
        r#"{{"metric":"cfsr-p1","limit":"{}1","subject":"child/A-7"}}"#,
        "0".repeat(40_000)
    );
    assert_eq!(post("/v1/explain", long.as_bytes()).problem().0, 413);
    let large = vec![b' '; 17 << 20];
    for target in ["/v1/reports", "/v1/explain", "/v1/history", "/v1/diff"] {
        assert_eq!(post(target, b"{").problem(), (400, "BAD_BODY".to_owned()), "{target}");
        assert_eq!(post(target, &large).problem().0, 413, "{target}");
    }
    for target in ["/v1/reports/%FF", "/codes/%FF", "/tile/0/%FF"] {
        assert_eq!(served.get(target).problem(), (404, "NOT_FOUND".to_owned()), "{target}");
    }
    for target in ["/v1/events?limit=0", "/v1/events?limit=1001", "/v1/streams/child/C-1?limit=0"] {
        assert_eq!(served.get(target).problem(), (400, "INVALID_QUERY".to_owned()), "{target}");
    }
    assert!(!served.said().contains("made a mistake"), "{}", served.said());
}

#[test]
fn what_is_supposed_stands_in_a_body() {
    let place = Place::with(&generated(30, 7));
    std::fs::write(place.path("what-if.toml"), "benchmark.adoption = 36\n").expect("a file");
    let words = ["report", "timely-permanency", "--period", "2024-01-01..2024-12-31"];
    let supposed = [&words[..], &["--what-if", "what-if.toml", "--json"]].concat();
    let supposed = place.casetrail(&supposed).ok();
    let served = Served::start(&place);
    let body = json!({
        "metric": "timely-permanency", "period": "2024-01-01..2024-12-31",
        "what_if": { "benchmark": { "adoption": 36 } },
    });
    let answer = served.ask("POST", "/v1/reports", &[], body.to_string().as_bytes());
    assert_eq!((answer.status, answer.text()), (200, supposed.as_str()));
    assert_eq!(answer.json()["question"]["draft"], true);
}

#[test]
fn an_explanation_comes_page_by_page() {
    let served = Served::start(&Place::with(&generated(60, 8)));
    let target = format!("/v1/explain/timely-permanency?{PERIOD}");
    let whole = served.get(&target).json();
    let whole = whole["members"].as_array().expect("members");
    assert!(whole.len() > 10, "{} members", whole.len());
    let mut found: Vec<Value> = Vec::new();
    let mut next = String::new();
    loop {
        let page = served.get(&format!("{target}&limit=4{next}")).json();
        let members = page["members"].as_array().expect("members");
        assert!(members.len() <= 4);
        found.extend(members.iter().cloned());
        let Some(cursor) = page["next"].as_str() else { break };
        next = format!("&cursor={cursor}");
    }
    assert_eq!(&found, whole);
    let other = served.get(&format!("/v1/explain/cfsr-p1?{PERIOD}&limit=4{next}"));
    assert_eq!(other.problem(), (400, "INVALID_QUERY".to_owned()));
}

#[test]
fn a_difference_is_that_of_the_command_line() {
    let place = Place::with(&generated(40, 9));
    let words = "report timely-permanency --period 2024-01-01..2024-12-31 --by provider";
    let ask = |position: &str| format!("{words} --at-position {position}");
    let saved = place.casetrail(&[&words.split(' ').collect::<Vec<_>>()[..], &["--json"]].concat());
    let saved = saved.json();
    std::fs::write(place.path("saved.json"), saved.to_string()).expect("a file");
    let printed = place.casetrail(&["diff", &ask("1500"), "saved.json", "--json"]).ok();
    let served = Served::start(&place);
    let body = json!({
        "from": { "words": {
            "metric": "timely-permanency", "period": "2024-01-01..2024-12-31", "by": ["provider"],
            "at_position": 1500,
        } },
        "to": { "saved": saved },
    });
    let answer = served.ask("POST", "/v1/diff", &["Purpose: a test"], body.to_string().as_bytes());
    assert_eq!((answer.status, answer.text()), (200, printed.as_str()));
    let answer = served.ask("POST", "/v1/diff", &[], body.to_string().as_bytes());
    assert_eq!(answer.problem(), (400, "PURPOSE_REQUIRED".to_owned()));
}

#[test]
fn words_that_are_no_question_are_refused_without_repeating_them() {
    let served = Served::start(&Place::with(&generated(5, 1)));
    for (target, code) in [
        ("/v1/reports/no-such", "WRONG_QUESTION"),
        ("/v1/reports/timely-permanency", "WRONG_QUESTION"),
        ("/v1/reports/timely-permanency?period=secret", "WRONG_QUESTION"),
        ("/v1/reports/cfsr-p1?period=2024-01-01..2024-03-31&where=secret", "WRONG_QUESTION"),
        ("/v1/reports/cfsr-p1?period=2024-01-01..2024-03-31&secret=1", "INVALID_QUERY"),
        ("/v1/reports/cfsr-p1?period=2024-01-01..2024-03-31&suppress=secret", "INVALID_QUERY"),
        ("/v1/reports/long-stayers?as_of=secret", "WRONG_QUESTION"),
        ("/v1/reports/long-stayers?known_at=secret", "WRONG_QUESTION"),
        ("/v1/policy?metric=secret", "WRONG_QUESTION"),
        // More than anybody reads, and than a machine has memory for.
        ("/v1/history/cfsr-p1?period=0001-01-01..9999-12-31", "WRONG_QUESTION"),
        ("/v1/history/cfsr-p1?period=1900-01-01..1900-12-31", "WRONG_QUESTION"),
    ] {
        let answer = served.get(target);
        assert_eq!(answer.problem(), (400, code.to_owned()), "{target}");
        assert!(!answer.text().contains("secret"), "{}", answer.text());
    }
    let unknown = served.get("/v1/timeline/child/secret");
    assert_eq!(unknown.problem(), (404, "STREAM_UNKNOWN".to_owned()));
    assert!(!unknown.text().contains("secret"));
    let metrics = served.get("/v1/metrics").json();
    assert_eq!(metrics["metrics"].as_array().expect("metrics").len(), 18);
}
