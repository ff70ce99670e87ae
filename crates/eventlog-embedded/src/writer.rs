//! The one thread that appends: batches in the order of the calls, one sync for many of them.

use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, OnceLock};

use eventlog::{AppendError, Batch, Clock, Entropy, Receipt, admit};
use events::Position;
use journal::{Journal, seeded_bug};
use tokio::sync::{oneshot, watch};

use crate::destroyer::{Destroyer, Gone};
use crate::pending::{Pending, PendingLedger};
use crate::sealer::chain;
use crate::store::Store;

type Outcome = Result<Vec<Receipt>, AppendError>;

/// A batch handed over, and where its outcome goes.
pub(crate) struct Submission {
    pub(crate) batch: Batch,
    pub(crate) answer: oneshot::Sender<Outcome>,
}

/// Why the engine takes no more appends; empty while it does.
pub(crate) type StopReason = Arc<OnceLock<String>>;

/// What the writer owns.
pub(crate) struct Writer {
    pub(crate) store: Arc<Store>,
    pub(crate) journal: Journal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Box<dyn Entropy>,
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

/// A group in the making, with the answers that wait for it.
#[derive(Default)]
struct Group {
    pending: Pending,
    answers: Vec<(oneshot::Sender<Outcome>, Outcome)>,
}

impl Writer {
    /// Appends until nobody can submit any more and the queue is empty.
    pub(crate) fn run(mut self) {
        while let Ok(first) = self.submissions.recv() {
            if let Some(reason) = self.stopped.get() {
                answer(first.answer, Err(AppendError::Stopped(reason.clone())));
                continue;
            }
            let group = self.gather(first);
            self.commit(group);
        }
    }

    /// Admits the first batch and those that wait behind it, up to the bounds of a group.
    fn gather(&mut self, first: Submission) -> Group {
        let mut group = Group::default();
        let mut next = Some(first);
        while let Some(Submission { batch, answer }) = next {
            let outcome = self.admit(batch, &mut group.pending);
            group.answers.push((answer, outcome));
            let full = group.pending.destroys()
                || group.pending.len() >= self.group_events_max
                || group.pending.bytes() >= self.group_bytes_max
                || group.answers.len() >= self.group_events_max;
            next = if full { None } else { self.submissions.try_recv().ok() };
        }
        group
    }

    fn admit(&mut self, batch: Batch, pending: &mut Pending) -> Outcome {
        let ledger = PendingLedger { store: &self.store, pending };
        let mut admitted = admit(&ledger, batch, self.clock.now(), &mut *self.entropy)?;
        let receipts = std::mem::take(&mut admitted.receipts);
        pending.extend(admitted);
        Ok(receipts)
    }

    /// Makes the group durable, then visible, and answers only then: also a refusal may rest on an
    /// event of the group.
    fn commit(&mut self, mut group: Group) {
        if seeded_bug("acknowledge-before-sync") {
            for (sender, outcome) in group.answers.drain(..) {
                answer(sender, outcome);
            }
        }
        if seeded_bug("publish-before-sync") {
            self.store.state_mut().publish(group.pending.take_arrivals());
        }
        group.pending.seed_bugs();
        if group.pending.len() > 0
            && let Err(error) = self.journal.append(group.pending.records())
        {
            self.fail(group, &error);
            return;
        }
        let destroyed = group.pending.take_destroyed();
        let store = Arc::clone(&self.store);
        let (journal, entropy) = (&mut self.journal, &mut *self.entropy);
        match self.destroyer.destroy(&store, journal, entropy, destroyed) {
            Ok(gone) => self.publish(group.pending, gone),
            Err(error) => {
                self.stop(group, &chain(&error));
                return;
            }
        }
        for (sender, outcome) in group.answers {
            answer(sender, outcome);
        }
    }

    fn publish(&mut self, mut pending: Pending, gone: Option<Gone<'_>>) {
        if pending.len() == 0 && gone.is_none() {
            return;
        }
        let relist = gone.is_some();
        let (head, sealable) = {
            let mut state = self.store.state_mut();
            let sealable = state.publish(pending.take_arrivals());
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
    fn fail(&mut self, group: Group, error: &journal::AppendError) {
        let reason = chain(error);
        if matches!(error, journal::AppendError::Failed { .. }) {
            self.stop(group, &reason);
            return;
        }
        for (sender, _) in group.answers {
            answer(sender, Err(AppendError::Stopped(reason.clone())));
        }
    }

    /// Takes nothing more; what came of the group, opening will tell.
    fn stop(&mut self, group: Group, reason: &str) {
        self.stopped.get_or_init(|| reason.to_owned());
        self.head = None;
        for (sender, _) in group.answers {
            answer(sender, Err(AppendError::OutcomeUnknown(reason.to_owned())));
        }
    }
}

/// Answers a caller, who may have gone away.
fn answer(sender: oneshot::Sender<Outcome>, outcome: Outcome) {
    drop(sender.send(outcome));
}
