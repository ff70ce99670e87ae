//! Names and numbers: subjects, identifiers, positions, revisions.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::field::{schema_of_pattern, text};
use crate::{Code, Field, Json, Pointer, Refusal, SharedStr, Value};

/// Place of an event in the whole log: 1, 2, 3, … in commit order; 0 is the empty log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position(pub u64);

/// Place of an event within its subject's stream: 1, 2, 3, …; 0 is the empty stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub u64);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Families of streams: the part of a subject before the slash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// A child.
    Child,
    /// A family's case.
    Case,
    /// A member of staff.
    Staff,
    /// A facility.
    Facility,
    /// A provider of case management.
    Provider,
    /// Policy of a metric, and the calendar.
    Policy,
    /// A county.
    Place,
    /// A published report, or a request for one.
    Report,
    /// A source of events.
    Source,
    /// The log's own events.
    Log,
}

impl Family {
    /// Every family.
    pub const ALL: &'static [Self] = &[
        Self::Child,
        Self::Case,
        Self::Staff,
        Self::Facility,
        Self::Provider,
        Self::Policy,
        Self::Place,
        Self::Report,
        Self::Source,
        Self::Log,
    ];

    /// The family as it stands before the slash.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Child => "child",
            Self::Case => "case",
            Self::Staff => "staff",
            Self::Facility => "facility",
            Self::Provider => "provider",
            Self::Policy => "policy",
            Self::Place => "place",
            Self::Report => "report",
            Self::Source => "source",
            Self::Log => "log",
        }
    }
}

/// A stream's name: family, slash, identifier; for example `child/C-1001`.
///
/// Cloning it copies no text: many events are on one stream.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(Arc<str>);

impl Subject {
    /// The subject of that family and identifier.
    #[must_use]
    pub fn of(family: Family, ident: &Ident) -> Self {
        Self(format!("{}/{}", family.name(), ident.0).into())
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the slash.
    #[must_use]
    pub fn family(&self) -> Family {
        let name = self.0.split_once('/').map_or("", |(family, _)| family);
        *Family::ALL.iter().find(|f| f.name() == name).expect("a subject has a known family")
    }

    /// The part behind the slash.
    #[must_use]
    pub fn ident(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, ident)| ident)
    }
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "expected <family>/<identifier>, family one of {}, identifier 1 to 128 of \
                 A-Z a-z 0-9 . _ : -",
                Family::ALL.iter().map(|f| f.name()).collect::<Vec<_>>().join(", ")
            )
        };
        let (family, ident) = text.split_once('/').ok_or_else(wrong)?;
        let known = Family::ALL.iter().any(|f| f.name() == family);
        if known && is_identifier(ident) { Ok(Self(text.into())) } else { Err(wrong()) }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Field for Subject {
    fn read(value: &Value<'_>, at: &Pointer<'_>) -> Result<Self, Refusal> {
        text(value, at)?.parse().map_err(|e: String| at.refuse(Code::InvalidSubject, e))
    }

    fn write(&self) -> Json {
        self.as_str().into()
    }

    fn schema() -> serde_json::Value {
        let families = Family::ALL.iter().map(|f| f.name()).collect::<Vec<_>>().join("|");
        schema_of_pattern(&format!("^({families})/[A-Za-z0-9._:-]{{1,128}}$"))
    }
}

fn is_identifier(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._:-".contains(&b);
    (1..=128).contains(&text.len()) && text.bytes().all(allowed)
}

/// Declares a checked text: which strings it takes, under which code it refuses the others.
macro_rules! checked_text {
    ($(#[doc = $doc:literal])* $name:ident, $code:expr, $message:literal, $pattern:literal, $check:expr) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = &'static str;

            fn from_str(text: &str) -> Result<Self, &'static str> {
                let check: fn(&str) -> bool = $check;
                if check(text) { Ok(Self(text.into())) } else { Err($message) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Field for $name {
            fn read(value: &Value<'_>, at: &Pointer<'_>) -> Result<Self, Refusal> {
                text(value, at)?.parse().map_err(|e: &str| at.refuse($code, e))
            }

            fn write(&self) -> Json {
                self.as_str().into()
            }

            fn schema() -> serde_json::Value {
                schema_of_pattern($pattern)
            }
        }
    };
}

checked_text!(
    /// The bare identifier of a stream, without its family: provider `A`, worker `S-7`.
    Ident,
    Code::InvalidIdentifier,
    "expected 1 to 128 characters of A-Z a-z 0-9 . _ : -",
    "^[A-Za-z0-9._:-]{1,128}$",
    is_identifier
);

checked_text!(
    /// A county's five-digit FIPS code.
    Fips,
    Code::InvalidCounty,
    "expected a county's five-digit FIPS code",
    "^[0-9]{5}$",
    |text| text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit())
);

/// A text of the source, not empty; only the size of the whole event bounds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Box<str>);

impl Text {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl Field for Text {
    fn read(value: &Value<'_>, at: &Pointer<'_>) -> Result<Self, Refusal> {
        let text = text(value, at)?;
        if text.is_empty() {
            Err(at.refuse(Code::BlankField, "an empty text; leave a blank field out"))
        } else {
            Ok(Self(text.into()))
        }
    }

    fn write(&self) -> Json {
        self.as_str().into()
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "string", "minLength": 1 })
    }
}

/// The identity of an event, for ever: what its source calls it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey {
    /// The adapter or system, 1 to 256 characters.
    pub source: SharedStr,
    /// The event's name within the source, 1 to 256 characters.
    pub id: SharedStr,
}

impl EventKey {
    /// 128 bits of SHA-256 over the identity, for tables of many events: two identities share them
    /// as seldom as a key is guessed.
    #[must_use]
    pub fn digest(&self) -> u128 {
        let length = (self.source.len() as u64).to_be_bytes();
        let hash =
            Sha256::new().chain_update(length).chain_update(&self.source).chain_update(&self.id);
        let bytes: [u8; 32] = hash.finalize().into();
        bytes[..16].iter().fold(0, |n, byte| n << 8 | u128::from(*byte))
    }
}

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.id, self.source)
    }
}

impl Field for EventKey {
    fn read(value: &Value<'_>, at: &Pointer<'_>) -> Result<Self, Refusal> {
        let mut members = crate::Members::of(value, at)?;
        let key = Self { source: members.name("source")?.into(), id: members.name("id")?.into() };
        members.finish()?;
        Ok(key)
    }

    fn write(&self) -> Json {
        Json::object([("source", self.source.as_str().into()), ("id", self.id.as_str().into())])
    }

    fn schema() -> serde_json::Value {
        let name = crate::field::name_schema();
        serde_json::json!({
            "type": "object", "additionalProperties": false, "required": ["source", "id"],
            "properties": { "source": name, "id": name },
        })
    }
}
