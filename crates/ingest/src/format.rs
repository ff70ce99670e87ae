//! How an input is written, found out by reading its first JSON value.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use serde::de::IgnoredAny;
use serde_json::Deserializer;

use crate::ReadInputError;
use crate::decoded::Decoded;

/// How an input is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Compression.
    pub encoding: Encoding,
    /// Arrangement of the events.
    pub form: Form,
}

/// Compression of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// None.
    Plain,
    /// gzip, of one or more members.
    Gzip,
    /// zstd, of one or more frames.
    Zstd,
}

/// Arrangement of the events of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One event a line (`application/x-ndjson`).
    Lines,
    /// One JSON object over several lines, and nothing else: one event.
    Document,
    /// One JSON list (`application/cloudevents-batch+json`).
    List,
}

/// The decoded input with what was looked at put back in front.
pub(crate) type Text<R> = Chain<Cursor<Vec<u8>>, BufReader<Decoded<R>>>;

/// An input whose form is known.
pub(crate) enum Arranged<R: Read> {
    Lines(Text<R>),
    Document(Vec<u8>),
    List(Vec<u8>),
}

/// Finds out the form. An object that ends on the line it begins on, and whatever is neither one
/// object nor a list, is judged line by line.
///
/// # Errors
/// [`ReadInputError`] when the input cannot be read; when a list is no JSON, or has something
/// behind it; when a document or list has more than `bytes_max` bytes.
pub(crate) fn arrange<R: Read>(
    decoded: Decoded<R>,
    bytes_max: usize,
) -> Result<Arranged<R>, ReadInputError> {
    let rest = BufReader::with_capacity(128 * 1024, decoded);
    let mut probe = Probe { seen: Vec::new(), at: 0, rest, bytes_max, failed: None };
    Ok(match probe.form()? {
        Form::Lines => Arranged::Lines(Cursor::new(probe.seen).chain(probe.rest)),
        Form::Document => Arranged::Document(probe.seen),
        Form::List => Arranged::List(probe.seen),
    })
}

/// Reads ahead and remembers what it saw.
struct Probe<R: Read> {
    seen: Vec<u8>,
    /// How many of the bytes seen were looked at.
    at: usize,
    rest: BufReader<Decoded<R>>,
    /// The most that it sees.
    bytes_max: usize,
    /// Why the parser was given an error instead of bytes.
    failed: Option<ReadInputError>,
}

impl<R: Read> Probe<R> {
    fn form(&mut self) -> Result<Form, ReadInputError> {
        self.drop_byte_order_mark()?;
        match self.next_solid()? {
            Some(b'{') => self.object_form(),
            Some(b'[') => self.list_form(),
            _ => Ok(Form::Lines),
        }
    }

    fn object_form(&mut self) -> Result<Form, ReadInputError> {
        let start = self.at;
        let value = self.skip_value();
        let one_line = |text: &[u8]| !text.contains(&b'\n');
        match value {
            Ok(()) if one_line(&self.seen[start..self.at]) => Ok(Form::Lines),
            Ok(()) if self.next_solid()?.is_none() => Ok(Form::Document),
            Ok(()) | Err(ReadInputError::NotJson(_)) => Ok(Form::Lines),
            // A long line is a line, however long.
            Err(ReadInputError::TooLarge) if one_line(&self.seen[start..]) => Ok(Form::Lines),
            Err(error) => Err(error),
        }
    }

    fn list_form(&mut self) -> Result<Form, ReadInputError> {
        let start = self.at;
        let value = self.skip_value();
        let several_lines = self.seen[start..self.at].contains(&b'\n');
        match value {
            Ok(()) if self.next_solid()?.is_none() => Ok(Form::List),
            Ok(()) if several_lines => {
                Err(ReadInputError::NotJson("something stands behind the list".to_owned()))
            }
            Ok(()) => Ok(Form::Lines),
            // One line that begins like a list, among others that are judged by themselves.
            Err(ReadInputError::NotJson(_)) if !several_lines && self.has_another_line()? => {
                Ok(Form::Lines)
            }
            Err(error) => Err(error),
        }
    }

    /// Skips one JSON value; at a syntax error, stands where it was found.
    fn skip_value(&mut self) -> Result<(), ReadInputError> {
        let start = self.at;
        let mut values = Deserializer::from_reader(&mut *self).into_iter::<IgnoredAny>();
        match values.next() {
            Some(Err(e)) if e.is_io() => {
                Err(self.failed.take().unwrap_or_else(|| ReadInputError::of_io(0, e.into())))
            }
            Some(Err(e)) => Err(ReadInputError::NotJson(e.to_string())),
            Some(Ok(_)) | None => {
                let end = start + values.byte_offset();
                self.at = end;
                Ok(())
            }
        }
    }

    /// The next byte that is no white space; it is not passed over.
    fn next_solid(&mut self) -> Result<Option<u8>, ReadInputError> {
        loop {
            let blank = |b: &&u8| b.is_ascii_whitespace();
            self.at += self.seen[self.at..].iter().take_while(blank).count();
            if let Some(byte) = self.seen.get(self.at) {
                return Ok(Some(*byte));
            }
            if !self.see_more()? {
                return Ok(None);
            }
        }
    }

    /// Whether anything stands behind the end of this line.
    fn has_another_line(&mut self) -> Result<bool, ReadInputError> {
        loop {
            if let Some(end) = self.seen[self.at..].iter().position(|b| *b == b'\n') {
                self.at += end;
                return Ok(self.next_solid()?.is_some());
            }
            self.at = self.seen.len();
            if !self.see_more()? {
                return Ok(false);
            }
        }
    }

    fn drop_byte_order_mark(&mut self) -> Result<(), ReadInputError> {
        while self.seen.len() < BYTE_ORDER_MARK.len() && self.see_more()? {}
        if self.seen.starts_with(BYTE_ORDER_MARK) {
            self.seen.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(())
    }

    /// Sees some more bytes; `false` at the end of the input.
    fn see_more(&mut self) -> Result<bool, ReadInputError> {
        let buffer = loop {
            match self.rest.fill_buf() {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome.map_err(|e| ReadInputError::of_io(0, e))?,
            }
        };
        let room = self.bytes_max - self.seen.len();
        if room == 0 && !buffer.is_empty() {
            return Err(ReadInputError::TooLarge);
        }
        let count = buffer.len().min(room);
        self.seen.extend_from_slice(&buffer[..count]);
        self.rest.consume(count);
        Ok(count > 0)
    }
}

/// U+FEFF in UTF-8, with which some programs begin a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl<R: Read> Read for Probe<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.seen.len() {
            match self.see_more() {
                Ok(true) => {}
                Ok(false) => return Ok(0),
                Err(error) => {
                    self.failed = Some(error);
                    return Err(io::Error::other("the input ended in an error"));
                }
            }
        }
        let unseen = &self.seen[self.at..];
        let count = unseen.len().min(buffer.len());
        buffer[..count].copy_from_slice(&unseen[..count]);
        self.at += count;
        Ok(count)
    }
}
