//! Payloads of every type, written and read back.

use proptest::prelude::*;

use super::sample;
use crate::{
    Content, Event, EventType, Json, LeafHasher, Logged, Payload, Pointer, Position, Revision,
    Salt, Timestamp, Value,
};

fn content(event: &serde_json::Value) -> Content {
    let mut event = event.clone();
    let attributes = event.as_object_mut().expect("an object");
    attributes.remove("datacontenttype");
    attributes.remove("expectedrevision");
    let json = Json::parse(event.to_string().as_bytes()).expect("JSON");
    Content::from_json(&json).unwrap_or_else(|e| panic!("{e}: {event}"))
}

proptest! {
    #[test]
    fn a_payload_written_and_read_is_the_same(
        kind in sample::kinds(),
        mut choices in sample::choices(),
    ) {
        let content = content(&sample::event(kind, &mut choices));
        let payload = content.payload();
        prop_assert_eq!(payload.kind(), kind);
        let written = payload.write();
        let again =
            Payload::read(kind, &content.subject, &Value::from(&written), &Pointer::ROOT);
        prop_assert_eq!(again, Ok(payload));
    }

    #[test]
    fn content_written_and_read_is_the_same(
        kind in sample::kinds(),
        mut choices in sample::choices(),
    ) {
        let content = content(&sample::event(kind, &mut choices));
        let json = Json::parse(&content.canonical()).expect("canonical bytes are JSON");
        prop_assert_eq!(&json, &content.to_json());
        prop_assert_eq!(Content::from_json(&json), Ok(content));
    }

    #[test]
    fn what_is_hashed_and_exported_is_canonical(
        kind in sample::kinds(),
        mut choices in sample::choices(),
        numbers in any::<(u32, u32)>(),
        recorded in -62_135_596_800_000_000_i64..253_402_300_800_000_000,
        by in any::<String>(),
    ) {
        let event = Event {
            content: content(&sample::event(kind, &mut choices)),
            position: Position(numbers.0.into()),
            revision: Revision(numbers.1.into()),
            recorded_time: Timestamp::from_micros(recorded),
            recorded_by: by.into(),
            subject_salt: Salt([1; 16]),
            content_salt: Salt([254; 16]),
        };
        for written in [event.content.canonical(), event.entry().canonical(), event.canonical()] {
            let value: serde_json::Value = serde_json::from_slice(&written).expect("JSON");
            let expected = serde_json_canonicalizer::to_vec(&value).expect("canonical");
            prop_assert_eq!(written, expected);
        }
        let (entry, whole) = (Logged::from(event.entry()), Logged::from(event));
        let mut hasher = LeafHasher::default();
        for logged in [&whole, &entry, &whole] {
            prop_assert_eq!(hasher.leaf(logged), whole.leaf());
        }
    }

    #[test]
    fn content_of_a_payload_is_that_payload(
        kind in sample::kinds(),
        mut choices in sample::choices(),
    ) {
        let before = content(&sample::event(kind, &mut choices));
        let payload = before.payload();
        let made = Content::new(&before.key, &before.subject, before.effective_on, &payload);
        prop_assert_eq!(made.map(|c| c.payload()), Ok(payload));
    }
}

#[test]
fn names_and_types_are_one_to_one() {
    for kind in EventType::ALL {
        assert_eq!(EventType::from_name(kind.name()), Some(*kind));
        assert!(kind.name().starts_with("casetrail.") && kind.name().ends_with(".v1"));
    }
    assert_eq!(EventType::from_name("casetrail.unknown.v1"), None);
    assert_eq!(EventType::ALL.len(), 52);
}
