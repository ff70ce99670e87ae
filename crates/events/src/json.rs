//! JSON that owns its parts: what programs put together and answer with.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::{Pointer, Refusal, SyntaxError, Value};

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object, by member name.
    Object(BTreeMap<String, Json>),
    /// A number that the vocabulary does not allow (a fraction, or beyond 2^53 - 1).
    BadNumber,
    /// A member that stood twice in its object.
    Duplicate,
}

impl Json {
    /// Reads one JSON document.
    ///
    /// # Errors
    /// [`SyntaxError`] when the bytes are not one JSON document in UTF-8.
    pub fn parse(bytes: &[u8]) -> Result<Self, SyntaxError> {
        Value::parse(bytes).map(|value| value.to_json())
    }

    /// Refuses the first number or member that the vocabulary does not allow.
    ///
    /// # Errors
    /// As [`Value::check`].
    pub fn check(&self, at: &Pointer<'_>) -> Result<(), Refusal> {
        Value::from(self).check(at)
    }

    /// The canonical bytes (RFC 8785, JCS).
    ///
    /// # Panics
    /// On a value that [`Json::check`] refuses.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        Value::from(self).canonical()
    }

    /// The canonical bytes as text.
    #[must_use]
    pub fn canonical_text(&self) -> String {
        String::from_utf8(self.canonical()).expect("JSON is UTF-8")
    }

    /// An object of the given members.
    pub fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object(members.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }

    /// The members, if this is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&BTreeMap<String, Self>> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(b) => serializer.serialize_bool(*b),
            Self::Int(n) => serializer.serialize_i64(*n),
            Self::String(s) => serializer.serialize_str(s),
            Self::Array(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
            Self::BadNumber | Self::Duplicate => {
                Err(serde::ser::Error::custom("not allowed in canonical JSON"))
            }
        }
    }
}
