//! Which runs a stream has events in: a sled database beside the log.
//!
//! Everything in it follows from the runs' tables of streams, so nothing here is ever the truth: a
//! database that is missing, left over from a crash, failing or panicking is deleted and made
//! anew, and as long as it gives no answer the runs' own lists do. It spares readers of a stream
//! the look into every run.
//!
//! The writer never asks it, and it has a thread of its own ([`crate::lister`]): the database is
//! known to panic under load and to wait for ever after that, which must stop no append and no
//! closing.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use eventlog::ReadError;
use events::Subject;

use crate::sealed::SealedRun;
use crate::streams::StreamName;
use trees::Trees;

mod ordinals;
mod trees;

#[cfg(test)]
mod tests;

/// Entries put in between two chances for readers.
const ENTRIES_AT_ONCE: usize = 64;
/// How long a database that is going to be deleted may take to close.
const LET_GO_WAIT: Duration = Duration::from_secs(10);

/// The database, and how much of the log it covers.
pub(crate) struct Directory {
    path: PathBuf,
    /// Held for one question or a few entries; who cannot have it at once asks the runs.
    trees: Mutex<Option<Trees>>,
    /// Last position of the last run that is in the database, with all runs before it; 0 while
    /// there is no database.
    covered: AtomicU64,
    /// How often it was deleted while it was open.
    deletions: AtomicU64,
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
        let (covered, deletions) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { path, trees: Mutex::default(), covered, deletions }
    }

    /// Opens the database, keeping what is there if `clean` says that it was closed properly and
    /// its catalogue is that of the first runs.
    pub(crate) fn open(&self, clean: bool, runs: &[Arc<SealedRun>]) {
        let kept = if clean { self.reopen(runs) } else { None };
        let (trees, covered) = match kept {
            Some((trees, covered)) => (Some(trees), covered),
            None => (self.create(), 0),
        };
        *self.lock() = trees;
        self.covered.store(covered, Ordering::Release);
    }

    fn reopen(&self, runs: &[Arc<SealedRun>]) -> Option<(Trees, u64)> {
        let opened = guarded(|| {
            let trees = Trees::open(&self.path)?;
            let covered = trees.covered(runs)?;
            Ok((trees, covered))
        });
        opened
            .inspect_err(|error| tracing::warn!(%error, "the directory of streams is made anew"))
            .ok()
    }

    fn create(&self) -> Option<Trees> {
        self.delete()
            .map_err(|error| Failure::from(sled::Error::Io(error)))
            .and_then(|()| guarded(|| Trees::open(&self.path)))
            .inspect_err(|error| tracing::warn!(%error, "there is no directory of streams"))
            .ok()
    }

    fn delete(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Deletes the database; one that was open is made anew, empty.
    ///
    /// # Errors
    /// What the operating system says; then something of it may be left.
    pub(crate) fn remove(&self) -> io::Result<()> {
        let mut trees = self.lock();
        // Whoever is adding a run learns of this, and adds nothing more of what it has read.
        self.deletions.fetch_add(1, Ordering::AcqRel);
        self.covered.store(0, Ordering::Release);
        let was_open = trees.is_some();
        if let Some(open) = trees.take() {
            let_go(open);
        }
        self.delete()?;
        journal::durable::sync_dir(self.path.parent().unwrap_or(&self.path))?;
        if was_open {
            *trees = self.create();
        }
        Ok(())
    }

    /// Last position of the last run that the database covers.
    pub(crate) fn covered(&self) -> u64 {
        self.covered.load(Ordering::Acquire)
    }

    /// Adds the run that follows on those covered and stands at `ordinal` among all runs; a second
    /// time changes nothing. Answers `false` where `ended` said so first or there is no database.
    /// A run that was being added while the database was [deleted](Self::remove) is not in it.
    ///
    /// Entries go in one by one: a batch of them would be held in memory several times over.
    ///
    /// # Errors
    /// [`ReadError`] where the run cannot be read.
    pub(crate) fn add(
        &self,
        run: &SealedRun,
        ordinal: u64,
        ended: impl Fn() -> bool,
    ) -> Result<bool, ReadError> {
        let deletions = self.deletions.load(Ordering::Acquire);
        let named = |name| match name {
            StreamName::Named(subject, _) => Some(subject),
            StreamName::Erased(_) => None,
        };
        let mut subjects: Vec<Subject> = run.names()?.into_iter().filter_map(named).collect();
        subjects.sort_unstable();
        for subjects in subjects.chunks(ENTRIES_AT_ONCE) {
            let put = |trees: &Trees| {
                subjects.iter().try_for_each(|subject| trees.insert(subject, ordinal))
            };
            let mut trees = self.lock();
            if self.deletions.load(Ordering::Acquire) != deletions {
                return Ok(true);
            }
            if ended() || ask(&mut trees, &self.covered, put).is_none() {
                return Ok(false);
            }
        }
        let mut trees = self.lock();
        if self.deletions.load(Ordering::Acquire) != deletions {
            return Ok(true);
        }
        let listed = ask(&mut trees, &self.covered, |trees| trees.list(run));
        if listed.is_some() {
            self.covered.store(run.name().last, Ordering::Release);
        }
        Ok(listed.is_some())
    }

    /// Those of the covered runs that may hold events of a stream, oldest first, and the last
    /// position covered. None and 0 where the database is busy or has failed.
    pub(crate) fn runs_of(
        &self,
        subject: &Subject,
        runs: &[Arc<SealedRun>],
    ) -> (Vec<Arc<SealedRun>>, u64) {
        // Read first: a run that is added while we look then counts as not covered.
        let covered = self.covered();
        let mut trees = match self.trees.try_lock() {
            Ok(trees) => trees,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return (Vec::new(), 0),
        };
        let Some(ordinals) = ask(&mut trees, &self.covered, |trees| trees.ordinals(subject)) else {
            return (Vec::new(), 0);
        };
        // A reader whose snapshot is older does not know the last runs.
        let known = ordinals.iter().filter_map(|ordinal| runs.get(usize::try_from(ordinal).ok()?));
        (known.filter(|run| run.name().last <= covered).cloned().collect(), covered)
    }

    /// Lets go of the database as it is.
    pub(crate) fn abandon(&self) {
        let trees = self.take();
        drop(guarded(|| {
            drop(trees);
            Ok(())
        }));
    }

    /// Closes the database and makes its files durable: its own flush leaves them to the operating
    /// system, so they are synced here before anybody may call them clean. Answers whether there
    /// is a database and it was closed.
    pub(crate) fn close(&self) -> bool {
        let Some(trees) = self.take() else { return false };
        let closed = guarded(|| {
            trees.flush()?;
            drop(trees);
            sync_all(&self.path).map_err(sled::Error::Io)?;
            Ok(())
        });
        closed
            .inspect_err(|error| tracing::warn!(%error, "the directory of streams did not close"))
            .is_ok()
    }

    fn take(&self) -> Option<Trees> {
        self.covered.store(0, Ordering::Release);
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Trees>> {
        self.trees.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes a database that is going to be deleted, on a thread of its own: it could wait for ever.
fn let_go(trees: Trees) {
    let (done, wait) = std::sync::mpsc::channel();
    let close = move || {
        drop(guarded(|| {
            drop(trees);
            Ok(())
        }));
        let _ = done.send(());
    };
    if std::thread::Builder::new().name("log-directory-end".to_owned()).spawn(close).is_ok() {
        // It writes to files that lose their names next, should it take longer.
        let _ = wait.recv_timeout(LET_GO_WAIT);
    }
}

/// Asks the database, if there is one. A failure ends its use.
fn ask<T>(
    trees: &mut Option<Trees>,
    covered: &AtomicU64,
    question: impl FnOnce(&Trees) -> Result<T, Failure>,
) -> Option<T> {
    let database = trees.as_ref()?;
    match guarded(|| question(database)) {
        Ok(answer) => Some(answer),
        Err(error) => {
            tracing::warn!(%error, "the directory of streams failed; the runs answer instead");
            covered.store(0, Ordering::Release);
            // Dropping it could wait for ever for a write that the failure cut short.
            std::mem::forget(trees.take());
            None
        }
    }
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
