//! What a decision may ask of a log.

use events::{Event, EventKey, Hash, Logged, Position, Revision, Salt, Subject, Timestamp};

use crate::ReadError;

/// Where a stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamHead {
    /// Its last revision.
    pub revision: Revision,
    /// Its salt.
    pub salt: Salt,
    /// The salted hash of its name.
    pub subject_hash: Hash,
}

impl StreamHead {
    /// Where the stream of an event stands behind it.
    #[must_use]
    pub fn behind(event: &Event) -> Self {
        let (revision, salt) = (event.revision, event.subject_salt);
        Self { revision, salt, subject_hash: event.subject_hash() }
    }

    /// Where a stream stands at a revision.
    #[must_use]
    pub fn of(subject: &Subject, revision: Revision, salt: Salt) -> Self {
        Self { revision, salt, subject_hash: salt.hash(subject.as_str().as_bytes()) }
    }
}

/// What a decision may ask of the log: everything admitted so far, visible or not.
pub trait Ledger {
    /// The log's name.
    fn origin(&self) -> String;

    /// Last position and its recorded time.
    fn last(&self) -> (Position, Option<Timestamp>);

    /// The stream's head; `None` if it does not exist.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    fn stream_head(&self, subject: &Subject) -> Result<Option<StreamHead>, ReadError>;

    /// Whether a stream of that name was erased, as far as the log can recognise it.
    fn is_erased(&self, subject: &Subject) -> bool;

    /// Whether the payload of the stream with that salted hash is not to be held here: it was
    /// erased, or a certificate says so.
    fn is_destroyed(&self, subject_hash: &Hash) -> bool;

    /// The last revision among the bare entries of a stream; `None` if the log holds none.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    fn bare_revision(&self, subject_hash: &Hash) -> Result<Option<Revision>, ReadError>;

    /// The event of that identity, whose short hash is given, unless it was erased.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    fn find(&self, key: &EventKey, identity_hash: u64) -> Result<Option<Event>, ReadError>;

    /// The events behind revision `after` of a stream that was not erased, at most `limit`.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    fn stream(
        &self,
        subject: &Subject,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError>;

    /// The events that correct or retract the event of that identity, in order of position.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    fn amendments(&self, key: &EventKey) -> Result<Vec<Event>, ReadError>;

    /// What stands at a position that exists.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    fn event(&self, position: Position) -> Result<Logged, ReadError>;
}
