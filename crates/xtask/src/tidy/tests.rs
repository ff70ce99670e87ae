//! The repository is tidy, and untidiness is found.

use std::collections::{BTreeMap, BTreeSet};

use events::{Admission, Code, EventType, Incoming, Json, Pointer};
use serde_json::json;

use super::{arrows, codes, lengths, words};
use crate::repository::SourceFile;

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}

#[test]
fn the_repository_is_tidy() {
    let found = super::check().expect("all checks can be made");
    assert!(found.violations.is_empty(), "{}", found.violations.join("\n"));
}

#[test]
fn arrows_are_compared_both_ways() {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, to) in arrows::ARROWS {
        found.insert((*from).to_owned(), to.iter().map(|t| (*t).to_owned()).collect());
    }
    assert!(arrows::compare(&found).is_empty());
    found.entry("events".to_owned()).or_default().insert("journal".to_owned());
    found.entry("timeline".to_owned()).or_default().clear();
    found.entry("newcomer".to_owned()).or_default();
    found.remove("xtask");
    assert_eq!(
        arrows::compare(&found),
        [
            "the arrow events -> journal is not in the list",
            "package newcomer is not in the list of arrows",
            "the arrow timeline -> events of the list is not there",
            "package xtask of the list of arrows does not exist",
            "the arrow xtask -> casetrail-metrics of the list is not there",
            "the arrow xtask -> events of the list is not there",
        ]
    );
}

#[test]
fn only_normal_dependencies_of_ours_are_arrows() {
    let metadata = json!({ "packages": [
        { "name": "a", "dependencies": [
            { "name": "b", "kind": null },
            { "name": "c", "kind": "dev" },
            { "name": "serde", "kind": null },
        ] },
        { "name": "b", "dependencies": [] },
        { "name": "c", "dependencies": [] },
    ] });
    let arrows = arrows::arrows_of(&metadata).expect("packages");
    assert_eq!(arrows["a"], BTreeSet::from(["b".to_owned()]));
    assert!(arrows["b"].is_empty());
}

#[test]
fn the_pure_are_pure() {
    let tree = "events v0.0.0 (path)\nserde v1.0.0\ntokio-util v0.7.0\n";
    assert!(arrows::impure("events", tree).is_empty());
    let tree = format!("{tree}tokio v1.0.0 (*)\n");
    assert_eq!(arrows::impure("events", &tree), ["events is pure and depends on tokio"]);
}

#[test]
fn long_files_are_found_and_tests_do_not_count() {
    let lines = |n: usize| "//\n".repeat(n);
    let counts = |path: &str, text: &str| {
        let found = lengths::check(&file(path, text));
        (found.warnings.len(), found.violations.len())
    };
    let code = "crates/a/src/b.rs";
    assert_eq!(counts(code, &lines(lengths::LINES_WARNING)), (0, 0));
    assert_eq!(counts(code, &lines(lengths::LINES_WARNING + 1)), (1, 0));
    assert_eq!(counts(code, &lines(lengths::LINES_MAX)), (1, 0));
    assert_eq!(counts(code, &lines(lengths::LINES_MAX + 1)), (0, 1));
    for tests in ["crates/a/src/tests.rs", "crates/a/src/tests/b.rs", "tests/src/lib.rs"] {
        assert_eq!(counts(tests, &lines(2000)), (0, 0), "{tests}");
    }
    let inner = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", lines(400), lines(900));
    assert_eq!(counts(code, &inner), (0, 0));
    assert_eq!(counts(code, &format!("{inner}{}", lines(101))), (1, 0));
}

#[test]
fn forbidden_words_are_found_with_their_line() {
    for (word, _) in words::FORBIDDEN {
        let found = words::check(&file("a.rs", &format!("fn a() {{\n    {word}\n}}\n")));
        assert_eq!(found.len(), 1, "{word}");
        assert!(found[0].starts_with("a.rs:2: "), "{}", found[0]);
    }
    assert!(words::check(&file("a.rs", "// ignore what is todo\n")).is_empty());
}

#[test]
fn codes_and_pages_are_compared_both_ways() {
    let set = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
    assert_eq!(
        codes::compare(&set(&["A", "B"]), &set(&["B", "C"])),
        ["code A has no page in schemas/codes", "schemas/codes/C.md is of no code"]
    );
    let page =
        format!("# A\n\n**Cause.** x\n\n**What to do.** y\n{}**Example.** z\n", "\n".repeat(5));
    assert!(codes::judge("A", &page).is_empty());
    assert_eq!(codes::judge("B", "# A\n").len(), 5);
}

/// The valid event that the examples are parts of.
fn base() -> serde_json::Value {
    json!({
        "specversion": "1.0", "source": "example", "id": "1",
        "type": "casetrail.removal.recorded.v1", "subject": "child/C-1001",
        "effectiveon": "2024-03-01", "data": { "removal_id": "R-1" },
    })
}

/// What an example is refused with: by itself, or put over the valid event.
fn refusal_of(example: &str) -> (&'static str, String) {
    let Ok(part) = Json::parse(example.as_bytes()) else { return ("NOT_JSON", String::new()) };
    if let Err(refusal) = part.check(&Pointer::ROOT) {
        return (refusal.code.name(), refusal.path);
    }
    let mut event = base();
    let part: serde_json::Value = serde_json::from_str(example).expect("JSON");
    for (name, value) in part.as_object().expect("an object") {
        event[name] = value.clone();
    }
    let kind = event["type"].as_str().and_then(EventType::from_name);
    if let Some(family) = kind.and_then(EventType::family).filter(|_| part.get("subject").is_none())
    {
        event["subject"] = format!("{}/X-1", family.name()).into();
    }
    let json = Json::parse(event.to_string().as_bytes()).expect("JSON");
    let refusal = Incoming::read(&json, Admission::Adapter).expect_err(example);
    (refusal.code.name(), refusal.path)
}

#[test]
fn examples_of_codes_are_refused_with_that_code() {
    let base = Json::parse(base().to_string().as_bytes()).expect("JSON");
    Incoming::read(&base, Admission::Adapter).expect("valid but for the examples");
    let mut checked = 0;
    for code in Code::ALL {
        let path = format!("schemas/codes/{}.md", code.name());
        let page = std::fs::read_to_string(crate::repository::root().join(&path)).expect(&path);
        let block = page.split_once("```json\n").and_then(|(_, rest)| rest.split_once("\n```\n"));
        let Some((example, behind)) = block.filter(|(_, b)| b.starts_with("Refused at ")) else {
            continue;
        };
        // What depends on the log is not for one event to show.
        if *code == Code::AmendsUnknown {
            continue;
        }
        let (found, place) = refusal_of(example);
        assert_eq!(found, code.name(), "{path}");
        let place =
            if place.is_empty() { "the whole event".to_owned() } else { format!("`{place}`") };
        assert!(behind.starts_with(&format!("Refused at {place}.")), "{path}: {place}");
        checked += 1;
    }
    assert!(checked >= 20, "{checked}");
}
