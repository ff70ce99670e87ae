//! A run's table of streams: name, salt and positions of every stream with an event in the run.
//!
//! Streams have numbers within the run, from 0 in the order in which they first occur; the kept
//! part of a sealed record names its stream by number. The number says nothing of the name: it
//! stays when the name is destroyed.
//!
//! The table is cut into pages of 64 entries, each with a checksum of its own, so that one stream
//! is read alone. Where the pages begin stands in an index, which is kept in memory. Names of one
//! page share what they begin with: an entry says how much of the name before it is its own
//! beginning too.

use std::ops::Range;

use events::{Hash, Revision, Salt, Subject};

use crate::wire::{Cursor, put_bytes, put_number};

#[cfg(test)]
mod tests;

const NAMED: u8 = 1;
const ERASED: u8 = 2;
const PAGE_ENTRIES: usize = 64;
const CRC_BYTES: usize = 4;

/// What a stream is called.
#[derive(Debug, Clone, PartialEq, Eq, std::hash::Hash)]
pub(crate) enum StreamName {
    /// By its subject; with the salt of its hash.
    Named(Subject, Salt),
    /// No more than the salted hash is left of it.
    Erased(Hash),
}

/// One stream of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamEntry {
    pub(crate) name: StreamName,
    /// Revision of its first event in the run.
    pub(crate) first_revision: Revision,
    /// The places of its events in the run, from 0; ascending, never empty.
    pub(crate) places: Vec<u32>,
}

impl StreamEntry {
    /// Revision of its last event in the run.
    pub(crate) fn last_revision(&self) -> Revision {
        Revision(self.first_revision.0 + self.places.len() as u64 - 1)
    }
}

/// A table written down.
#[derive(Debug)]
pub(crate) struct Encoded {
    /// Where the pages begin.
    pub(crate) index: Vec<u8>,
    /// The pages.
    pub(crate) pages: Vec<u8>,
}

/// Writes the table down, in order of number; `None` where it exceeds 4 GiB.
pub(crate) fn encode(streams: &[StreamEntry]) -> Option<Encoded> {
    let mut index = u32::try_from(streams.len()).ok()?.to_le_bytes().to_vec();
    let mut pages = Vec::new();
    for page in streams.chunks(PAGE_ENTRIES) {
        let start = pages.len();
        pages.extend_from_slice(&[0; CRC_BYTES]);
        let mut before = "";
        for stream in page {
            encode_entry(&mut pages, stream, before);
            if let StreamName::Named(subject, _) = &stream.name {
                before = subject.as_str();
            }
        }
        let crc = crc32c::crc32c(&pages[start + CRC_BYTES..]);
        pages[start..start + CRC_BYTES].copy_from_slice(&crc.to_le_bytes());
        index.extend_from_slice(&u32::try_from(pages.len()).ok()?.to_le_bytes());
    }
    Some(Encoded { index, pages })
}

fn encode_entry(bytes: &mut Vec<u8>, stream: &StreamEntry, before: &str) {
    match &stream.name {
        StreamName::Named(subject, salt) => {
            let subject = subject.as_str();
            // Subjects are ASCII, so any length is the end of a character.
            let pairs = subject.bytes().zip(before.bytes());
            let shared = pairs.take_while(|(a, b)| a == b).count();
            bytes.push(NAMED);
            bytes.extend_from_slice(&salt.0);
            put_number(bytes, shared as u64);
            put_bytes(bytes, &subject.as_bytes()[shared..]);
        }
        StreamName::Erased(hash) => {
            bytes.push(ERASED);
            bytes.extend_from_slice(hash);
        }
    }
    put_number(bytes, stream.first_revision.0);
    put_number(bytes, stream.places.len() as u64);
    let mut before = 0;
    for place in &stream.places {
        put_number(bytes, u64::from(place - before));
        before = *place;
    }
}

/// The index of a table, in memory.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StreamTable {
    count: u32,
    /// Offset behind each page, bytes.
    ends: Vec<u32>,
}

