//! `findings`: what is remarkable about the data, each with its events; and no number is changed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::program::{Place, line, run};

/// Lines recorded on one day, named by their number.
struct Story {
    lines: Vec<String>,
    recorded: &'static str,
}

impl Story {
    fn say(&mut self, kind: &str, subject: &str, on: &str, data: &Value) {
        let id = format!("e{}", self.lines.len() + 1);
        self.lines.push(line(&id, kind, subject, on, self.recorded, data));
    }
}

/// A child for each kind of finding, and one that is remarkable in nothing.
fn story() -> Vec<String> {
    let mut story = Story { lines: Vec::new(), recorded: "2024-03-04" };
    let on = "2024-03-01";
    story.say(
        "provider.registered",
        "provider/A",
        on,
        &json!({ "name": "A", "kind": "contractor" }),
    );
    for n in 1..=9 {
        let child = format!("child/C-{n}");
        if n != 3 {
            story.say("child.registered", &child, on, &json!({ "birth_date": "2015-01-01" }));
        }
        story.say("removal.recorded", &child, on, &json!({ "removal_id": "R1" }));
    }
    let exit = json!({ "exit_reason": "reunification" });
    let exit_of = json!({ "exit_reason": "reunification", "removal_id": "R1" });
    let placement = |id: &str| json!({ "placement_id": id, "setting": "foster-family" });
    let goal = json!({ "role": "primary", "goal": "reunification" });
    story.recorded = "2024-06-04";
    story.say("episode.closed", "child/C-1", on, &exit_of);
    story.say("removal.recorded", "child/C-2", "2024-06-03", &json!({ "removal_id": "R2" }));
    story.say("episode.closed", "child/C-4", "2024-06-03", &exit);
    story.say("episode.closed", "child/C-4", "2024-06-04", &exit_of);
    story.say("episode.closed", "child/C-5", "2024-02-28", &exit);
    story.say("placement.started", "child/C-6", "2024-06-03", &placement("P1"));
    story.say("placement.ended", "child/C-6", "2024-06-02", &json!({ "placement_id": "P1" }));
    story.say("placement.started", "child/C-6", "2024-06-04", &placement("P2"));
    story.say("placement.started", "child/C-6", "2024-02-01", &placement("P3"));
    story.say(
        "assessment.completed",
        "child/C-6",
        "2024-06-01",
        &json!({ "placement_id": "P2", "tool": "t", "determination": "qrtp" }),
    );
    story.say("goal.proposed", "child/C-7", "2024-06-03", &goal);
    story.say(
        "case.assigned",
        "child/C-7",
        "2024-06-03",
        &json!({ "case_id": "F", "provider": "B" }),
    );
    story.say("identity.merged", "child/C-8", "2024-06-03", &json!({ "into": "child/C-9" }));
    story.say("identity.merged", "child/C-9", "2024-06-03", &json!({ "into": "child/C-8" }));
    story.recorded = "2024-08-02";
    story.say("placement.started", "child/C-10", "2024-08-01", &placement("P1"));
    story.say(
        "child.registered",
        "child/C-10",
        "2024-08-01",
        &json!({ "birth_date": "2024-08-02" }),
    );
    story.say("removal.recorded", "child/C-10", "2024-08-01", &json!({ "removal_id": "R1" }));
    story.say("placement.started", "child/C-10", "2024-08-02", &placement("P2"));
    story.say("placement.ended", "child/C-10", "2024-08-05", &json!({ "placement_id": "P1" }));
    story.say("episode.closed", "child/C-10", "2024-08-06", &exit);
    story.say("goal.approved", "child/C-10", "2024-08-07", &goal);
    story.lines
}

const FINDINGS: &[&str] = &["findings", "--as-of", "2024-12-31"];

/// The events of each finding by kind and subject.
fn by_kind(document: &Value) -> BTreeMap<(String, String), Vec<Vec<u64>>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for finding in document["findings"].as_array().expect("findings") {
        let text = |name: &str| finding[name].as_str().expect("a text").to_owned();
        let events = finding["events"].as_array().expect("events").iter();
        let events = events.map(|event| event["position"].as_u64().expect("a position")).collect();
        found.entry((text("finding"), text("subject"))).or_default().push(events);
    }
    found
}

