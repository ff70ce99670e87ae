//! The schemas that the document names: those of answers as they are committed, and what only the
//! service says.

use std::collections::BTreeMap;

use serde_json::Value;

/// Answers, by name and committed schema.
const COMMITTED: [(&str, &str); 7] = [
    ("Report", include_str!("../../../../schemas/report/v1.json")),
    ("Alternatives", include_str!("../../../../schemas/alternatives/v1.json")),
    ("Explanation", include_str!("../../../../schemas/explain/v1.json")),
    ("Difference", include_str!("../../../../schemas/diff/v1.json")),
    ("History", include_str!("../../../../schemas/history/v1.json")),
    ("Findings", include_str!("../../../../schemas/findings/v1.json")),
    ("Policy", include_str!("../../../../schemas/policy/v1.json")),
];

/// What only the service takes and answers, by name.
const OWN: &str = include_str!("schemas.json");

/// Every schema by its name.
pub(super) fn all() -> BTreeMap<String, Value> {
    let mut all = serde_json::from_str(OWN).expect("the service's schemas are JSON");
    for (name, text) in COMMITTED {
        let schema: Value = serde_json::from_str(text).expect("a committed schema is JSON");
        hoist(name, schema, &mut all);
    }
    all
}

/// Puts a schema and those inside it under names of the document, where references find them.
fn hoist(name: &str, mut schema: Value, all: &mut BTreeMap<String, Value>) {
    redirect(name, &mut schema);
    let members = schema.as_object_mut().expect("a schema is an object");
    for word in ["$schema", "$id"] {
        members.remove(word);
    }
    let inner = members.remove("$defs").and_then(|inner| match inner {
        Value::Object(inner) => Some(inner),
        _ => None,
    });
    for (of, inner) in inner.unwrap_or_default() {
        all.insert(format!("{name}.{of}"), inner);
    }
    all.insert(name.to_owned(), schema);
}

/// Turns references inside a committed schema into those of the document.
fn redirect(name: &str, schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(to)) = members.get_mut("$ref")
                && let Some(inner) = to.strip_prefix("#/$defs/")
            {
                *to = format!("#/components/schemas/{name}.{inner}");
            }
            members.values_mut().for_each(|value| redirect(name, value));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redirect(name, item)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