impl StreamTable {
    /// Reads an index; `None` for bytes that are none.
    pub(crate) fn decode(index: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(index);
        let count = cursor.u32()?;
        let (ends, rest) = cursor.rest().as_chunks();
        let ends: Vec<u32> = ends.iter().map(|end| u32::from_le_bytes(*end)).collect();
        let pages = usize::try_from(count).ok()?.div_ceil(PAGE_ENTRIES);
        let sound = rest.is_empty() && ends.len() == pages && ends.is_sorted();
        sound.then_some(Self { count, ends })
    }

    /// How many streams there are.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Where the page with the entry of a number lies, bytes; `None` where there is no such
    /// number.
    pub(crate) fn page_of(&self, number: u32) -> Option<Range<usize>> {
        (number < self.count).then(|| self.page(in_memory(number) / PAGE_ENTRIES))
    }

    /// Reads the entry of a number from its page; `None` where the page is damaged.
    pub(crate) fn entry(&self, page: &[u8], number: u32) -> Option<StreamEntry> {
        let mut reader = PageReader::of(page)?;
        for _ in 0..in_memory(number) % PAGE_ENTRIES {
            reader.skip()?;
        }
        reader.entry()
    }

    /// Reads the whole table, in order of number; `None` where it is damaged.
    pub(crate) fn entries(&self, pages: &[u8]) -> Option<Vec<StreamEntry>> {
        let mut entries = Vec::new();
        for page in 0..self.ends.len() {
            let mut reader = PageReader::of(pages.get(self.page(page))?)?;
            let count = (in_memory(self.count) - entries.len()).min(PAGE_ENTRIES);
            for _ in 0..count {
                entries.push(reader.entry()?);
            }
            reader.cursor.rest().is_empty().then_some(())?;
        }
        Some(entries)
    }

    fn page(&self, page: usize) -> Range<usize> {
        let start = if page == 0 { 0 } else { self.ends[page - 1] };
        in_memory(start)..in_memory(self.ends[page])
    }
}

/// Reads a page from front to back.
struct PageReader<'a> {
    cursor: Cursor<'a>,
    /// The last name read.
    name: Vec<u8>,
}

impl<'a> PageReader<'a> {
    /// The reader of a page whose checksum matches.
    fn of(page: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(page);
        let sound = cursor.u32()? == crc32c::crc32c(cursor.rest());
        sound.then_some(Self { cursor, name: Vec::new() })
    }

    fn entry(&mut self) -> Option<StreamEntry> {
        let name = match self.name()? {
            Name::Named(salt) => {
                let subject = std::str::from_utf8(&self.name).ok()?;
                StreamName::Named(subject.parse().ok()?, salt)
            }
            Name::Erased(hash) => StreamName::Erased(hash),
        };
        let first_revision = Revision(self.cursor.number()?);
        let count = self.count()?;
        let mut places = Vec::with_capacity(count);
        let mut before = 0_u32;
        for _ in 0..count {
            before = before.checked_add(u32::try_from(self.cursor.number()?).ok()?)?;
            places.push(before);
        }
        Some(StreamEntry { name, first_revision, places })
    }

    fn skip(&mut self) -> Option<()> {
        self.name()?;
        self.cursor.number()?;
        for _ in 0..self.count()? {
            self.cursor.number()?;
        }
        Some(())
    }

    fn name(&mut self) -> Option<Name> {
        match self.cursor.byte()? {
            NAMED => {
                let salt = Salt(*self.cursor.array()?);
                let shared = usize::try_from(self.cursor.number()?).ok()?;
                let rest = self.cursor.bytes()?;
                self.name.get(..shared)?;
                self.name.truncate(shared);
                self.name.extend_from_slice(rest);
                Some(Name::Named(salt))
            }
            ERASED => Some(Name::Erased(*self.cursor.array()?)),
            _ => None,
        }
    }

    /// How many events a stream has; never 0.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.cursor.number()?).ok()?;
        // Every place takes a byte at least; a count beyond that must not decide about memory.
        (count > 0 && count <= self.cursor.rest().len()).then_some(count)
    }
}

/// What an entry says of its stream's name, besides the text.
enum Name {
    Named(Salt),
    Erased(Hash),
}

fn in_memory(number: u32) -> usize {
    usize::try_from(number).expect("usize has 64 bits")
}
