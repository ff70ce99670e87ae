//! `casetrail explain`: why members count as they do, and why others do not.

use serde_json::{Value, json};

use crate::program::{Place, line};

/// A child that went home in time, one that went home late, one still in care, and one in a QRTP
/// whose assessment was late. The exit of the first was corrected.
fn place() -> Place {
    let child = |n: u32| format!("child/C-{n}");
    let mut lines = Vec::new();
    for n in 1..=4 {
        let on_record = |what: &str, kind: &str, data: &Value| {
            line(&format!("{what}{n}"), kind, &child(n), "2023-06-01", "2023-06-02", data)
        };
        lines.push(on_record("removed", "removal.recorded", &json!({ "removal_id": "R" })));
        let assigned = json!({ "case_id": "F", "provider": "A" });
        lines.push(on_record("assigned", "case.assigned", &assigned));
        let goal = json!({ "role": "primary", "goal": "reunification" });
        lines.push(on_record("goal", "goal.approved", &goal));
    }
    let mut say = |id: &str, kind: &str, subject: &str, on: &str, data: &Value| {
        lines.push(line(id, kind, subject, on, "2024-10-01", data));
    };
    let home = json!({ "exit_reason": "reunification" });
    say("exit1", "episode.closed", &child(1), "2024-07-02", &home);
    say("exit2", "episode.closed", &child(2), "2024-06-02", &home);
    let corrected = json!({
        "corrects": { "source": "t", "id": "exit1" }, "effectiveon": "2024-06-01", "data": home,
    });
    say("right", "record.corrected", &child(1), "2024-09-30", &corrected);
    let qrtp = json!({ "placement_id": "P", "setting": "qrtp", "facility_id": "R-1" });
    say("placed", "placement.started", &child(4), "2024-01-01", &qrtp);
    let assessed = json!({
        "placement_id": "P", "tool": "CANS", "assessor_employer": "independent",
        "determination": "qrtp", "goals_listed": true, "reasons": ["clinical"],
    });
    say("assessed", "assessment.completed", &child(4), "2024-02-01", &assessed);
    let role = json!({ "role": "case-manager", "provider": "A" });
    say("role", "role.started", "staff/S-1", "2024-01-01", &role);
    let weight = json!({ "weight": "1/4", "decided_by": "RET", "rationale": "r" });
    say("weight", "weight.decided", "policy/trauma-training", "2024-01-01", &weight);
    Place::with(&lines)
}

const QUARTER: [&str; 2] = ["--period", "2024-04-01..2024-06-30"];

fn explain(place: &Place, metric: &str, more: &[&str]) -> Value {
    place.casetrail(&[&["explain", metric], &QUARTER[..], more, &["--json"]].concat()).json()
}

/// The one member of a subject.
fn member(place: &Place, metric: &str, subject: &str) -> Value {
    let explained = explain(place, metric, &["--subject", subject]);
    let members = explained["members"].as_array().expect("a list").clone();
    assert_eq!(members.len(), 1, "{explained:#}");
    members.into_iter().next().expect("one")
}

#[test]
fn a_member_outside_the_numerator_is_told_what_failed() {
    let place = place();
    let met = member(&place, "timely-permanency", "child/C-1");
    assert_eq!((&met["population"], &met["why_not"]), (&json!("numerator"), &Value::Null));
    let right = met["evidence"].as_array().expect("a list").iter().find(|e| e["id"] == "right");
    let right = right.expect("the correction is evidence");
    assert_eq!(right["corrects"], "exit1 of t");
    assert_eq!(right["recordedby"], "local+backfill");

    let late = member(&place, "timely-permanency", "child/C-2");
    assert_eq!(late["population"], "denominator");
    assert_eq!(late["why_not"]["clause"], "by_deadline");
    assert_eq!(late["why_not"]["lacks"], json!({ "how": "late", "position": 14 }));
    let compared = late["why_not"]["compared"].as_str().expect("words");
    assert!(compared.contains("2024-06-02") && compared.contains("deadline 2024-06-01"), "{late}");

    // Before the correction was known, the first child had not left in the quarter.
    let before = ["--subject", "child/C-1", "--at-position", "14"];
    let before = explain(&place, "timely-permanency", &before);
    assert_eq!(before["members"][0]["population"], "not in it");
    assert_eq!(before["members"][0]["why_not"]["clause"], "in_cohort");
}

