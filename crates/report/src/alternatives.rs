//! The default beside every alternative value of each parameter.

use eventlog::Head;
use events::Json;
use projection::{Alternative, Answered};

use crate::Shown;
use crate::json::document;
use crate::table::{counts, heading, text, text_table};

/// The name of the schema.
const SCHEMA: &str = "casetrail.alternatives.v1";

/// An answer and its alternatives as JSON; `head` is the tree of the log at its position.
#[must_use]
pub fn alternatives_document(
    answered: &Answered,
    alternatives: &[Alternative],
    head: &Head,
) -> Json {
    let alternative = |alternative: &Alternative| {
        let shown = Shown::whole(alternative.answered.clone());
        Json::object([
            ("parameter", alternative.parameter.into()),
            ("value", alternative.value.clone()),
            ("default", Json::Bool(alternative.is_default)),
            ("rows", Json::Array(shown.rows)),
            ("total", shown.total),
        ])
    };
    let answer = document(&Shown::whole(answered.clone()), head);
    let mut members = answer.as_object().cloned().unwrap_or_default();
    members.insert("schema".to_owned(), SCHEMA.into());
    let alternatives = alternatives.iter().map(alternative).collect();
    members.insert("alternatives".to_owned(), Json::Array(alternatives));
    Json::Object(members)
}

/// The totals of an answer and its alternatives for people.
#[must_use]
pub fn alternatives_table(answered: &Answered, alternatives: &[Alternative]) -> String {
    let columns = counts();
    let line = |parameter: &str, value: String, answered: &Answered| -> Vec<String> {
        let total = answered.answer.total.to_json();
        let counts = columns.iter().map(|(_, count)| count(&total));
        [parameter.to_owned(), value].into_iter().chain(counts).collect()
    };
    let mut lines = vec![line("as asked", String::new(), answered)];
    for Alternative { parameter, value, is_default, answered } in alternatives {
        let mark = if *is_default { " (default)" } else { "" };
        lines.push(line(parameter, text(Some(value)) + mark, answered));
    }
    let mut header = vec!["parameter", "set to"];
    header.extend(columns.iter().map(|(name, _)| *name));
    format!("{}\n{}\n", heading(answered), text_table(&header, lines, 2))
}
