//! JSON as it stands in a text: integers within ±(2^53 - 1), no duplicate members.
//!
//! Every event is read through this form, so it borrows from the text what it can: a string is
//! copied where it holds an escape and nowhere else. A document is first read whole; what the
//! vocabulary does not allow is kept as a marker, so that [`Value::check`] can refuse it with a
//! pointer to the place.

mod wide;

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::{Code, Json, Pointer, Refusal, canonical};

/// The largest integer that every JSON reader holds exactly: 2^53 - 1 (RFC 8259, section 6).
pub(crate) const INTEGER_MAX: i64 = 9_007_199_254_740_991;

/// Members of an object that a text is expected to have: more cost a second allocation.
const MEMBERS_EXPECTED: usize = 12;

/// A JSON value that borrows from the text it was read from, or from a [`Json`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A string.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Value<'a>>),
    /// An object.
    Object(Object<'a>),
    /// A number that the vocabulary does not allow (a fraction, or beyond 2^53 - 1).
    BadNumber,
    /// A member that stood twice in its object.
    Duplicate,
}

/// The members of an object, each name once, in the order of the names' UTF-8 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

/// The bytes are not one JSON document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SyntaxError(String);

impl<'a> Value<'a> {
    /// Reads one JSON document.
    ///
    /// # Errors
    /// [`SyntaxError`] when the bytes are not one JSON document in UTF-8.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, SyntaxError> {
        // Text is checked for UTF-8 faster as a whole; the slower way says where it is not.
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::parse_text(text),
            Err(_) => serde_json::from_slice(bytes).or_else(|e| Self::parse_wide(bytes, &e)),
        }
    }

    /// Reads one JSON document.
    ///
    /// # Errors
    /// As [`Value::parse`].
    pub fn parse_text(text: &'a str) -> Result<Self, SyntaxError> {
        serde_json::from_str(text).or_else(|e| Self::parse_wide(text.as_bytes(), &e))
    }

    /// A number that no float holds is JSON all the same; [`Value::check`] refuses it by its place.
    fn parse_wide(bytes: &[u8], error: &serde_json::Error) -> Result<Self, SyntaxError> {
        let read = |text: Vec<u8>| serde_json::from_slice(&text).ok().map(Value::into_owned);
        wide::narrowed(bytes).and_then(read).ok_or_else(|| SyntaxError(error.to_string()))
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
    /// On a value that [`Value::check`] refuses.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        canonical::write(self, &mut bytes);
        bytes
    }

    /// The same value, owning its parts.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(b) => Json::Bool(*b),
            Self::Int(n) => Json::Int(*n),
            Self::String(text) => Json::String(text.clone().into_owned()),
            Self::Array(items) => Json::Array(items.iter().map(Value::to_json).collect()),
            Self::Object(members) => {
                Json::Object(members.iter().map(|(k, v)| (k.to_owned(), v.to_json())).collect())
            }
            Self::BadNumber => Json::BadNumber,
            Self::Duplicate => Json::Duplicate,
        }
    }

    fn into_owned(self) -> Value<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(b),
            Self::Int(n) => Value::Int(n),
            Self::String(text) => Value::String(owned(text)),
            Self::Array(items) => Value::Array(items.into_iter().map(Value::into_owned).collect()),
            Self::Object(Object(members)) => {
                let members = members.into_iter().map(|(k, v)| (owned(k), v.into_owned()));
                Value::Object(Object(members.collect()))
            }
            Self::BadNumber => Value::BadNumber,
            Self::Duplicate => Value::Duplicate,
        }
    }

    /// The members, if this is an object.
    #[must_use]
    pub const fn as_object(&self) -> Option<&Object<'a>> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// The text, if this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// What the value is, in a word for messages.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
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

impl<'a> From<&'a Json> for Value<'a> {
    fn from(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(b) => Self::Bool(*b),
            Json::Int(n) => Self::Int(*n),
            Json::String(text) => Self::String(Cow::Borrowed(text)),
            Json::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            Json::Object(members) => {
                let members = members.iter();
                let members = members.map(|(k, v)| (Cow::Borrowed(k.as_str()), Self::from(v)));
                Self::Object(Object(members.collect()))
            }
            Json::BadNumber => Self::BadNumber,
            Json::Duplicate => Self::Duplicate,
        }
    }
}

impl<'a> Object<'a> {
    /// The members in the order they were read in; of a name that stands twice, a marker remains.
    fn of(mut members: Vec<(Cow<'a, str>, Value<'a>)>) -> Self {
        if !members.is_sorted_by(|(a, _), (b, _)| a < b) {
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            members.dedup_by(|(later, _), (first, value)| {
                let twice = later == first;
                if twice {
                    *value = Value::Duplicate;
                }
                twice
            });
        }
        Self(members)
    }

    /// The member of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        Some(&self.0[self.index_of(name)?].1)
    }

    /// Where the member of that name stands, from 0.
    pub(crate) fn index_of(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|(k, _)| k == name)
    }

    /// The member at that place.
    pub(crate) fn at(&self, index: usize) -> (&str, &Value<'a>) {
        let (name, value) = &self.0[index];
        (name, value)
    }

    /// How many members there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no member.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The members, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value<'a>)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(b))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value<'de>, E> {
        let known = (-INTEGER_MAX..=INTEGER_MAX).contains(&n);
        Ok(if known { Value::Int(n) } else { Value::BadNumber })
    }

    fn visit_u64<E>(self, n: u64) -> Result<Value<'de>, E> {
        let n = i64::try_from(n).ok().filter(|n| *n <= INTEGER_MAX);
        Ok(n.map_or(Value::BadNumber, Value::Int))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::BadNumber)
    }

    fn visit_borrowed_str<E>(self, s: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Borrowed(s)))
    }

    fn visit_str<E>(self, s: &str) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Owned(s.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        let mut members = Vec::with_capacity(MEMBERS_EXPECTED);
        while let Some((Name(name), value)) = map.next_entry()? {
            members.push((name, value));
        }
        Ok(Value::Object(Object::of(members)))
    }
}

/// The name of a member.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_borrowed_str<E>(self, s: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(s)))
    }

    fn visit_str<E>(self, s: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(s.to_owned())))
    }
}
