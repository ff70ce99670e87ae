//! A history: JSON, and a table with a column for each month of knowledge.

use eventlog::Head;
use events::{Date, Json};
use metrics::Line;
use projection::{Answered, History, Month};

use crate::json::{log, question};
use crate::table::{draft_mark, text_table};

/// The name of the schema.
const SCHEMA: &str = "casetrail.history.v1";

fn text(text: impl Into<String>) -> Json {
    Json::String(text.into())
}

fn date(day: Date) -> Json {
    text(day.to_string())
}

/// A history as JSON. `answered` is the question over all of its days at its last position, `head`
/// the tree of the log there.
#[must_use]
pub fn history_document(history: &History, answered: &Answered, head: &Head) -> Json {
    let columns = history.columns.iter().map(|column| {
        let position = i64::try_from(column.known.position.0).map_or(Json::Null, Json::Int);
        Json::object([
            ("month", text(column.through.month_text())),
            ("through", date(column.through)),
            ("position", position),
        ])
    });
    Json::object([
        ("schema", SCHEMA.into()),
        ("metric", answered.question.asked.metric.name().into()),
        ("question", question(answered)),
        ("log", log(answered, head)),
        ("columns", Json::Array(columns.collect())),
        ("rows", Json::Array(history.rows.iter().map(row).collect())),
    ])
}

fn row(month: &Month) -> Json {
    let mut before: Option<&Line> = None;
    let cells = month.cells.iter().map(|cell| {
        let json = cell.as_ref().map(|line| self::cell(line, before));
        before = cell.as_ref();
        json.unwrap_or(Json::Null)
    });
    let cells = cells.collect();
    Json::object([
        ("month", text(month.period.end.month_text())),
        (
            "period",
            Json::object([("from", date(month.period.start)), ("to", date(month.period.end))]),
        ),
        ("as_of", date(month.asked.as_of)),
        ("cells", Json::Array(cells)),
    ])
}

/// The counts and value of a total, and whether they are others than a month before.
fn cell(line: &Line, before: Option<&Line>) -> Json {
    let Json::Object(mut members) = line.to_json() else { return Json::Null };
    members.remove("group");
    members.remove("detail");
    let restated = before.is_some_and(|before| !same(before, line));
    members.insert("restated".to_owned(), Json::Bool(restated));
    Json::Object(members)
}

/// Whether two totals have the same counts and value.
fn same(a: &Line, b: &Line) -> bool {
    let counts = |line: &Line| {
        [&line.numerator, &line.denominator, &line.unknown, &line.excluded].map(Json::clone)
    };
    counts(a) == counts(b) && (&a.value, a.reason) == (&b.value, b.reason)
}

/// A history for people: a row for each effective month, a column for each month of knowledge. A
/// value that is another than a month before is marked.
#[must_use]
pub fn history_table(history: &History, answered: &Answered) -> String {
    let months: Vec<String> = history.columns.iter().map(|c| c.through.month_text()).collect();
    let mut header = vec!["effective"];
    header.extend(months.iter().map(String::as_str));
    let line = |month: &Month| {
        let mut before: Option<&Line> = None;
        let mut line = vec![month.period.end.month_text()];
        for cell in &month.cells {
            let shown = cell.as_ref().map_or_else(String::new, |cell| {
                let mark = if before.is_some_and(|before| !same(before, cell)) { "*" } else { "" };
                let value = cell.value.as_deref().unwrap_or("–");
                format!("{value}{mark}")
            });
            line.push(shown);
            before = cell.as_ref();
        }
        line
    };
    let table = text_table(&header, history.rows.iter().map(line).collect(), 1);
    let asked = &answered.question.asked;
    let known = answered.known.position;
    format!(
        "{}, as known at the end of each month, up to position {known}; * restated{}\n{table}\n",
        asked.metric.name(),
        draft_mark(asked),
    )
}
