//! Real answers against the published schema of answers.

use std::collections::BTreeSet;

use metrics::{Asked, MetricId, Period};
use projection::{Difference, Erasures, FindingKind, FindingsAsked, Known, Selection, Shape, Side};
use replay::{Asking, read_side};
use report::{Differing, Explanation, Findings, Policies, alternatives_document, history_document};
use serde_json::{Value, json};

use crate::common::{all, now};

fn validator() -> jsonschema::Validator {
    validator_of("report")
}

fn validator_of(name: &str) -> jsonschema::Validator {
    let path = format!("{}/../schemas/{name}/v1.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the schema is committed");
    let schema = serde_json::from_str(&text).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is one")
}

fn answers() -> Vec<(String, Value)> {
    let mut answers = Vec::new();
    for history in all() {
        let replayed = history.replay(now()).unwrap();
        let reports = history.questions().iter().filter(|q| q.args[0] == "report");
        for question in reports {
            let answer = Asking::read(&question.args).unwrap().ask(&replayed, now()).unwrap();
            let name = format!("{} {:?}", history.name(), question.args);
            answers.push((name, serde_json::to_value(&answer).expect("JSON")));
        }
    }
    answers
}

#[test]
fn every_answer_of_the_histories_fits_the_schema() {
    let validator = validator();
    for (name, answer) in answers() {
        let faults: Vec<_> = validator.iter_errors(&answer).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{name}: {}", faults.join("; "));
    }
}

#[test]
fn an_answer_that_is_none_does_not() {
    let validator = validator();
    let (_, answer) = answers().swap_remove(0);
    assert!(validator.is_valid(&answer));
    let spoilt = [
        ("/schema", json!("casetrail.report.v2")),
        ("/metric", json!("sunshine")),
        ("/question/as_of", json!("yesterday")),
        ("/question/position", json!(-1)),
        ("/question/draft", json!("no")),
        ("/log/root", json!(7)),
        ("/total/numerator", json!(0.5)),
        ("/total/value", json!("a half")),
        ("/total/reason", json!("none")),
        ("/total/detail", json!({ "more": 1 })),
    ];
    for (pointer, value) in spoilt {
        let mut wrong = answer.clone();
        *wrong.pointer_mut(pointer).expect(pointer) = value;
        assert!(!validator.is_valid(&wrong), "{pointer}");
    }
    let mut wrong = answer.clone();
    wrong["more"] = json!(1);
    assert!(!validator.is_valid(&wrong), "an unknown member");
    for member in ["schema", "question", "log", "policy", "rows", "total"] {
        let mut wrong = answer.clone();
        wrong.as_object_mut().expect("an object").remove(member);
        assert!(!validator.is_valid(&wrong), "without {member}");
    }
}

/// The explanations of the questions of all histories, and of each child of theirs.
fn explanations() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for history in all() {
        let (events, replayed) = (history.events(now()).unwrap(), history.replay(now()).unwrap());
        let projection = replayed.projection();
        let children: BTreeSet<String> = events
            .iter()
            .filter_map(|logged| Some(logged.event()?.content.subject.as_str().to_owned()))
            .filter(|subject| subject.starts_with("child/"))
            .collect();
        let reports = history.questions().iter().filter(|q| q.args[0] == "report");
        for question in reports {
            let words = question.args.join(" ");
            let Side { asked, known, .. } =
                read_side(&words).unwrap().side(projection, now()).unwrap();
            let one = children.first().cloned().map(Selection::Subject);
            for selection in [Selection::All].into_iter().chain(one) {
                let mut explanation = Explanation::of(projection, &asked, &known, &selection);
                events.iter().for_each(|event| explanation.give(event.clone()));
                let json = serde_json::to_value(explanation.json()).expect("JSON");
                found.push((format!("{}: {words} {selection:?}", history.name()), json));
            }
        }
    }
    found
}

