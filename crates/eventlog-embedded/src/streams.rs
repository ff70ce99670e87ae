//! A run's table of streams: name, salt and positions of every stream with an event in the run.
//!
//! Streams have numbers within the run, from 0 in the order in which they first occur; the kept
//! part of a sealed record names its stream by number. The section is a count of streams (4
//! bytes), the offsets of the entries and of their end (4 bytes each), and the entries. An entry
//! has its own checksum, so that it can be read alone.

use events::{Revision, Salt, Subject};

use crate::wire::{Cursor, put_bytes, put_number};

#[cfg(test)]
mod tests;

const NAMED: u8 = 1;

/// One stream of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamEntry {
    /// Its number within the run.
    pub(crate) number: u32,
    pub(crate) subject: Subject,
    pub(crate) salt: Salt,
    /// Revision of its first event in the run.
    pub(crate) first_revision: Revision,
    /// Where its events stand, as distance from the position before the run; ascending, never
    /// empty.
    pub(crate) offsets: Vec<u32>,
}

impl StreamEntry {
    /// Revision of its last event in the run.
    pub(crate) fn last_revision(&self) -> Revision {
        Revision(self.first_revision.0 + self.offsets.len() as u64 - 1)
    }
}

/// Where an entry lies within the section, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryPlace {
    pub(crate) offset: u32,
    pub(crate) length: u32,
}

/// Writes the table down; `None` where it exceeds 4 GiB. Answers with the place of each entry too.
pub(crate) fn encode(streams: &[StreamEntry]) -> Option<(Vec<u8>, Vec<EntryPlace>)> {
    let count = u32::try_from(streams.len()).ok()?;
    let mut entries = Vec::new();
    let mut offsets = Vec::with_capacity(streams.len() + 1);
    let start = 4 * (streams.len() + 2);
    for stream in streams {
        offsets.push(u32::try_from(start + entries.len()).ok()?);
        encode_entry(&mut entries, stream);
    }
    offsets.push(u32::try_from(start + entries.len()).ok()?);
    let mut bytes = Vec::with_capacity(start + entries.len());
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend(offsets.iter().flat_map(|offset| offset.to_le_bytes()));
    bytes.extend_from_slice(&entries);
    let place = |pair: &[u32]| EntryPlace { offset: pair[0], length: pair[1] - pair[0] };
    Some((bytes, offsets.windows(2).map(place).collect()))
}

fn encode_entry(bytes: &mut Vec<u8>, stream: &StreamEntry) {
    let start = bytes.len();
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&stream.number.to_le_bytes());
    bytes.push(NAMED);
    bytes.extend_from_slice(&stream.salt.0);
    put_bytes(bytes, stream.subject.as_str().as_bytes());
    put_number(bytes, stream.first_revision.0);
    put_number(bytes, stream.offsets.len() as u64);
    let mut before = 0;
    for offset in &stream.offsets {
        put_number(bytes, u64::from(offset - before));
        before = *offset;
    }
    let crc = crc32c::crc32c(&bytes[start + 4..]);
    bytes[start..start + 4].copy_from_slice(&crc.to_le_bytes());
}

/// Length of what lies before the place of an entry can be read, and where.
pub(crate) fn place_at(number: u32) -> u64 {
    4 * (u64::from(number) + 1)
}

/// Reads the place of an entry from the eight bytes at [`place_at`].
pub(crate) fn decode_place(bytes: [u8; 8]) -> Option<EntryPlace> {
    let mut cursor = Cursor::new(&bytes);
    let (offset, end) = (cursor.u32()?, cursor.u32()?);
    Some(EntryPlace { offset, length: end.checked_sub(offset)? })
}

/// Reads one entry and verifies its checksum.
pub(crate) fn decode_entry(bytes: &[u8]) -> Option<StreamEntry> {
    let mut cursor = Cursor::new(bytes);
    if cursor.u32()? != crc32c::crc32c(cursor.rest()) {
        return None;
    }
    let number = cursor.u32()?;
    if cursor.byte()? != NAMED {
        return None;
    }
    let salt = Salt(*cursor.array()?);
    let subject = cursor.text()?.parse().ok()?;
    let first_revision = Revision(cursor.number()?);
    let count = usize::try_from(cursor.number()?).ok()?;
    // Every offset takes a byte at least; a count beyond that must not decide about memory.
    if count == 0 || count > cursor.rest().len() {
        return None;
    }
    let mut offsets = Vec::with_capacity(count);
    let mut before = 0_u32;
    for _ in 0..count {
        before = before.checked_add(u32::try_from(cursor.number()?).ok()?)?;
        offsets.push(before);
    }
    cursor.rest().is_empty().then_some(StreamEntry {
        number,
        subject,
        salt,
        first_revision,
        offsets,
    })
}

/// Reads the whole table, in order of number, with the place of each entry.
pub(crate) fn decode(bytes: &[u8]) -> Option<Vec<(StreamEntry, EntryPlace)>> {
    let count = Cursor::new(bytes).u32()?;
    let entry = |number| {
        let at = usize::try_from(place_at(number)).ok()?;
        let place = decode_place(*bytes.get(at..)?.first_chunk()?)?;
        let start = usize::try_from(place.offset).ok()?;
        let length = usize::try_from(place.length).ok()?;
        let entry = decode_entry(bytes.get(start..start.checked_add(length)?)?)?;
        (entry.number == number).then_some((entry, place))
    };
    (0..count).map(entry).collect()
}
