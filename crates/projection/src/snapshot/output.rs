//! Writing a snapshot, section by section, and their digests.

use std::io::{self, Write};

use events::Hash;
use sha2::{Digest as _, Sha256};
use timeline::Sym;

use super::Section;

/// Room for what is handed on at once.
const BUFFER: usize = 1 << 16;

/// What is written, and hashed as it is.
pub(crate) struct Output<W> {
    inner: W,
    buffer: Vec<u8>,
    hash: Sha256,
    /// Where what is written since the last section begins and ends.
    start: u64,
    end: u64,
    sections: Vec<Section>,
}

impl<W: Write> Output<W> {
    pub(super) fn new(inner: W) -> Self {
        let (buffer, hash) = (Vec::with_capacity(2 * BUFFER), Sha256::new());
        Self { inner, buffer, hash, start: 0, end: 0, sections: Vec::new() }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() < BUFFER { Ok(()) } else { self.hand_on() }
    }

    fn hand_on(&mut self) -> io::Result<()> {
        self.hash.update(&self.buffer);
        self.inner.write_all(&self.buffer)?;
        self.end += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    pub(crate) fn word(&mut self, word: u32) -> io::Result<()> {
        self.bytes(&word.to_le_bytes())
    }

    pub(crate) fn words(&mut self, words: &[u32]) -> io::Result<()> {
        words.iter().try_for_each(|word| self.word(*word))
    }

    pub(crate) fn long(&mut self, long: u64) -> io::Result<()> {
        self.bytes(&long.to_le_bytes())
    }

    pub(crate) fn length(&mut self, length: usize) -> io::Result<()> {
        let too_long = |_| io::Error::new(io::ErrorKind::InvalidInput, "a table is too long");
        self.word(u32::try_from(length).map_err(too_long)?)
    }

    /// Seven bits a byte, the low ones first.
    pub(crate) fn varint(&mut self, mut long: u64) -> io::Result<()> {
        while long > 0x7f {
            self.bytes(&[(long & 0x7f) as u8 | 0x80])?;
            long >>= 7;
        }
        self.bytes(&[(long & 0x7f) as u8])
    }

    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.length(text.len())?;
        self.bytes(text.as_bytes())
    }

    pub(crate) fn name(&mut self, name: Sym) -> io::Result<()> {
        self.length(name.index())
    }

    pub(crate) fn table<T>(
        &mut self,
        rows: impl ExactSizeIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> io::Result<()>,
    ) -> io::Result<()> {
        self.length(rows.len())?;
        for row in rows {
            write(self, row)?;
        }
        Ok(())
    }

    /// Ends a section.
    pub(super) fn end_section(&mut self) -> io::Result<()> {
        let digest = self.digest()?;
        self.sections.push(Section { at: self.start, length: self.end - self.start, digest });
        self.start = self.end;
        Ok(())
    }

    /// The sections that were ended.
    pub(super) fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// Appends length and digest of what stands behind the last section.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let digest = self.digest()?;
        self.inner.write_all(&(self.end - self.start).to_le_bytes())?;
        self.inner.write_all(&digest)?;
        self.inner.flush()
    }

    /// Of what was written since it was asked last.
    fn digest(&mut self) -> io::Result<Hash> {
        self.hand_on()?;
        Ok(self.hash.finalize_reset().into())
    }
}
