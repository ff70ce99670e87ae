//! Small cells: counts by which a child could be recognised are masked (RSMo 210.112.2(4)).
//!
//! Numerator, denominator, unknown and excluded are masked column by column: counts from 1 to the
//! threshold; and where one masked cell could be derived from a shown total, the smallest remaining
//! cell above 0 too (ties: first by group); with none left, the total. 0 is not masked.

use events::Json;
use metrics::{Line, Reason};
use projection::Answered;

use crate::Shown;

/// Why an answer cannot be masked: wrong use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuppressError {
    /// Counts of divided members are fractions.
    Divided,
}

impl std::fmt::Display for SuppressError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("--suppress masks counts, and attribution=day_weighted has fractions of them")
    }
}

impl std::error::Error for SuppressError {}

const COLUMNS: [&str; 4] = ["numerator", "denominator", "unknown", "excluded"];

fn cell(line: &Line, column: usize) -> Option<i64> {
    let cells = [&line.numerator, &line.denominator, &line.unknown, &line.excluded];
    if let Json::Int(n) = cells[column] { Some(*n) } else { None }
}

/// Which cells of a column are masked: those of the rows, and that of the total.
pub(crate) fn masks(rows: &[Option<i64>], total: Option<i64>, threshold: i64) -> (Vec<bool>, bool) {
    let small = |n: Option<i64>| n.is_some_and(|n| (1..=threshold).contains(&n));
    let mut masked: Vec<bool> = rows.iter().map(|n| small(*n)).collect();
    let mut total_masked = small(total);
    let alone = masked.iter().filter(|m| **m).count() == 1;
    if alone && !total_masked {
        let shown = (0..rows.len()).filter(|i| !masked[*i] && rows[*i].is_some_and(|n| n > 0));
        match shown.min_by_key(|i| rows[*i]) {
            Some(complement) => masked[complement] = true,
            None => total_masked = true,
        }
    }
    (masked, total_masked)
}

/// Shows an answer with its cells from 1 to `threshold` masked.
///
/// # Errors
/// [`SuppressError::Divided`].
pub fn suppress(answered: Answered, threshold: u32) -> Result<Shown, SuppressError> {
    let answer = &answered.answer;
    let divided = matches!(answer.total.denominator, Json::String(_));
    if divided {
        return Err(SuppressError::Divided);
    }
    let mut masked_rows = vec![Vec::new(); answer.rows.len()];
    let mut masked_total = Vec::new();
    for (column, name) in COLUMNS.into_iter().enumerate() {
        let rows: Vec<_> = answer.rows.iter().map(|line| cell(line, column)).collect();
        let total = cell(&answer.total, column);
        let (rows, total) = masks(&rows, total, i64::from(threshold));
        for (masked, row) in masked_rows.iter_mut().zip(rows) {
            masked.extend(row.then_some(name));
        }
        masked_total.extend(total.then_some(name));
    }
    let rows = answer.rows.iter().zip(masked_rows).map(|(line, names)| mask(line, &names));
    let (rows, total) = (rows.collect(), mask(&answer.total, &masked_total));
    Ok(Shown { answered, rows, total })
}

fn mask(line: &Line, names: &[&'static str]) -> Json {
    let Json::Object(mut members) = line.to_json() else { return Json::Null };
    for name in names {
        members.insert((*name).to_owned(), Json::Null);
    }
    if names.contains(&"numerator") || names.contains(&"denominator") {
        members.insert("value".to_owned(), Json::Null);
        members.insert("display".to_owned(), Json::Null);
        members.insert("reason".to_owned(), Reason::Suppressed.name().into());
    }
    members.insert("detail".to_owned(), Json::object::<String>([]));
    let listed = names.iter().map(|name| Json::from(*name)).collect();
    members.insert("masked".to_owned(), Json::Array(listed));
    Json::Object(members)
}
