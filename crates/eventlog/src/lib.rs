//! The event log: what every engine promises, the in-memory model, and the suite that checks both.
//!
//! # The contract of [`EventLog`]
//!
//! 1. Positions are dense from 1 in commit order. Once a reader saw position N, nothing at or below
//!    N ever appears later.
//! 2. A batch is all or nothing. `expectedrevision` is checked in the same step; a mismatch answers
//!    with the events that the caller has not seen.
//! 3. `Ok`, and visibility to readers, mean that the events are durable. After a failed write or
//!    sync the engine stops; nothing is retried as if it had not happened.
//! 4. The same (source, id) with the same content answers with the original receipt, told apart as
//!    *already recorded*, before `expectedrevision` or a recorded time is looked at. With other
//!    content it is a conflict.
//! 5. An unknown outcome (the engine stopped after the batch was handed over) is its own error; a
//!    retry is safe, by 4.
//! 6. An error is never an empty page or an end. Reads verify checksums; an error names positions.
//! 7. `recordedtime` never decreases with position and comes from one clock; a clock that runs
//!    behind repeats the last value. Backfilled and imported events keep their own times, which
//!    must not decrease either, nor lie in the future.
//! 8. Export and exact import, into an empty log or one that holds a prefix of the same, give the
//!    same positions, hashes, root and origin on any engine.
//! 9. A correction or retraction names an event that stands on its own stream at that moment; what
//!    it replaces it with is checked as an event of the original's type.
//! 10. An erased stream's payload and salts are gone before its erasure is acknowledged or visible;
//!     entries, positions and roots stay. The bare entry stands in the event's place on every page,
//!     the stream takes nothing more, and whoever asks for it by name learns that it is erased.
//!
//! [`suite`] holds a test per number; [`Memory`] is the model that the engines are compared with.
//! [`admit`] is the decision that all engines share: it reads a ledger and writes nothing.

mod admission;
mod batch;
mod certificate;
mod clock;
mod erased_names;
mod export;
mod hash_index;
mod memory;
mod prepared;
mod proofs;
mod rotation;
mod scan;
mod submission;
pub mod suite;

use std::pin::Pin;

use async_trait::async_trait;
use events::{
    Admission, Event, EventKey, Hash, Incoming, Logged, Position, Revision, Subject, Timestamp,
};

use proof::TileId;

pub use admission::{
    Addition, Admitted, AdmittedOne, Destroyed, FoundBy, Ledger, StreamHead, admit, admit_one,
    admit_together, erasures, recorder,
};
pub use batch::{AppendError, Batch, ReadError, Receipt};
pub use certificate::{Certificate, Remaining};
pub use clock::{Clock, Entropy, SeededEntropy, SetClock, SharedEntropy};
pub use erased_names::name_digest;
pub use export::{
    EXPORT_LINE_BYTES_MAX, EXPORT_ORIGIN, ExportError, ExportReader, checkpoint_line,
};
pub use hash_index::HashIndex;
pub use memory::Memory;
pub use prepared::{Prepared, identity_digest, identity_hash, short_hash};
pub use proofs::{ProofError, beyond, consistency_proof, inclusion_proof};
pub use rotation::{key_rotated, keys, rotates_to};
pub use scan::{Seen, SeenContent, Visitor};
pub use submission::{Answer, Outcome, OutcomeOfOne, Submission};

/// Outcome of an append, to be awaited; the batch was enqueued when the call returned.
pub type Pending = Pin<Box<dyn Future<Output = Result<Vec<Receipt>, AppendError>> + Send>>;

/// Outcomes of events that were handed over together, one for each.
pub type PendingEach = Pin<Box<dyn Future<Output = Vec<Result<Receipt, AppendError>>> + Send>>;

/// The most events that a page holds.
pub const PAGE_EVENTS_MAX: usize = 10_000;

/// The tree over the first `size` events of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The log's name, for ever; the origin line of its checkpoints.
    pub origin: String,
    /// Last position; 0 for the empty log.
    pub position: Position,
    /// Root of the tree of that many entries (RFC 6962).
    pub root: Hash,
    /// Recorded time of the event at `position`; `None` for the empty log.
    pub recorded_time: Option<Timestamp>,
    /// How many of those events have lost their payload to an erasure.
    pub erased: u64,
}

