//! Where an event names another stream than its own.

use events::{Event, EventType, Family, Json, Position, Subject};

/// A place at which a subject is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    /// The event.
    pub(super) position: Position,
    /// Its type.
    pub(super) kind: EventType,
    /// JSON pointer into the event.
    pub(super) path: String,
}

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
pub(super) fn mentions(event: &Event, subject: &Subject) -> Vec<Mention> {
    let mut paths = Vec::new();
    let json = event.content.to_json();
    if let Some(data) = json.as_object().and_then(|members| members.get("data")) {
        look(data, subject, "/data", "", &mut paths);
    }
    let (position, kind) = (event.position, event.content.kind);
    paths.into_iter().map(|path| Mention { position, kind, path }).collect()
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
/// A full stop or colon behind it ends a sentence rather than goes on with the name.
fn names(text: &str, subject: &Subject) -> bool {
    let belongs = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
    text.match_indices(subject.as_str()).any(|(at, name)| {
        let behind = text[at + name.len()..].split(|c| !belongs(c)).next();
        behind.is_none_or(|behind| behind.trim_matches(['.', ':']).is_empty())
    })
}

#[cfg(test)]
mod tests;
