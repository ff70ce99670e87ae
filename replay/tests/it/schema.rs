//! Real answers against the published schema of answers.

use replay::Asking;
use serde_json::{Value, json};

use crate::common::{all, now};

fn validator() -> jsonschema::Validator {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/report/v1.json");
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
