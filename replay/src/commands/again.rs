//! `replay diff EXPORT SAVED`: the question of a saved answer, asked again.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use eventlog::EXPORT_ORIGIN;
use events::{Json, Position};
use projection::{Known, SavedQuestion};
use report::{Shown, document};

use crate::differences::short;
use crate::export::replay;
use crate::output::print;
use crate::{Difference, Failure, Replayed, differences};

/// What an export without a checkpoint does not carry, and so cannot confirm.
const NOT_COMPARED: &str = "/log/origin";

/// Asks again, of the log at `export`, what `saved` answers.
pub(crate) fn run(export: &Path, saved: &Path) -> Result<(), Failure> {
    let path = saved.display();
    let name = || format!("cannot read {path}");
    let bytes = std::fs::read(saved).with_context(name).map_err(Failure::WrongUse)?;
    let saved = Json::parse(&bytes).with_context(name).map_err(Failure::WrongUse)?;
    if masked(&saved) {
        let why = anyhow!("{path}: masked cells cannot be compared");
        return Err(Failure::WrongUse(why));
    }
    let question = SavedQuestion::read(&saved).with_context(name).map_err(Failure::WrongUse)?;
    let replayed = replay(export)?;
    let known = question.known(replayed.projection()).map_err(Failure::wrong_use)?;
    let head = replayed.head(known.position);
    let answered = replayed.projection().report(&question.asked, known);
    let again = document(&Shown::whole(answered), &head);
    let mut found = differences(&saved, &again);
    if head.origin == EXPORT_ORIGIN {
        found.retain(|difference| difference.path != NOT_COMPARED);
    }
    let lines: String = found.iter().map(in_words).collect();
    print(&lines)?;
    if found.is_empty() {
        return print("the same answer\n");
    }
    print(&parting(&replayed, &question, &saved, head.position))?;
    Err(Failure::Negative(anyhow!("places at which the answers differ: {}", found.len())))
}

/// In words, from which position on the own rows are no longer those of the saved answer.
fn parting(replayed: &Replayed, question: &SavedQuestion, saved: &Json, at: Position) -> String {
    let projection = replayed.projection();
    let agrees = |position: u64| {
        let known = Known { position: Position(position), known_at: None };
        let shown = Shown::whole(projection.report(&question.asked, known));
        let member = |name: &str| saved.as_object().and_then(|members| members.get(name));
        member("rows") == Some(&Json::Array(shown.rows)) && member("total") == Some(&shown.total)
    };
    if agrees(at.0) {
        return "rows and total are the same; what they rest on is not\n".to_owned();
    }
    match last_agreement(at.0, agrees) {
        Some(last) => {
            let parts = Position(last + 1);
            let time = projection.recorded_time(parts).map(|t| t.to_string()).unwrap_or_default();
            format!("the saved rows are those of position {last}: they part at {parts}, {time}\n")
        }
        None => format!("no position tried before {at} gives the saved rows\n"),
    }
}

/// A position below `at` that agrees and whose next one does not. It is looked for in steps that
/// double, and then between: an answer costs a fold, so not every position is asked.
fn last_agreement(at: u64, agrees: impl Fn(u64) -> bool) -> Option<u64> {
    let (mut differs, mut step) = (at, 1);
    let mut agreed = loop {
        if differs == 0 {
            return None;
        }
        let earlier = at.saturating_sub(step);
        if agrees(earlier) {
            break earlier;
        }
        (differs, step) = (earlier, step * 2);
    };
    while differs - agreed > 1 {
        let middle = agreed + (differs - agreed) / 2;
        if agrees(middle) { agreed = middle } else { differs = middle }
    }
    Some(agreed)
}

/// Whether a line of the answer names masked cells.
fn masked(saved: &Json) -> bool {
    let member = |name: &str| saved.as_object().and_then(|o| o.get(name));
    let is_masked = |line: &Json| line.as_object().is_some_and(|o| o.contains_key("masked"));
    let rows = if let Some(Json::Array(rows)) = member("rows") { rows.as_slice() } else { &[] };
    rows.iter().chain(member("total")).any(is_masked)
}

fn in_words(difference: &Difference) -> String {
    let side = |json: &Option<Json>| json.as_ref().map_or("nothing".to_owned(), short);
    let Difference { path, left, right } = difference;
    format!("{path}: saved {}, replayed {}\n", side(left), side(right))
}
