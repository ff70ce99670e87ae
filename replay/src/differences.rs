//! Where two JSON values differ.

use std::collections::BTreeSet;

use events::Json;

/// A place at which two values differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// JSON pointer (RFC 6901); empty for the whole value.
    pub path: String,
    /// What stands there on one side; `None`: nothing.
    pub left: Option<Json>,
    /// What stands there on the other side; `None`: nothing.
    pub right: Option<Json>,
}

/// Every place at which two values differ, in order; objects are compared by member, lists by
/// index. Empty if they are equal.
#[must_use]
pub fn differences(left: &Json, right: &Json) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(String::new(), Some(left), Some(right), &mut found);
    found
}

fn compare(path: String, left: Option<&Json>, right: Option<&Json>, found: &mut Vec<Difference>) {
    match (left, right) {
        (left, right) if left == right => {}
        (Some(Json::Object(l)), Some(Json::Object(r))) => {
            let names: BTreeSet<&String> = l.keys().chain(r.keys()).collect();
            for name in names {
                compare(member(&path, name), l.get(name), r.get(name), found);
            }
        }
        (Some(Json::Array(l)), Some(Json::Array(r))) => {
            for index in 0..l.len().max(r.len()) {
                compare(format!("{path}/{index}"), l.get(index), r.get(index), found);
            }
        }
        (left, right) => {
            found.push(Difference { path, left: left.cloned(), right: right.cloned() });
        }
    }
}

fn member(path: &str, name: &str) -> String {
    format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// What an answer lacks of a partial expectation, in words; empty if it holds.
///
/// Every member that is expected must be there and equal. A row is found by its `group`; in other
/// lists of objects each expected item must match some item of the answer. `rows_count` is the
/// number of rows.
#[must_use]
pub fn lacking(expected: &Json, found: &Json) -> Vec<String> {
    let mut lacks = Vec::new();
    lack("", expected, found, &mut lacks);
    lacks
}

fn lack(path: &str, expected: &Json, found: &Json, lacks: &mut Vec<String>) {
    match (expected, found) {
        (Json::Object(expected), Json::Object(found)) => {
            for (name, value) in expected {
                let at = member(path, name);
                if name == "rows_count" {
                    let rows = found.get("rows");
                    let count = if let Some(Json::Array(rows)) = rows { rows.len() } else { 0 };
                    let count = Json::Int(i64::try_from(count).unwrap_or(i64::MAX));
                    lack(&at, value, &count, lacks);
                } else if let Some(found) = found.get(name) {
                    lack(&at, value, found, lacks);
                } else {
                    lacks.push(format!("{at}: nothing is there, {} must be", short(value)));
                }
            }
        }
        (Json::Array(items), Json::Array(found)) if of_objects(items) => {
            for item in items {
                lack_item(path, item, found, lacks);
            }
        }
        (expected, found) if expected == found => {}
        (expected, found) => {
            lacks.push(format!("{path}: {} must be {}", short(found), short(expected)));
        }
    }
}

fn lack_item(path: &str, item: &Json, found: &[Json], lacks: &mut Vec<String>) {
    let group = |json: &Json| json.as_object().and_then(|o| o.get("group")).cloned();
    let Some(wanted) = group(item) else {
        if !found.iter().any(|f| lacking(item, f).is_empty()) {
            lacks.push(format!("{path}: nothing matches {}", short(item)));
        }
        return;
    };
    let rows: Vec<&Json> = found.iter().filter(|f| group(f).as_ref() == Some(&wanted)).collect();
    let at = format!("{path}[{}]", short(&wanted));
    match rows[..] {
        [row] => lack(&at, item, row, lacks),
        _ => lacks.push(format!("{at}: {} rows of that group", rows.len())),
    }
}

fn of_objects(items: &[Json]) -> bool {
    !items.is_empty() && items.iter().all(|item| item.as_object().is_some())
}

/// A value in a line of a message.
pub(crate) fn short(json: &Json) -> String {
    /// Characters of a value that a message shows.
    const SHOWN: usize = 200;
    let text = json.canonical_text();
    if text.chars().count() <= SHOWN {
        return text;
    }
    text.chars().take(SHOWN).chain("…".chars()).collect()
}
