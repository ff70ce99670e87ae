//! Canonical bytes of JSON (RFC 8785, JCS), for the values that the vocabulary allows.
//!
//! Written directly, since every event is hashed in this form several times: members in the order
//! of their names' UTF-16 code units, no white space, strings escaped no more than they must be,
//! whole numbers alone. A general implementation agrees with it in the tests.

use std::collections::BTreeMap;
use std::io::Write as _;

use crate::Json;

/// Appends the canonical bytes of a value.
///
/// # Panics
/// On a value that [`Json::check`] refuses.
pub(crate) fn write(json: &Json, out: &mut Vec<u8>) {
    match json {
        Json::Null => out.extend_from_slice(b"null"),
        Json::Bool(true) => out.extend_from_slice(b"true"),
        Json::Bool(false) => out.extend_from_slice(b"false"),
        Json::Int(n) => write!(out, "{n}").expect("memory takes it"),
        Json::String(text) => string(text, out),
        Json::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        Json::Object(members) => object(members, out),
        Json::BadNumber | Json::Duplicate => {
            panic!("a value that the vocabulary refuses has no canonical bytes")
        }
    }
}

fn object(members: &BTreeMap<String, Json>, out: &mut Vec<u8>) {
    let mut ordered: Vec<_> = members.iter().collect();
    // The map's order by UTF-8 is that by UTF-16 unless a name goes beyond the basic plane.
    if members.keys().any(|name| name.chars().any(|c| u32::from(c) > 0xffff)) {
        ordered.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
    }
    out.push(b'{');
    for (index, (name, value)) in ordered.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        string(name, out);
        out.push(b':');
        write(value, out);
    }
    out.push(b'}');
}

/// A string, escaped as ECMAScript's `JSON.stringify` does (RFC 8785, 3.2.2.2).
fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut plain = 0;
    for (index, byte) in text.bytes().enumerate() {
        let short = match byte {
            b'"' => b'"',
            b'\\' => b'\\',
            0x08 => b'b',
            0x09 => b't',
            0x0a => b'n',
            0x0c => b'f',
            0x0d => b'r',
            0x00..=0x1f => 0,
            _ => continue,
        };
        out.extend_from_slice(&text.as_bytes()[plain..index]);
        plain = index + 1;
        if short == 0 {
            write!(out, "\\u{byte:04x}").expect("memory takes it");
        } else {
            out.extend_from_slice(&[b'\\', short]);
        }
    }
    out.extend_from_slice(&text.as_bytes()[plain..]);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::Json;

    fn json() -> impl Strategy<Value = Json> {
        let text = || {
            prop_oneof![
                any::<String>(),
                "[\\x00-\\x20\"\\\\/a-z\u{7f}\u{e9}\u{2028}\u{e000}\u{ffff}\u{10000}\u{1f600}]{0,6}",
            ]
        };
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Bool),
            (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Json::Int),
            text().prop_map(Json::String),
        ];
        leaf.prop_recursive(4, 40, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Json::Array),
                prop::collection::btree_map(text(), inner, 0..6).prop_map(Json::Object),
            ]
        })
    }

    proptest! {
        #[test]
        fn agrees_with_a_general_implementation(json in json()) {
            let expected = serde_json_canonicalizer::to_string(&json).expect("canonical");
            prop_assert_eq!(json.canonical_text(), expected);
        }
    }
}
