//! What is known at a position depends on nothing behind it.

use events::Json;
use replay::{Asking, Replayed};

use crate::common::{all, now};

/// Longer histories are passed over.
const EVENTS_MAX: usize = 60;
/// Of the positions of a history, one of so many is asked at.
const EVERY: u64 = 4;

#[test]
fn a_log_that_ends_at_a_position_answers_as_a_longer_one_asked_there() {
    let mut compared = 0;
    for history in all() {
        let events = history.events(now()).unwrap();
        if events.len() > EVENTS_MAX {
            continue;
        }
        let whole = history.replay(now()).unwrap();
        let mut grown = Replayed::default();
        for event in &events {
            grown.push(event).unwrap();
            if event.position().0 % EVERY != 0 {
                continue;
            }
            for question in history.questions() {
                let says_known = |arg: &String| arg == "--known-at" || arg == "--at-position";
                if question.args[0] != "report" || question.args.iter().any(says_known) {
                    continue;
                }
                let there = ["--at-position".to_owned(), event.position().to_string()];
                let there = [question.args.as_slice(), &there].concat();
                let asked = Asking::read(&there).unwrap().ask(&whole, now()).unwrap();
                let ended = Asking::read(&question.args).unwrap().ask(&grown, now()).unwrap();
                assert_eq!(ended, asked, "{}: {there:?}", history.name());
                compared += 1;
            }
        }
    }
    assert!(compared > 500, "{compared}");
}

#[test]
fn a_row_of_the_total_is_a_row_of_the_groups() {
    for history in all() {
        let replayed = history.replay(now()).unwrap();
        for question in history.questions() {
            let args = &question.args;
            let grouped = args.iter().any(|arg| arg == "--by");
            // Of these metrics rows need not add up to the total.
            let adds_up = ["timely-permanency", "residential-compliance", "concurrent-planning"];
            if !grouped || !adds_up.contains(&args[1].as_str()) {
                continue;
            }
            let answer = Asking::read(args).unwrap().ask(&replayed, now()).unwrap();
            let Json::Object(answer) = answer else { panic!("an answer is an object") };
            let count = |line: &Json| match line.as_object().unwrap().get("denominator") {
                Some(Json::Int(n)) => Some(*n),
                _ => None,
            };
            let Some(Json::Array(rows)) = answer.get("rows") else { panic!("rows are a list") };
            let Some(total) = count(&answer["total"]) else { continue };
            let sum: i64 = rows.iter().filter_map(count).sum();
            assert_eq!(sum, total, "{}: {args:?}", history.name());
        }
    }
}
