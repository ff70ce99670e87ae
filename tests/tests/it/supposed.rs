//! What-ifs in a file, and the alternatives of a rule.

use serde_json::{Value, json};

use crate::program::{Place, line, run};

const QUESTION: &[&str] = &["report", "timely-permanency", "--period", "2024-01-01..2024-03-31"];

/// Two children reunified ten months after their removals.
fn place() -> Place {
    let mut lines = Vec::new();
    for n in 1..=2 {
        let child = format!("child/C-{n}");
        let mut on_record = |what: &str, kind: &str, on: &str, data: Value| {
            lines.push(line(&format!("{what}{n}"), kind, &child, on, "2024-04-01", &data));
        };
        on_record("removed", "removal.recorded", "2023-04-01", json!({ "removal_id": "R" }));
        let goal = json!({ "role": "primary", "goal": "reunification" });
        on_record("goal", "goal.approved", "2023-06-01", goal);
        let exit = json!({ "exit_reason": "reunification" });
        on_record("exit", "episode.closed", "2024-02-01", exit);
    }
    Place::with(&lines)
}

#[test]
fn a_draft_says_so_in_every_form() {
    let place = place();
    let file = place.file("what-if.toml", &["benchmark.reunification = 8\n".to_owned()]);
    let supposing = ["--what-if", file.to_str().expect("UTF-8")];
    let ask = |more: &[&str]| place.casetrail(&[QUESTION, &supposing, more].concat());
    let draft = ask(&["--json"]).json();
    assert_eq!(draft["question"]["draft"], true);
    assert_eq!(draft["total"]["value"], "0/2");
    assert!(ask(&["--table"]).ok().contains("DRAFT"));
    assert!(ask(&["--csv"]).ok().contains("draft"));
    assert!(ask(&["--csv"]).ok().contains(",true,"));
    let official = place.casetrail(&[QUESTION, &["--json"]].concat()).json();
    assert_eq!(official["question"]["draft"], false);
    assert_eq!(official["total"]["value"], "2/2");
    let [official, draft] = [(&official, "official.json"), (&draft, "draft.json")]
        .map(|(answer, name)| place.file(name, &[answer.to_string()]));
    let sides = [official, draft].map(|path| path.to_str().expect("UTF-8").to_owned());
    let difference = ["diff", &sides[0], &sides[1]];
    let json = place.casetrail(&[&difference[..], &["--json"]].concat()).json();
    let causes: Vec<_> = json["causes"].as_array().expect("a list").iter().collect();
    assert_eq!(causes.len(), 1, "{json}");
    assert_eq!(causes[0]["cause"], "question.parameters");
    assert!(place.casetrail(&[&difference[..], &["--text"]].concat()).ok().contains("DRAFT"));
}

/// A parameter that is in force anyway makes a draft too, and its answer can be asked again.
#[test]
fn a_file_makes_a_draft_whatever_it_supposes() {
    let place = place();
    let file = place.file("what-if.toml", &["clock = \"removal\"\n".to_owned()]);
    let supposing = ["--what-if", file.to_str().expect("UTF-8"), "--json"];
    let draft = place.casetrail(&[QUESTION, &supposing].concat()).json();
    assert_eq!(draft["question"]["draft"], true);
    assert_eq!(draft["total"]["value"], "2/2");
    let saved = place.file("draft.json", &[draft.to_string()]);
    let export = place.export("export.ndjson");
    let export = export.to_str().expect("UTF-8");
    let again = run("replay", ["diff", export, saved.to_str().expect("UTF-8")]);
    assert_eq!(again.code, Some(0), "{}", again.stderr);
}

#[test]
fn a_file_that_supposes_nothing_known_is_wrong_use() {
    let place = place();
    for (text, named) in [
        ("benchmark.reunification = 8.5\n", "benchmark.reunification"),
        ("hour = 1\n", "hour"),
        ("benchmark.sunrise = 1\n", "sunrise"),
        ("=\n", "what-if.toml"),
    ] {
        let file = place.file("what-if.toml", &[text.to_owned()]);
        let ran =
            place.casetrail(&[QUESTION, &["--what-if", file.to_str().expect("UTF-8")]].concat());
        assert_eq!(ran.code, Some(2), "{text}");
        assert!(ran.stderr.contains(named), "{text}: {}", ran.stderr);
    }
}

#[test]
fn alternatives_stand_beside_the_answer() {
    let place = place();
    let json = place.casetrail(&[QUESTION, &["--alternatives", "--json"]].concat()).json();
    assert_eq!(json["schema"], "casetrail.alternatives.v1");
    assert_eq!(json["total"]["value"], "2/2");
    let alternatives = json["alternatives"].as_array().expect("a list");
    let cohort: Vec<_> = alternatives.iter().filter(|a| a["parameter"] == "cohort").collect();
    let values: Vec<_> = cohort.iter().map(|a| &a["value"]).collect();
    assert_eq!(values, ["deadline", "entry"]);
    // Nobody was removed in the quarter.
    assert_eq!(cohort[1]["total"]["reason"], "zero_denominator");
    let table = place.casetrail(&[QUESTION, &["--alternatives", "--table"]].concat()).ok();
    assert!(table.contains("court_goal_approval") && table.contains("as asked"), "{table}");
}
