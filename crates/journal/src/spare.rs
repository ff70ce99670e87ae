//! The next segment, filled with zeros ahead of need by a thread of its own.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread::{Builder, JoinHandle};

use crate::durable::create_zeroed;

const SPARE_NAME: &str = "spare.tmp";
const LARGE_NAME: &str = "large.tmp";

/// A zero-filled file under a temporary name, not yet part of the journal.
#[derive(Debug)]
pub(crate) struct ZeroedFile {
    pub(crate) file: File,
    pub(crate) path: PathBuf,
    pub(crate) length: u64,
}

/// Fills the next segment in the background.
///
/// Filling 16 MiB takes far longer than a group; done between two groups it would stall every
/// caller for as long.
#[derive(Debug)]
pub(crate) struct Spare {
    dir: PathBuf,
    length: u64,
    filling: Option<JoinHandle<io::Result<File>>>,
}

impl Spare {
    /// Prepares to fill files of `length` bytes in `dir`; nothing is filled yet.
    pub(crate) fn new(dir: &Path, length: u64) -> Self {
        Self { dir: dir.to_owned(), length, filling: None }
    }

    /// Begins to fill the next segment, unless that is done or under way.
    ///
    /// A thread that cannot be started is no error: [`Spare::take`] then fills inline.
    pub(crate) fn begin(&mut self) {
        if self.filling.is_some() {
            return;
        }
        let (path, length) = (self.dir.join(SPARE_NAME), self.length);
        let fill = move || create_zeroed(&path, length);
        match Builder::new().name("journal-fill".to_owned()).spawn(fill) {
            Ok(filling) => self.filling = Some(filling),
            Err(error) => tracing::warn!(%error, "cannot fill the next segment ahead"),
        }
    }

    #[cfg(test)]
    pub(crate) fn is_begun(&self) -> bool {
        self.filling.is_some()
    }

    /// Hands out a zero-filled file of at least `length` bytes: the spare if it is large enough,
    /// waiting for it where it is under way, and one filled here and now otherwise.
    pub(crate) fn take(&mut self, length: u64) -> io::Result<ZeroedFile> {
        if length > self.length {
            return self.fill_inline(LARGE_NAME, length);
        }
        if let Some(filling) = self.filling.take() {
            match filling.join() {
                Ok(Ok(file)) => return Ok(self.zeroed(file, SPARE_NAME, self.length)),
                Ok(Err(error)) => tracing::warn!(%error, "filling the next segment failed"),
                Err(_) => tracing::warn!("filling the next segment panicked"),
            }
        }
        self.fill_inline(SPARE_NAME, self.length)
    }

    fn fill_inline(&self, name: &str, length: u64) -> io::Result<ZeroedFile> {
        tracing::debug!(length, "filling a segment inline");
        let file = create_zeroed(&self.dir.join(name), length)?;
        Ok(self.zeroed(file, name, length))
    }

    fn zeroed(&self, file: File, name: &str, length: u64) -> ZeroedFile {
        ZeroedFile { file, path: self.dir.join(name), length }
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        if let Some(filling) = self.filling.take() {
            // What comes of it is of no use any more, and a leftover is removed at the next open.
            drop(filling.join());
            drop(fs::remove_file(self.dir.join(SPARE_NAME)));
        }
    }
}
