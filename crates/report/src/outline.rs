//! Any JSON as an indented outline for people; lists of like objects as tables.

use std::collections::BTreeSet;

use events::Json;

use crate::text_table;

/// The outline of a value, without quotes and braces.
#[must_use]
pub fn outline(json: &Json) -> String {
    let mut text = String::new();
    write(json, 0, &mut text);
    text
}

fn is_simple(json: &Json) -> bool {
    match json {
        Json::Array(items) => items.iter().all(|i| !matches!(i, Json::Array(_) | Json::Object(_))),
        Json::Object(_) => false,
        _ => true,
    }
}

fn simple(json: &Json) -> String {
    match json {
        Json::Null => "–".to_owned(),
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(simple).collect::<Vec<_>>().join(", "),
        other => other.canonical_text(),
    }
}

fn write(json: &Json, depth: usize, text: &mut String) {
    let Json::Object(members) = json else {
        text.push_str(&format!("{:width$}{}\n", "", simple(json), width = 2 * depth));
        return;
    };
    for (name, value) in members {
        match value {
            value if is_simple(value) => {
                let value = simple(value);
                text.push_str(&format!("{:width$}{name}: {value}\n", "", width = 2 * depth));
            }
            Json::Array(items) => write_list(name, items, depth, text),
            value => {
                text.push_str(&format!("{:width$}{name}\n", "", width = 2 * depth));
                write(value, depth + 1, text);
            }
        }
    }
}

fn write_list(name: &str, items: &[Json], depth: usize, text: &mut String) {
    let flat = |item: &Json| item.as_object().is_some_and(|o| o.values().all(is_simple));
    text.push_str(&format!("{:width$}{name}\n", "", width = 2 * depth));
    if items.iter().all(flat) {
        let columns: BTreeSet<&str> =
            items.iter().filter_map(Json::as_object).flatten().map(|(k, _)| k.as_str()).collect();
        let columns: Vec<_> = columns.into_iter().collect();
        let lines = items.iter().filter_map(Json::as_object).map(|object| {
            columns.iter().map(|c| object.get(*c).map_or_else(String::new, simple)).collect()
        });
        text.push_str(&text_table(&columns, lines.collect(), columns.len()));
        text.push('\n');
    } else {
        for item in items {
            write(item, depth + 1, text);
            text.push('\n');
        }
    }
}
