//! One event after the other, or why it is none.

use std::fmt;
use std::io::{self, BufReader, Cursor, Read};

use events::{Admission, Incoming, Refusal};

use crate::decoded::Decoded;
use crate::format::{Arranged, Text, arrange};
use crate::lines::Lines;
use crate::list::Items;
use crate::parsers::parse;
use crate::texts::Texts;
use crate::{DOCUMENT_BYTES_MAX, Form, Format};

/// One event of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Where it stands, from 1: the line where each event has one, the place in a list otherwise.
    pub line: u64,
    /// The event, or why it is refused.
    pub outcome: Result<Incoming, Refusal>,
    /// The bytes it was read from, without white space around them; of a text that is too long,
    /// the first [`EVENT_TEXT_BYTES_MAX`](crate::EVENT_TEXT_BYTES_MAX).
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

/// [`read`] with another bound on documents and lists, in bytes, decompressed.
///
/// # Errors
/// As [`read`].
pub fn read_bounded<R: Read>(
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

/// Reads events from `input`, one a line whatever the first line is, compressed or not. Nothing is
/// read ahead beyond what tells the compression.
///
/// # Errors
/// [`ReadInputError`] when the input cannot be read.
pub fn read_lines<R: Read>(input: R, admission: Admission) -> Result<Reader<R>, ReadInputError> {
    let decoded = Decoded::detect(input).map_err(|e| ReadInputError::of_io(0, e))?;
    let encoding = decoded.encoding();
    let text = Cursor::new(Vec::new()).chain(BufReader::with_capacity(128 * 1024, decoded));
    let format = Format { encoding, form: Form::Lines };
    Ok(Reader { source: Source::Lines(Lines::new(text)), admission, format })
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
    /// Broken off, and why if that was not told yet.
    Failed(Option<ReadInputError>),
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

    /// Adds the next text to `texts`; answers `false` at the end of the input. After an error there
    /// is nothing more.
    fn next_text(&mut self, texts: &mut Texts) -> Result<bool, ReadInputError> {
        match &mut self.source {
            Source::Lines(lines) => match lines.next(texts) {
                Ok(found) => Ok(found),
                Err(e) => {
                    let error = ReadInputError::of_io(lines.number(), e);
                    self.source = Source::Failed(None);
                    Err(error)
                }
            },
            Source::Document(text) => {
                let Some(text) = text.take() else { return Ok(false) };
                texts.push(1, text.trim_ascii());
                Ok(true)
            }
            Source::List(items, number) => {
                *number += 1;
                let Some(text) = items.next() else { return Ok(false) };
                texts.push(*number, text);
                Ok(true)
            }
            Source::Failed(error) => error.take().map_or(Ok(false), Err),
        }
    }

    /// The next texts: up to `count`, fewer where they are long; none at the end of the input.
    ///
    /// # Errors
    /// [`ReadInputError`], when the texts before it were given.
    pub(crate) fn next_texts(&mut self, count: usize) -> Result<Texts, ReadInputError> {
        self.next_texts_there(count, || true)
    }

    /// The next texts, as many as are there: where another would have to be waited for, which
    /// `more` says of the input, those before it are given. The first is always waited for.
    ///
    /// # Errors
    /// [`ReadInputError`], when the texts before it were given.
    pub fn next_texts_there(
        &mut self,
        count: usize,
        more: impl Fn() -> bool,
    ) -> Result<Texts, ReadInputError> {
        let mut texts = Texts::default();
        while texts.len() < count && texts.bytes() < TEXTS_BYTES {
            if !texts.is_empty() && !more() && !self.line_is_there() {
                break;
            }
            match self.next_text(&mut texts) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) if texts.is_empty() => return Err(error),
                Err(error) => {
                    self.source = Source::Failed(Some(error));
                    break;
                }
            }
        }
        Ok(texts)
    }
}

impl<R: Read> Reader<R> {
    /// Whether the next line has been read already.
    fn line_is_there(&self) -> bool {
        let Source::Lines(lines) = &self.source else { return true };
        let (seen, rest) = lines.input().get_ref();
        let seen = seen.get_ref().get(usize::try_from(seen.position()).unwrap_or(usize::MAX)..);
        seen.unwrap_or_default().contains(&b'\n') || rest.buffer().contains(&b'\n')
    }
}

/// How many bytes of text are handed on together, once there are as many.
const TEXTS_BYTES: usize = 128 * 1024;

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Item, ReadInputError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut texts = Texts::default();
        match self.next_text(&mut texts) {
            Ok(_) => texts.get(0).map(|text| {
                let outcome = parse(text, self.admission);
                Ok(Item { line: text.number, outcome, raw: text.bytes.to_vec() })
            }),
            Err(error) => Some(Err(error)),
        }
    }
}

impl<R: Read> fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("format", &self.format).finish_non_exhaustive()
    }
}
