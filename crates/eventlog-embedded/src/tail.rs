//! Events that are not sealed yet: their records in memory, and the indexes over them.

use std::ops::Range;
use std::sync::Arc;

use eventlog::{HashIndex, ReadError};
use events::{Event, EventKey, EventType, Hash, Logged, Position, Revision, Salt, Subject};
use rustc_hash::FxHashMap;

use crate::codec::{DecodeError, Kept, StoredData, StoredRecord};
use crate::sealed::decode_error;
use crate::short_hash;
use crate::streams::StreamName;

/// Events of a generation for which there is room at once.
const EVENTS_EXPECTED: usize = 65_536;

/// A record of the journal, shared between the tail, its readers and the thread that seals; the
/// records of one group lie in one piece of memory.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    group: Arc<[u8]>,
    range: Range<usize>,
}

impl Record {
    /// One record alone.
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self { group: bytes.into(), range: 0..bytes.len() }
    }

    /// The records that end at these places of their group.
    pub(crate) fn group(bytes: &[u8], ends: &[usize]) -> Vec<Self> {
        let group: Arc<[u8]> = bytes.into();
        let starts = std::iter::once(&0).chain(ends);
        let ranges = starts.zip(ends).map(|(start, end)| *start..*end);
        ranges.map(|range| Self { group: Arc::clone(&group), range }).collect()
    }

    pub(crate) fn stored(&self) -> Result<StoredRecord<'_>, DecodeError> {
        StoredRecord::read(self.as_ref())
    }

    /// What stands at the position.
    pub(crate) fn logged(&self, position: Position) -> Result<Logged, ReadError> {
        let logged = self.stored().and_then(|stored| stored.logged(position));
        logged.map_err(|error| decode_error(position, &error))
    }

    /// Leaf hash of the event's entry.
    pub(crate) fn leaf(&self, position: Position) -> Result<Hash, ReadError> {
        self.stored().map(|stored| stored.leaf).map_err(|error| decode_error(position, &error))
    }

    /// Type of the event.
    pub(crate) fn kind(&self, position: Position) -> Result<EventType, ReadError> {
        let kept = self.stored().and_then(|stored| Kept::read(stored.kept));
        kept.map(|kept| kept.kind).map_err(|error| decode_error(position, &error))
    }

    /// Tells whether this is the event of that identity.
    pub(crate) fn has_key(&self, position: Position, key: &EventKey) -> Result<bool, ReadError> {
        let data = self.stored().and_then(|stored| StoredData::read(stored.data));
        data.map(|data| data.has_key(key)).map_err(|error| decode_error(position, &error))
    }
}

impl AsRef<[u8]> for Record {
    fn as_ref(&self) -> &[u8] {
        &self.group[self.range.clone()]
    }
}

/// What the indexes of the tail need to know of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Indexed {
    /// `None` of an erased event.
    pub(crate) key_hash: Option<u64>,
    /// Under which it is found as an amendment, if it is one.
    pub(crate) amended_hash: Option<u64>,
    pub(crate) name: StreamName,
    pub(crate) revision: Revision,
}

impl Indexed {
    /// From an event, with the short hash of its identity and what it amends.
    pub(crate) fn of_event(event: &Event, identity_hash: u64, amends: Option<&EventKey>) -> Self {
        Self {
            key_hash: Some(identity_hash),
            amended_hash: amends.map(short_hash::of_amended),
            name: StreamName::Named(event.content.subject.clone(), event.subject_salt),
            revision: event.revision,
        }
    }

    /// From what stands at a position.
    pub(crate) fn of_logged(logged: &Logged) -> Self {
        match logged {
            Logged::Whole(event) => {
                let named = event.content.amends().ok().flatten();
                let identity_hash = short_hash::of_identity(&event.content.key);
                Self::of_event(event, identity_hash, named.as_ref())
            }
            Logged::Erased(entry) => Self {
                key_hash: None,
                amended_hash: None,
                name: StreamName::Erased(entry.subject_hash),
                revision: entry.revision,
            },
        }
    }

