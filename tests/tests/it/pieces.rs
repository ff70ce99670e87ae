//! A file in pieces, with questions in between and a new process each time, is the file in one go.

use serde_json::Value;

use crate::program::{Place, QUESTIONS, comparable, generated, words};

/// Answers to every so many-th question, from the log as it is or as it was at a position.
fn answers(place: &Place, every: usize, at: Option<usize>) -> Vec<Value> {
    let at: Vec<_> =
        at.map(|at| ["--at-position".to_owned(), at.to_string()]).into_iter().collect();
    let ask = |question: &&str| {
        let at = at.iter().flatten().map(String::as_str);
        let args: Vec<_> = words(question).into_iter().chain(at).chain(["--json"]).collect();
        comparable(place.casetrail(&args).json())
    };
    // As known at an instant, a longer log may know more than a shorter one.
    let asked = QUESTIONS.iter().filter(|q| at.is_empty() || !q.contains("--known-at"));
    asked.step_by(every).map(ask).collect()
}

#[test]
fn in_pieces_as_in_one_go() {
    let lines = generated(8, 41);
    let whole = Place::with(&lines);
    let third = lines.len() / 3;
    let pieces = Place::new();
    for (piece, end) in [(&lines[..third], third), (&lines[third..2 * third], 2 * third)] {
        pieces.backfill(piece);
        let then = answers(&pieces, 5, Some(end));
        assert_eq!(then, answers(&whole, 5, Some(end)), "the first {end} events");
    }
    pieces.backfill(&lines[2 * third..]);
    let after = answers(&pieces, 2, None);
    assert_eq!(after, answers(&whole, 2, None));
    assert_eq!(pieces.verified().0, whole.verified().0);

    assert!(after.iter().all(|answer| answer["schema"] == "casetrail.report.v1"));
    let counted = after.iter().filter(|answer| answer["total"]["denominator"] != 0);
    let counted = counted.count();
    assert!(counted >= 7, "a generated state gives {counted} questions something to count");
}

#[test]
fn asked_again_an_answer_is_the_same_to_the_byte() {
    let place = Place::with(&generated(4, 42));
    for question in QUESTIONS.iter().step_by(8) {
        let args = [words(question), vec!["--json"]].concat();
        assert_eq!(place.casetrail(&args).ok(), place.casetrail(&args).ok(), "{question}");
    }
}
