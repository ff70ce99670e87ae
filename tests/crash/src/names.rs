//! Batches that follow from their names, so that nobody has to remember what was in them.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context as _, Result};
use eventlog::suite::removal;
use events::Incoming;

use crate::dice::Dice;

/// Streams that events are spread over.
const CHILDREN: u64 = 17;
/// One event in so many is on a stream of its session's own.
const SHORT_LIVED: u64 = 6;

/// The name of a batch: never given twice for one log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchName {
    /// The session of the program that handed it over.
    pub session: u64,
    /// One of several callers.
    pub caller: u64,
    /// Which of the caller's batches.
    pub number: u64,
}

impl fmt::Display for BatchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}.c{}.b{}", self.session, self.caller, self.number)
    }
}

impl FromStr for BatchName {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut parts = text.split('.');
        let mut number = |letter| -> Result<u64> {
            let part = parts.next().and_then(|part: &str| part.strip_prefix(letter));
            Ok(part.with_context(|| format!("{text} names no batch"))?.parse()?)
        };
        Ok(Self { session: number('s')?, caller: number('c')?, number: number('b')? })
    }
}

impl BatchName {
    /// The event of that number of the batch, from 0.
    #[must_use]
    pub fn event(self, number: usize) -> Incoming {
        let mut dice =
            Dice::of(self.session << 32 ^ self.number, self.caller << 32 ^ number as u64);
        let child = match dice.below(SHORT_LIVED) {
            0 => Self::short_lived(self.session),
            _ => format!("C{}", dice.below(CHILDREN)),
        };
        removal(&format!("{self}.e{number}"), &child)
    }

    /// The child that only one session writes of, so that its stream can be erased behind it.
    #[must_use]
    pub fn short_lived(session: u64) -> String {
        format!("erased-behind-{session}")
    }

    /// So many events.
    #[must_use]
    pub fn events(self, count: usize) -> Vec<Incoming> {
        (0..count).map(|number| self.event(number)).collect()
    }

    /// The batch, and the number in it, of the event of that identity.
    ///
    /// # Errors
    /// Where the identity is of another form.
    pub fn of_event(id: &str) -> Result<(Self, usize)> {
        let (batch, number) = id.rsplit_once(".e").with_context(|| format!("{id} is invented"))?;
        Ok((batch.parse()?, number.parse()?))
    }
}
