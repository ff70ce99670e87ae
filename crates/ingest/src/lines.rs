//! Lines of bounded length.

use std::io::{self, BufRead};

use crate::EVENT_TEXT_BYTES_MAX;

/// One line, without its end and the white space around it.
pub(crate) struct Line {
    /// Number, from 1; blank lines count.
    pub(crate) number: u64,
    /// The bytes; the first [`EVENT_TEXT_BYTES_MAX`] of them if the line is longer.
    pub(crate) bytes: Vec<u8>,
    /// Length of the whole line in bytes, as it stands.
    pub(crate) length: u64,
}

impl Line {
    /// The text of one event that is no line by itself.
    pub(crate) fn of(number: u64, text: &[u8]) -> Self {
        let kept = text.len().min(EVENT_TEXT_BYTES_MAX);
        Self { number, bytes: text[..kept].to_vec(), length: text.len() as u64 }
    }
}

/// Reads lines that are not blank.
pub(crate) struct Lines<B> {
    input: B,
    /// Lines begun so far.
    number: u64,
}

impl<B: BufRead> Lines<B> {
    pub(crate) const fn new(input: B) -> Self {
        Self { input, number: 0 }
    }

    /// The number of the line read last, 0 before the first.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// The next line that is not blank; `None` at the end of the input.
    ///
    /// # Errors
    /// When the input cannot be read: then there is more that was not seen.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let Some((bytes, length)) = self.next_line()? else { return Ok(None) };
            let trimmed = bytes.trim_ascii();
            if trimmed.is_empty() && length <= EVENT_TEXT_BYTES_MAX as u64 {
                continue;
            }
            let bytes = if trimmed.len() == bytes.len() { bytes } else { trimmed.to_vec() };
            return Ok(Some(Line { number: self.number, bytes, length }));
        }
    }

    /// The next line: what is kept of it, and its length without the line feed.
    fn next_line(&mut self) -> io::Result<Option<(Vec<u8>, u64)>> {
        let (mut kept, mut length) = (Vec::new(), 0_u64);
        let mut begun = false;
        loop {
            let buffer = match self.input.fill_buf() {
                Ok(buffer) => buffer,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            if buffer.is_empty() {
                return Ok(begun.then_some((kept, length)));
            }
            if !begun {
                begun = true;
                self.number += 1;
            }
            let end = buffer.iter().position(|b| *b == b'\n');
            let part = &buffer[..end.unwrap_or(buffer.len())];
            let room = EVENT_TEXT_BYTES_MAX - kept.len();
            kept.extend_from_slice(&part[..part.len().min(room)]);
            length += part.len() as u64;
            let consumed = part.len() + usize::from(end.is_some());
            self.input.consume(consumed);
            if end.is_some() {
                return Ok(Some((kept, length)));
            }
        }
    }
}
