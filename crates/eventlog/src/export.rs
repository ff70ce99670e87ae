//! Reading an export: one event a line, by position, every attribute; an erased event as its bare
//! entry; a signed checkpoint on the last line, where the log signs.
//!
//! It reads plain text; decompression is left to the programs. It takes each line for itself: the
//! line is decoded and its hashes are recomputed, whether it continues the line before is judged
//! by who reads on.

use std::io::{self, BufRead, Read as _};

use events::{Json, Logged, Refusal, SyntaxError, Value};
use proof::{Checkpoint, Note};

/// The origin of an export that stands for a log and has no checkpoint.
pub const EXPORT_ORIGIN: &str = "export";

/// The longest line of an export, in bytes without its end: an event, and what the log adds to it.
pub const EXPORT_LINE_BYTES_MAX: u64 = 256 * 1024;

/// Why a line of an export is no event.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The input broke off.
    #[error("line {line} cannot be read")]
    Io {
        /// The line, from 1.
        line: u64,
        /// What failed.
        #[source]
        source: io::Error,
    },
    /// No event is that long.
    #[error("line {line} is longer than {EXPORT_LINE_BYTES_MAX} bytes")]
    TooLong {
        /// The line, from 1.
        line: u64,
    },
    /// Not JSON.
    #[error("line {line} is not JSON")]
    NotJson {
        /// The line, from 1.
        line: u64,
        /// Where it is not.
        #[source]
        source: SyntaxError,
    },
    /// Not an event as a log exports it, or a hash is not that of its content.
    #[error("line {line} is no event of a log")]
    Refused {
        /// The line, from 1.
        line: u64,
        /// Why.
        #[source]
        source: Refusal,
    },
    /// Nothing follows the checkpoint.
    #[error("line {line} follows the checkpoint")]
    BehindCheckpoint {
        /// The line, from 1.
        line: u64,
    },
}

impl ExportError {
    /// The line at fault, from 1.
    #[must_use]
    pub const fn line(&self) -> u64 {
        match self {
            Self::Io { line, .. }
            | Self::TooLong { line }
            | Self::NotJson { line, .. }
            | Self::Refused { line, .. }
            | Self::BehindCheckpoint { line } => *line,
        }
    }
}

/// What an export holds at each position, with the number of its line. After an error it gives nothing more.
///
/// ```
/// let mut reader = eventlog::ExportReader::new(&b"not an event\n"[..]);
/// assert_eq!(reader.next().unwrap().unwrap_err().line(), 1);
/// assert!(reader.next().is_none());
/// ```
#[derive(Debug)]
pub struct ExportReader<R> {
    input: R,
    line: u64,
    ended: bool,
    checkpoint: Option<String>,
}

impl<R: BufRead> ExportReader<R> {
    /// Reads `input` from its first line.
    pub const fn new(input: R) -> Self {
        Self { input, line: 0, ended: false, checkpoint: None }
    }

    /// The input, for who wants the lines themselves.
    pub fn into_lines(self) -> R {
        self.input
    }

    /// The last line begun, from 1; 0 before the first.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// The signed note on the last line; `None` before that line is read, or where there is none.
    #[must_use]
    pub fn checkpoint(&self) -> Option<&str> {
        self.checkpoint.as_deref()
    }

    /// The log's name, as the checkpoint says; [`EXPORT_ORIGIN`] before it is read, or where there
    /// is none.
    #[must_use]
    pub fn origin(&self) -> String {
        let note = self.checkpoint().and_then(|note| Note::parse(note.as_bytes()).ok());
        let checkpoint = note.and_then(|note| Checkpoint::parse(note.text()).ok());
        checkpoint.map_or_else(|| EXPORT_ORIGIN.to_owned(), |said| said.origin().to_owned())
    }

    fn next_logged(&mut self) -> Result<Option<Logged>, ExportError> {
        let Some(text) = self.next_text()? else { return Ok(None) };
        let line = self.line;
        let value = Value::parse(&text).map_err(|source| ExportError::NotJson { line, source })?;
        if let Some(note) = checkpoint_of(&value) {
            self.checkpoint = Some(note.to_owned());
            return match self.next_text()? {
                None => Ok(None),
                Some(_) => Err(ExportError::BehindCheckpoint { line: self.line }),
            };
        }
        let logged =
            Logged::read(&value).map_err(|source| ExportError::Refused { line, source })?;
        Ok(Some(logged))
    }

    /// The next line without its end; `None` at the end of the input.
    fn next_text(&mut self) -> Result<Option<Vec<u8>>, ExportError> {
        let line = self.line + 1;
        let mut text = Vec::new();
        let mut bounded = self.input.by_ref().take(EXPORT_LINE_BYTES_MAX + 1);
        bounded.read_until(b'\n', &mut text).map_err(|source| ExportError::Io { line, source })?;
        if text.is_empty() {
            return Ok(None);
        }
        self.line = line;
        if text.last() == Some(&b'\n') {
            text.pop();
        } else if text.len() as u64 > EXPORT_LINE_BYTES_MAX {
            return Err(ExportError::TooLong { line });
        }
        Ok(Some(text))
    }
}

/// The note of a line that has a checkpoint and nothing else.
fn checkpoint_of<'a>(value: &'a Value<'_>) -> Option<&'a str> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    members.get("checkpoint")?.as_str()
}

/// The last line of an export, without its end: `{"checkpoint":"<signed note>"}`.
#[must_use]
pub fn checkpoint_line(note: &str) -> Vec<u8> {
    Json::object([("checkpoint", note.into())]).canonical()
}

impl<R: BufRead> Iterator for ExportReader<R> {
    type Item = Result<(u64, Logged), ExportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let outcome = self.next_logged();
        self.ended = !matches!(outcome, Ok(Some(_)));
        outcome.transpose().map(|item| item.map(|logged| (self.line, logged)))
    }
}
