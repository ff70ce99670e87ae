//! Events that are not sealed yet: their records in memory, and the indexes over them.

use std::sync::Arc;

use eventlog::{ReadError, StreamHead};
use events::{Event, EventKey, Hash, Position, Revision, Salt, Subject};
use rustc_hash::FxHashMap;

use crate::codec::{Data, DecodeError, Kept, StoredRecord};
use crate::sealed::decode_error;
use crate::short_hash;

/// A record of the journal, shared between the tail, its readers and the thread that seals.
#[derive(Debug, Clone)]
pub(crate) struct Record(Arc<[u8]>);

impl Record {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    pub(crate) fn stored(&self) -> Result<StoredRecord<'_>, DecodeError> {
        StoredRecord::read(&self.0)
    }

    /// Puts the event together.
    pub(crate) fn event(&self, position: Position) -> Result<Event, ReadError> {
        let event = self.stored().and_then(|stored| stored.event(position));
        event.map_err(|error| decode_error(position, &error))
    }

    /// Leaf hash of the event's entry.
    pub(crate) fn leaf(&self, position: Position) -> Result<Hash, ReadError> {
        self.stored().map(|stored| stored.leaf).map_err(|error| decode_error(position, &error))
    }

    /// Tells whether this is the event of that identity.
    pub(crate) fn has_key(&self, position: Position, key: &EventKey) -> Result<bool, ReadError> {
        let data = self.stored().and_then(|stored| Data::read(stored.data));
        data.map(|data| data.has_key(key)).map_err(|error| decode_error(position, &error))
    }
}

impl AsRef<[u8]> for Record {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// What the indexes of the tail need to know of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Indexed {
    pub(crate) key_hash: u64,
    /// Under which it is found as an amendment, if it is one.
    pub(crate) amended_hash: Option<u64>,
    pub(crate) subject: Subject,
    pub(crate) salt: Salt,
    pub(crate) revision: Revision,
}

impl Indexed {
    /// From an event.
    pub(crate) fn of_event(event: &Event) -> Self {
        let named = event.content.amends().ok().flatten();
        Self {
            key_hash: short_hash::of_event_key(&event.content.key),
            amended_hash: named.as_ref().map(short_hash::of_amended),
            subject: event.content.subject.clone(),
            salt: event.subject_salt,
            revision: event.revision,
        }
    }

    /// From a record of the journal.
    pub(crate) fn of_record(stored: &StoredRecord<'_>) -> Result<Self, DecodeError> {
        let (kept, data) = (Kept::read(stored.kept)?, Data::read(stored.data)?);
        if kept.kind.amends() {
            // Few events are; their data are read to the bottom, whatever the position.
            return Ok(Self::of_event(&stored.event(Position(0))?));
        }
        Ok(Self {
            key_hash: short_hash::of_key(data.source, data.id),
            amended_hash: None,
            subject: stored.subject.parse().map_err(|_| DecodeError::Malformed)?,
            salt: stored.subject_salt,
            revision: kept.revision,
        })
    }
}

/// One stream within a generation.
#[derive(Debug)]
pub(crate) struct TailStream {
    pub(crate) salt: Salt,
    /// Revision of its first event in the generation.
    pub(crate) first_revision: Revision,
    /// Where its events stand; ascending, never empty.
    pub(crate) positions: Vec<u64>,
}

impl TailStream {
    pub(crate) fn head(&self) -> StreamHead {
        let revision = Revision(self.first_revision.0 + self.positions.len() as u64 - 1);
        StreamHead { revision, salt: self.salt }
    }
}

/// The indexes over as many events as are sealed together, so that sealing drops them at once
/// instead of taking events out one by one.
#[derive(Debug, Default)]
pub(crate) struct Generation {
    by_key: FxHashMap<u64, u64>,
    /// Positions whose key hash another event in `by_key` has too.
    twins: Vec<(u64, u64)>,
    /// Amendments, by what they amend.
    by_amended: FxHashMap<u64, Vec<u64>>,
    by_subject: FxHashMap<Subject, TailStream>,
    count: u64,
}

impl Generation {
    /// How many events it covers.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Adds the event at `position`.
    pub(crate) fn insert(&mut self, position: u64, event: Indexed) {
        if let Some(twin) = self.by_key.insert(event.key_hash, position) {
            self.twins.push((event.key_hash, twin));
        }
        if let Some(hash) = event.amended_hash {
            self.by_amended.entry(hash).or_default().push(position);
        }
        let stream = self.by_subject.entry(event.subject).or_insert_with(|| TailStream {
            salt: event.salt,
            first_revision: event.revision,
            positions: Vec::new(),
        });
        stream.positions.push(position);
        self.count += 1;
    }

    /// Positions whose events may have that identity.
    pub(crate) fn candidates(&self, key_hash: u64) -> impl Iterator<Item = Position> {
        let twins = self.twins.iter().filter(move |(hash, _)| *hash == key_hash);
        let twins = twins.map(|(_, position)| *position);
        self.by_key.get(&key_hash).copied().into_iter().chain(twins).map(Position)
    }

    /// Positions whose events may amend the event of that identity, in order.
    pub(crate) fn amendments(&self, amended_hash: u64) -> impl Iterator<Item = Position> {
        self.by_amended.get(&amended_hash).into_iter().flatten().copied().map(Position)
    }

    /// The stream of that name, if it has an event here.
    pub(crate) fn stream(&self, subject: &Subject) -> Option<&TailStream> {
        self.by_subject.get(subject)
    }
}
