//! One group: what one write and one `fdatasync` make durable.

use std::ops::Range;

use crate::bytes::{u32_at, u64_at};
use crate::records::{LENGTH_BYTES, push_record};
use crate::seeded::seeded_bug;

/// Length of a group's header.
pub(crate) const GROUP_HEADER_BYTES: usize = 28;

// 0xF5 occurs in no UTF-8 text, so the search for groups behind damage seldom stops inside records.
const MAGIC: [u8; 4] = [0xF5, b'C', b'T', b'G'];
const FIRST_AT: usize = 4;
const COUNT_AT: usize = 12;
const LENGTH_AT: usize = 16;
const PREVIOUS_CRC_AT: usize = 20;
const CRC_AT: usize = 24;

/// One group found in the bytes of a segment, its checksum verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Offset of the group's header from the start of the segment file, bytes.
    pub offset: usize,
    /// Position of the group's first record.
    pub first: u64,
    /// How many records the group holds, at least 1.
    pub count: u32,
    /// CRC-32C of this group.
    pub crc: u32,
    /// CRC-32C of the group before, as this group names it.
    pub previous_crc: u32,
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

/// Writes a group into `buffer`, whose former content is dropped, and returns the group's CRC.
pub(crate) fn encode_group<R: AsRef<[u8]>>(
    buffer: &mut Vec<u8>,
    first: u64,
    previous_crc: u32,
    records: &[R],
) -> Result<u32, EncodeFlaw> {
    let count = u32::try_from(records.len()).map_err(|_| EncodeFlaw::TooLarge)?;
    if count == 0 {
        return Err(EncodeFlaw::Empty);
    }
    buffer.clear();
    buffer.extend_from_slice(&MAGIC);
    buffer.extend_from_slice(&first.to_le_bytes());
    buffer.extend_from_slice(&count.to_le_bytes());
    buffer.extend_from_slice(&[0; 4]); // byte length, known below
    buffer.extend_from_slice(&previous_crc.to_le_bytes());
    buffer.extend_from_slice(&[0; 4]); // CRC, known below
    for record in records {
        push_record(buffer, record.as_ref()).map_err(|_| EncodeFlaw::TooLarge)?;
    }
    let length =
        u32::try_from(buffer.len() - GROUP_HEADER_BYTES).map_err(|_| EncodeFlaw::TooLarge)?;
    buffer[LENGTH_AT..PREVIOUS_CRC_AT].copy_from_slice(&length.to_le_bytes());
    let crc = crc_of(&buffer[..CRC_AT], &buffer[GROUP_HEADER_BYTES..]);
    buffer[CRC_AT..GROUP_HEADER_BYTES].copy_from_slice(&crc.to_le_bytes());
    Ok(crc)
}

/// Reads the group whose header begins at `offset`, or returns `None` where no whole group with a
/// matching checksum and well-formed records lies there.
pub(crate) fn decode_group(bytes: &[u8], offset: usize) -> Option<Group> {
    let group = bytes.get(offset..)?;
    let header = group.first_chunk::<GROUP_HEADER_BYTES>()?;
    if header[..FIRST_AT] != MAGIC {
        return None;
    }
    let first = u64_at(header, FIRST_AT)?;
    let count = u32_at(header, COUNT_AT)?;
    let length = usize::try_from(u32_at(header, LENGTH_AT)?).ok()?;
    let body = group.get(GROUP_HEADER_BYTES..GROUP_HEADER_BYTES + length)?;
    let crc = u32_at(header, CRC_AT)?;
    let sound = count > 0
        && first.checked_add(u64::from(count)).is_some()
        && (crc == crc_of(&header[..CRC_AT], body) || seeded_bug("skip-group-checksum"))
        && holds_records(body, count);
    let start = offset + GROUP_HEADER_BYTES;
    sound.then_some(Group {
        offset,
        first,
        count,
        crc,
        previous_crc: u32_at(header, PREVIOUS_CRC_AT)?,
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
