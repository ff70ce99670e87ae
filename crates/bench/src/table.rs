//! Measures as a table for a terminal.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

use crate::{Measure, Spread};

/// A rule under the header, another at the end, nothing between.
const STYLE: TableStyle = TableStyle::new()
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .bottom_border(LineStyle::none().fill('─').junction('─'));

const HEADER: [&str; 7] = ["measure", "unit", "casetrail", "reference", "ratio", "bar", "verdict"];
/// Columns of figures.
const FIGURES: std::ops::Range<usize> = 2..6;

/// Every measure a line.
pub(crate) fn render(measures: &[Measure]) -> String {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(HEADER);
    for measure in measures {
        table.add_row(row(measure));
    }
    for column in table.column_iter_mut().take(FIGURES.end).skip(FIGURES.start) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

fn row(measure: &Measure) -> [String; 7] {
    let quoted = |spread: Option<&Spread>| spread.map_or_else(|| "–".to_owned(), quote);
    let reference = measure
        .reference
        .as_ref()
        .map(|reference| format!("{}: {}", reference.name, quoted(reference.spread.as_ref())));
    let ratio = measure.reference.as_ref().map(|_| quoted(measure.ratio.as_ref()));
    let bar = measure.bar.map(|bar| bar.limit.to_string());
    let verdict = measure.verdict().map(|verdict| {
        let binding = measure.bar.is_some_and(|bar| bar.binding);
        if binding { verdict.to_string() } else { format!("({verdict})") }
    });
    [
        measure.name.clone(),
        measure.unit.to_owned(),
        quoted(measure.ours.as_ref()),
        reference.unwrap_or_default(),
        ratio.unwrap_or_default(),
        bar.unwrap_or_default(),
        verdict.unwrap_or_default(),
    ]
}

/// `median [min..max]`, or the figure alone if there is one.
fn quote(spread: &Spread) -> String {
    let Spread { median, min, max, count } = spread;
    if *count == 1 {
        return grouped(*median);
    }
    format!("{} [{}..{}]", grouped(*median), grouped(*min), grouped(*max))
}

/// Three digits that count, and no more than two behind the point; thousands apart.
pub(crate) fn grouped(figure: f64) -> String {
    let places = if figure.abs() >= 100.0 { 0 } else { 2 };
    let text = format!("{figure:.places$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::from(sign);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}
