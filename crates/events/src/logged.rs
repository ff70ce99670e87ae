//! What a log holds at a position: an event, or what erasure left of it.

use std::sync::Arc;

use crate::{Entry, Event, EventType, Hash, Json, Position, Refusal, Revision, Timestamp, Value};

/// An event with everything that was said, or the bare entry of one whose payload was destroyed.
///
/// Both give the same entry, so the log's tree cannot tell them apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Logged {
    /// Everything is there.
    Whole(Event),
    /// The stream was erased: what an adapter said is gone, its salted hashes stay.
    Erased(Entry),
}

impl Logged {
    /// Place in the log.
    #[must_use]
    pub const fn position(&self) -> Position {
        match self {
            Self::Whole(event) => event.position,
            Self::Erased(entry) => entry.position,
        }
    }

    /// Place in the stream.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        match self {
            Self::Whole(event) => event.revision,
            Self::Erased(entry) => entry.revision,
        }
    }

    /// When the log took it.
    #[must_use]
    pub const fn recorded_time(&self) -> Timestamp {
        match self {
            Self::Whole(event) => event.recorded_time,
            Self::Erased(entry) => entry.recorded_time,
        }
    }

    /// Who recorded it.
    #[must_use]
    pub const fn recorded_by(&self) -> &Arc<str> {
        match self {
            Self::Whole(event) => &event.recorded_by,
            Self::Erased(entry) => &entry.recorded_by,
        }
    }

    /// Type.
    #[must_use]
    pub const fn kind(&self) -> EventType {
        match self {
            Self::Whole(event) => event.content.kind,
            Self::Erased(entry) => entry.kind,
        }
    }

    /// Salted hash of the stream's name: the one name of a stream that erasure leaves.
    #[must_use]
    pub fn subject_hash(&self) -> Hash {
        match self {
            Self::Whole(event) => event.subject_hash(),
            Self::Erased(entry) => entry.subject_hash,
        }
    }

    /// The event, unless it was erased.
    #[must_use]
    pub const fn event(&self) -> Option<&Event> {
        match self {
            Self::Whole(event) => Some(event),
            Self::Erased(_) => None,
        }
    }

    /// The event, unless it was erased.
    #[must_use]
    pub fn into_event(self) -> Option<Event> {
        match self {
            Self::Whole(event) => Some(event),
            Self::Erased(_) => None,
        }
    }

    /// Whether the payload is gone.
    #[must_use]
    pub const fn is_erased(&self) -> bool {
        matches!(self, Self::Erased(_))
    }

    /// The entry that the tree commits to.
    #[must_use]
    pub fn entry(&self) -> Entry {
        match self {
            Self::Whole(event) => event.entry(),
            Self::Erased(entry) => entry.clone(),
        }
    }

    /// Leaf hash of the entry (RFC 6962, 2.1).
    #[must_use]
    pub fn leaf(&self) -> Hash {
        match self {
            Self::Whole(event) => event.entry().leaf(),
            Self::Erased(entry) => entry.leaf(),
        }
    }

    /// Canonical bytes (RFC 8785): one line of an export.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        match self {
            Self::Whole(event) => event.canonical(),
            Self::Erased(entry) => entry.canonical(),
        }
    }

    /// The same as a JSON object.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Whole(event) => event.to_json(),
            Self::Erased(entry) => entry.to_json(),
        }
    }

    /// Reads one line of an export. A line with a salt is a whole event, and its hashes are
    /// recomputed; any other is to be a bare entry.
    ///
    /// # Errors
    /// As [`Event::read`] and [`Entry::read`].
    pub fn read(value: &Value<'_>) -> Result<Self, Refusal> {
        let whole = value.as_object().is_some_and(|object| object.get("subjectsalt").is_some());
        if whole {
            Event::read(value).map(Self::Whole)
        } else {
            Entry::read(value).map(Self::Erased)
        }
    }
}

impl From<Event> for Logged {
    fn from(event: Event) -> Self {
        Self::Whole(event)
    }
}

impl From<Entry> for Logged {
    fn from(entry: Entry) -> Self {
        Self::Erased(entry)
    }
}
