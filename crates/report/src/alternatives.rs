//! The default beside every alternative value of each parameter.

use eventlog::Head;
use events::Json;
use metrics::Line;
use projection::{Alternative, Answered};

use crate::json::{log, question};
use crate::table::{heading, text_table};

/// The name of the schema.
const SCHEMA: &str = "casetrail.alternatives.v1";

/// An answer and its alternatives as JSON; `head` is the tree of the log at its position.
#[must_use]
pub fn alternatives_document(
    answered: &Answered,
    alternatives: &[Alternative],
    head: &Head,
) -> Json {
    let rows =
        |answered: &Answered| Json::Array(answered.answer.rows.iter().map(Line::to_json).collect());
    let total = |answered: &Answered| answered.answer.total.to_json();
    let alternative = |alternative: &Alternative| {
        Json::object([
            ("parameter", alternative.parameter.into()),
            ("value", alternative.value.clone()),
            ("default", Json::Bool(alternative.is_default)),
            ("rows", rows(&alternative.answered)),
            ("total", total(&alternative.answered)),
        ])
    };
    Json::object([
        ("schema", SCHEMA.into()),
        ("metric", answered.question.asked.metric.name().into()),
        ("question", question(answered)),
        ("log", log(answered, head)),
        ("policy", Json::Array(answered.policy.clone())),
        ("rows", rows(answered)),
        ("total", total(answered)),
        ("alternatives", Json::Array(alternatives.iter().map(alternative).collect())),
    ])
}

/// The totals of an answer and its alternatives for people.
#[must_use]
pub fn alternatives_table(answered: &Answered, alternatives: &[Alternative]) -> String {
    let line = |parameter: &str, value: String, line: &Line| -> Vec<String> {
        let count =
            |json: &Json| json.as_str().map_or_else(|| json.canonical_text(), str::to_owned);
        let shown = line.display.clone().or_else(|| line.reason.map(|why| why.name().to_owned()));
        let mut cells = vec![parameter.to_owned(), value, shown.unwrap_or_else(|| "–".to_owned())];
        let counts = [&line.numerator, &line.denominator, &line.unknown, &line.excluded];
        cells.extend(counts.map(count));
        cells
    };
    let mut lines = vec![line("as asked", String::new(), &answered.answer.total)];
    for alternative in alternatives {
        let value = alternative
            .value
            .as_str()
            .map_or_else(|| alternative.value.canonical_text(), str::to_owned);
        let value = if alternative.is_default { format!("{value} (default)") } else { value };
        lines.push(line(alternative.parameter, value, &alternative.answered.answer.total));
    }
    let header =
        ["parameter", "value", "display", "numerator", "denominator", "unknown", "excluded"];
    format!("{}\n{}\n", heading(answered), text_table(&header, lines, 2))
}
