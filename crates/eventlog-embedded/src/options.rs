//! How a log is opened.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use eventlog::{Clock, Entropy};
use journal::{BLOCK_RECORDS, JournalOptions};

use crate::seams::{SystemClock, SystemEntropy};

/// How an embedded log is opened.
pub struct Options {
    /// The log's name, for ever. A new log gets it; an existing one must have it. `None`: a new
    /// log gets a random one.
    pub origin: Option<String>,
    /// How many events are sealed together: a multiple of 256, at least 256. It may change from
    /// one opening to the next.
    pub seal_events: u64,
    /// Events in one group, beyond which no further batch is taken into it.
    pub group_events_max: usize,
    /// Bytes in one group, beyond which no further batch is taken into it.
    pub group_bytes_max: usize,
    /// Layout of the journal.
    pub journal: JournalOptions,
    /// How often the acknowledged head is written down a second time, while it moves.
    pub mark_every: Duration,
    /// The clock that stamps `recordedtime`.
    pub clock: Arc<dyn Clock>,
    /// Where salts come from.
    pub entropy: Box<dyn Entropy>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            origin: None,
            seal_events: 65_536,
            group_events_max: 4_096,
            group_bytes_max: 4 << 20,
            journal: JournalOptions::default(),
            mark_every: Duration::from_secs(60),
            clock: Arc::new(SystemClock),
            entropy: Box::new(SystemEntropy::default()),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("origin", &self.origin)
            .field("seal_events", &self.seal_events)
            .field("journal", &self.journal)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// Says what is wrong with the options, if anything is.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let name = |origin: &String| {
            let taken = |c: char| !c.is_whitespace() && !c.is_control() && c != '+';
            (1..=256).contains(&origin.chars().count()) && origin.chars().all(taken)
        };
        if !self.seal_events.is_multiple_of(BLOCK_RECORDS) || self.seal_events == 0 {
            Some("events are sealed by multiples of 256")
        } else if self.origin.as_ref().is_some_and(|origin| !name(origin)) {
            Some("an origin has 1 to 256 characters and no white space, control character or plus")
        } else {
            None
        }
    }
}