    /// From a record of the journal.
    pub(crate) fn of_record(stored: &StoredRecord<'_>) -> Result<Self, DecodeError> {
        let kept = Kept::read(stored.kept)?;
        let key_hash = match StoredData::read(stored.data)? {
            // Few events are amendments; their data are read to the bottom.
            StoredData::Said(_) if kept.kind.amends() => {
                return Ok(Self::of_logged(&stored.logged(Position(0))?));
            }
            StoredData::Said(data) => Some(eventlog::identity_hash(data.source, data.id)),
            StoredData::Erased(_) => None,
        };
        Ok(Self {
            key_hash,
            amended_hash: None,
            name: stored.name.owned()?,
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
    /// Revision of its last event in the generation.
    pub(crate) fn last_revision(&self) -> Revision {
        Revision(self.first_revision.0 + self.positions.len() as u64 - 1)
    }
}

/// The indexes over as many events as are sealed together, so that sealing drops them at once
/// instead of taking events out one by one.
#[derive(Debug, Default)]
pub(crate) struct Generation {
    by_key: HashIndex,
    /// Amendments, by what they amend.
    by_amended: FxHashMap<u64, Vec<u64>>,
    by_subject: FxHashMap<Subject, TailStream>,
    /// Last revision of each erased stream.
    bare: FxHashMap<Hash, Revision>,
    count: u64,
}

impl Generation {
    /// An empty one, for so many events.
    pub(crate) fn new(events: u64) -> Self {
        // Growing it step by step would move what it holds again and again.
        let expected = usize::try_from(events).map_or(EVENTS_EXPECTED, |n| n.min(EVENTS_EXPECTED));
        Self { by_key: HashIndex::with_capacity(expected), ..Self::default() }
    }

    /// How many events it covers.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Adds the event at `position`.
    pub(crate) fn insert(&mut self, position: u64, event: Indexed) {
        self.count += 1;
        if let Some(hash) = event.key_hash {
            self.by_key.insert(hash, position);
        }
        if let Some(hash) = event.amended_hash {
            self.by_amended.entry(hash).or_default().push(position);
        }
        match event.name {
            StreamName::Named(subject, salt) => {
                let stream = self.by_subject.entry(subject).or_insert_with(|| TailStream {
                    salt,
                    first_revision: event.revision,
                    positions: Vec::new(),
                });
                stream.positions.push(position);
            }
            StreamName::Erased(hash) => self.erased_up_to(hash, event.revision),
        }
    }

    /// Positions whose events may have that identity.
    pub(crate) fn candidates(&self, key_hash: u64) -> impl Iterator<Item = Position> {
        self.by_key.get(key_hash).map(Position)
    }

    /// Positions whose events may amend the event of that identity, in order.
    pub(crate) fn amendments(&self, amended_hash: u64) -> impl Iterator<Item = Position> {
        self.by_amended.get(&amended_hash).into_iter().flatten().copied().map(Position)
    }

    /// Forgets a stream's name and the identities of its events; answers with their positions.
    pub(crate) fn erase(&mut self, subject_hash: &Hash) -> Vec<u64> {
        let named = |(subject, stream): &(&Subject, &TailStream)| {
            stream.salt.hash(subject.as_str().as_bytes()) == *subject_hash
        };
        let subject = self.by_subject.iter().find(named).map(|(subject, _)| subject.clone());
        let Some(stream) = subject.and_then(|subject| self.by_subject.remove(&subject)) else {
            return Vec::new();
        };
        self.erased_up_to(*subject_hash, stream.last_revision());
        let stays = |position: &u64| stream.positions.binary_search(position).is_err();
        self.by_key.retain(|position| stays(&position));
        self.by_amended.retain(|_, positions| {
            positions.retain(stays);
            !positions.is_empty()
        });
        stream.positions
    }

    fn erased_up_to(&mut self, subject_hash: Hash, revision: Revision) {
        let last = self.bare.entry(subject_hash).or_insert(revision);
        *last = revision.max(*last);
    }

    /// The last revision among the bare entries of a stream.
    pub(crate) fn bare_revision(&self, subject_hash: &Hash) -> Option<Revision> {
        self.bare.get(subject_hash).copied()
    }

    /// The stream of that name, if it has an event here.
    pub(crate) fn stream(&self, subject: &Subject) -> Option<&TailStream> {
        self.by_subject.get(subject)
    }
}
