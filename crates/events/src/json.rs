//! JSON as the vocabulary allows it: integers within ±(2^53 - 1), no duplicate members.
//!
//! A document is first read whole; what the vocabulary does not allow is kept as a marker so that
//! [`Json::check`] can refuse it with a pointer to the place.

mod wide;

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::canonical;
use crate::{Code, Pointer, Refusal};

/// The largest integer that every JSON reader holds exactly: 2^53 - 1 (RFC 8259, section 6).
pub(crate) const INTEGER_MAX: i64 = 9_007_199_254_740_991;

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

/// The bytes are not one JSON document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SyntaxError(String);

impl Json {
    /// Reads one JSON document.
    ///
    /// # Errors
    /// [`SyntaxError`] when the bytes are not one JSON document in UTF-8.
    pub fn parse(bytes: &[u8]) -> Result<Self, SyntaxError> {
        serde_json::from_slice(bytes).or_else(|e| {
            // A number that no float holds is JSON all the same; `check` refuses it by its place.
            let narrowed = wide::narrowed(bytes).and_then(|b| serde_json::from_slice(&b).ok());
            narrowed.ok_or_else(|| SyntaxError(e.to_string()))
        })
    }

    /// Refuses the first number or member that the vocabulary does not allow.
    ///
    /// # Errors
    /// [`Code::InvalidNumber`] or [`Code::DuplicateField`], with the pointer to it.
    pub fn check(&self, at: &Pointer<'_>) -> Result<(), Refusal> {
        match self {
            Self::BadNumber => Err(at.refuse(
                Code::InvalidNumber,
                "only whole numbers within ±(2^53 - 1) are taken; money is in cents",
            )),
            Self::Duplicate => Err(at.refuse(Code::DuplicateField, "this member stands twice")),
            Self::Array(items) => {
                items.iter().enumerate().try_for_each(|(i, v)| v.check(&at.index(i)))
            }
            Self::Object(members) => members.iter().try_for_each(|(k, v)| v.check(&at.member(k))),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::String(_) => Ok(()),
        }
    }

    /// The canonical bytes (RFC 8785, JCS).
    ///
    /// # Panics
    /// On a value that [`Json::check`] refuses.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        canonical::write(self, &mut bytes);
        bytes
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

    /// What the value is, in a word for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::BadNumber => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
            Self::Duplicate => "a repeated member",
        }
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

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Json, E> {
        Ok(Json::Bool(b))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Json, E> {
        Ok(if (-INTEGER_MAX..=INTEGER_MAX).contains(&n) { Json::Int(n) } else { Json::BadNumber })
    }

    fn visit_u64<E>(self, n: u64) -> Result<Json, E> {
        Ok(i64::try_from(n).ok().filter(|n| *n <= INTEGER_MAX).map_or(Json::BadNumber, Json::Int))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::BadNumber)
    }

    fn visit_str<E>(self, s: &str) -> Result<Json, E> {
        Ok(Json::String(s.to_owned()))
    }

    fn visit_string<E>(self, s: String) -> Result<Json, E> {
        Ok(Json::String(s))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, Json>()? {
            members.entry(key).and_modify(|v| *v = Json::Duplicate).or_insert(value);
        }
        Ok(Json::Object(members))
    }
}
