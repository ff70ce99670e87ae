//! Where an event names another stream than its own.

use eventlog::Remaining;
use events::{Event, Family, Json, Subject};

/// Fields that hold a bare identifier, and the family that it belongs to.
const BARE: &[(&str, Family)] = &[
    ("provider", Family::Provider),
    ("subcontractor", Family::Provider),
    ("parent", Family::Provider),
    ("worker", Family::Staff),
    ("facility_id", Family::Facility),
    ("case_id", Family::Case),
];

/// Every place at which an event's data name `subject`: by its full name anywhere, also inside a
/// longer text, or by its bare identifier in a field of its family.
pub(super) fn mentions(event: &Event, subject: &Subject) -> Vec<Remaining> {
    let mut paths = Vec::new();
    let json = event.content.to_json();
    if let Some(data) = json.as_object().and_then(|members| members.get("data")) {
        look(data, subject, "/data", "", &mut paths);
    }
    let (position, kind) = (event.position, event.content.kind.name());
    let remaining = |path| Remaining { position, kind: kind.to_owned(), path };
    paths.into_iter().map(remaining).collect()
}

fn look(json: &Json, subject: &Subject, path: &str, field: &str, found: &mut Vec<String>) {
    match json {
        Json::Object(members) => {
            for (name, value) in members {
                let at = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
                if names(name, subject) {
                    found.push(at.clone());
                }
                look(value, subject, &at, name, found);
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                look(item, subject, &format!("{path}/{index}"), field, found);
            }
        }
        Json::String(text) => {
            let bare = BARE.contains(&(field, subject.family())) && text == subject.ident();
            if bare || names(text, subject) {
                found.push(path.to_owned());
            }
        }
        Json::Null | Json::Bool(_) | Json::Int(_) | Json::BadNumber | Json::Duplicate => {}
    }
}

/// Whether a text holds the subject's full name, and not merely a longer one that begins with it.
fn names(text: &str, subject: &Subject) -> bool {
    holds(text, subject.as_str(), false)
}

/// Whether a text for people tells who the subject is: by its full name, or by its identifier as a
/// word of its own.
pub(super) fn tells(text: &str, subject: &Subject) -> bool {
    names(text, subject) || holds(text, subject.ident(), true)
}

/// Whether a text holds a name that does not go on behind it nor, for a `word`, before it. A full
/// stop or colon behind it ends a sentence rather than goes on with the name.
fn holds(text: &str, name: &str, word: bool) -> bool {
    let belongs = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
    text.match_indices(name).any(|(at, name)| {
        let behind = text[at + name.len()..].split(|c| !belongs(c)).next();
        let before = text[..at].rsplit(|c| !belongs(c)).next().filter(|_| word);
        let ends = |part: &str| part.trim_matches(['.', ':']).is_empty();
        behind.is_none_or(ends) && before.is_none_or(ends)
    })
}

#[cfg(test)]
mod tests;
