//! The one thread that appends: batches in the order of the calls, one sync for many of them.

use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, OnceLock};

use eventlog::{
    Admitted, AdmittedOne, Answer, AppendError, Clock, Entropy, Ledger, Prepared, Receipt,
    Submission, admit, admit_one, admit_together,
};
use events::{Position, Timestamp};
use journal::{Journal, seeded_bug};
use tokio::sync::watch;

use crate::destroyer::{Destroyer, Gone};
use crate::heads::Heads;
use crate::pending::{Pending, PendingLedger};
use crate::sealer::chain;
use crate::state::Arrival;
use crate::store::Store;
use crate::tail::Record;
use eventlog::SharedEntropy;

/// Why the engine takes no more appends; empty while it does.
pub(crate) type StopReason = Arc<OnceLock<String>>;

/// What the writer owns.
pub(crate) struct Writer {
    pub(crate) store: Arc<Store>,
    pub(crate) journal: Journal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: SharedEntropy,
    /// Where streams stand, the group in the making included.
    pub(crate) heads: Heads,
    /// The group in the making; empty between groups.
    pub(crate) pending: Pending,
    pub(crate) group_events_max: usize,
    pub(crate) group_bytes_max: usize,
    pub(crate) submissions: Receiver<Submission>,
    /// Dropped when the engine stops, which tells the watchers.
    pub(crate) head: Option<watch::Sender<Position>>,
    /// Wakes the sealing thread; a wake-up that waits already is enough.
    pub(crate) seal: SyncSender<()>,
    /// Wakes the thread that lists runs.
    pub(crate) list: SyncSender<()>,
    pub(crate) destroyer: Destroyer,
    pub(crate) stopped: StopReason,
}

impl Writer {
    /// Appends until nobody can submit any more and the queue is empty.
    pub(crate) fn run(mut self) {
        while let Ok(first) = self.submissions.recv() {
            if let Some(reason) = self.stopped.get() {
                first.refuse(&AppendError::Stopped(reason.clone()));
                continue;
            }
            let answers = self.gather(first);
            self.commit(answers);
        }
    }

    /// Admits the first submission and those that wait behind it, up to the bounds of a group.
    fn gather(&mut self, first: Submission) -> Vec<Answer> {
        let mut answers = Vec::new();
        let mut next = Some(first);
        while let Some(submission) = next {
            answers.push(self.admit(submission));
            let full = self.pending.destroys()
                || self.pending.len() >= self.group_events_max
                || self.pending.bytes() >= self.group_bytes_max
                || answers.len() >= self.group_events_max;
            next = if full { None } else { self.submissions.try_recv().ok() };
        }
        answers
    }

    fn admit(&mut self, submission: Submission) -> Answer {
        let now = self.clock.now();
        match submission {
            Submission::Each(events, recorded_by, answer) => {
                let one = |event| self.admit_one(event, &recorded_by, now);
                Answer::Each(answer, events.into_iter().map(one).collect())
            }
            Submission::Together(mut events, recorded_by, answer) if events.len() == 1 => {
                let one = events.pop().into_iter();
                let outcomes = one.map(|event| self.admit_one(event, &recorded_by, now));
                Answer::Batch(answer, outcomes.collect())
            }
            Submission::Together(events, recorded_by, answer) => {
                let admitted = self.with_ledger(|ledger, entropy| {
                    admit_together(ledger, events, &recorded_by, now, entropy)
                });
                Answer::Batch(answer, admitted.map(|admitted| self.take(admitted)))
            }
            Submission::Batch(batch, answer) => {
                let admitted =
                    self.with_ledger(|ledger, entropy| admit(ledger, batch, now, entropy));
                Answer::Batch(answer, admitted.map(|admitted| self.take(admitted)))
            }
        }
    }

