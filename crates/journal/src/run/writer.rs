//! Writing a run: blocks, then sections, then the footer, and only then its name.

use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;
use zstd::bulk::Compressor;

use crate::bytes::in_file;
use crate::durable::sync_dir;
use crate::run::frame::{DATA_APART, KEPT_APART, Split};
use crate::run::layout::{
    BLOCK_RECORDS, BlockEntry, Footer, Frame, HEADER_BYTES, RunName, SectionEntry, encode_header,
};
use crate::run::reader::{RawFrame, ReadRunError, RunReader};
use crate::seeded::seeded_bug;

/// Level 3 would cost a quarter more time for the same size.
const ZSTD_LEVEL: i32 = 1;

/// Why a run could not be written. No file of its name has come into being or changed.
#[derive(Debug, Error)]
pub enum WriteRunError {
    /// A file or directory could not be written.
    #[error("cannot write sealed run {}", path.display())]
    Io {
        /// The run's file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The caller's records or sections do not make this run.
    #[error("{what}")]
    Shape {
        /// What is wrong.
        what: &'static str,
    },
}

/// Why a block of another run was not taken over.
#[derive(Debug, Error)]
pub enum CopyBlockError {
    /// It cannot be read there.
    #[error(transparent)]
    Read(#[from] ReadRunError),
    /// It cannot be written here.
    #[error(transparent)]
    Write(#[from] WriteRunError),
}

/// A run in the making, under a temporary name; dropped before [`RunWriter::finish`], it is gone.
pub struct RunWriter {
    path: PathBuf,
    temporary: PathBuf,
    file: io::BufWriter<File>,
    compressor: Compressor<'static>,
    written: u64,
    footer: Footer,
    finished: bool,
}

impl RunWriter {
    /// Begins the run of the given positions in `dir`.
    ///
    /// # Errors
    /// Fails where the positions do not begin and end where blocks do, or nothing can be written.
    pub fn create(dir: &Path, name: RunName) -> Result<Self, WriteRunError> {
        if !name.is_aligned() {
            return Err(shape("a run begins and ends where blocks do"));
        }
        let path = dir.join(name.file_name());
        let temporary = dir.join(format!("{}.tmp", name.file_name()));
        let failed = |source| WriteRunError::Io { path: path.clone(), source };
        let compressor = Compressor::new(ZSTD_LEVEL).map_err(failed)?;
        let file = io::BufWriter::with_capacity(1 << 18, File::create(&temporary).map_err(failed)?);
        let footer = Footer { name, blocks: Vec::new(), sections: Vec::new() };
        let mut writer =
            Self { path, temporary, file, compressor, written: 0, footer, finished: false };
        writer.write(&encode_header(name))?;
        debug_assert_eq!(writer.written, in_file(HEADER_BYTES));
        Ok(writer)
    }

    /// Appends the next block: 256 records, each split into what is kept for ever and the rest.
    ///
    /// # Errors
    /// Fails where the count is another, the run has all its blocks, or nothing can be written.
    pub fn block<K, D>(&mut self, kept: &[K], data: &[D]) -> Result<(), WriteRunError>
    where
        K: AsRef<[u8]>,
        D: AsRef<[u8]>,
    {
        self.put(|writer| {
            require_256(kept)?;
            require_256(data)?;
            let offset = writer.written;
            Ok(BlockEntry {
                offset,
                kept: writer.frame(kept, &KEPT_APART)?,
                data: writer.frame(data, &DATA_APART)?,
            })
        })
    }

    /// Appends the next block as it lies in another run, byte for byte.
    ///
    /// # Errors
    /// Fails where that run has no such block or it is damaged, and as [`RunWriter::block`].
    pub fn copy_block(&mut self, from: &RunReader, block: u64) -> Result<(), CopyBlockError> {
        let (kept, data) = from.frames(block)?;
        self.put(|writer| {
            Ok(BlockEntry {
                offset: writer.written,
                kept: writer.copy(&kept)?,
                data: writer.copy(&data)?,
            })
        })?;
        Ok(())
    }

    /// Appends the next block with what is kept for ever as it lies in another run, byte for byte,
    /// and other records of the rest.
    ///
    /// # Errors
    /// As [`RunWriter::copy_block`].
    pub fn copy_kept<D: AsRef<[u8]>>(
        &mut self,
        from: &RunReader,
        block: u64,
        data: &[D],
    ) -> Result<(), CopyBlockError> {
        let (kept, _) = from.frames(block)?;
        self.put(|writer| {
            require_256(data)?;
            Ok(BlockEntry {
                offset: writer.written,
                kept: writer.copy(&kept)?,
                data: writer.frame(data, &DATA_APART)?,
            })
        })?;
        Ok(())
    }

    fn put(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<BlockEntry, WriteRunError>,
    ) -> Result<(), WriteRunError> {
        if in_file(self.footer.blocks.len()) == self.block_count() {
            return Err(shape("the run has all its blocks"));
        }
        let entry = write(self)?;
        self.footer.blocks.push(entry);
        Ok(())
    }

    fn copy(&mut self, raw: &RawFrame) -> Result<Frame, WriteRunError> {
        self.write(&raw.bytes)?;
        Ok(raw.frame)
    }

    /// Appends a named section of opaque bytes, behind the last block.
    ///
    /// # Errors
    /// Fails where blocks are missing, the name is taken or longer than 255 bytes, or nothing can
    /// be written.
    pub fn section(&mut self, name: &str, bytes: &[u8]) -> Result<(), WriteRunError> {
        self.require_blocks()?;
        if name.len() > usize::from(u8::MAX) {
            return Err(shape("the name of a section has at most 255 bytes"));
        }
        if self.footer.sections.iter().any(|section| section.name == name) {
            return Err(shape("a section of this name is there already"));
        }
        let entry = SectionEntry {
            name: name.to_owned(),
            offset: self.written,
            length: in_file(bytes.len()),
            crc: crc32c::crc32c(bytes),
        };
        self.write(bytes)?;
        self.footer.sections.push(entry);
        Ok(())
    }

    /// Ends the run and gives it its name, in the place of an earlier run of the same name. When
    /// this returns, the run is durable. Returns its path.
    ///
    /// # Errors
    /// Fails where blocks are missing or nothing can be written.
    pub fn finish(mut self) -> Result<PathBuf, WriteRunError> {
        self.require_blocks()?;
        let footer = self.footer.encode().ok_or_else(|| shape("the footer exceeds its fields"))?;
        self.write(&footer)?;
        self.publish().map_err(|source| self.failed(source))?;
        self.finished = true;
        Ok(self.path.clone())
    }

    fn publish(&mut self) -> io::Result<()> {
        self.file.flush()?;
        if !seeded_bug("no-run-sync") {
            self.file.get_ref().sync_all()?;
        }
        fs::rename(&self.temporary, &self.path)?;
        self.path.parent().map_or(Ok(()), sync_dir)
    }

    fn frame<R: AsRef<[u8]>>(
        &mut self,
        records: &[R],
        apart: &Range<usize>,
    ) -> Result<Frame, WriteRunError> {
        let too_large = || shape("a block holds at most 4294967295 bytes");
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(|_| too_large());
        let Split { apart, rest } = Split::of(records, apart).ok_or_else(too_large)?;
        let compressed = self.compressor.compress(&rest).map_err(|source| self.failed(source))?;
        let frame = [&length(&apart)?.to_le_bytes(), &apart[..], &compressed].concat();
        self.write(&frame)?;
        let plain_length = length(&rest)?;
        Ok(Frame { length: length(&frame)?, plain_length, crc: crc32c::crc32c(&frame) })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), WriteRunError> {
        self.file.write_all(bytes).map_err(|source| self.failed(source))?;
        self.written += in_file(bytes.len());
        Ok(())
    }

    fn require_blocks(&self) -> Result<(), WriteRunError> {
        let complete = in_file(self.footer.blocks.len()) == self.block_count();
        if complete { Ok(()) } else { Err(shape("the run lacks blocks")) }
    }

    fn block_count(&self) -> u64 {
        let blocks = self.footer.name.blocks();
        blocks.end - blocks.start
    }

    fn failed(&self, source: io::Error) -> WriteRunError {
        WriteRunError::Io { path: self.path.clone(), source }
    }
}

impl Drop for RunWriter {
    fn drop(&mut self) {
        if !self.finished {
            // A leftover is removed at the next open.
            drop(fs::remove_file(&self.temporary));
        }
    }
}

fn require_256<R>(records: &[R]) -> Result<(), WriteRunError> {
    let complete = in_file(records.len()) == BLOCK_RECORDS;
    if complete { Ok(()) } else { Err(shape("a block holds 256 records")) }
}

fn shape(what: &'static str) -> WriteRunError {
    WriteRunError::Shape { what }
}
