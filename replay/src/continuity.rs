//! Whether an export's events follow each other as a log's do.

use events::{Event, Position, Revision, Salt, Subject, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};

/// Why an event cannot follow those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// Positions are dense.
    #[error("position {found} stands where {expected} is to")]
    Position {
        /// The event's.
        found: Position,
        /// The next one.
        expected: Position,
    },
    /// Revisions are dense within a stream.
    #[error("revision {found} of its stream stands where {expected} is to")]
    Revision {
        /// The event's.
        found: Revision,
        /// The stream's next one.
        expected: Revision,
    },
    /// A stream keeps its salt.
    #[error("its stream had another salt before")]
    Salt,
    /// Recorded time never decreases.
    #[error("recorded at {found}, before the event before it")]
    Time {
        /// The event's.
        found: Timestamp,
    },
    /// A source and id name one event.
    #[error("an event of the same source and id stands before it")]
    Identity,
}

/// What was seen of the events so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Continuity {
    position: Position,
    last: Option<Timestamp>,
    streams: FxHashMap<Subject, (Revision, Salt)>,
    identities: FxHashSet<u128>,
}

impl Continuity {
    /// Takes the next event.
    pub(crate) fn take(&mut self, event: &Event) -> Result<(), Break> {
        let expected = self.next();
        if event.position != expected {
            return Err(Break::Position { found: event.position, expected });
        }
        if self.last.is_some_and(|last| event.recorded_time < last) {
            return Err(Break::Time { found: event.recorded_time });
        }
        let stream = self.streams.get(&event.content.subject);
        let expected = Revision(stream.map_or(0, |(revision, _)| revision.0) + 1);
        if event.revision != expected {
            return Err(Break::Revision { found: event.revision, expected });
        }
        if stream.is_some_and(|(_, salt)| *salt != event.subject_salt) {
            return Err(Break::Salt);
        }
        if !self.identities.insert(event.content.key.digest()) {
            return Err(Break::Identity);
        }
        self.streams.insert(event.content.subject.clone(), (expected, event.subject_salt));
        self.last = Some(event.recorded_time);
        self.position = event.position;
        Ok(())
    }

    /// The position that the next event is to have.
    pub(crate) fn next(&self) -> Position {
        Position(self.position.0 + 1)
    }
}