#[test]
fn explanations_of_the_histories_fit_the_schema() {
    let validator = validator_of("explain");
    for (name, explanation) in explanations() {
        let faults: Vec<_> = validator.iter_errors(&explanation).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{name}: {} {explanation:#}", faults.join("; "));
        // Whoever is asked for is told of, also outside of the population.
        assert!(!name.contains("Subject(") || explanation["members"][0].is_object(), "{name}");
    }
}

/// A question of a metric; of a baseline, that of timely-permanency.
fn asked(metric: MetricId, period: Period) -> Asked {
    let mut asked = Asked::new(metric, Some(period), period.end).unwrap();
    if metric == MetricId::Baseline {
        asked.set_text("metric", "timely-permanency").unwrap();
    }
    asked
}

#[test]
fn histories_month_by_month_fit_the_schema() {
    let validator = validator_of("history");
    let effective: Period = "2023-11-01..2024-04-30".parse().unwrap();
    for history in all() {
        let replayed = history.replay(now()).unwrap();
        let projection = replayed.projection();
        for metric in MetricId::ALL {
            let asked = asked(*metric, effective);
            let known = Known::head(projection);
            let head = replayed.head(known.position);
            let shape = Shape { effective, months: 3, fixed_as_of: false, known: Some(effective) };
            let found = projection.history(&asked, &shape, &known);
            let answered = projection.report(&asked, known);
            let json = history_document(&found, &answered, &head);
            let json = serde_json::to_value(&json).expect("JSON");
            let faults: Vec<_> = validator.iter_errors(&json).map(|e| e.to_string()).collect();
            assert!(faults.is_empty(), "{}: {}", history.name(), faults.join("; "));
        }
    }
}

#[test]
fn findings_of_the_histories_fit_the_schema() {
    let validator = validator_of("findings");
    let mut kinds = BTreeSet::new();
    for history in all() {
        let (events, replayed) = (history.events(now()).unwrap(), history.replay(now()).unwrap());
        let (projection, known) = (replayed.projection(), Known::head(replayed.projection()));
        let as_of = "2026-12-31".parse().unwrap();
        let asked = FindingsAsked { kinds: Vec::new(), subject: None, as_of };
        let found = projection.findings(&asked, &known);
        kinds.extend(found.iter().map(|finding| finding.kind));
        let mut findings = Findings::of(found, asked, known);
        events.iter().for_each(|event| findings.give(event.clone()));
        let json = findings.json(&replayed.head(findings.position()));
        let json = serde_json::to_value(json).expect("JSON");
        let faults: Vec<_> = validator.iter_errors(&json).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{}: {}", history.name(), faults.join("; "));
    }
    assert!(kinds.len() > 6, "{kinds:?}");
    let schema = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../schemas/findings/v1.json"
    ));
    let schema: Value = serde_json::from_str(&schema.unwrap()).unwrap();
    let names: Vec<_> = FindingKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(schema["$defs"]["kind"]["enum"], json!(names));
}

#[test]
fn policy_of_the_histories_fits_the_schema() {
    let validator = validator_of("policy");
    let mut decided = 0;
    for history in all() {
        let (events, replayed) = (history.events(now()).unwrap(), history.replay(now()).unwrap());
        let (projection, known) = (replayed.projection(), Known::head(replayed.projection()));
        let day = "2024-06-30".parse().unwrap();
        let in_force = projection.policy_in_force(None, day, &known);
        decided += in_force.iter().filter(|value| value.decided.is_some()).count();
        let every = projection.policy_events(None, &known);
        let all =
            [Policies::in_force(in_force, day, known.clone()), Policies::every(&every, known)];
        for mut policies in all {
            events.iter().for_each(|event| policies.give(event.clone()));
            let json = serde_json::to_value(policies.json()).expect("JSON");
            assert_eq!(json["events"].as_array().unwrap().len(), policies.positions().len());
            let faults: Vec<_> = validator.iter_errors(&json).map(|e| e.to_string()).collect();
            assert!(faults.is_empty(), "{}: {}", history.name(), faults.join("; "));
        }
    }
    assert!(decided > 5, "{decided}");
}