#[test]
fn every_kind_is_found_with_its_events() {
    let lines = story();
    let place = Place::with(&lines);
    let document = place.casetrail(&[FINDINGS, &["--json"]].concat()).json();
    let found = by_kind(&document);
    // By identity, so that the story can grow: the n-th line that says something of a subject.
    let of = |subject: &str, nth: usize| -> u64 {
        let said = (1..).zip(&lines);
        let own = said.filter(|(_, line)| line.contains(&format!("\"subject\":\"{subject}\"")));
        own.map(|(position, _)| position).nth(nth - 1).expect("a line")
    };
    for (kind, subject, events) in [
        ("exit_not_after_removal", "child/C-1", vec![2, 3]),
        ("missing_end", "child/C-2", vec![2, 3]),
        ("missing_birth_date", "child/C-3", vec![1]),
        ("conflicting_episodes", "child/C-4", vec![2, 3, 4]),
        ("exit_without_removal", "child/C-5", vec![3]),
        ("end_inferred", "child/C-6", vec![3, 5]),
        ("end_before_start", "child/C-6", vec![3, 4]),
        ("placement_ignored", "child/C-6", vec![6]),
        ("assessment_before_placement", "child/C-6", vec![5, 7]),
        ("goal_not_approved", "child/C-7", vec![3]),
        ("unknown_reference", "child/C-7", vec![4]),
        ("removal_before_birth", "child/C-10", vec![2, 3]),
        ("overlap", "child/C-10", vec![1, 4, 5]),
        ("under_8_days", "child/C-10", vec![3, 6]),
        ("approval_after_exit", "child/C-10", vec![6, 7]),
    ] {
        let expected: Vec<u64> = events.into_iter().map(|nth| of(subject, nth)).collect();
        let key = (kind.to_owned(), subject.to_owned());
        assert_eq!(found.get(&key), Some(&vec![expected]), "{kind} of {subject}: {document:#}");
    }
    let circle = &found[&("conflicting_merges".to_owned(), "child/C-8".to_owned())];
    assert_eq!(circle[0], [of("child/C-8", 3), of("child/C-9", 3)]);
    // Friday's removals were recorded on Monday; an exit of March in June came late.
    let late: Vec<_> = found.keys().filter(|(kind, _)| kind == "late_entry").collect();
    let late: Vec<_> = late.iter().map(|(_, subject)| subject.as_str()).collect();
    assert_eq!(late, ["child/C-1", "child/C-5", "child/C-6"]);
    let counts = document["counts"].as_object().expect("counts");
    assert!(counts.values().all(|count| count.as_u64() > Some(0)), "{counts:?}");
    for ((kind, _), all) in &found {
        assert!(counts[kind].as_u64() >= Some(all.len() as u64), "{kind}");
    }
}

#[test]
fn findings_are_seen_on_both_axes_and_in_every_form() {
    let place = Place::with(&story());
    let ask = |more: &[&str]| place.casetrail(&[FINDINGS, more].concat());
    let kinds = |more: &[&str]| {
        let document = ask(&[more, &["--json"]].concat()).json();
        let found = by_kind(&document).into_keys().map(|(kind, _)| kind);
        found.collect::<std::collections::BTreeSet<_>>()
    };
    assert!(!kinds(&["--known-at", "2024-03-05T00:00:00Z"]).contains("missing_end"));
    assert!(kinds(&["--known-at", "2024-06-05T00:00:00Z"]).contains("missing_end"));
    assert_eq!(kinds(&["overlap", "missing_end"]).len(), 2);
    let own = kinds(&["--subject", "child/C-3"]);
    assert_eq!(own.into_iter().collect::<Vec<_>>(), ["missing_birth_date"]);
    assert_eq!(kinds(&["--subject", "child/C-99"]).len(), 0);

    let csv = ask(&["overlap", "--csv"]).ok();
    assert_eq!(csv.lines().count(), 4, "{csv}");
    assert!(csv.starts_with("finding,subject,words,position,type,effectiveon,recordedtime\n"));
    assert!(csv.contains("casetrail.placement.ended.v1,2024-08-05,"), "{csv}");
    let table = ask(&["--table"]).ok();
    assert!(table.contains("the latest start wins") && table.contains("child/C-10"), "{table}");
    assert!(ask(&["overlap", "--subject", "child/C-1", "--table"]).ok().ends_with("none\n"));

    // The auditor finds the same in an export.
    let export = place.export("export.ndjson");
    for form in ["--json", "--csv", "--table"] {
        let export = export.to_str().expect("UTF-8");
        let args = [&["findings", export], &FINDINGS[1..], &[form]].concat();
        assert_eq!(run("replay", args).ok(), ask(&[form]).ok(), "{form}");
    }
}

#[test]
fn words_that_name_no_finding_are_wrong_use() {
    let place = Place::with(&story()[..3]);
    for (more, why) in [
        (&["luck"][..], "no finding is `luck`: exit_not_after_removal"),
        (&["--subject", "C-1"], "expected <family>/<identifier>"),
        (&["--known-at", "2999-01-01T00:00:00Z"], "lies in the future"),
        (&["--json", "--csv"], "cannot be used with"),
    ] {
        let done = place.casetrail(&[FINDINGS, more].concat());
        assert_eq!(done.code, Some(2), "{more:?}: {}", done.stderr);
        assert!(done.stderr.contains(why), "{more:?}: {}", done.stderr);
    }
}