#[test]
fn who_is_not_in_the_population_is_told_why() {
    let place = place();
    let cases = [
        ("timely-permanency", "child/C-3", "in_cohort", json!("casetrail.episode.closed.v1")),
        ("timely-permanency", "staff/S-1", "judged_by_the_metric", Value::Null),
        ("timely-permanency", "child/nobody", "subject_is_known", Value::Null),
        ("concurrent-planning", "child/C-3", "entered_in_period", Value::Null),
        ("cfsr-p2", "staff/S-9", "subject_is_known", Value::Null),
        ("residential-compliance", "child/C-1", "residential_in_period", Value::Null),
    ];
    for (metric, subject, clause, missing) in cases {
        let explained = explain(&place, metric, &["--subject", subject]);
        let members = explained["members"].as_array().expect("a list");
        let outside = members.iter().find(|member| member["population"] == "not in it");
        let outside = outside.unwrap_or_else(|| panic!("{metric} {subject}: {explained:#}"));
        assert_eq!(outside["why_not"]["clause"], clause, "{metric} {subject}");
        if !missing.is_null() {
            assert_eq!(outside["why_not"]["lacks"]["type"], missing, "{metric} {subject}");
        }
    }
    let elsewhere = ["--where", "provider=B", "--subject", "child/C-1"];
    let filtered = explain(&place, "timely-permanency", &elsewhere);
    assert_eq!(filtered["members"][0]["why_not"]["clause"], "passes_filter");
}

#[test]
fn a_placement_is_told_rule_by_rule() {
    let place = place();
    let explained = explain(&place, "residential-compliance", &["--subject", "child/C-4"]);
    let members = explained["members"].as_array().expect("a list");
    let placement = members.iter().find(|m| m["unit"] == "placement P from 2024-01-01");
    let placement = placement.expect("the placement is a member");
    assert_eq!(placement["population"], "denominator");
    assert_eq!(placement["why_not"]["clause"], "RC-06");
    assert_eq!(placement["why_not"]["lacks"], json!({ "how": "late", "position": 17 }));
    let compared = placement["why_not"]["compared"].as_str().expect("words");
    assert!(compared.contains("deadline 2024-01-31: none, late 2024-02-01"), "{compared}");

    // The details have members too: the children in care, by setting, and in any placement.
    let counts: Vec<&Value> = members.iter().map(|member| &member["counts"]).collect();
    for name in ["detail/children/in_care", "detail/settings/qrtp", "detail/children/denominator"] {
        assert!(counts.iter().any(|counts| counts[name] == 1), "{name}: {counts:?}");
    }
}

#[test]
fn a_score_is_put_together_step_by_step() {
    let place = place();
    let explained = explain(&place, "scorecard", &["--by", "provider"]);
    let compositions = explained["compositions"].as_array().expect("a list");
    let groups: Vec<_> = compositions.iter().map(|c| c["group"].clone()).collect();
    assert_eq!(groups, [json!({ "provider": "A" }), Value::Null]);
    let steps = compositions[0]["steps"].as_array().expect("a list");
    let step = |name: &str| {
        let step = steps.iter().find(|step| step["clause"] == name).expect(name);
        step["compared"].as_str().expect("words").to_owned()
    };
    assert!(step("timely-permanency").contains("value 1/2"), "{steps:?}");
    assert!(step("timely-permanency").contains("weight 1/2, product 1/4, sum 1/4"), "{steps:?}");
    assert!(step("trauma-training").contains("weight 1/4, product 0, sum 1/4"), "{steps:?}");
    assert_eq!(step("score"), "1/4; weight coverage 3/4");
    let policy: Vec<_> = compositions[0]["evidence"].as_array().expect("a list").iter().collect();
    assert_eq!(policy.len(), 1);
    assert_eq!(policy[0]["id"], "weight");
}