/// Each alternative is the answer of its own question; the default is among them, or in force.
#[test]
fn alternatives_of_the_histories_fit_the_schema_and_are_answers() {
    let validator = validator_of("alternatives");
    let mut seen = BTreeSet::new();
    for history in all() {
        let replayed = history.replay(now()).unwrap();
        let projection = replayed.projection();
        let known = Known::head(projection);
        let head = replayed.head(known.position);
        let period: Period = "2023-01-01..2024-12-31".parse().unwrap();
        for metric in MetricId::ALL {
            let asked = asked(*metric, period);
            let answered = projection.report(&asked, known.clone());
            let alternatives = projection.alternatives(&answered);
            for alternative in &alternatives {
                let mut other = asked.clone();
                other.set_json(alternative.parameter, alternative.value.clone()).unwrap();
                assert_eq!(projection.report(&other, known.clone()), alternative.answered);
                let in_force = &answered.question.parameters[alternative.parameter];
                assert_ne!(*in_force, alternative.value);
                seen.insert((*metric, alternative.parameter));
            }
            let document = alternatives_document(&answered, &alternatives, &head);
            let document = serde_json::to_value(document).unwrap();
            let faults: Vec<_> = validator.iter_errors(&document).map(|e| e.to_string()).collect();
            assert!(faults.is_empty(), "{}: {}", history.name(), faults.join("; "));
        }
    }
    assert!(seen.contains(&(MetricId::ResidentialCompliance, "rules")), "{seen:?}");
    assert!(seen.contains(&(MetricId::TimelyPermanency, "attribution")), "{seen:?}");
}

/// The differences between each question of a history a third of its way through, and the next
/// question of the same metric at its head.
fn differences() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for history in all() {
        let (events, replayed) = (history.events(now()).unwrap(), history.replay(now()).unwrap());
        let projection = replayed.projection();
        let asks = |args: &[String]| {
            args[0] == "report" && !args.iter().any(|a| a.contains("--known") || a.contains("--at"))
        };
        let questions: Vec<_> = history.questions().iter().filter(|q| asks(&q.args)).collect();
        let side =
            |words: &str| -> Side { read_side(words).unwrap().side(projection, now()).unwrap() };
        for pair in questions.windows(2).filter(|pair| pair[0].args[1] == pair[1].args[1]) {
            let early = format!("{} --at-position {}", pair[0].args.join(" "), events.len() / 3);
            let (from, to) = (side(&early), side(&pair[1].args.join(" ")));
            let heads = [&replayed.head(from.known.position), &replayed.head(to.known.position)];
            let difference =
                Difference::of(projection, [&from, &to], heads, &Erasures::default()).unwrap();
            let mut differing = Differing::of(difference);
            events.iter().for_each(|event| differing.give(event.clone()));
            let name = format!("{}: {early}", history.name());
            found.push((name, serde_json::to_value(differing.json()).expect("JSON")));
        }
    }
    found
}

#[test]
fn differences_of_the_histories_fit_the_schema() {
    let validator = validator_of("diff");
    let differences = differences();
    let with_cells = |d: &&(String, Value)| d.1["cells"].as_array().is_some_and(|c| !c.is_empty());
    assert!(differences.iter().filter(with_cells).count() > 30, "{}", differences.len());
    for (name, difference) in &differences {
        let faults: Vec<_> = validator.iter_errors(difference).map(|e| e.to_string()).collect();
        assert!(faults.is_empty(), "{name}: {}", faults.join("; "));
    }
    let (_, difference) = differences.iter().find(with_cells).expect("one with cells");
    let spoilt = [
        ("/schema", json!("casetrail.diff.v2")),
        ("/cells/0/cell", json!("value")),
        ("/cells/0/difference", json!(0.5)),
        ("/cells/0/parts", json!({ "weather": 1 })),
        ("/causes/0/cause", json!("weather")),
        ("/causes/0/members/0/from", json!("nobody")),
    ];
    for (pointer, value) in spoilt {
        let mut wrong = difference.clone();
        *wrong.pointer_mut(pointer).expect(pointer) = value;
        assert!(!validator.is_valid(&wrong), "{pointer}");
    }
}
