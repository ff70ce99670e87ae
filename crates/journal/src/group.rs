//! One group: what one write and one `fdatasync` make durable.

use std::ops::Range;

use crate::bytes::{u32_at, u64_at};
use crate::records::{LENGTH_BYTES, push_record};
use crate::seeded::seeded_bug;

/// Length of a CRC.
const CRC_BYTES: usize = 4;

// 0xF5 occurs in no UTF-8 text, so the search for groups behind damage seldom stops inside records.
const MAGIC: [u8; 4] = [0xF5, b'C', b'T', b'G'];
const REWRITTEN_MAGIC: [u8; 4] = [0xF5, b'C', b'T', b'R'];
const FIRST_AT: usize = 4;
const COUNT_AT: usize = 12;
const LENGTH_AT: usize = 16;
const PREVIOUS_LINK_AT: usize = 20;
/// Where a group's own CRC stands, behind all that it covers of the header.
const CRC_AT: usize = 24;
/// In a rewritten group its link stands there, and its CRC behind that.
const LINK_AT: usize = 24;
const REWRITTEN_CRC_AT: usize = 28;

/// One group found in the bytes of a segment, its checksum verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Offset of the group's header from the start of the segment file, bytes.
    pub offset: usize,
    /// Position of the group's first record.
    pub first: u64,
    /// How many records the group holds, at least 1.
    pub count: u32,
    /// By what the group behind names this one: its CRC-32C, or, where it was rewritten, the
    /// CRC-32C of the group as it was written first.
    pub link: u32,
    /// By what this group names the group before.
    pub previous_link: u32,
    /// Where the records lie in the segment file, bytes.
    pub body: Range<usize>,
}

impl Group {
    /// Returns the position of the group's last record.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.first + u64::from(self.count) - 1
    }

    /// Returns the offset behind the group, bytes from the start of the segment file.
    #[must_use]
    pub fn end(&self) -> usize {
        self.body.end
    }
}

/// Why a group could not be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EncodeFlaw {
    /// There is no record.
    Empty,
    /// Count, one record or the sum of all exceeds `u32`.
    TooLarge,
}

/// Writes a group into `buffer`, whose former content is dropped, and returns the group's link.
pub(crate) fn encode_group<R: AsRef<[u8]>>(
    buffer: &mut Vec<u8>,
    first: u64,
    previous_link: u32,
    records: &[R],
) -> Result<u32, EncodeFlaw> {
    encode(buffer, first, previous_link, None, records)
}

/// Writes a group into `buffer` that stands in for one of the given place and links, whose records
/// were others.
pub(crate) fn encode_rewritten<R: AsRef<[u8]>>(
    buffer: &mut Vec<u8>,
    original: &Group,
    records: &[R],
) -> Result<(), EncodeFlaw> {
    let link = Some(original.link);
    encode(buffer, original.first, original.previous_link, link, records).map(|_| ())
}

fn encode<R: AsRef<[u8]>>(
    buffer: &mut Vec<u8>,
    first: u64,
    previous_link: u32,
    link: Option<u32>,
    records: &[R],
) -> Result<u32, EncodeFlaw> {
    let count = u32::try_from(records.len()).map_err(|_| EncodeFlaw::TooLarge)?;
    if count == 0 {
        return Err(EncodeFlaw::Empty);
    }
    buffer.clear();
    buffer.extend_from_slice(if link.is_some() { &REWRITTEN_MAGIC } else { &MAGIC });
    buffer.extend_from_slice(&first.to_le_bytes());
    buffer.extend_from_slice(&count.to_le_bytes());
    buffer.extend_from_slice(&[0; 4]); // byte length, known below
    buffer.extend_from_slice(&previous_link.to_le_bytes());
    buffer.extend(link.into_iter().flat_map(u32::to_le_bytes));
    let crc_at = buffer.len();
    buffer.extend_from_slice(&[0; CRC_BYTES]); // CRC, known below
    let body_at = buffer.len();
    for record in records {
        push_record(buffer, record.as_ref()).map_err(|_| EncodeFlaw::TooLarge)?;
    }
    let length = u32::try_from(buffer.len() - body_at).map_err(|_| EncodeFlaw::TooLarge)?;
    buffer[LENGTH_AT..PREVIOUS_LINK_AT].copy_from_slice(&length.to_le_bytes());
    let crc = crc_of(&buffer[..crc_at], &buffer[body_at..]);
    buffer[crc_at..body_at].copy_from_slice(&crc.to_le_bytes());
    Ok(link.unwrap_or(crc))
}

/// Reads the group whose header begins at `offset`, or returns `None` where no whole group with a
/// matching checksum and well-formed records lies there.
pub(crate) fn decode_group(bytes: &[u8], offset: usize) -> Option<Group> {
    let group = bytes.get(offset..)?;
    let magic: &[u8; 4] = group.first_chunk()?;
    let crc_at = match *magic {
        MAGIC => CRC_AT,
        REWRITTEN_MAGIC => REWRITTEN_CRC_AT,
        _ => return None,
    };
    let body_at = crc_at + CRC_BYTES;
    let first = u64_at(group, FIRST_AT)?;
    let count = u32_at(group, COUNT_AT)?;
    let length = usize::try_from(u32_at(group, LENGTH_AT)?).ok()?;
    let body = group.get(body_at..body_at + length)?;
    let crc = u32_at(group, crc_at)?;
    let sound = count > 0
        && first.checked_add(u64::from(count)).is_some()
        && (crc == crc_of(&group[..crc_at], body) || seeded_bug("skip-group-checksum"))
        && holds_records(body, count);
    let start = offset + body_at;
    sound.then_some(Group {
        offset,
        first,
        count,
        link: if *magic == MAGIC { crc } else { u32_at(group, LINK_AT)? },
        previous_link: u32_at(group, PREVIOUS_LINK_AT)?,
        body: start..start + length,
    })
}

/// Returns where the first whole group at or behind `from` begins.
pub(crate) fn find_group(bytes: &[u8], from: usize) -> Option<Group> {
    let mut at = from;
    while let Some(step) = bytes.get(at..)?.iter().position(|byte| *byte == MAGIC[0]) {
        at += step;
        if let Some(group) = decode_group(bytes, at) {
            return Some(group);
        }
        at += 1;
    }
    None
}

fn crc_of(header: &[u8], body: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(header), body)
}

fn holds_records(body: &[u8], count: u32) -> bool {
    let mut at = 0;
    for _ in 0..count {
        let Some(length) = u32_at(body, at).and_then(|length| usize::try_from(length).ok()) else {
            return false;
        };
        at += LENGTH_BYTES + length;
        if at > body.len() {
            return false;
        }
    }
    at == body.len()
}
