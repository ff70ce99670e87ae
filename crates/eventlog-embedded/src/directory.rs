//! Which runs a stream has events in: a sled database beside the log.
//!
//! Everything in it follows from the runs' tables of streams, so nothing here is ever the truth: a
//! database that is missing, left over from a crash, failing or panicking is deleted and made
//! anew, and until that is done the runs' own lists answer. It is not asked whether an event
//! exists.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use eventlog::ReadError;
use events::{Revision, Subject};

use crate::sealed::SealedRun;
use crate::streams::{EntryPlace, StreamEntry};
use crate::wire::{Cursor, put_number};

#[cfg(test)]
mod tests;

/// A page of the database over a quarter of a segment goes to a file that is never synced.
const SEGMENT_BYTES: usize = 16 << 20;
const CACHE_BYTES: u64 = 16 << 20;

/// A stream's events in one run.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) run: Arc<SealedRun>,
    pub(crate) last_revision: Revision,
    located: Located,
}

#[derive(Debug)]
enum Located {
    At(EntryPlace),
    Read(StreamEntry),
}

impl Part {
    fn read(run: &Arc<SealedRun>, entry: StreamEntry) -> Self {
        let last_revision = entry.last_revision();
        Self { run: Arc::clone(run), last_revision, located: Located::Read(entry) }
    }

    /// The stream's entry in the run's table.
    pub(crate) fn entry(self) -> Result<StreamEntry, ReadError> {
        match self.located {
            Located::At(place) => self.run.stream_at(place),
            Located::Read(entry) => Ok(entry),
        }
    }
}

/// The database, and how much of the log it covers.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    trees: RwLock<Option<Trees>>,
    /// Last position of the last run that is in the database, with all runs before it.
    covered: AtomicU64,
    /// Once it has failed, the database is not asked again.
    failed: AtomicBool,
}

#[derive(Debug)]
struct Trees {
    db: sled::Db,
    /// Subject, zero byte, first position of the run (big-endian) to first revision, count of
    /// events, and where the entry lies in the run's table (offset and length).
    subjects: sled::Tree,
    /// First position of a run (big-endian) to its last position and count of streams.
    runs: sled::Tree,
}

/// Why the database gave no answer; it is not used any more then.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Sled(#[from] sled::Error),
    #[error("it panicked")]
    Panic,
    #[error("it holds what it should not")]
    Malformed,
}

impl Directory {
    /// The directory in `path`; the runs answer alone until it is [opened](Self::open).
    pub(crate) fn new(path: PathBuf) -> Self {
        let (trees, covered, failed) =
            (RwLock::default(), AtomicU64::new(0), AtomicBool::new(false));
        Self { path, trees, covered, failed }
    }

    /// Opens the database, keeping what is there if `clean` says that it was closed properly and
    /// its catalogue is that of the first runs. That can take a second, so the log does not wait.
    pub(crate) fn open(&self, clean: bool, runs: &[Arc<SealedRun>]) {
        let kept = if clean { Self::reopen(&self.path, runs) } else { None };
        let (trees, covered) = match kept {
            Some((trees, covered)) => (Some(trees), covered),
            None => (Self::create(&self.path), 0),
        };
        self.failed.store(trees.is_none(), Ordering::Relaxed);
        *self.trees.write().unwrap_or_else(PoisonError::into_inner) = trees;
        self.covered.store(covered, Ordering::Release);
    }

    fn reopen(path: &Path, runs: &[Arc<SealedRun>]) -> Option<(Trees, u64)> {
        let opened = guarded(|| {
            let trees = Trees::open(path)?;
            let covered = trees.covered(runs)?;
            Ok((trees, covered))
        });
        opened
            .inspect_err(|error| tracing::warn!(%error, "the directory of streams is made anew"))
            .ok()
    }

    fn create(path: &Path) -> Option<Trees> {
        let removed = match fs::remove_dir_all(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(sled::Error::Io(error)),
            _ => Ok(()),
        };
        removed
            .map_err(Failure::from)
            .and_then(|()| guarded(|| Trees::open(path)))
            .inspect_err(|error| tracing::warn!(%error, "there is no directory of streams"))
            .ok()
    }

