//! Lines of bounded length.

use std::io::{self, BufRead, Read as _};

use crate::EVENT_TEXT_BYTES_MAX;
use crate::texts::Texts;

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

    /// What it reads from.
    pub(crate) const fn input(&self) -> &B {
        &self.input
    }

    /// The number of the line read last, 0 before the first.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// Adds the next line that is not blank to `texts`; answers `false` at the end of the input.
    ///
    /// # Errors
    /// When the input cannot be read: then there is more that was not seen.
    pub(crate) fn next(&mut self, texts: &mut Texts) -> io::Result<bool> {
        while let Some(length) = self.next_line(texts)? {
            if texts.end_text(self.number, length) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads the next line into `texts`, without its end and no more of it than an event may have.
    /// Answers with its length.
    fn next_line(&mut self, texts: &mut Texts) -> io::Result<Option<u64>> {
        let bytes = texts.begin_text();
        let start = bytes.len();
        let bounded = EVENT_TEXT_BYTES_MAX as u64 + 1;
        let read = self.input.by_ref().take(bounded).read_until(b'\n', bytes);
        self.number += u64::from(bytes.len() > start);
        if read? == 0 {
            return Ok(None);
        }
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            return Ok(Some((bytes.len() - start) as u64));
        }
        let mut length = (bytes.len() - start) as u64;
        if length == bounded {
            bytes.truncate(start + EVENT_TEXT_BYTES_MAX);
            length += self.skip_line()?;
        }
        Ok(Some(length))
    }

    /// Passes over the rest of a line, and answers with its length without the line feed.
    fn skip_line(&mut self) -> io::Result<u64> {
        let mut length = 0;
        loop {
            let buffer = match self.input.fill_buf() {
                Ok(buffer) => buffer,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            if buffer.is_empty() {
                return Ok(length);
            }
            let end = buffer.iter().position(|b| *b == b'\n');
            let part = end.unwrap_or(buffer.len());
            length += part as u64;
            self.input.consume(part + usize::from(end.is_some()));
            if end.is_some() {
                return Ok(length);
            }
        }
    }
}
