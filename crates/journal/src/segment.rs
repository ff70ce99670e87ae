//! Segment files: name, header, and the whole file read into memory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::bytes::{u32_at, u64_at};
use crate::group::Group;
use crate::positions::Positions;
use crate::records::split_records;
use crate::scan::{Corruption, Expected, Scan, Verdict, scan};

/// Length of a segment's header.
pub(crate) const SEGMENT_HEADER_BYTES: usize = 32;

const MAGIC: [u8; 8] = *b"CTSEGMNT";
const VERSION: u32 = 1;
const VERSION_AT: usize = 8;
const FIRST_AT: usize = 12;
const PREVIOUS_LINK_AT: usize = 20;
const CRC_AT: usize = 28;

/// What a segment says of itself in its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    /// What the segment's first group must say of itself.
    pub(crate) expected: Expected,
}

impl SegmentHeader {
    /// Writes the header down.
    pub(crate) fn encode(self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        bytes[..VERSION_AT].copy_from_slice(&MAGIC);
        bytes[VERSION_AT..FIRST_AT].copy_from_slice(&VERSION.to_le_bytes());
        bytes[FIRST_AT..PREVIOUS_LINK_AT].copy_from_slice(&self.expected.position.to_le_bytes());
        bytes[PREVIOUS_LINK_AT..PREVIOUS_LINK_AT + 4]
            .copy_from_slice(&self.expected.previous_link.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..CRC_AT]);
        bytes[CRC_AT..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Reads the header of a segment file whose name says that it begins at `first`.
    pub(crate) fn decode(bytes: &[u8], first: u64) -> Result<Self, HeaderFlaw> {
        let header = bytes.first_chunk::<SEGMENT_HEADER_BYTES>().ok_or(HeaderFlaw::Unreadable)?;
        let field = |at| u32_at(header, at).ok_or(HeaderFlaw::Unreadable);
        let sound =
            header[..VERSION_AT] == MAGIC && field(CRC_AT)? == crc32c::crc32c(&header[..CRC_AT]);
        if !sound {
            return Err(HeaderFlaw::Unreadable);
        }
        let version = field(VERSION_AT)?;
        if version != VERSION {
            return Err(HeaderFlaw::Version(version));
        }
        let position = u64_at(header, FIRST_AT).ok_or(HeaderFlaw::Unreadable)?;
        if position != first {
            return Err(HeaderFlaw::Misnamed(position));
        }
        Ok(Self { expected: Expected { position, previous_link: field(PREVIOUS_LINK_AT)? } })
    }
}

/// What is wrong with a segment's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HeaderFlaw {
    /// Too short, wrong magic or wrong checksum.
    #[error("the segment's header is unreadable")]
    Unreadable,
    /// A version that this program does not know.
    #[error("the segment's format has version {0}, which is unknown here")]
    Version(u32),
    /// The file's name says another first position than its header.
    #[error("the segment's header says that it begins at position {0}")]
    Misnamed(u64),
}

/// Why a segment could not be read.
#[derive(Debug, Error)]
pub enum SegmentError {
    /// The file could not be read.
    #[error("cannot read segment {}", path.display())]
    Io {
        /// The segment file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The header is damaged or of another version: nothing of the segment can be trusted.
    #[error("segment {} is damaged: {flaw} ({hurt})", path.display())]
    Header {
        /// The segment file.
        path: PathBuf,
        /// Positions hurt.
        hurt: Positions,
        /// What is wrong.
        flaw: HeaderFlaw,
    },
    /// Acknowledged groups are damaged.
    #[error(
        "segment {} is damaged at byte {}: {} ({})",
        path.display(), corruption.offset, corruption.flaw.words(), corruption.hurt
    )]
    Corrupt {
        /// The segment file.
        path: PathBuf,
        /// Where, what, and the positions hurt.
        corruption: Corruption,
    },
}

/// One segment file in memory, read once and scanned.
#[derive(Debug)]
pub struct Segment {
    bytes: Vec<u8>,
    header: SegmentHeader,
    scan: Scan,
}

impl Segment {
    /// Reads the segment file that begins at position `first`.
    ///
    /// # Errors
    /// Fails on input and output, a damaged header, or a corruption; a torn tail is no error here.
    pub(crate) fn load(path: &Path, first: u64) -> Result<Self, SegmentError> {
        let bytes =
            fs::read(path).map_err(|source| SegmentError::Io { path: path.to_owned(), source })?;
        let header = SegmentHeader::decode(&bytes, first).map_err(|flaw| {
            let hurt = Positions { first, last: None };
            SegmentError::Header { path: path.to_owned(), hurt, flaw }
        })?;
        let scan = scan(&bytes, header.expected);
        if let Verdict::Corruption(corruption) = scan.verdict {
            return Err(SegmentError::Corrupt { path: path.to_owned(), corruption });
        }
        Ok(Self { bytes, header, scan })
    }

    /// Returns what scanning the bytes found; its verdict is never a corruption.
    pub(crate) fn scan(&self) -> &Scan {
        &self.scan
    }

    /// Returns what the header says of the first group.
    pub(crate) fn expected(&self) -> Expected {
        self.header.expected
    }

    /// Returns the whole file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the header as it stands in the file.
    pub(crate) fn header_bytes(&self) -> &[u8] {
        &self.bytes[..SEGMENT_HEADER_BYTES]
    }

    /// Iterates over the records of one of its groups, with their positions.
    pub(crate) fn records_of(&self, group: &Group) -> impl Iterator<Item = (u64, &[u8])> {
        let body = &self.bytes[group.body.clone()];
        let count = usize::try_from(group.count).expect("usize has 64 bits");
        let spans = split_records(body, count).expect("the scan saw these records");
        (group.first..).zip(spans.into_iter().map(move |span| &body[span]))
    }

    /// Iterates over the records from position `from` on, inclusive, with their positions.
    pub fn records(&self, from: u64) -> impl Iterator<Item = (u64, &[u8])> {
        let groups = self.scan.groups.iter().filter(move |group| group.last() >= from);
        groups
            .flat_map(|group| self.records_of(group))
            .filter(move |(position, _)| *position >= from)
    }
}

/// Returns the name of the segment file that begins at position `first`.
pub(crate) fn segment_name(first: u64) -> String {
    format!("journal-{first:020}.seg")
}

/// Reads the first position out of a segment file's name; `None` for any other file.
pub(crate) fn parse_segment_name(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("journal-")?.strip_suffix(".seg")?;
    let first = (digits.len() == 20).then(|| digits.parse().ok())??;
    (segment_name(first) == name).then_some(first)
}
