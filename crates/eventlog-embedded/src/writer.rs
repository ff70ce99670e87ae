//! The one thread that appends: batches in the order of the calls, one sync for many of them.

use std::sync::mpsc::{Receiver, SyncSender};
use std::sync::{Arc, OnceLock};

use eventlog::{AdmittedOne, AppendError, Batch, Clock, Entropy, Receipt, admit, admit_one};
use events::{Incoming, Position};
use journal::{Journal, seeded_bug};
use tokio::sync::{oneshot, watch};

use crate::destroyer::{Destroyer, Gone};
use crate::pending::{Pending, PendingLedger};
use crate::sealer::chain;
use crate::state::Arrival;
use crate::store::Store;

type Outcome = Result<Vec<Receipt>, AppendError>;
type OutcomeOfOne = Result<Receipt, AppendError>;

/// What was handed over, and where its outcome goes.
pub(crate) enum Submission {
    /// A batch.
    Batch(Batch, oneshot::Sender<Outcome>),
    /// Events that are a batch each, and who recorded them.
    Each(Vec<Incoming>, Arc<str>, oneshot::Sender<Vec<OutcomeOfOne>>),
}

impl Submission {
    /// Answers it with an error.
    fn refuse(self, error: &AppendError) {
        match self {
            Self::Batch(_, sender) => drop(sender.send(Err(error.clone()))),
            Self::Each(events, _, sender) => {
                drop(sender.send(vec![Err(error.clone()); events.len()]));
            }
        }
    }
}

/// An outcome that is told when the group it rests on is durable.
enum Answer {
    Batch(oneshot::Sender<Outcome>, Outcome),
    Each(oneshot::Sender<Vec<OutcomeOfOne>>, Vec<OutcomeOfOne>),
}

impl Answer {
    /// Tells the caller, who may have gone away.
    fn tell(self) {
        match self {
            Self::Batch(sender, outcome) => drop(sender.send(outcome)),
            Self::Each(sender, outcomes) => drop(sender.send(outcomes)),
        }
    }

    /// Tells the caller that it came to nothing, whatever was decided.
    fn fail(self, error: &AppendError) {
        match self {
            Self::Batch(sender, _) => drop(sender.send(Err(error.clone()))),
            Self::Each(sender, outcomes) => {
                drop(sender.send(vec![Err(error.clone()); outcomes.len()]));
            }
        }
    }
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
    answers: Vec<Answer>,
}

impl Writer {
    /// Appends until nobody can submit any more and the queue is empty.
    pub(crate) fn run(mut self) {
        while let Ok(first) = self.submissions.recv() {
            if let Some(reason) = self.stopped.get() {
                first.refuse(&AppendError::Stopped(reason.clone()));
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
        while let Some(submission) = next {
            group.answers.push(match submission {
                Submission::Batch(batch, answer) => {
                    Answer::Batch(answer, self.admit(batch, &mut group.pending))
                }
                Submission::Each(events, recorded_by, answer) => {
                    let events = events.into_iter();
                    let one = |event| self.admit_one(event, &recorded_by, &mut group.pending);
                    Answer::Each(answer, events.map(one).collect())
                }
            });
            let full = group.pending.destroys()
                || group.pending.len() >= self.group_events_max
                || group.pending.bytes() >= self.group_bytes_max
                || group.answers.len() >= self.group_events_max;
            next = if full { None } else { self.submissions.try_recv().ok() };
        }
        group
    }

    fn admit(&mut self, batch: Batch, pending: &mut Pending) -> Outcome {
        let batch = match batch.into_one() {
            Ok((event, recorded_by)) => {
                return self.admit_one(event, &recorded_by, pending).map(|receipt| vec![receipt]);
            }
            Err(batch) => batch,
        };
        let ledger = PendingLedger { store: &self.store, pending };
        let mut admitted = admit(&ledger, batch, self.clock.now(), &mut *self.entropy)?;
        let receipts = std::mem::take(&mut admitted.receipts);
        pending.extend(admitted);
        Ok(receipts)
    }

    fn admit_one(
        &mut self,
        event: Incoming,
        recorded_by: &Arc<str>,
        pending: &mut Pending,
    ) -> OutcomeOfOne {
        let ledger = PendingLedger { store: &self.store, pending };
        let now = self.clock.now();
        let AdmittedOne { event, receipt } =
            admit_one(&ledger, event, recorded_by, now, &mut *self.entropy)?;
        if let Some(event) = event {
            pending.push(event.into(), receipt.leaf);
        }
        Ok(receipt)
    }

    /// Makes the group durable, then visible, and answers only then: also a refusal may rest on an
    /// event of the group.
    fn commit(&mut self, mut group: Group) {
        if seeded_bug("acknowledge-before-sync") {
            group.answers.drain(..).for_each(Answer::tell);
        }
        group.pending.seed_bugs();
        if group.pending.len() > 0 {
            if seeded_bug("publish-before-sync") {
                self.publish(group.pending.take_arrivals(), None);
            }
            if let Err(error) = self.journal.append(group.pending.records()) {
                self.fail(group, &error);
                return;
            }
        }
        let destroyed = group.pending.take_destroyed();
        let store = Arc::clone(&self.store);
        let (journal, entropy) = (&mut self.journal, &mut *self.entropy);
        match self.destroyer.destroy(&store, journal, entropy, destroyed) {
            Ok(gone) => self.publish(group.pending.take_arrivals(), gone),
            Err(error) => {
                self.stop(group, &chain(&error));
                return;
            }
        }
        group.answers.into_iter().for_each(Answer::tell);
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
    fn fail(&mut self, group: Group, error: &journal::AppendError) {
        let reason = chain(error);
        if matches!(error, journal::AppendError::Failed { .. }) {
            self.stop(group, &reason);
            return;
        }
        let error = AppendError::Stopped(reason);
        group.answers.into_iter().for_each(|answer| answer.fail(&error));
    }

    /// Takes nothing more; what came of the group, opening will tell.
    fn stop(&mut self, group: Group, reason: &str) {
        self.stopped.get_or_init(|| reason.to_owned());
        self.head = None;
        let error = AppendError::OutcomeUnknown(reason.to_owned());
        group.answers.into_iter().for_each(|answer| answer.fail(&error));
    }
}
