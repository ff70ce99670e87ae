//! What is appended, and what comes of it.

use std::sync::Arc;

use events::{
    Admission, Code, Content, Event, Hash, Incoming, Logged, Position, Refusal, Revision, Subject,
    Timestamp,
};

use crate::recorder;

/// Events to append together, all or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Batch {
    /// From adapters: the log stamps the time.
    Adapter {
        /// The events, in order.
        events: Vec<Incoming>,
        /// The principal that sends them.
        recorded_by: String,
    },
    /// Prior history: every event carries its own recorded time.
    Backfill {
        /// The events, in order.
        events: Vec<Incoming>,
        /// The principal that sends them; the log marks it with `+backfill`.
        recorded_by: String,
    },
    /// Lines of an export, taken exactly: positions, revisions, times, salts. A `subject.erased`
    /// among them erases here too.
    Exact(Vec<Logged>),
    /// An event of the log's own, on a `log/…` stream.
    Own {
        /// What the log says.
        content: Box<Content>,
        /// The operator who asked for it.
        recorded_by: String,
    },
    /// Erases a stream: appends `subject.erased` and destroys what adapters said on the stream and
    /// its salts, before anybody is answered.
    Erase {
        /// The stream.
        subject: Subject,
        /// By whose authority.
        authority: String,
        /// Why.
        reason: String,
        /// The operator who asked for it.
        recorded_by: String,
    },
    /// Destroys again what was destroyed elsewhere, as certificates of erasure say: streams by
    /// the salted hashes of their names. It appends nothing, since the events that say so come with
    /// the rest of the log; what an exact import brings of these streams is never written down.
    Destroy(Vec<Hash>),
}

impl Batch {
    /// A batch of events as that admission took them.
    #[must_use]
    pub fn of(events: Vec<Incoming>, admission: Admission, recorded_by: &str) -> Self {
        let recorded_by = recorded_by.to_owned();
        match admission {
            Admission::Adapter => Self::Adapter { events, recorded_by },
            Admission::Backfill => Self::Backfill { events, recorded_by },
        }
    }

    /// The events of a batch of adapters' events, and who the log says recorded them; any other
    /// batch comes back as it is.
    ///
    /// # Errors
    /// The batch, where it is no such batch.
    pub fn into_events(self) -> Result<(Vec<Incoming>, Arc<str>), Self> {
        match self {
            Self::Adapter { events, recorded_by } => {
                Ok((events, recorder(Admission::Adapter, &recorded_by)))
            }
            Self::Backfill { events, recorded_by } => {
                Ok((events, recorder(Admission::Backfill, &recorded_by)))
            }
            other => Err(other),
        }
    }

    /// How many events it holds or makes.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Adapter { events, .. } | Self::Backfill { events, .. } => events.len(),
            Self::Exact(events) => events.len(),
            Self::Own { .. } | Self::Erase { .. } => 1,
            Self::Destroy(_) => 0,
        }
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What the log did with one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Place in the log.
    pub position: Position,
    /// Place in the stream.
    pub revision: Revision,
    /// When the log took it.
    pub recorded_time: Timestamp,
    /// Leaf hash of its entry.
    pub leaf: Hash,
    /// Whether the log had it before.
    pub already_recorded: bool,
}

/// Why a batch was not appended; cut by what the caller can do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Fix the event: nothing of the batch was recorded.
    #[error("event {index} of the batch is refused")]
    Refused {
        /// Which event of the batch, from 0.
        index: usize,
        /// Why.
        #[source]
        refusal: Refusal,
    },
    /// Read what is new and decide again: nothing of the batch was recorded.
    #[error("event {index} of the batch: the stream is at revision {actual}")]
    RevisionMismatch {
        /// Which event of the batch, from 0.
        index: usize,
        /// The stream's revision.
        actual: Revision,
        /// The stream's events behind the revision that the caller expected, at most a page.
        unseen: Vec<Event>,
    },
    /// The batch could not be judged, since the log could not be read; nothing was recorded.
    #[error("the log could not be read")]
    Read(#[from] ReadError),
    /// The engine takes no more appends; nothing of the batch was recorded.
    #[error("the log has stopped: {0}")]
    Stopped(String),
    /// The batch may have been recorded or not; sending it again is safe.
    #[error("the outcome is unknown: {0}")]
    OutcomeUnknown(String),
}

impl AppendError {
    /// The stable code and the place, where the event is at fault.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused { refusal, .. } => Some(refusal.clone()),
            Self::RevisionMismatch { actual, .. } => Some(Refusal::new(
                Code::RevisionMismatch,
                "/expectedrevision",
                format!("the stream is at revision {actual}"),
            )),
            Self::Read(_) | Self::Stopped(_) | Self::OutcomeUnknown(_) => None,
        }
    }
}

/// Why a read has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The stored bytes of these positions are damaged.
    #[error("positions {first} to {last} are damaged: {what}")]
    Damaged {
        /// First position hurt.
        first: Position,
        /// Last position hurt.
        last: Position,
        /// What was found.
        what: String,
    },
    /// A position behind the head was asked for.
    #[error("position {asked} lies behind the head, {head}")]
    BeyondHead {
        /// The position asked for.
        asked: Position,
        /// The log's last position.
        head: Position,
    },
    /// The storage failed.
    #[error("the log's storage failed: {0}")]
    Storage(String),
    /// The stream that was asked for by name was erased.
    #[error("the stream was erased")]
    Erased,
    /// The engine has stopped.
    #[error("the log has stopped")]
    Stopped,
}