    /// Last position of the last run that the database covers.
    pub(crate) fn covered(&self) -> u64 {
        self.covered.load(Ordering::Acquire)
    }

    /// Adds a run; a second time changes nothing. Answers `false` where `stop` was set first or
    /// the database failed.
    ///
    /// Entries go in one by one: a batch of them would be held in memory several times over.
    pub(crate) fn add(&self, run: &SealedRun, stop: &AtomicBool) -> Result<bool, ReadError> {
        let mut streams = run.streams()?;
        streams.sort_by(|(a, _), (b, _)| a.subject.cmp(&b.subject));
        let name = run.name();
        let added = self.with_trees(|trees| {
            for (entry, place) in &streams {
                if stop.load(Ordering::Relaxed) {
                    return Ok(false);
                }
                let key = key_of(&entry.subject, name.first);
                trees.subjects.insert(key, &value_of(entry, *place)[..])?;
            }
            let value = [name.last.to_be_bytes(), u64::from(run.stream_count()).to_be_bytes()];
            trees.runs.insert(name.first.to_be_bytes(), value.concat())?;
            Ok(true)
        });
        let added = added.unwrap_or(false);
        if added {
            self.covered.store(name.last, Ordering::Release);
        }
        Ok(added)
    }

    /// Every part of a stream in `runs`, oldest first.
    pub(crate) fn parts(
        &self,
        subject: &Subject,
        runs: &[Arc<SealedRun>],
    ) -> Result<Vec<Part>, ReadError> {
        let covered = self.covered();
        let found = (covered > 0).then(|| self.with_trees(|trees| trees.parts(subject, runs)));
        let (mut parts, covered) = match found.flatten() {
            Some(parts) => (parts, covered),
            None => (Vec::new(), 0),
        };
        // A run that was added while we looked is in `parts` though not in `covered`.
        parts.retain(|part| part.run.name().last <= covered);
        for run in runs.iter().filter(|run| run.name().last > covered) {
            parts.extend(run.stream(subject)?.map(|entry| Part::read(run, entry)));
        }
        Ok(parts)
    }

    /// The newest part of a stream in `runs`.
    pub(crate) fn last_part(
        &self,
        subject: &Subject,
        runs: &[Arc<SealedRun>],
    ) -> Result<Option<Part>, ReadError> {
        for run in runs.iter().rev() {
            if run.name().last <= self.covered()
                && let Some(part) = self.with_trees(|trees| trees.last_part(subject, runs))
            {
                return Ok(part);
            }
            if let Some(entry) = run.stream(subject)? {
                return Ok(Some(Part::read(run, entry)));
            }
        }
        Ok(None)
    }

    /// Runs `ask` on the database. A failure ends its use: `None` from then on.
    fn with_trees<T>(&self, ask: impl FnOnce(&Trees) -> Result<T, Failure>) -> Option<T> {
        if self.failed.load(Ordering::Relaxed) {
            return None;
        }
        let trees = self.trees.read().unwrap_or_else(PoisonError::into_inner);
        let trees = trees.as_ref()?;
        guarded(|| ask(trees))
            .inspect_err(|error| {
                self.failed.store(true, Ordering::Relaxed);
                self.covered.store(0, Ordering::Release);
                tracing::warn!(%error, "the directory of streams failed; the runs answer instead");
            })
            .ok()
    }

    /// Lets go of the database as it is.
    pub(crate) fn abandon(&self) {
        let trees = self.trees.write().unwrap_or_else(PoisonError::into_inner).take();
        self.covered.store(0, Ordering::Release);
        drop(guarded(|| {
            drop(trees);
            Ok(())
        }));
    }

    /// Closes the database and makes its files durable. Its own flush leaves them to the
    /// operating system, so they are synced here before anybody may call them clean.
    pub(crate) fn close(&self) -> io::Result<()> {
        let trees = self.trees.write().unwrap_or_else(PoisonError::into_inner).take();
        self.covered.store(0, Ordering::Release);
        let Some(trees) = trees else { return Ok(()) };
        let closed = guarded(|| {
            trees.db.flush()?;
            drop(trees);
            Ok(())
        });
        closed.map_err(io::Error::other)?;
        sync_all(&self.path)
    }
}

