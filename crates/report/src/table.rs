//! The answer as a table for people.

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use events::Json;

use crate::Shown;

/// A plain table with a header; columns from `numbers_from` on are aligned to the right.
#[must_use]
pub fn text_table(header: &[&str], lines: Vec<Vec<String>>, numbers_from: usize) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
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

fn cell(row: &Json, name: &str) -> String {
    let masked = row.as_object().and_then(|o| o.get("masked"));
    let masked = matches!(masked, Some(Json::Array(names)) if names.contains(&Json::from(name)));
    match row.as_object().and_then(|o| o.get(name)) {
        Some(Json::Null) if masked => "*".to_owned(),
        None | Some(Json::Null) => "–".to_owned(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.canonical_text(),
    }
}

/// The answer with its question above and its caveats below.
#[must_use]
pub fn table(shown: &Shown) -> String {
    let answered = &shown.answered;
    let asked = &answered.question.asked;
    let mut header: Vec<&str> = asked.by.iter().map(|d| d.name()).collect();
    let groups = header.len();
    if header.is_empty() {
        header.push("");
    }
    header.extend(["value", "display", "numerator", "denominator", "unknown", "excluded"]);
    let line = |row: &Json, total: bool| {
        let group = row.as_object().and_then(|o| o.get("group")).and_then(Json::as_object);
        let mut line: Vec<String> = asked
            .by
            .iter()
            .map(|d| match group.and_then(|g| g.get(d.name())) {
                Some(Json::String(text)) => text.clone(),
                _ if total => String::new(),
                _ => "–".to_owned(),
            })
            .collect();
        if line.is_empty() {
            line.push(String::new());
        }
        if let (true, Some(first)) = (total, line.first_mut()) {
            "total".clone_into(first);
        }
        line.push(cell(row, "value"));
        line.push(match cell(row, "display").as_str() {
            "–" => cell(row, "reason"),
            display => display.to_owned(),
        });
        line.extend(["numerator", "denominator", "unknown", "excluded"].map(|c| cell(row, c)));
        line
    };
    let mut lines: Vec<_> = shown.rows.iter().map(|row| line(row, false)).collect();
    lines.push(line(&shown.total, true));
    let body = text_table(&header, lines, groups.max(1));
    format!("{}\n{body}\n{}", heading(shown), caveats(shown))
}

fn heading(shown: &Shown) -> String {
    let answered = &shown.answered;
    let asked = &answered.question.asked;
    let period = asked.period.map_or_else(String::new, |p| format!(" {} to {}", p.start, p.end));
    let known = match &answered.known.known_at {
        Some(instant) => format!("known at {instant} (position {})", answered.known.position),
        None => format!("known at position {}", answered.known.position),
    };
    let draft = if asked.draft() { "  DRAFT: what-if, not official" } else { "" };
    format!("{}{period}, as of {}, {known}{draft}", asked.metric.name(), asked.as_of)
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