/// An append-only log of events. The crate's page has the contract, by number.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Hands a batch over, in the order of the calls; the outcome is awaited on its own, so a
    /// caller may have many batches under way.
    ///
    /// # Errors
    /// The future answers with an [`AppendError`]; nothing of the batch is recorded unless it says
    /// that the outcome is unknown.
    fn append(&self, batch: Batch) -> Pending;

    /// Hands events over, each as a batch of its own, in their order; the outcomes come together,
    /// one for each event. An engine may do with less work than [`EventLog::append`] for each.
    ///
    /// # Errors
    /// Each event has its own [`AppendError`], as from [`EventLog::append`].
    fn append_each(
        &self,
        events: Vec<Incoming>,
        admission: Admission,
        recorded_by: &str,
    ) -> PendingEach {
        let batch = |event| Batch::of(vec![event], admission, recorded_by);
        let pending: Vec<_> = events.into_iter().map(|event| self.append(batch(event))).collect();
        Box::pin(async move {
            let mut outcomes = Vec::with_capacity(pending.len());
            for outcome in pending {
                outcomes.push(outcome.await.map(|receipts| receipts[0]));
            }
            outcomes
        })
    }

    /// What the log holds from `from` on, in order, at most `limit` (and [`PAGE_EVENTS_MAX`]).
    /// Empty only when `from` lies behind the head.
    ///
    /// # Errors
    /// [`ReadError`] naming the positions that cannot be read.
    async fn page(&self, from: Position, limit: usize) -> Result<Vec<Logged>, ReadError>;

    /// What the log holds at some positions, in their order; those behind the head are left out.
    /// An engine may read them with less work than one by one.
    ///
    /// # Errors
    /// As [`EventLog::page`].
    async fn at(&self, positions: &[Position]) -> Result<Vec<Logged>, ReadError> {
        let mut found = Vec::with_capacity(positions.len());
        for position in positions {
            found.extend(self.page(*position, 1).await?);
        }
        Ok(found)
    }

    /// Shows what [`EventLog::page`] gives, and says how much it was. An engine may do with less
    /// work, on any thread; what was shown before an error is in order, too.
    ///
    /// # Errors
    /// As [`EventLog::page`].
    async fn scan(
        &self,
        from: Position,
        limit: usize,
        mut visit: Visitor,
    ) -> Result<usize, ReadError> {
        let page = self.page(from, limit).await?;
        page.iter().for_each(|logged| visit(logged.into()));
        Ok(page.len())
    }

    /// The events of a stream from `from` on, in order, at most `limit`.
    ///
    /// # Errors
    /// [`ReadError::Erased`] if the stream was; [`ReadError`] naming the positions that cannot be
    /// read.
    async fn stream(
        &self,
        subject: &Subject,
        from: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError>;

    /// The position of the event with that identity.
    ///
    /// # Errors
    /// [`ReadError`] naming the positions that cannot be read.
    async fn find(&self, key: &EventKey) -> Result<Option<Position>, ReadError>;

    /// The head as of now, or of the past position `at`.
    ///
    /// # Errors
    /// [`ReadError::BeyondHead`] if `at` lies behind the head; [`ReadError::Damaged`].
    async fn head(&self, at: Option<Position>) -> Result<Head, ReadError>;

    /// The hashes of a tile of the tree: of level 0 leaf hashes, which are recomputed, and of the
    /// levels above roots of complete subtrees, which are in memory.
    ///
    /// # Errors
    /// [`ReadError::BeyondHead`] if the tile reaches behind the head; [`ReadError`] naming the
    /// positions that cannot be read.
    async fn tile(&self, tile: TileId) -> Result<Vec<Hash>, ReadError>;

    /// The checkpoint of the tree of the first `at` events: a signed note, with the cosignatures of
    /// witnesses that the log has for it. `None` from a log that does not sign, such as an export.
    ///
    /// # Errors
    /// As [`EventLog::head`].
    async fn checkpoint(&self, at: Position) -> Result<Option<String>, ReadError>;

    /// Waits until the head lies behind `after`, and answers with it.
    ///
    /// # Errors
    /// [`ReadError::Stopped`] when the engine stops first.
    async fn watch(&self, after: Position) -> Result<Position, ReadError>;
}

#[cfg(test)]
mod tests;
