//! JSON Schemas (2020-12), made from the declarations that decode.

use serde_json::{Map, Value, json};

use crate::timestamp::INSTANT_PATTERN;
use crate::{EventType, Field, Subject};

/// One member of a record, as its declaration says.
pub struct Member {
    /// Name.
    pub name: &'static str,
    /// Its doc comment.
    pub description: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// Schema of its value.
    pub schema: Value,
}

/// Schema of an object with exactly these members.
#[must_use]
pub fn object(description: &str, members: &[Member]) -> Value {
    let mut properties = Map::new();
    for member in members {
        let mut schema = member.schema.clone();
        if let Some(object) = schema.as_object_mut() {
            object.insert("description".to_owned(), tidy(member.description).into());
        }
        properties.insert(member.name.to_owned(), schema);
    }
    let required: Vec<_> = members.iter().filter(|m| m.required).map(|m| m.name).collect();
    json!({
        "type": "object", "description": tidy(description), "properties": properties,
        "required": required, "additionalProperties": false,
    })
}

/// Doc comment lines as one paragraph.
fn tidy(doc: &str) -> String {
    doc.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// Schema of a whole event of a type, as an adapter sends it.
///
/// What a schema cannot say (the streams of policy types, dates that exist, amendments that name
/// a standing event) the log checks when the event arrives.
#[must_use]
pub fn of(kind: EventType) -> Value {
    let name = crate::field::name_schema();
    let mut subject = Subject::schema();
    if let Some(family) = kind.family() {
        subject["pattern"] = format!("^{}/[A-Za-z0-9._:-]{{1,128}}$", family.name()).into();
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:casetrail:schema:{}", kind.name()),
        "title": kind.name(),
        "type": "object",
        "properties": {
            "specversion": { "const": "1.0" },
            "id": name, "source": name,
            "type": { "const": kind.name() },
            "subject": subject,
            "effectiveon": <crate::Date as Field>::schema(),
            "time": { "type": "string", "format": "date-time", "pattern": INSTANT_PATTERN },
            "datacontenttype": { "const": "application/json" },
            "expectedrevision": {
                "type": "integer", "minimum": 0, "maximum": crate::value::INTEGER_MAX,
            },
            "correlationid": name, "causationid": name,
            "data": kind.schema(),
        },
        "required": ["specversion", "id", "source", "type", "subject", "effectiveon", "data"],
        "additionalProperties": false,
    })
}
