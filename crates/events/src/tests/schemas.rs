//! The JSON Schemas and the decoder say the same, as far as a schema can.

use std::sync::LazyLock;

use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::sample::{self, Choices};
use crate::{Admission, Code, Content, EventType, Family, Incoming, Json, Refusal, schema};

static VALIDATORS: LazyLock<Vec<Validator>> = LazyLock::new(|| {
    let make = |kind: &EventType| jsonschema::draft202012::new(&schema::of(*kind));
    EventType::ALL.iter().map(|kind| make(kind).expect("a schema")).collect()
});

fn is_valid(kind: EventType, event: &Value) -> bool {
    let index = EventType::ALL.iter().position(|k| *k == kind).expect("a type");
    VALIDATORS[index].is_valid(event)
}

/// Decodes, also what only the log itself may say.
fn decode(kind: EventType, event: &Value) -> Result<(), Refusal> {
    let json = Json::parse(event.to_string().as_bytes()).expect("JSON");
    if kind.family() == Some(Family::Log) {
        return Content::from_json(&json).map(|_| ());
    }
    Incoming::read(&json, Admission::Adapter).map(|_| ())
}

/// What a schema cannot say: it depends on the stream, the calendar or the other fields; and
/// numbers such as 1.0 are integers to a schema.
fn beyond_schemas(refusal: &Refusal) -> bool {
    match refusal.code {
        Code::WrongStream
        | Code::UnknownMetric
        | Code::UnknownParameter
        | Code::InvalidParameter
        | Code::InvalidInstant
        | Code::InvalidDate
        | Code::InvalidFraction
        | Code::InvalidNumber
        | Code::InvalidSubject
        | Code::InvalidCounty
        | Code::LogEvent => true,
        Code::WrongType => refusal.path == "/data/value",
        _ => false,
    }
}

/// Every place in a value, the value itself first.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    let escape = |name: &str| name.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(k, v)| places(v, &format!("{at}/{}", escape(k)), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, v)| places(v, &format!("{at}/{i}"), found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Other values for any place: other types, blanks, codes of nothing, numbers at the edges.
fn others() -> [Value; 20] {
    [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.0),
        json!(1.5),
        json!(9_007_199_254_740_992_i64),
        json!(4_294_967_296_i64),
        json!(""),
        json!(" "),
        json!("no-such-code"),
        json!("x".repeat(257)),
        json!("2024-02-30"),
        json!("2024-02-29\n"),
        json!("29019\n"),
        json!("child/C-1 "),
        json!("1/0"),
        json!([]),
        json!(["x", 1]),
        json!({}),
    ]
}

/// Drops, adds, replaces or alters something somewhere.
fn spoil(event: &mut Value, choices: &mut Choices) {
    let mut found = Vec::new();
    places(event, "", &mut found);
    let place = choices.of(&found).clone();
    let (parent, name) = place.rsplit_once('/').unwrap_or(("", ""));
    match choices.below(6) {
        0 => {
            let parent = event.pointer_mut(parent).expect("a place");
            if let Some(members) = parent.as_object_mut() {
                members.remove(name);
            }
        }
        1 => {
            if let Some(members) = event.pointer_mut(&place).and_then(Value::as_object_mut) {
                let name = *choices.of(&["unknown", "raw", "", "goal", "time", "position"]);
                members.insert(name.to_owned(), choices.of(&others()).clone());
            }
        }
        2 => {
            if let Some(Value::String(text)) = event.pointer_mut(&place) {
                text.push(*choices.of(&['x', ' ', '\n', '0', '/', 'é']));
            }
        }
        3 => {
            if let Some(Value::String(text)) = event.pointer_mut(&place) {
                text.pop();
            }
        }
        _ => *event.pointer_mut(&place).expect("a place") = choices.of(&others()).clone(),
    }
}

#[test]
fn schemas_are_schemas() {
    for kind in EventType::ALL {
        let schema = schema::of(*kind);
        assert!(jsonschema::meta::is_valid(&schema), "{}", kind.name());
        assert_eq!(schema["title"], kind.name());
    }
    assert_eq!(VALIDATORS.len(), EventType::ALL.len());
}

#[test]
fn every_type_has_an_example() {
    for kind in EventType::ALL {
        let event = sample::event(*kind, &mut Choices::none());
        assert!(is_valid(*kind, &event), "{event}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn examples_are_valid_and_taken(kind in sample::kinds(), mut choices in sample::choices()) {
        let mut event = sample::event(kind, &mut choices);
        prop_assert!(is_valid(kind, &event), "{}", event);
        if kind.family() == Some(Family::Log) {
            let attributes = event.as_object_mut().expect("an object");
            attributes.remove("datacontenttype");
            attributes.remove("expectedrevision");
        }
        let outcome = decode(kind, &event);
        prop_assert!(outcome.is_ok(), "{:?}: {}", outcome, event);
    }

    #[test]
    fn schema_and_decoder_refuse_the_same(
        kind in sample::kinds(),
        mut choices in sample::choices(),
        mut spoiling in sample::choices(),
        times in 1..3_usize,
    ) {
        let mut event = sample::event(kind, &mut choices);
        let attributes = event.as_object_mut().expect("an object");
        if kind.family() == Some(Family::Log) {
            attributes.remove("datacontenttype");
            attributes.remove("expectedrevision");
        }
        (0..times).for_each(|_| spoil(&mut event, &mut spoiling));
        let valid = is_valid(kind, &event);
        match decode(kind, &event) {
            Ok(()) => prop_assert!(valid, "taken, and no schema allows it: {}", event),
            Err(refusal) => prop_assert!(
                !valid || beyond_schemas(&refusal),
                "{} by the decoder alone: {}", refusal, event
            ),
        }
    }
}
