//! The size of an event.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{read, removal};
use crate::{Admission, Code, Content, Date, EVENT_BYTES_MAX, EventKey, Payload, Text, v1};

fn event(filling: &str) -> Value {
    let mut event = removal();
    event["data"]["raw"] = json!({ "filling": filling });
    event
}

#[test]
fn an_event_is_at_most_64_kib_of_canonical_bytes() {
    let bare = read(&event("").to_string(), Admission::Adapter).expect("taken");
    let room = EVENT_BYTES_MAX - bare.content.canonical().len();
    let full = event(&"x".repeat(room));
    let taken = read(&full.to_string(), Admission::Adapter).expect("exactly 64 KiB");
    assert_eq!(taken.content.canonical().len(), EVENT_BYTES_MAX);
    let refusal = read(&event(&"x".repeat(room + 1)).to_string(), Admission::Adapter)
        .expect_err("one byte too many");
    assert_eq!((refusal.code, refusal.path.as_str()), (Code::EventTooLarge, ""));
    // White space and instructions do not count; bytes do, not characters.
    let spaced = full.to_string().replacen('{', &format!("{{{}", " ".repeat(9999)), 1);
    read(&spaced, Admission::Adapter).expect("white space is free");
    let mut instructed = full.clone();
    instructed["expectedrevision"] = 1.into();
    read(&instructed.to_string(), Admission::Adapter).expect("instructions are free");
    let refusal = read(&event(&"é".repeat(room / 2 + 1)).to_string(), Admission::Adapter)
        .expect_err("bytes count");
    assert_eq!(refusal.code, Code::EventTooLarge);
}

#[test]
fn content_made_by_a_program_is_checked_like_any_other() {
    let make = |id: &str, removal_id: Text| {
        let key = EventKey { source: "s".into(), id: id.into() };
        let record = v1::child::RemovalRecorded {
            removal_id,
            county: None,
            circuit: None,
            manner: None,
            environment: None,
            raw: None,
        };
        let subject = "child/C-1".parse().expect("a subject");
        Content::new(&key, &subject, Date::MIN, &Payload::from(record))
    };
    assert!(make("i", "R1".into()).is_ok());
    let code = |outcome: Result<Content, crate::Refusal>| outcome.expect_err("refused").code;
    assert_eq!(code(make("", "R1".into())), Code::BlankField);
    assert_eq!(code(make("i", "".into())), Code::BlankField);
    assert_eq!(code(make("i", "x".repeat(EVENT_BYTES_MAX).into())), Code::EventTooLarge);
}

proptest! {
    #[test]
    fn any_document_is_an_event_or_refused(bytes in r#"[{}\[\]":,a-z0-9 ]{0,80}"#) {
        if let Ok(json) = crate::Json::parse(bytes.as_bytes()) {
            prop_assert!(crate::Incoming::read(&json, Admission::Adapter).is_err());
        }
    }
}
