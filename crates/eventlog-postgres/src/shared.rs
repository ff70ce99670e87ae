//! What the writer, the follower and readers of one server share.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use deadpool_postgres::Pool;
use eventlog::{Clock, StreamHead, name_digest};
use events::{Hash, Logged, Position, Subject, Timestamp};
use proof::{LogKey, Tree};
use rustc_hash::FxHashMap;
use tokio::sync::watch;

use crate::connecting::Database;
use crate::names::Names;

/// What the writer, the follower and readers share.
pub(crate) struct Shared {
    pub(crate) origin: String,
    /// Under which the names of erased streams are recognised.
    pub(crate) secret: [u8; 32],
    /// The key that signs checkpoints, as it was last seen; a login that only reads is not given it.
    pub(crate) key: RwLock<Option<Arc<LogKey>>>,
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
    /// Heads of streams that this server has appended to and nobody else since.
    heads: FxHashMap<Subject, Numbered>,
}

/// The head of a stream, and the stream's number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbered {
    pub(crate) number: i32,
    pub(crate) head: StreamHead,
}

/// Heads beyond which all are forgotten; about 40 MB.
const HEADS_MAX: usize = 200_000;

/// Erased streams, as of a number of erasures.
#[derive(Debug, Default)]
pub(crate) struct Erased {
    pub(crate) erasures: i64,
    pub(crate) hashes: BTreeSet<Hash>,
    pub(crate) digests: BTreeSet<Hash>,
}

impl Known {
    /// The log up to the last of a tree's entries.
    pub(crate) fn up_to(tree: Tree, recorded_time: Option<Timestamp>) -> Self {
        Self { tree, recorded_time, ..Self::default() }
    }

    /// The last position known.
    pub(crate) fn position(&self) -> Position {
        Position(self.tree.size())
    }

    /// Adds what stands behind it; what it has already is left alone. `head` is that of the stream
    /// with the event, where it is known.
    pub(crate) fn add(&mut self, logged: &Logged, leaf: Hash, head: Option<Numbered>) {
        if logged.position().0 != self.tree.size() + 1 {
            return;
        }
        self.tree.push(leaf);
        self.recorded_time = Some(logged.recorded_time());
        let Some(event) = logged.event() else { return };
        match head {
            Some(head) => {
                if self.heads.len() >= HEADS_MAX {
                    self.forget_heads();
                }
                self.heads.insert(event.content.subject.clone(), head);
            }
            None => {
                self.heads.remove(&event.content.subject);
            }
        }
    }

    /// The head of a stream, if it is known as of the last position known.
    pub(crate) fn head(&self, subject: &Subject) -> Option<Numbered> {
        self.heads.get(subject).copied()
    }

    /// Forgets the heads of streams, of which some may be of streams that are erased.
    pub(crate) fn forget_heads(&mut self) {
        self.heads = FxHashMap::default();
    }
}

impl Shared {
    pub(crate) fn known(&self) -> MutexGuard<'_, Known> {
        // Whoever panicked left the tree of before or after a leaf.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn key(&self) -> Option<Arc<LogKey>> {
        self.key.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes a key for the log's.
    pub(crate) fn learn_key(&self, key: LogKey) -> Arc<LogKey> {
        let key = Arc::new(key);
        *self.key.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&key));
        key
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
