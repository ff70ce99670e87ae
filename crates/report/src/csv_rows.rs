//! The answer as CSV: one line a row, the total last.

use events::Json;

use crate::Shown;

const COLUMNS: [&str; 7] =
    ["numerator", "denominator", "unknown", "excluded", "value", "display", "reason"];

fn text(json: Option<&Json>) -> String {
    match json {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.canonical_text(),
    }
}

/// The rows and the total as CSV (RFC 4180), with a header; groups first, whether it is a draft and the
/// detail as JSON last. The
/// total's groups are empty, and its column `line` says `total`.
#[must_use]
pub fn csv(shown: &Shown) -> String {
    let asked = &shown.answered.question.asked;
    let (by, draft) = (&asked.by, asked.draft().to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header = vec!["line"];
    header.extend(by.iter().map(|d| d.name()));
    header.extend(COLUMNS);
    header.extend(["draft", "detail"]);
    let mut lines = vec![header.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    let rows = shown.rows.iter().map(|row| ("row", row)).chain([("total", &shown.total)]);
    for (kind, row) in rows {
        let member = |name: &str| row.as_object().and_then(|o| o.get(name));
        let group = member("group").and_then(Json::as_object);
        let mut line = vec![kind.to_owned()];
        line.extend(by.iter().map(|d| text(group.and_then(|g| g.get(d.name())))));
        line.extend(COLUMNS.iter().map(|column| text(member(column))));
        line.push(draft.clone());
        line.push(member("detail").map_or_else(String::new, Json::canonical_text));
        lines.push(line);
    }
    for line in lines {
        // Writing to memory cannot fail, and every line has the header's length.
        let _ = writer.write_record(line);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}
