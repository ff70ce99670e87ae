//! Reading a run: the footer at opening, frames and sections when they are asked for.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use thiserror::Error;
use zstd::bulk::Decompressor;

use crate::bytes::{in_file, in_memory, u32_at};
use crate::positions::Positions;
use crate::records::Records;
use crate::run::frame::{DATA_APART, KEPT_APART, join};
use crate::run::layout::{
    BLOCK_RECORDS, BlockEntry, Footer, Frame, HEADER_BYTES, RunName, SectionEntry, TRAILER_BYTES,
    decode_trailer, encode_header,
};
use crate::seeded::seeded_bug;

thread_local! {
    // Making a decompression context costs as much as using it on one block.
    static CONTEXT: RefCell<Decompressor<'static>> = RefCell::new(Decompressor::default());
}

/// Why a run could not be opened.
#[derive(Debug, Error)]
pub enum OpenRunError {
    /// The file could not be read.
    #[error("cannot read sealed run {}", path.display())]
    Io {
        /// The run's file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Header or footer is damaged, of another version, or of other positions than the name says.
    #[error("sealed run {} is damaged: {what} ({hurt})", path.display())]
    Damaged {
        /// The run's file.
        path: PathBuf,
        /// Positions hurt.
        hurt: Positions,
        /// What is wrong.
        what: &'static str,
    },
}

/// Why a block or section of a run could not be read.
#[derive(Debug, Error)]
pub enum ReadRunError {
    /// The file could not be read.
    #[error("cannot read {hurt} from sealed run {}", path.display())]
    Io {
        /// The run's file.
        path: PathBuf,
        /// Positions that were asked for.
        hurt: Positions,
        /// What the operating system said.
        source: io::Error,
    },
    /// A checksum does not match, or the bytes are not what the footer says.
    #[error("sealed run {} is damaged: {what} ({hurt})", path.display())]
    Damaged {
        /// The run's file.
        path: PathBuf,
        /// Positions hurt.
        hurt: Positions,
        /// What is wrong.
        what: &'static str,
    },
    /// The run has no such block or section.
    #[error("sealed run {} has no such {what}", path.display())]
    Absent {
        /// The run's file.
        path: PathBuf,
        /// What was asked for.
        what: &'static str,
    },
}

/// One block of a run, decompressed and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Position of the first record.
    pub first: u64,
    /// What is kept for ever of each of the 256 records.
    pub kept: Records,
    /// The rest of each of them.
    pub data: Records,
}

/// A frame as it lies in a file.
#[derive(Debug)]
pub(crate) struct RawFrame {
    pub(crate) frame: Frame,
    /// Compressed.
    pub(crate) bytes: Vec<u8>,
}

/// An open run. Any number of threads may read it.
#[derive(Debug)]
pub struct RunReader {
    path: PathBuf,
    file: File,
    footer: Footer,
}

