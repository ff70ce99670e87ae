//! Texts of several events, read together and handed on together.

use std::ops::Range;

use events::{Admission, Incoming, Refusal};

use crate::EVENT_TEXT_BYTES_MAX;
use crate::parsers::parse;

/// Texts of events, one behind the other.
#[derive(Debug, Default)]
pub struct Texts {
    bytes: Vec<u8>,
    places: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    number: u64,
    bytes: Range<usize>,
    length: u64,
}

/// The text of one event, without white space around it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a> {
    /// Where it stands, from 1: the line, or the place in a list. Blank lines count.
    pub(crate) number: u64,
    /// The bytes; the first [`EVENT_TEXT_BYTES_MAX`] of them if there are more.
    pub(crate) bytes: &'a [u8],
    /// Length of the whole text in bytes, as it stands.
    pub(crate) length: u64,
}

impl Texts {
    /// Where the bytes of the next text go; they count once the text is [ended](Self::end_text).
    pub(crate) fn begin_text(&mut self) -> &mut Vec<u8> {
        let end = self.places.last().map_or(0, |place| place.bytes.end);
        self.bytes.truncate(end);
        &mut self.bytes
    }

    /// Ends a text of that length; answers `false` for white space alone, which is none.
    pub(crate) fn end_text(&mut self, number: u64, length: u64) -> bool {
        let start = self.places.last().map_or(0, |place| place.bytes.end);
        let trimmed = self.bytes[start..].trim_ascii();
        if trimmed.is_empty() && length <= EVENT_TEXT_BYTES_MAX as u64 {
            return false;
        }
        let before = self.bytes[start..].len() - self.bytes[start..].trim_ascii_start().len();
        let start = start + before;
        let bytes = start..start + trimmed.len();
        self.places.push(Place { number, bytes, length });
        true
    }

    /// Adds the text of one event that is no line by itself.
    pub(crate) fn push(&mut self, number: u64, text: &[u8]) {
        let kept = text.len().min(EVENT_TEXT_BYTES_MAX);
        self.begin_text().extend_from_slice(&text[..kept]);
        self.end_text(number, text.len() as u64);
    }

    /// Reads each as an event: its line, and the event or why it is none.
    #[must_use]
    pub fn parse(&self, admission: Admission) -> Vec<(u64, Result<Incoming, Refusal>)> {
        self.iter().map(|text| (text.number, parse(text, admission))).collect()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How many texts there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.places.len()
    }

    /// Bytes that they take.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The text at a place, from 0.
    pub(crate) fn get(&self, index: usize) -> Option<Text<'_>> {
        let Place { number, bytes, length } = self.places.get(index)?;
        Some(Text { number: *number, bytes: &self.bytes[bytes.clone()], length: *length })
    }

    /// The texts in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Text<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}
