//! The commands that show: `generate`, `demo`, `explain`, `timeline`; tables and CSV.

use std::process::Stdio;

use crate::program::{Done, Place, command, generated, json, run};

#[test]
fn generated_events_go_through_a_pipe() {
    let place = Place::new();
    let args = ["generate", "--children", "5", "--years", "3", "--seed", "7"];
    let mut generate =
        command("casetrail").args(args).stdout(Stdio::piped()).spawn().expect("it starts");
    let pipe = generate.stdout.take().expect("a pipe");
    let mut ingest = command("casetrail");
    ingest.args(["ingest", "--backfill", "--strict", "-", "--log"]).arg(place.log());
    ingest.current_dir(place.path("")).stdin(Stdio::from(pipe));
    let done = Done::of(&mut ingest);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(generate.wait().expect("it ends").success());
    let lines = run("casetrail", args).ok();
    assert_eq!(place.verified().0, lines.lines().count() as u64, "the same seed, the same events");
    assert_eq!(run("casetrail", args).ok(), lines, "byte for byte");
}

#[test]
fn another_seed_is_another_state() {
    assert_eq!(generated(2, 1), generated(2, 1));
    assert_ne!(generated(2, 1), generated(2, 2));
}

#[test]
fn the_demo_shows_three_things_and_leaves_nothing_behind() {
    let place = Place::new();
    std::fs::create_dir(place.path("tmp")).expect("a folder");
    let mut demo = command("casetrail");
    demo.args(["demo", "--children", "40"]).env("TMPDIR", place.path("tmp"));
    let printed = Done::of(&mut demo).ok();
    let at = |part: &str| printed.find(part).unwrap_or_else(|| panic!("no `{part}`: {printed}"));
    assert!(at("\n1. ") < at("\n2. ") && at("\n2. ") < at("\n3. "));
    assert!(printed.contains("scorecard") && printed.contains("timely-permanency"));
    assert_eq!(std::fs::read_dir(place.path("tmp")).expect("a folder").count(), 0);
}

#[test]
fn an_explanation_names_clauses_and_events() {
    let place = Place::with(&generated(10, 51));
    let period = ["--period", "2023-01-01..2025-12-31"];
    let explain = ["explain", "timely-permanency"];
    let all = place.casetrail(&[&explain[..], &period, &["--json"]].concat()).json();
    let members = all["members"].as_array().expect("members");
    let report = ["report", "timely-permanency"];
    let report = place.casetrail(&[&report[..], &period, &["--json"]].concat()).json();
    let judged = ["numerator", "denominator", "unknown", "excluded", "pending"];
    let counted = members.iter().filter(|m| judged.contains(&m["population"].as_str().unwrap()));
    assert!(counted.count() as u64 >= report["total"]["denominator"].as_u64().unwrap());
    assert!(!members.is_empty());
    for member in members {
        assert!(!member["clauses"].as_array().unwrap().is_empty(), "{member}");
        let evidence = member["evidence"].as_array().unwrap();
        assert!(evidence.iter().all(|e| e["position"].is_u64() && e["id"].is_string()), "{member}");
    }
    let subject = members[0]["subject"].as_str().unwrap();
    let one = [&explain[..], &period, &["--subject", subject, "--json"]].concat();
    let one = place.casetrail(&one).json();
    let of_one = members.iter().filter(|m| m["subject"] == subject).count();
    assert_eq!(one["members"].as_array().unwrap().len(), of_one);
    let text = [&explain[..], &period, &["--subject", subject, "--text"]].concat();
    assert!(place.casetrail(&text).ok().contains(subject));

    let timeline = place.casetrail(&["timeline", subject, "--as-of", "2025-12-31", "--json"]);
    let timeline = timeline.json();
    assert_eq!(timeline["subject"], subject);
    assert!(!timeline["episodes"].as_array().unwrap().is_empty());
    assert!(!timeline["events"].as_array().unwrap().is_empty());
}

#[test]
fn answers_are_printed_as_tables_and_csv_too() {
    let lines = generated(10, 51);
    let place = Place::with(&lines);
    let args = ["report", "timely-permanency", "--period", "2023-01-01..2025-12-31"];
    let args = [&args[..], &["--by", "provider"]].concat();
    let rows = place.casetrail(&[&args[..], &["--json"]].concat()).json();
    let rows = rows["rows"].as_array().unwrap().len();
    assert!(rows > 0);
    let csv = place.casetrail(&[&args[..], &["--csv"]].concat()).ok();
    assert!(csv.starts_with("line,provider,numerator,denominator,"), "{csv}");
    assert_eq!(csv.lines().count(), rows + 2);
    let table = place.casetrail(&[&args[..], &["--table"]].concat()).ok();
    assert!(table.contains("timely-permanency") && table.contains("total"), "{table}");
    let masked = place.casetrail(&[&args[..], &["--suppress", "10", "--json"]].concat()).json();
    assert!(masked["total"]["masked"].is_array(), "a small total is masked");
    let times: Vec<_> = lines.iter().map(|line| json(line)["recordedtime"].to_string()).collect();
    assert!(times.is_sorted(), "a generated state is in the order in which it was recorded");
}
