//! Whether an export's events follow each other as a log's do.

use events::{Entry, Event, Hash, Logged, Position, Revision, Salt, Subject, Timestamp};
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
    bare: FxHashMap<Hash, Revision>,
    identities: FxHashSet<u128>,
}

impl Continuity {
    /// Takes what stands at the next position.
    pub(crate) fn take(&mut self, logged: &Logged) -> Result<(), Break> {
        let (expected, found) = (self.next(), logged.position());
        if found != expected {
            return Err(Break::Position { found, expected });
        }
        let found = logged.recorded_time();
        if self.last.is_some_and(|last| found < last) {
            return Err(Break::Time { found });
        }
        match logged {
            Logged::Whole(event) => self.take_event(event)?,
            Logged::Erased(entry) => self.take_bare(entry)?,
        }
        self.last = Some(found);
        self.position = expected;
        Ok(())
    }

    /// An erased stream shows by the salted hash of its name that none of its events is left out.
    fn take_bare(&mut self, entry: &Entry) -> Result<(), Break> {
        let last = self.bare.entry(entry.subject_hash).or_default();
        let expected = Revision(last.0 + 1);
        if entry.revision != expected {
            return Err(Break::Revision { found: entry.revision, expected });
        }
        *last = expected;
        Ok(())
    }

    fn take_event(&mut self, event: &Event) -> Result<(), Break> {
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
        Ok(())
    }

    /// The position that the next event is to have.
    pub(crate) fn next(&self) -> Position {
        Position(self.position.0 + 1)
    }
}
