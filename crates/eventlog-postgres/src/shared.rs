//! What the writer, the follower and readers of one server share.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use deadpool_postgres::Pool;
use eventlog::{Clock, name_digest};
use events::{Hash, Position, Subject, Timestamp};
use proof::{LogKey, Tree};
use tokio::sync::watch;

use crate::connecting::Database;
use crate::names::Names;

/// What the writer, the follower and readers share.
pub(crate) struct Shared {
    pub(crate) origin: String,
    /// Under which the names of erased streams are recognised.
    pub(crate) secret: [u8; 32],
    /// The key that signs checkpoints; a login that only reads is not given it.
    pub(crate) key: Option<LogKey>,
    pub(crate) database: Database,
    pub(crate) pool: Pool,
    pub(crate) names: Names,
    pub(crate) erased: RwLock<Erased>,
    pub(crate) known: Mutex<Known>,
    pub(crate) head: watch::Sender<Position>,
    /// In the place of the primary's clock; for tests.
    pub(crate) clock: Option<Arc<dyn Clock>>,
    /// Why nothing more is appended here; empty while it is.
    pub(crate) stopped: OnceLock<String>,
}

/// How far this server knows the log.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) tree: Tree,
    pub(crate) recorded_time: Option<Timestamp>,
}

/// Erased streams, as of a number of erasures.
#[derive(Debug, Default)]
pub(crate) struct Erased {
    pub(crate) erasures: i64,
    pub(crate) hashes: BTreeSet<Hash>,
    pub(crate) digests: BTreeSet<Hash>,
}

impl Known {
    /// The last position known.
    pub(crate) fn position(&self) -> Position {
        Position(self.tree.size())
    }

    /// Adds what stands behind it; what it has already is left alone.
    pub(crate) fn add(&mut self, position: Position, leaf: Hash, recorded_time: Timestamp) {
        if position.0 == self.tree.size() + 1 {
            self.tree.push(leaf);
            self.recorded_time = Some(recorded_time);
        }
    }
}

impl Shared {
    pub(crate) fn known(&self) -> MutexGuard<'_, Known> {
        // Whoever panicked left the tree of before or after a leaf.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the watchers how far this server knows the log.
    pub(crate) fn publish(&self) {
        let position = self.known().position();
        self.head.send_if_modified(|head| {
            let moved = *head < position;
            *head = (*head).max(position);
            moved
        });
    }

    /// Whether a stream of that name was erased.
    pub(crate) fn is_erased(&self, subject: &Subject) -> bool {
        let erased = self.erased.read().unwrap_or_else(PoisonError::into_inner);
        !erased.digests.is_empty() && erased.digests.contains(&name_digest(&self.secret, subject))
    }

    /// Whether the payload of the stream with that salted hash is not to be held.
    pub(crate) fn is_destroyed(&self, subject_hash: &Hash) -> bool {
        self.erased.read().unwrap_or_else(PoisonError::into_inner).hashes.contains(subject_hash)
    }
}
