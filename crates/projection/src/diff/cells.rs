//! The numbers of an answer, by row and name.

use std::collections::BTreeMap;

use events::Json;
use metrics::{Amount, Cells, Exact, Row};

/// A number's place in an answer: its row, and its name there. The total's come first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The row's `group` in canonical form; `None` for the total.
    pub row: Option<String>,
    /// `numerator`, `denominator`, `unknown`, `excluded`, or the path of a number in the detail, as
    /// in `detail/by_goal/adoption/numerator`.
    pub cell: String,
}

/// Numbers of an answer by place. A place that has none, or null, counts as 0.
pub(super) type Numbers = BTreeMap<Place, Exact>;

const COUNTS: [&str; 4] = ["numerator", "denominator", "unknown", "excluded"];

/// The numbers of an answer as it is shown: lines with a `group`, counts and a `detail`.
pub(super) fn numbers<'a>(rows: impl IntoIterator<Item = &'a Json>, total: &'a Json) -> Numbers {
    let mut all = Numbers::new();
    for row in rows {
        let group = row.as_object().and_then(|line| line.get("group"));
        let key = group.map(Json::canonical_text).unwrap_or_default();
        of_line(Some(&key), row, &mut all);
    }
    of_line(None, total, &mut all);
    all
}

fn of_line(row: Option<&str>, line: &Json, all: &mut Numbers) {
    let Some(line) = line.as_object() else { return };
    for name in COUNTS {
        if let Some(number) = line.get(name).and_then(exact) {
            all.insert(Place { row: row.map(str::to_owned), cell: name.to_owned() }, number);
        }
    }
    if let Some(detail) = line.get("detail") {
        of_detail(row, "detail", detail, all);
    }
}

fn of_detail(row: Option<&str>, path: &str, json: &Json, all: &mut Numbers) {
    match json {
        Json::Object(members) => {
            for (name, value) in members {
                of_detail(row, &format!("{path}/{name}"), value, all);
            }
        }
        leaf => {
            if let Some(number) = exact(leaf) {
                all.insert(Place { row: row.map(str::to_owned), cell: path.to_owned() }, number);
            }
        }
    }
}

/// A whole number, or an exact fraction as text.
fn exact(json: &Json) -> Option<Exact> {
    match json {
        Json::Int(n) => Some(Amount::whole(*n).exact()),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A number as an answer writes it: whole ones as such, others in lowest terms.
pub(super) fn written(number: &Exact) -> Json {
    let text = number.to_string();
    text.parse().map_or_else(|_| Json::from(text.as_str()), Json::Int)
}

/// What a member counts for, by the names that its metric's answer has for it.
pub(super) fn of_member(cells: &Cells) -> BTreeMap<String, Exact> {
    let counts = [&cells.numerator, &cells.denominator, &cells.unknown, &cells.excluded];
    let counts = COUNTS.into_iter().map(str::to_owned).zip(counts);
    let detail = cells.counters.iter().map(|(counter, amount)| {
        let path = counter.iter().filter(|name| !name.is_empty());
        (path.fold("detail".to_owned(), |path, name| format!("{path}/{name}")), amount)
    });
    let numbers = counts.chain(detail).map(|(name, amount)| (name, amount.exact()));
    numbers.filter(|(_, number)| *number != zero()).collect()
}

/// The row's `group` as text.
pub(super) fn row_key(row: &Row) -> String {
    row.to_json().canonical_text()
}

pub(super) fn zero() -> Exact {
    Amount::default().exact()
}
