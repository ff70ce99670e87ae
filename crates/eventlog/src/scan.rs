//! Events as a reader of the whole log is shown them: nothing is copied, and no hash is made.

use events::{Date, EventType, Logged, Position, Salt, Subject, Timestamp};

/// What the log holds at a position.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Place in the log.
    pub position: Position,
    /// When the log took it.
    pub recorded_time: Timestamp,
    /// Type.
    pub kind: EventType,
    /// What was said; `None` of an erased event.
    pub said: Option<SeenContent<'a>>,
}

/// The part of an event's content that says something.
#[derive(Debug, Clone, Copy)]
pub struct SeenContent<'a> {
    /// Stream.
    pub subject: &'a Subject,
    /// Salt of the stream's name.
    pub subject_salt: Salt,
    /// Civil date on which the fact is true.
    pub effective_on: Date,
    /// Identity: the source.
    pub source: &'a str,
    /// Identity: the id.
    pub id: &'a str,
    /// Instant at which the source took it, as sent.
    pub time: Option<&'a str>,
    /// Canonical JSON of the type's fields.
    pub data: &'a str,
}

/// Is shown events, one after the other.
pub type Visitor = Box<dyn FnMut(Seen<'_>) + Send>;

impl<'a> From<&'a Logged> for Seen<'a> {
    fn from(logged: &'a Logged) -> Self {
        let said = logged.event().map(|event| SeenContent {
            subject: &event.content.subject,
            subject_salt: event.subject_salt,
            effective_on: event.content.effective_on,
            source: &event.content.key.source,
            id: &event.content.key.id,
            time: event.content.time.as_deref(),
            data: event.content.data.as_str(),
        });
        let (position, recorded_time) = (logged.position(), logged.recorded_time());
        Self { position, recorded_time, kind: logged.kind(), said }
    }
}
