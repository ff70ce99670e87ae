//! Reading a snapshot.

use std::io;

use timeline::Sym;

/// What is still to be read.
pub(crate) struct Input<'a>(&'a [u8]);

/// What cannot be a snapshot.
pub(crate) fn damaged(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl<'a> Input<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&mut self, count: usize) -> io::Result<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or_else(|| damaged("too short"))?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or_else(|| damaged("too short"))?;
        self.0 = rest;
        Ok(*bytes)
    }

    pub(crate) fn word(&mut self) -> io::Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn words<const N: usize>(&mut self) -> io::Result<[u32; N]> {
        let mut words = [0; N];
        for (word, bytes) in words.iter_mut().zip(self.bytes(4 * N)?.as_chunks().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        Ok(words)
    }

    pub(crate) fn long(&mut self) -> io::Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn varint(&mut self) -> io::Result<u64> {
        let mut long = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            long |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(long);
            }
        }
        Err(damaged("a number is too long"))
    }

    /// All words that are left, to be read ahead; [`Input::skip_to_last_words`] takes them.
    pub(crate) fn words_left(&self) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        self.0.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes))
    }

    /// Takes what was read ahead: all but so many words that are left.
    pub(crate) fn skip_to_last_words(&mut self, left: usize) -> io::Result<()> {
        let read = self.0.len() / 4 - left;
        self.bytes(4 * read).map(|_| ())
    }

    /// The length of a table whose rows have so many bytes or more.
    pub(crate) fn length(&mut self, row: usize) -> io::Result<usize> {
        let length = self.word()? as usize;
        if length > self.0.len() / row { Err(damaged("too short")) } else { Ok(length) }
    }

    pub(crate) fn text(&mut self) -> io::Result<&'a str> {
        let length = self.length(1)?;
        std::str::from_utf8(self.bytes(length)?).map_err(|_| damaged("no text"))
    }

    pub(crate) fn name(&mut self) -> io::Result<Sym> {
        Sym::at(self.word()? as usize).ok_or_else(|| damaged("no name"))
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn end(&self) -> io::Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(damaged("too long")) }
    }
}
