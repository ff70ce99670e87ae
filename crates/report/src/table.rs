//! The answer as a table for people.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use events::Json;
use metrics::{Asked, MetricId};
use projection::Answered;

use crate::Shown;

/// A rule under the header, another at the end, nothing between.
const STYLE: TableStyle = TableStyle::new()
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .bottom_border(LineStyle::none().fill('─').junction('─'));

/// A plain table with a header; columns from `numbers_from` on are aligned to the right.
#[must_use]
pub fn text_table(header: &[&str], lines: Vec<Vec<String>>, numbers_from: usize) -> String {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.to_vec());
    for line in lines {
        table.add_row(line);
    }
    for column in table.column_iter_mut().skip(numbers_from) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// Stands where there is no value.
const NOTHING: &str = "–";

fn member<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    json.as_object().and_then(|object| object.get(name))
}

pub(crate) fn text(json: Option<&Json>) -> String {
    match json {
        None | Some(Json::Null) => NOTHING.to_owned(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.canonical_text(),
    }
}

fn cell(row: &Json, name: &str) -> String {
    let masked = matches!(member(row, "masked"), Some(Json::Array(names))
        if names.contains(&Json::from(name)));
    if masked { "*".to_owned() } else { text(member(row, name)) }
}

/// A column: its header, and what stands in it.
pub(crate) type Column = (&'static str, Box<dyn Fn(&Json) -> String>);

/// What every metric shows: its value, and the counts behind it.
pub(crate) fn counts() -> Vec<Column> {
    let display = |row: &Json| match member(row, "display") {
        None | Some(Json::Null) => cell(row, "reason"),
        display => text(display),
    };
    let mut columns: Vec<Column> =
        vec![("value", Box::new(|row| cell(row, "value"))), ("display", Box::new(display))];
    for name in ["numerator", "denominator", "unknown", "excluded"] {
        columns.push((name, Box::new(move |row| cell(row, name))));
    }
    columns
}

/// What the scorecard shows: score and coverage, and each metric's value.
fn scores() -> Vec<Column> {
    let detail = |row: &Json, name: &str| text(member(row, "detail").and_then(|d| member(d, name)));
    let score = move |row: &Json| match detail(row, "score").as_str() {
        NOTHING => cell(row, "reason"),
        score => score.to_owned(),
    };
    let coverage = move |row: &Json| detail(row, "weight_coverage");
    let mut columns: Vec<Column> =
        vec![("score", Box::new(score)), ("coverage", Box::new(coverage))];
    for metric in MetricId::SCORED {
        let name = metric.name();
        let value = move |row: &Json| {
            let metrics = member(row, "detail").and_then(|d| member(d, "metrics"));
            let metric = metrics.and_then(|m| member(m, name));
            let value = text(metric.and_then(|m| member(m, "value")));
            match metric.and_then(|m| member(m, "meets_benchmark")) {
                Some(Json::Bool(true)) => value + " met",
                Some(Json::Bool(false)) => value + " not met",
                _ => value,
            }
        };
        columns.push((name, Box::new(value)));
    }
    columns
}

/// The answer with its question above and its caveats below.
#[must_use]
pub fn table(shown: &Shown) -> String {
    let asked = &shown.answered.question.asked;
    let columns = if asked.metric == MetricId::Scorecard { scores() } else { counts() };
    let mut header: Vec<&str> = asked.by.iter().map(|d| d.name()).collect();
    if header.is_empty() {
        header.push("");
    }
    let groups = header.len();
    header.extend(columns.iter().map(|(name, _)| *name));
    let line = |row: &Json, first: Vec<String>| -> Vec<String> {
        first.into_iter().chain(columns.iter().map(|(_, value)| value(row))).collect()
    };
    let group = |row: &Json| -> Vec<String> {
        let value = |name| text(member(row, "group").and_then(|group| member(group, name)));
        asked.by.iter().map(|d| value(d.name())).collect()
    };
    let mut lines: Vec<_> = shown.rows.iter().map(|row| line(row, group(row))).collect();
    let mut total = vec![String::new(); groups];
    "total".clone_into(&mut total[0]);
    lines.push(line(&shown.total, total));
    let body = text_table(&header, lines, groups);
    format!("{}\n{body}\n{}", heading(&shown.answered), caveats(shown))
}

pub(crate) fn heading(answered: &Answered) -> String {
    let asked = &answered.question.asked;
    let period = asked.period.map_or_else(String::new, |p| format!(" {} to {}", p.start, p.end));
    let known = match &answered.known.known_at {
        Some(instant) => format!("known at {instant} (position {})", answered.known.position),
        None => format!("known at position {}", answered.known.position),
    };
    let draft = draft_mark(asked);
    format!("{}{period}, as of {}, {known}{draft}", asked.metric.name(), asked.as_of)
}

/// What marks a draft, in every form for people.
pub(crate) fn draft_mark(asked: &Asked) -> &'static str {
    if asked.draft() { "  DRAFT: what-if, not official" } else { "" }
}

/// Sources that have not sent all of the period, and the parameters in force.
fn caveats(shown: &Shown) -> String {
    let answered = &shown.answered;
    let asked = &answered.question.asked;
    let last = asked.period.map_or(asked.as_of, |p| p.end.min(asked.as_of));
    let late = answered.complete_through.iter().filter(|(_, through)| *through < last);
    let late = late.map(|(s, d)| format!("note: {s} is complete through {d} only\n"));
    let parameters = answered.question.parameters.iter();
    let parameters: Vec<_> =
        parameters.map(|(name, value)| format!("{name}={}", value.canonical_text())).collect();
    let parameters = if parameters.is_empty() {
        String::new()
    } else {
        format!("parameters: {}\n", parameters.join(" ").replace('"', ""))
    };
    late.collect::<String>() + &parameters
}