impl Trees {
    fn open(path: &Path) -> Result<Self, Failure> {
        let db = sled::Config::new()
            .path(path)
            .segment_size(SEGMENT_BYTES)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None)
            .open()?;
        Ok(Self { subjects: db.open_tree("subjects")?, runs: db.open_tree("runs")?, db })
    }

    /// Compares the catalogue with the runs; answers with the last position that it covers.
    fn covered(&self, runs: &[Arc<SealedRun>]) -> Result<u64, Failure> {
        let mut covered = 0;
        let mut runs = runs.iter();
        for entry in &self.runs {
            let (key, value) = entry?;
            let run = runs.next().ok_or(Failure::Malformed)?;
            let name = run.name();
            let expected = [name.last.to_be_bytes(), u64::from(run.stream_count()).to_be_bytes()];
            if key != name.first.to_be_bytes() || value != expected.concat() {
                return Err(Failure::Malformed);
            }
            covered = name.last;
        }
        Ok(covered)
    }

    fn parts(&self, subject: &Subject, runs: &[Arc<SealedRun>]) -> Result<Vec<Part>, Failure> {
        let entries = self.subjects.scan_prefix(prefix_of(subject));
        let parts = entries.map(|entry| part_of(&entry?, runs));
        parts.filter_map(Result::transpose).collect()
    }

    fn last_part(
        &self,
        subject: &Subject,
        runs: &[Arc<SealedRun>],
    ) -> Result<Option<Part>, Failure> {
        for entry in self.subjects.scan_prefix(prefix_of(subject)).rev() {
            if let Some(part) = part_of(&entry?, runs)? {
                return Ok(Some(part));
            }
        }
        Ok(None)
    }
}

/// Reads an entry of the database; `None` where its run is not one of `runs`, having been sealed
/// after they were looked up.
fn part_of(
    (key, value): &(sled::IVec, sled::IVec),
    runs: &[Arc<SealedRun>],
) -> Result<Option<Part>, Failure> {
    let first = key.last_chunk().map(|bytes| u64::from_be_bytes(*bytes));
    let first = first.ok_or(Failure::Malformed)?;
    let index = runs.binary_search_by_key(&first, |run| run.name().first);
    let Ok(index) = index else { return Ok(None) };
    let run = Arc::clone(&runs[index]);
    let (last_revision, place) = read_value(value).ok_or(Failure::Malformed)?;
    Ok(Some(Part { run, last_revision, located: Located::At(place) }))
}

fn prefix_of(subject: &Subject) -> Vec<u8> {
    // No name holds a zero byte, so no name is the beginning of another's key.
    [subject.as_str().as_bytes(), &[0]].concat()
}

fn key_of(subject: &Subject, first: u64) -> Vec<u8> {
    [&prefix_of(subject)[..], &first.to_be_bytes()].concat()
}

fn value_of(entry: &StreamEntry, place: EntryPlace) -> Vec<u8> {
    let mut value = Vec::with_capacity(16);
    put_number(&mut value, entry.first_revision.0);
    put_number(&mut value, entry.offsets.len() as u64);
    put_number(&mut value, u64::from(place.offset));
    put_number(&mut value, u64::from(place.length));
    value
}

/// Reads the last revision and the place.
fn read_value(value: &[u8]) -> Option<(Revision, EntryPlace)> {
    let mut cursor = Cursor::new(value);
    let (first, count) = (cursor.number()?, cursor.number()?);
    let last = first.checked_add(count)?.checked_sub(1)?;
    let offset = u32::try_from(cursor.number()?).ok()?;
    let length = u32::try_from(cursor.number()?).ok()?;
    Some((Revision(last), EntryPlace { offset, length }))
}

/// The database may panic on what it finds in its files; that is a failure like any other.
fn guarded<T>(ask: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(ask)).unwrap_or(Err(Failure::Panic))
}

fn sync_all(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_all(&entry.path())?;
        } else {
            fs::File::open(entry.path())?.sync_all()?;
        }
    }
    journal::durable::sync_dir(dir)
}