impl RunReader {
    /// Opens the run of the given name, reading its header and footer and nothing else.
    ///
    /// # Errors
    /// Fails where the file cannot be read, or header or footer are not those of this run.
    pub fn open(dir: &Path, name: RunName) -> Result<Self, OpenRunError> {
        let path = dir.join(name.file_name());
        let damaged = |what| OpenRunError::Damaged {
            path: path.clone(),
            hurt: Positions::between(name.first, name.last),
            what,
        };
        let failed = |source| OpenRunError::Io { path: path.clone(), source };
        let file = File::open(&path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        if length < in_file(HEADER_BYTES + TRAILER_BYTES) {
            return Err(damaged("the file is too short"));
        }
        let mut header = [0; HEADER_BYTES];
        file.read_exact_at(&mut header, 0).map_err(failed)?;
        if header != encode_header(name) {
            return Err(damaged("the header is damaged or of another version"));
        }
        let mut trailer = [0; TRAILER_BYTES];
        let trailer_at = length - in_file(TRAILER_BYTES);
        file.read_exact_at(&mut trailer, trailer_at).map_err(failed)?;
        let (footer_length, crc) =
            decode_trailer(&trailer).ok_or_else(|| damaged("the file's end is damaged"))?;
        let footer_at = trailer_at
            .checked_sub(u64::from(footer_length))
            .ok_or_else(|| damaged("the footer is longer than the file"))?;
        let mut footer = vec![0; in_memory(u64::from(footer_length))];
        file.read_exact_at(&mut footer, footer_at).map_err(failed)?;
        let footer = (crc32c::crc32c(&footer) == crc)
            .then(|| Footer::decode(&footer))
            .flatten()
            .filter(|footer| footer.name == name)
            .ok_or_else(|| damaged("the footer is damaged or of another version"))?;
        Ok(Self { path, file, footer })
    }

    /// Returns the positions that the run holds.
    #[must_use]
    pub fn name(&self) -> RunName {
        self.footer.name
    }

    /// Reads block `block`, which holds positions `256 block + 1` to `256 block + 256`.
    ///
    /// # Errors
    /// Fails where the block is not of this run, cannot be read, or a checksum does not match.
    pub fn block(&self, block: u64) -> Result<Block, ReadRunError> {
        let entry = self.entry(block)?;
        let lengths = [entry.kept.length, entry.data.length];
        let [kept_length, data_length] = lengths.map(|length| in_memory(u64::from(length)));
        let bytes = self.read(block, entry.offset, kept_length + data_length)?;
        let (kept, data) = bytes.split_at(kept_length);
        Ok(Block {
            first: block * BLOCK_RECORDS + 1,
            kept: self.records(block, entry.kept, kept, &KEPT_APART)?,
            data: self.records(block, entry.data, data, &DATA_APART)?,
        })
    }

    /// Reads the two frames of a block as they lie in the file, their checksums verified.
    pub(crate) fn frames(&self, block: u64) -> Result<(RawFrame, RawFrame), ReadRunError> {
        let entry = self.entry(block)?;
        let [kept, data] = [entry.kept, entry.data].map(|f| in_memory(u64::from(f.length)));
        let mut bytes = self.read(block, entry.offset, kept + data)?;
        let data = bytes.split_off(kept);
        self.verify(block, entry.kept, &bytes)?;
        self.verify(block, entry.data, &data)?;
        let raw = |frame, bytes| RawFrame { frame, bytes };
        Ok((raw(entry.kept, bytes), raw(entry.data, data)))
    }

    /// Reads what is kept for ever of the records of block `block`, and nothing else.
    ///
    /// # Errors
    /// As [`RunReader::block`].
    pub fn kept(&self, block: u64) -> Result<Records, ReadRunError> {
        let entry = self.entry(block)?;
        let length = in_memory(u64::from(entry.kept.length));
        let bytes = self.read(block, entry.offset, length)?;
        self.records(block, entry.kept, &bytes, &KEPT_APART)
    }

    /// Reads a whole section and verifies its checksum.
    ///
    /// # Errors
    /// Fails where there is no such section, it cannot be read, or the checksum does not match.
    pub fn section(&self, name: &str) -> Result<Vec<u8>, ReadRunError> {
        let section = self.section_entry(name)?;
        let mut bytes = vec![0; in_memory(section.length)];
        self.file.read_exact_at(&mut bytes, section.offset).map_err(|source| ReadRunError::Io {
            path: self.path.clone(),
            hurt: self.whole(),
            source,
        })?;
        if crc32c::crc32c(&bytes) != section.crc && !seeded_bug("skip-section-checksum") {
            return Err(self.damaged(self.whole(), "a section's checksum does not match"));
        }
        Ok(bytes)
    }

    /// Returns the length of a section, bytes.
    ///
    /// # Errors
    /// Fails where there is no such section.
    pub fn section_length(&self, name: &str) -> Result<u64, ReadRunError> {
        Ok(self.section_entry(name)?.length)
    }

    /// Reads `buffer.len()` bytes of a section, from `offset` bytes behind its start on.
    ///
    /// No checksum covers a part: its writer has to put one inside.
    ///
    /// # Errors
    /// Fails where there is no such section or part of it, or it cannot be read.
    pub fn section_part(
        &self,
        name: &str,
        offset: u64,
        buffer: &mut [u8],
    ) -> Result<(), ReadRunError> {
        let section = self.section_entry(name)?;
        let end = offset.checked_add(in_file(buffer.len()));
        if end.is_none_or(|end| end > section.length) {
            return Err(ReadRunError::Absent {
                path: self.path.clone(),
                what: "part of a section",
            });
        }
        self.file.read_exact_at(buffer, section.offset + offset).map_err(|source| {
            ReadRunError::Io { path: self.path.clone(), hurt: self.whole(), source }
        })
    }

    fn entry(&self, block: u64) -> Result<BlockEntry, ReadRunError> {
        let index = block.checked_sub(self.footer.name.blocks().start);
        index
            .and_then(|index| self.footer.blocks.get(in_memory(index)).copied())
            .ok_or_else(|| ReadRunError::Absent { path: self.path.clone(), what: "block" })
    }

    fn section_entry(&self, name: &str) -> Result<&SectionEntry, ReadRunError> {
        let found = self.footer.sections.iter().find(|section| section.name == name);
        found.ok_or_else(|| ReadRunError::Absent { path: self.path.clone(), what: "section" })
    }

    fn read(&self, block: u64, offset: u64, length: usize) -> Result<Vec<u8>, ReadRunError> {
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, offset).map_err(|source| ReadRunError::Io {
            path: self.path.clone(),
            hurt: block_positions(block),
            source,
        })?;
        Ok(bytes)
    }

    /// Verifies and decompresses one frame of a block.
    fn records(
        &self,
        block: u64,
        frame: Frame,
        bytes: &[u8],
        places: &Range<usize>,
    ) -> Result<Records, ReadRunError> {
        let damaged = |what| self.damaged(block_positions(block), what);
        self.verify(block, frame, bytes)?;
        let parts = || {
            let length = in_memory(u64::from(u32_at(bytes, 0)?));
            bytes[4..].split_at_checked(length)
        };
        let (apart, compressed) = parts().ok_or_else(|| damaged("a block ends too early"))?;
        let plain_length = in_memory(u64::from(frame.plain_length));
        let rest = CONTEXT
            .with_borrow_mut(|context| context.decompress(compressed, plain_length))
            .ok()
            .filter(|rest| rest.len() == plain_length)
            .ok_or_else(|| damaged("a block cannot be decompressed"))?;
        join(apart, &rest, places, in_memory(BLOCK_RECORDS))
            .ok_or_else(|| damaged("a block does not hold 256 records"))
    }

    fn verify(&self, block: u64, frame: Frame, bytes: &[u8]) -> Result<(), ReadRunError> {
        if crc32c::crc32c(bytes) == frame.crc || seeded_bug("skip-frame-checksum") {
            return Ok(());
        }
        Err(self.damaged(block_positions(block), "a block's checksum does not match"))
    }

    fn whole(&self) -> Positions {
        Positions::between(self.footer.name.first, self.footer.name.last)
    }

    fn damaged(&self, hurt: Positions, what: &'static str) -> ReadRunError {
        ReadRunError::Damaged { path: self.path.clone(), hurt, what }
    }
}

fn block_positions(block: u64) -> Positions {
    Positions::between(block * BLOCK_RECORDS + 1, (block + 1) * BLOCK_RECORDS)
}
