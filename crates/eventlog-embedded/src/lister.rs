//! The thread of the directory of streams: it opens it, adds runs, closes it.

use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, OnceLock};

use crate::sealer::chain;
use crate::store::Store;

/// How the engine ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// In order: what is on disk is left so that it can be used again.
    Close,
    /// At once.
    Drop,
}

/// What the thread owns.
pub(crate) struct Lister {
    pub(crate) store: Arc<Store>,
    /// Whether the directory on disk was closed in order.
    pub(crate) clean: bool,
    /// A message for every run that was sealed; closed at the end.
    pub(crate) wake: Receiver<()>,
    /// Set when the engine ends.
    pub(crate) ending: Arc<OnceLock<Ending>>,
    /// Gets the last word: whether the directory was closed in order.
    pub(crate) ended: Sender<bool>,
}

impl Lister {
    /// Adds runs until the engine ends.
    pub(crate) fn run(self) {
        let directory = self.store.directory();
        directory.open(self.clean, &self.store.snapshot().runs);
        loop {
            while self.add_next() {}
            if self.ending.get().is_some() || self.wake.recv().is_err() {
                break;
            }
        }
        let closed = match self.ending.get() {
            Some(Ending::Close) => directory.close(),
            Some(Ending::Drop) | None => {
                directory.abandon();
                false
            }
        };
        // Nobody waits any more where this took too long.
        let _ = self.ended.send(closed);
    }

    /// Adds the next run. Answers whether there may be more to do.
    fn add_next(&self) -> bool {
        let directory = self.store.directory();
        let snapshot = self.store.snapshot();
        let first = directory.covered() + 1;
        let index = snapshot.runs.binary_search_by_key(&first, |run| run.name().first);
        let Ok(index) = index else { return false };
        let ended = || self.ending.get().is_some();
        directory.add(&snapshot.runs[index], index as u64, ended).unwrap_or_else(|error| {
            tracing::warn!(error = chain(&error), "a run cannot be put into the directory");
            false
        })
    }
}
