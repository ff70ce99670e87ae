//! The bytes of a run: file name, header, footer, trailer.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::bytes::{u32_at, u64_at};

/// Records in one block.
pub const BLOCK_RECORDS: u64 = 256;

pub(crate) const VERSION: u32 = 1;
pub(crate) const HEADER_BYTES: usize = 32;
pub(crate) const TRAILER_BYTES: usize = 16;
const HEADER_MAGIC: [u8; 8] = *b"CTSEALED";
const TRAILER_MAGIC: [u8; 8] = *b"CTRUNEND";

/// The positions that a run holds, which are its file name too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunName {
    /// Position of the first record: one more than a multiple of 256.
    pub first: u64,
    /// Position of the last record, inclusive: a multiple of 256.
    pub last: u64,
}

impl RunName {
    /// Returns the file's name.
    #[must_use]
    pub fn file_name(self) -> String {
        format!("sealed-{:020}-{:020}.run", self.first, self.last)
    }

    /// Reads a file's name; `None` for any file that is no run.
    #[must_use]
    pub fn parse(file_name: &str) -> Option<Self> {
        let digits = file_name.strip_prefix("sealed-")?.strip_suffix(".run")?;
        let (first, last) = digits.split_once('-')?;
        let name = Self { first: first.parse().ok()?, last: last.parse().ok()? };
        (name.file_name() == file_name && name.is_aligned()).then_some(name)
    }

    /// Lists the runs of a directory in order.
    ///
    /// # Errors
    /// Fails where the directory cannot be read.
    pub fn list(dir: &Path) -> io::Result<Vec<(Self, PathBuf)>> {
        let mut runs = Vec::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if let Some(run) = Self::parse(name) {
                runs.push((run, entry.path()));
            }
        }
        runs.sort();
        Ok(runs)
    }

    /// Tells whether the run begins and ends where blocks do, and holds at least one.
    #[must_use]
    pub fn is_aligned(self) -> bool {
        self.first % BLOCK_RECORDS == 1
            && self.last.is_multiple_of(BLOCK_RECORDS)
            && self.first < self.last
    }

    /// Returns the numbers of the run's blocks; block `b` holds positions `256 b + 1` to
    /// `256 b + 256`.
    #[must_use]
    pub fn blocks(self) -> std::ops::Range<u64> {
        self.first / BLOCK_RECORDS..self.last / BLOCK_RECORDS
    }
}

/// Writes the header down.
pub(crate) fn encode_header(name: RunName) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..8].copy_from_slice(&HEADER_MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[12..20].copy_from_slice(&name.first.to_le_bytes());
    bytes[20..28].copy_from_slice(&name.last.to_le_bytes());
    let crc = crc32c::crc32c(&bytes[..28]);
    bytes[28..].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// Where one compressed frame lies and what it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Compressed length, bytes.
    pub(crate) length: u32,
    /// Length once decompressed, bytes.
    pub(crate) plain_length: u32,
    /// CRC-32C of the compressed bytes.
    pub(crate) crc: u32,
}

/// One block: where its kept frame begins; the data frame follows at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BlockEntry {
    pub(crate) offset: u64,
    pub(crate) kept: Frame,
    pub(crate) data: Frame,
}

/// One named section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SectionEntry {
    pub(crate) name: String,
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) crc: u32,
}

/// What the end of a run says of all that lies before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Footer {
    pub(crate) name: RunName,
    pub(crate) blocks: Vec<BlockEntry>,
    pub(crate) sections: Vec<SectionEntry>,
}

impl Footer {
    /// Writes footer and trailer down.
    ///
    /// # Errors
    /// Returns `None` where a count, a name or the footer itself exceeds its field.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&self.name.first.to_le_bytes());
        bytes.extend_from_slice(&self.name.last.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(self.blocks.len()).ok()?.to_le_bytes());
        for block in &self.blocks {
            bytes.extend_from_slice(&block.offset.to_le_bytes());
            encode_frame(&mut bytes, block.kept);
            encode_frame(&mut bytes, block.data);
        }
        bytes.extend_from_slice(&u32::try_from(self.sections.len()).ok()?.to_le_bytes());
        for section in &self.sections {
            bytes.extend_from_slice(&section.offset.to_le_bytes());
            bytes.extend_from_slice(&section.length.to_le_bytes());
            bytes.extend_from_slice(&section.crc.to_le_bytes());
            bytes.push(u8::try_from(section.name.len()).ok()?);
            bytes.extend_from_slice(section.name.as_bytes());
        }
        let length = u32::try_from(bytes.len()).ok()?;
        let crc = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&crc.to_le_bytes());
        bytes.extend_from_slice(&TRAILER_MAGIC);
        Some(bytes)
    }

    /// Reads the footer; `None` for any bytes that [`Footer::encode`] does not write.
    pub(crate) fn decode(footer: &[u8]) -> Option<Self> {
        let mut cursor = Cursor { bytes: footer, at: 0 };
        if cursor.u32()? != VERSION {
            return None;
        }
        let name = RunName { first: cursor.u64()?, last: cursor.u64()? };
        let blocks = (0..cursor.u32()?).map(|_| cursor.block()).collect::<Option<Vec<_>>>()?;
        let sections = (0..cursor.u32()?).map(|_| cursor.section()).collect::<Option<Vec<_>>>()?;
        let whole = cursor.at == footer.len() && name.is_aligned();
        let complete = blocks.len() as u64 == name.blocks().end - name.blocks().start;
        (whole && complete).then_some(Self { name, blocks, sections })
    }
}

/// Reads the trailer: length and CRC of the footer before it.
pub(crate) fn decode_trailer(trailer: &[u8; TRAILER_BYTES]) -> Option<(u32, u32)> {
    (trailer[8..] == TRAILER_MAGIC).then_some((u32_at(trailer, 0)?, u32_at(trailer, 4)?))
}

fn encode_frame(bytes: &mut Vec<u8>, frame: Frame) {
    bytes.extend_from_slice(&frame.length.to_le_bytes());
    bytes.extend_from_slice(&frame.plain_length.to_le_bytes());
    bytes.extend_from_slice(&frame.crc.to_le_bytes());
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn u32(&mut self) -> Option<u32> {
        let value = u32_at(self.bytes, self.at)?;
        self.at += 4;
        Some(value)
    }

    fn u64(&mut self) -> Option<u64> {
        let value = u64_at(self.bytes, self.at)?;
        self.at += 8;
        Some(value)
    }

    fn frame(&mut self) -> Option<Frame> {
        Some(Frame { length: self.u32()?, plain_length: self.u32()?, crc: self.u32()? })
    }

    fn block(&mut self) -> Option<BlockEntry> {
        Some(BlockEntry { offset: self.u64()?, kept: self.frame()?, data: self.frame()? })
    }

    fn section(&mut self) -> Option<SectionEntry> {
        let (offset, length, crc) = (self.u64()?, self.u64()?, self.u32()?);
        let name_length = usize::from(*self.bytes.get(self.at)?);
        let start = self.at + 1;
        let name = self.bytes.get(start..start + name_length)?;
        self.at = start + name_length;
        let name = String::from_utf8(name.to_vec()).ok()?;
        Some(SectionEntry { name, offset, length, crc })
    }
}