    fn admit_one(
        &mut self,
        event: Prepared,
        recorded_by: &Arc<str>,
        now: Timestamp,
    ) -> Result<Receipt, AppendError> {
        let AdmittedOne { added, receipt } = self
            .with_ledger(|ledger, entropy| admit_one(ledger, event, recorded_by, now, entropy))?;
        added.into_iter().for_each(|added| self.pending.push(added, &mut self.heads));
        Ok(receipt)
    }

    /// Decides about something against the log with the group on top.
    fn with_ledger<T>(&mut self, decide: impl FnOnce(&dyn Ledger, &mut dyn Entropy) -> T) -> T {
        let (store, pending, heads) = (&self.store, &self.pending, &self.heads);
        decide(&PendingLedger { store, pending, heads }, &mut self.entropy)
    }

    fn take(&mut self, admitted: Admitted) -> Vec<Receipt> {
        let Admitted { added, receipts, destroyed } = admitted;
        added.into_iter().for_each(|added| self.pending.push(added, &mut self.heads));
        self.pending.destroy(destroyed);
        receipts
    }

    /// Makes the group durable, then visible, and answers only then: also a refusal may rest on an
    /// event of the group.
    fn commit(&mut self, mut answers: Vec<Answer>) {
        if seeded_bug("acknowledge-before-sync") {
            answers.drain(..).for_each(Answer::tell);
        }
        let destroyed = self.pending.take_destroyed();
        let records = self.pending.records();
        let mut arrivals = self.pending.take_arrivals(records.clone());
        if !records.is_empty() {
            if seeded_bug("publish-before-sync") {
                self.publish(std::mem::take(&mut arrivals), None);
            }
            if let Err(error) = self.journal.append(&spoiled(records)) {
                self.fail(answers, &error);
                return;
            }
        }
        let store = Arc::clone(&self.store);
        let (journal, entropy) = (&mut self.journal, &mut self.entropy);
        match self.destroyer.destroy(&store, journal, entropy, destroyed) {
            Ok(gone) => {
                if gone.is_some() {
                    self.heads.clear();
                }
                self.publish(arrivals, gone);
            }
            Err(error) => {
                self.stop(answers, &chain(&error));
                return;
            }
        }
        answers.into_iter().for_each(Answer::tell);
    }

    fn publish(&mut self, arrivals: Vec<Arrival>, gone: Option<Gone<'_>>) {
        if arrivals.is_empty() && gone.is_none() {
            return;
        }
        let relist = gone.is_some();
        let (head, sealable) = {
            let mut state = self.store.state_mut();
            let sealable = state.publish(arrivals);
            if let Some(gone) = gone {
                gone.forget(&mut state);
            }
            (Position(state.snapshot().head()), sealable)
        };
        if let Some(sender) = &self.head {
            sender.send_replace(head);
        }
        // Where these fail, the threads have a wake-up before them already.
        if sealable {
            let _ = self.seal.try_send(());
        }
        if relist {
            let _ = self.list.try_send(());
        }
    }

    /// Answers the batches of a group that did not become durable.
    fn fail(&mut self, answers: Vec<Answer>, error: &journal::AppendError) {
        // What was admitted has not come true.
        self.heads.clear();
        let reason = chain(error);
        if matches!(error, journal::AppendError::Failed { .. }) {
            self.stop(answers, &reason);
            return;
        }
        let error = AppendError::Stopped(reason);
        answers.into_iter().for_each(|answer| answer.fail(&error));
    }

    /// Takes nothing more; what came of the group, opening will tell.
    fn stop(&mut self, answers: Vec<Answer>, reason: &str) {
        self.stopped.get_or_init(|| reason.to_owned());
        self.head = None;
        let error = AppendError::OutcomeUnknown(reason.to_owned());
        answers.into_iter().for_each(|answer| answer.fail(&error));
    }
}

/// The records of a group, spoiled if a test asks for it.
fn spoiled(mut records: Vec<Record>) -> Vec<Record> {
    if seeded_bug("reorder-batch") {
        records.reverse();
    }
    if seeded_bug("drop-last-record") && records.len() > 1 {
        records.pop();
    }
    records
}
