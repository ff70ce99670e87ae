//! Valid events of every type, made from the JSON Schemas by a list of choices.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::field::NAME_PATTERN;
use crate::{Date, EventType, Family, Field, Fips, Ident, Rate, Subject, parameters, schema};

/// A list of numbers that decides wherever an example may be so or so; 0 once it is spent.
#[derive(Debug, Clone)]
pub(super) struct Choices {
    numbers: Vec<u16>,
    next: usize,
}

/// Any choices.
pub(super) fn choices() -> impl Strategy<Value = Choices> {
    prop::collection::vec(any::<u16>(), 0..60).prop_map(|numbers| Choices { numbers, next: 0 })
}

/// Any type.
pub(super) fn kinds() -> impl Strategy<Value = EventType> {
    prop::sample::select(EventType::ALL)
}

impl Choices {
    /// The first of everything, and nothing that may be absent.
    pub(super) const fn none() -> Self {
        Self { numbers: Vec::new(), next: 0 }
    }

    /// A number below `n`.
    pub(super) fn below(&mut self, n: usize) -> usize {
        let number = self.numbers.get(self.next).copied().unwrap_or(0);
        self.next += 1;
        usize::from(number) % n.max(1)
    }

    /// One of the list.
    pub(super) fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// A whole valid event of a type.
pub(super) fn event(kind: EventType, choices: &mut Choices) -> Value {
    let mut event = value(&schema::of(kind), choices);
    let (subject, data) = placed(kind, event["data"].take(), choices);
    event["subject"] = subject.into();
    event["data"] = data;
    event
}

/// A value of a schema.
fn value(schema: &Value, choices: &mut Choices) -> Value {
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    for list in ["enum", "oneOf"] {
        if let Some(options) = schema.get(list).and_then(Value::as_array) {
            let option = choices.of(options);
            return if list == "enum" { option.clone() } else { value(option, choices) };
        }
    }
    match schema["type"].as_str() {
        Some("string") => text(schema, choices).into(),
        Some("boolean") => (choices.below(2) == 1).into(),
        Some("integer") => integer(schema, choices).into(),
        Some("array") => {
            let length = choices.below(4);
            (0..length).map(|_| value(&schema["items"], choices)).collect()
        }
        Some("object") => object(schema, choices),
        other => panic!("a schema of type {other:?}"),
    }
}

fn integer(schema: &Value, choices: &mut Choices) -> i64 {
    let (min, max) = (schema["minimum"].as_i64(), schema["maximum"].as_i64());
    let (min, max) = (min.expect("a minimum"), max.expect("a maximum"));
    *choices.of(&[0_i64.clamp(min, max), 1, 12, 2024, min, max])
}

fn text(schema: &Value, choices: &mut Choices) -> String {
    let is = |other: Value| schema.get("pattern") == other.get("pattern");
    let options: &[&str] = if schema["format"] == "date-time" {
        &["2024-03-01T08:30:00Z", "2024-03-01T08:30:00.1234567-06:00"]
    } else if schema.get("pattern").is_none_or(|pattern| pattern == NAME_PATTERN) {
        &["x", " ", "Niño 👪", "a \"b\" \\ \n \u{1}", "1e400"]
    } else if is(<Date as Field>::schema()) {
        &["2024-02-29", "0001-01-01", "9999-12-31"]
    } else if is(<Ident as Field>::schema()) {
        &["A", "S-7", "a.b_c:d-9"]
    } else if is(<Fips as Field>::schema()) {
        &["29019", "00000"]
    } else if is(<Rate as Field>::schema()) {
        &["29/100", "undetermined", "0", "007", "18446744073709551615/01"]
    } else {
        &["child/C-1", "staff/S-7", "policy/incentive"]
    };
    (*choices.of(options)).to_owned()
}

fn object(schema: &Value, choices: &mut Choices) -> Value {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        let any = json!({ "enum": ["x", 1, null, false, ["y"], { "z": -1 }] });
        let member = schema.get("additionalProperties").unwrap_or(&any);
        let names = ["a", "é", "\u{e000}", "\u{10000}"];
        let length = choices.below(4);
        return (0..length).map(|i| (names[i].to_owned(), value(member, choices))).collect();
    };
    let required = schema["required"].as_array().expect("a list");
    let mut object = Map::new();
    for (name, schema) in properties {
        if required.iter().any(|r| r == name) || choices.below(3) > 0 {
            object.insert(name.clone(), value(schema, choices));
        }
    }
    object.into()
}

/// The stream and data of a type, with what a schema cannot say put right.
fn placed(kind: EventType, mut data: Value, choices: &mut Choices) -> (String, Value) {
    let metrics: Vec<_> = parameters::metrics().collect();
    let mut metric = *choices.of(&metrics);
    match kind {
        EventType::IdentityMerged => data["into"] = "child/C-2".into(),
        EventType::SupervisorAssigned => data["supervisor"] = "staff/S-2".into(),
        EventType::CaseReturned => {
            let count = choices.below(3);
            data["children"] = (0..count).map(|i| Value::from(format!("child/C-{i}"))).collect();
        }
        EventType::MetricPublished => {
            let defaults = parameters::of(metric).iter();
            let text = |p: &parameters::Parameter| p.domain.default().canonical_text();
            let value = |p| serde_json::from_str::<Value>(&text(p)).expect("JSON");
            data["parameters"] = defaults.map(|p| (p.name.to_owned(), value(p))).collect();
        }
        EventType::BenchmarkDecided if data.get("goal").is_some() => {
            metric = "timely-permanency";
            data["value"] = choices.of(&[json!(24), json!("undetermined")]).clone();
        }
        EventType::RegionalGoalSet => metric = "incentive",
        EventType::CalendarPublished => metric = "calendar",
        EventType::ExclusionDecided => data["metric"] = metric.into(),
        _ => {}
    }
    let subject = match kind.family() {
        Some(Family::Policy) => format!("policy/{metric}"),
        Some(Family::Place) => "place/29019".to_owned(),
        Some(Family::Log) if kind == EventType::KeyRotated => "log/keys".to_owned(),
        Some(Family::Log) => "log/erasures".to_owned(),
        Some(family) => format!("{}/X-1", family.name()),
        None => (*choices.of(&["child/C-1", "policy/incentive", "place/29019"])).to_owned(),
    };
    debug_assert!(subject.parse::<Subject>().is_ok());
    (subject, data)
}
