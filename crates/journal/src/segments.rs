//! Which segment files there are, shared between the writer and whoever deletes sealed ones.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use thiserror::Error;

use crate::durable::remove;
use crate::segment::{Segment, SegmentError, parse_segment_name, segment_name};

/// Why sealed segments could not be deleted.
#[derive(Debug, Error)]
#[error("cannot delete segment {}", path.display())]
pub struct RemoveError {
    /// The segment file, which still counts as there.
    pub path: PathBuf,
    /// What the operating system said.
    pub source: io::Error,
}

/// The segment files of a journal, by first position. Clones share one list.
#[derive(Debug, Clone)]
pub struct Segments {
    dir: PathBuf,
    // Held for the time of a list operation only, never across input or output.
    by_first: Arc<Mutex<BTreeMap<u64, PathBuf>>>,
}

impl Segments {
    /// Lists the segment files of a directory.
    pub(crate) fn list(dir: &Path) -> io::Result<Self> {
        let mut by_first = BTreeMap::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if let Some(first) = parse_segment_name(name) {
                by_first.insert(first, entry.path());
            }
        }
        Ok(Self { dir: dir.to_owned(), by_first: Arc::new(Mutex::new(by_first)) })
    }

    /// Returns the first position of every segment, in order.
    #[must_use]
    pub fn firsts(&self) -> Vec<u64> {
        self.lock().keys().copied().collect()
    }

    /// Reads the segment that begins at position `first`.
    ///
    /// Meant for opening: the segment that is being written may change while it is read.
    ///
    /// # Errors
    /// Fails where the file cannot be read or is damaged.
    pub fn load(&self, first: u64) -> Result<Segment, SegmentError> {
        Segment::load(&self.path(first), first)
    }

    /// Deletes the segments whose every position is at or below `through`, oldest first, each
    /// durably before the next, so that what remains is dense at any moment. The newest segment
    /// always stays. Returns how many were deleted.
    ///
    /// # Errors
    /// Stops at the first file that cannot be deleted.
    pub fn remove_through(&self, through: u64) -> Result<usize, RemoveError> {
        let mut removed = 0;
        while let Some((first, path)) = self.oldest_within(through) {
            remove(&path).map_err(|source| RemoveError { path, source })?;
            self.lock().remove(&first);
            removed += 1;
        }
        Ok(removed)
    }

    /// Returns the oldest segment if all of it lies at or below `through`.
    fn oldest_within(&self, through: u64) -> Option<(u64, PathBuf)> {
        let by_first = self.lock();
        let mut segments = by_first.iter();
        let (first, path) = segments.next()?;
        let (next, _) = segments.next()?;
        (*next <= through.saturating_add(1)).then(|| (*first, path.clone()))
    }

    pub(crate) fn path(&self, first: u64) -> PathBuf {
        self.dir.join(segment_name(first))
    }

    pub(crate) fn insert(&self, first: u64) {
        self.lock().insert(first, self.path(first));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, PathBuf>> {
        // Every change is one call on the map, so a panic elsewhere leaves it whole.
        self.by_first.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
