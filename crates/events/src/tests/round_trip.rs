//! Payloads of every type, written and read back.

use proptest::prelude::*;

use super::sample;
use crate::{Content, EventType, Json, Payload, Pointer};

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
        let again = Payload::read(kind, &content.subject, &written, &Pointer::ROOT);
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
    fn content_of_a_payload_is_that_payload(
        kind in sample::kinds(),
        mut choices in sample::choices(),
    ) {
        let before = content(&sample::event(kind, &mut choices));
        let payload = before.payload();
        let made = Content::new(before.key, &before.subject, before.effective_on, &payload);
        prop_assert_eq!(made.map(|c| c.payload()), Ok(payload));
    }
}

#[test]
fn names_and_types_are_one_to_one() {
    for kind in EventType::ALL {
        assert_eq!(EventType::from_name(kind.name()), Some(*kind));
        assert!(kind.name().starts_with("casetrail.") && kind.name().ends_with(".v1"));
    }
    assert_eq!(EventType::ALL.len(), 52);
}
