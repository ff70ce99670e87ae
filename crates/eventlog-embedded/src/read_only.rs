//! A log that is read where it lies, and not touched.

use std::fmt;
use std::path::Path;

use eventlog::{Head, ReadError};
use events::{Logged, Position};

use crate::destroyer::unfinished;
use crate::files::{DirectoryLock, read_origin};
use crate::open::{OpenError, Places};
use crate::options::Options;
use crate::store::Store;

/// A log's directory opened for reading alone: nothing in it is created, cut off, finished or
/// removed. It keeps writers out as long as it lives; other readers come in.
pub struct ReadOnlyLog {
    store: Store,
    _lock: DirectoryLock,
}

impl fmt::Debug for ReadOnlyLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadOnlyLog").finish_non_exhaustive()
    }
}

impl ReadOnlyLog {
    /// Opens the log in `dir`. A write that a crash cut short is passed over.
    ///
    /// # Errors
    /// [`OpenError`]; [`OpenError::Erasing`] where an interrupted erasure is to be finished first.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        let places = Places::of(dir);
        let lock = places.io(dir, DirectoryLock::share(dir))?;
        let lock = lock.ok_or_else(|| OpenError::Locked { dir: dir.to_owned() })?;
        let origin = places.io(dir, read_origin(dir))?.filter(|origin| !origin.is_empty());
        let origin = origin.ok_or_else(|| OpenError::OriginMissing { dir: dir.to_owned() })?;
        let runs = places.runs()?;
        let marks = places.marks()?;
        let segments = journal::read_only(&places.journal, marks.needed(&runs))?;
        let seal_events = Options::default().seal_events;
        let store = places.store(origin, &runs, &segments, seal_events)?;
        marks.compare(&store)?;
        if unfinished(&store)?.is_empty() {
            return Ok(Self { store, _lock: lock });
        }
        Err(OpenError::Erasing { dir: dir.to_owned() })
    }

    /// The head.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn head(&self) -> Result<Head, ReadError> {
        self.store.head(None)
    }

    /// What the log holds from `from` on, in order, at most `limit`.
    ///
    /// # Errors
    /// [`ReadError`] naming the positions that cannot be read.
    pub fn page(&self, from: Position, limit: usize) -> Result<Vec<Logged>, ReadError> {
        self.store.page(from, limit)
    }
}
