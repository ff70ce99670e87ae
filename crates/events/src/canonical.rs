//! Canonical bytes of JSON (RFC 8785, JCS), for the values that the vocabulary allows.
//!
//! Written directly, since every event is hashed in this form: members in the order of their
//! names' UTF-16 code units, no white space, strings escaped no more than they must be, whole
//! numbers alone. A general implementation agrees with it in the tests.

use std::io::Write as _;

use crate::value::Object;
use crate::{Hash, SharedStr, SyntaxError, Timestamp, Value};

/// Appends the canonical bytes of a value.
///
/// # Panics
/// On a value that [`Value::check`] refuses.
pub(crate) fn write(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int(n) => write!(out, "{n}").expect("memory takes it"),
        Value::String(text) => string(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        Value::Object(members) => object(members, out),
        Value::BadNumber | Value::Duplicate => {
            panic!("a value that the vocabulary refuses has no canonical bytes")
        }
    }
}

fn object(members: &Object<'_>, out: &mut Vec<u8>) {
    let mut writer = ObjectWriter::new(out);
    // The order by UTF-8 is that by UTF-16 unless a name goes beyond the basic plane, where UTF-8
    // begins with one of these bytes.
    if members.iter().any(|(name, _)| name.bytes().any(|b| b >= 0xf0)) {
        let mut ordered: Vec<_> = members.iter().collect();
        ordered.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
        ordered.into_iter().for_each(|(name, value)| write(value, writer.member(name)));
    } else {
        members.iter().for_each(|(name, value)| write(value, writer.member(name)));
    }
    writer.end();
}

/// Writes an object whose members are given in canonical order.
pub(crate) struct ObjectWriter<'a> {
    out: &'a mut Vec<u8>,
    /// What stands before the next member.
    before: u8,
}

impl<'a> ObjectWriter<'a> {
    pub(crate) const fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, before: b'{' }
    }

    /// Writes the name of the next member; its value is to be appended to what is answered.
    fn member(&mut self, name: &str) -> &mut Vec<u8> {
        self.out.push(self.before);
        self.before = b',';
        string(name, self.out);
        self.out.push(b':');
        self.out
    }

    /// Writes the name of the next member, which needs no escape.
    fn plain_name(&mut self, name: &'static str) -> &mut Vec<u8> {
        self.out.extend_from_slice(&[self.before, b'"']);
        self.before = b',';
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    /// A member that is any text, if it is there.
    pub(crate) fn optional(&mut self, name: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// A member that is any text.
    pub(crate) fn text(&mut self, name: &'static str, value: &str) {
        string(value, self.plain_name(name));
    }

    /// A member that is a text which needs no escape.
    pub(crate) fn plain(&mut self, name: &'static str, value: impl AsRef<[u8]>) {
        let out = self.plain_name(name);
        out.push(b'"');
        out.extend_from_slice(value.as_ref());
        out.push(b'"');
    }

    /// A member that is a hash: lower-case hexadecimal digits.
    pub(crate) fn hash(&mut self, name: &'static str, hash: &Hash) {
        let mut digits = [0; 64];
        for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(hash) {
            *pair = HEX[usize::from(*byte)];
        }
        self.plain(name, digits);
    }

    /// A member that is an instant.
    pub(crate) fn instant(&mut self, name: &'static str, instant: Timestamp) {
        match instant.text() {
            Some(text) => self.plain(name, text),
            None => self.plain(name, instant.to_string()),
        }
    }

    /// A member that is a count.
    pub(crate) fn count(&mut self, name: &'static str, n: u64) {
        write!(self.plain_name(name), "{n}").expect("memory takes it");
    }

    /// A member in canonical form.
    pub(crate) fn json(&mut self, name: &'static str, json: &CanonicalJson) {
        self.plain_name(name).extend_from_slice(json.as_str().as_bytes());
    }

    /// Closes the object.
    pub(crate) fn end(self) {
        if self.before == b'{' {
            self.out.push(b'{');
        }
        self.out.push(b'}');
    }
}

/// Each byte as two lower-case hexadecimal digits.
const HEX: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < pairs.len() {
        pairs[byte] = [digits[byte >> 4], digits[byte & 0xf]];
        byte += 1;
    }
    pairs
};

/// The bytes that a string may not hold as they are (RFC 8259, section 7).
const ESCAPED: [bool; 256] = {
    let mut escaped = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        escaped[control] = true;
        control += 1;
    }
    escaped[b'"' as usize] = true;
    escaped[b'\\' as usize] = true;
    escaped
};

/// A string, escaped as ECMAScript's `JSON.stringify` does (RFC 8785, 3.2.2.2).
pub(crate) fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(plain) = rest.iter().position(|byte| ESCAPED[usize::from(*byte)]) {
        out.extend_from_slice(&rest[..plain]);
        escape(rest[plain], out);
        rest = &rest[plain + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn escape(byte: u8, out: &mut Vec<u8>) {
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x09 => b't',
        0x0a => b'n',
        0x0c => b'f',
        0x0d => b'r',
        _ => return write!(out, "\\u{byte:04x}").expect("memory takes it"),
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// JSON in canonical form, kept as text: two are equal where the values are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CanonicalJson(SharedStr);

impl CanonicalJson {
    /// The canonical form of a value.
    ///
    /// # Panics
    /// On a value that [`Value::check`] refuses.
    #[must_use]
    pub fn of(value: &Value<'_>) -> Self {
        let text = String::from_utf8(value.canonical()).expect("JSON is UTF-8");
        Self(text.into())
    }

    /// Text that [`CanonicalJson::as_str`] gave and that was kept; it is not looked at again, which
    /// is left to whoever kept it.
    #[must_use]
    pub fn kept(text: impl Into<SharedStr>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value.
    ///
    /// # Errors
    /// [`SyntaxError`] where something else was kept than what was given out.
    pub fn value(&self) -> Result<Value<'_>, SyntaxError> {
        Value::parse(self.0.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::{CanonicalJson, Json, Value};

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
            prop_assert_eq!(json.canonical_text(), expected.as_str());
            let kept = CanonicalJson::kept(expected.as_str());
            prop_assert_eq!(kept.value().map(|value| value.to_json()), Ok(json.clone()));
            prop_assert_eq!(CanonicalJson::of(&Value::from(&json)), kept);
        }
    }
}
