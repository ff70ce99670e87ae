//! Canonical bytes and hashes, for ever: `tests/golden/*.json` were made by another program.
//!
//! A failing golden is a changed format. It is not repaired by writing the file anew.

use serde_json::Value;

use crate::{Event, Json, leaf_hash};

macro_rules! goldens {
    ($($name:ident,)*) => {$(
        #[test]
        fn $name() {
            check(include_str!(concat!("../../tests/golden/", stringify!($name), ".json")));
        }
    )*};
}

goldens! {
    plain_removal,
    non_ascii_text,
    escapes,
    utf16_key_order,
    every_attribute,
}

fn check(golden: &str) {
    let golden: Value = serde_json::from_str(golden).expect("JSON");
    let text = |name: &str| golden[name].as_str().expect("text");
    let line = Json::parse(text("line").as_bytes()).expect("JSON");
    let event = Event::from_json(&line).expect("an event with the right hashes");
    assert_eq!(event.to_json().canonical_text(), text("line"), "an exported line is canonical");
    assert_eq!(String::from_utf8_lossy(&event.content.canonical()), text("content"));
    assert_eq!(hex::encode(event.subject_hash()), text("subjecthash"));
    assert_eq!(hex::encode(event.content_hash()), text("contenthash"));
    assert_eq!(event.entry().to_json().canonical_text(), text("entry"));
    assert_eq!(hex::encode(event.entry().leaf()), text("leaf"));
    assert_eq!(event.entry().leaf(), leaf_hash(text("entry").as_bytes()));
    // As adapters may write it: other order, other escapes, white space.
    let sent = Json::parse(text("sent").as_bytes()).expect("JSON");
    let content = crate::Content::from_json(&sent).expect("taken");
    assert_eq!(content, event.content);
}
