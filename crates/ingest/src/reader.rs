//! One event after the other, or why it is none.

use std::fmt;
use std::io::{self, Read};

use events::{Admission, Code, Incoming, Refusal};

use crate::decoded::Decoded;
use crate::format::{Arranged, Text, arrange};
use crate::lines::{Line, Lines};
use crate::list::Items;
use crate::{DOCUMENT_BYTES_MAX, EVENT_TEXT_BYTES_MAX, Form, Format};

/// One event of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Where it stands, from 1: the line where each event has one, the place in a list otherwise.
    pub line: u64,
    /// The event, or why it is refused.
    pub outcome: Result<Incoming, Refusal>,
    /// The bytes it was read from, without white space around them; of a text that is too long,
    /// the first [`EVENT_TEXT_BYTES_MAX`].
    pub raw: Vec<u8>,
}

/// Why an input cannot be read on. What came before it stands.
#[derive(Debug, thiserror::Error)]
pub enum ReadInputError {
    /// The input broke off or is damaged.
    #[error("the input cannot be read on behind line {line}")]
    Io {
        /// The last line begun; 0: none.
        line: u64,
        /// What failed.
        #[source]
        source: io::Error,
    },
    /// One JSON document or list is beyond the bound.
    #[error(
        "a JSON document or list of more than {} MiB; write one event a line instead",
        DOCUMENT_BYTES_MAX / (1024 * 1024)
    )]
    TooLarge,
    /// A list is no JSON; nothing of it was taken.
    #[error("the list of events is not JSON: {0}")]
    NotJson(String),
}

impl ReadInputError {
    pub(crate) const fn of_io(line: u64, source: io::Error) -> Self {
        Self::Io { line, source }
    }
}

/// Reads events from `input`, compressed or not, in any of the forms of [`Form`].
///
/// # Errors
/// [`ReadInputError`] when the input cannot be read, or is one JSON text that is too large or
/// broken.
///
/// ```
/// let text = br#"{"specversion":"1.0","source":"s","id":"1","type":"casetrail.removal.recorded.v1",
///     "subject":"child/C-1","effectiveon":"2024-03-01","data":{"removal_id":"R1"}}"#;
/// let mut reader = ingest::read(&text[..], events::Admission::Adapter).unwrap();
/// let item = reader.next().unwrap().unwrap();
/// assert_eq!(item.outcome.unwrap().content.subject.as_str(), "child/C-1");
/// assert!(reader.next().is_none());
/// ```
pub fn read<R: Read>(input: R, admission: Admission) -> Result<Reader<R>, ReadInputError> {
    read_bounded(input, admission, DOCUMENT_BYTES_MAX)
}

/// [`read`] with another bound on documents and lists.
pub(crate) fn read_bounded<R: Read>(
    input: R,
    admission: Admission,
    bytes_max: usize,
) -> Result<Reader<R>, ReadInputError> {
    let decoded = Decoded::detect(input).map_err(|e| ReadInputError::of_io(0, e))?;
    let encoding = decoded.encoding();
    let (form, source) = match arrange(decoded, bytes_max)? {
        Arranged::Lines(text) => (Form::Lines, Source::Lines(Lines::new(text))),
        Arranged::Document(text) => (Form::Document, Source::Document(Some(text))),
        Arranged::List(text) => (Form::List, Source::List(Items::new(text), 0)),
    };
    Ok(Reader { source, admission, format: Format { encoding, form } })
}

/// An iterator over the events of an input. After an error it gives nothing more.
pub struct Reader<R: Read> {
    source: Source<R>,
    admission: Admission,
    format: Format,
}

enum Source<R: Read> {
    Lines(Lines<Text<R>>),
    Document(Option<Vec<u8>>),
    /// The items, and how many were read.
    List(Items, u64),
    /// Broken off.
    Failed,
}

impl<R: Read> Reader<R> {
    /// How the input is written.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// What the events may carry.
    #[must_use]
    pub const fn admission(&self) -> Admission {
        self.admission
    }

    fn next_line(&mut self) -> Result<Option<Line>, ReadInputError> {
        match &mut self.source {
            Source::Lines(lines) => {
                lines.next().map_err(|e| ReadInputError::of_io(lines.number(), e))
            }
            Source::Document(text) => Ok(text.take().map(|text| Line::of(1, text.trim_ascii()))),
            Source::List(items, number) => {
                *number += 1;
                Ok(items.next().map(|text| Line::of(*number, text)))
            }
            Source::Failed => Ok(None),
        }
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Item, ReadInputError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.next_line() {
            Ok(line) => line.map(|line| Ok(judge(line, self.admission))),
            Err(error) => {
                self.source = Source::Failed;
                Some(Err(error))
            }
        }
    }
}

impl<R: Read> fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("format", &self.format).finish_non_exhaustive()
    }
}

fn judge(line: Line, admission: Admission) -> Item {
    let outcome = if line.length > EVENT_TEXT_BYTES_MAX as u64 {
        let message = format!("the text of an event is {} bytes long", line.length);
        Err(Refusal::new(Code::EventTooLarge, "", message))
    } else {
        Incoming::parse(&line.bytes, admission)
    };
    Item { line: line.number, outcome, raw: line.bytes }
}
