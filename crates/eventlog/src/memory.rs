//! The model: a log in memory, as simple as the contract allows.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use events::{Event, EventKey, Hash, Position, Revision, Subject, Timestamp};
use proof::Tree;
use tokio::sync::watch;

use crate::{
    AppendError, Batch, Clock, Entropy, EventLog, Head, Ledger, PAGE_EVENTS_MAX, Pending,
    ReadError, Receipt, StreamHead, admit,
};

/// A log that keeps everything in memory and nothing beyond its life.
#[derive(Clone)]
pub struct Memory {
    state: Arc<Mutex<State>>,
    head: watch::Sender<Position>,
    clock: Arc<dyn Clock>,
}

struct State {
    origin: String,
    events: Vec<Event>,
    leaves: Vec<Hash>,
    by_key: BTreeMap<EventKey, Position>,
    streams: BTreeMap<Subject, Vec<Position>>,
    tree: Tree,
    entropy: Box<dyn Entropy>,
}

impl Memory {
    /// An empty log of that origin.
    pub fn new(
        origin: impl Into<String>,
        clock: impl Clock + 'static,
        entropy: impl Entropy + 'static,
    ) -> Self {
        let state = State {
            origin: origin.into(),
            events: Vec::new(),
            leaves: Vec::new(),
            by_key: BTreeMap::new(),
            streams: BTreeMap::new(),
            tree: Tree::default(),
            entropy: Box::new(entropy),
        };
        let head = watch::Sender::new(Position(0));
        Self { state: Arc::new(Mutex::new(state)), head, clock: Arc::new(clock) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held left the state of before or after an append.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append_now(&self, batch: Batch) -> Result<Vec<Receipt>, AppendError> {
        let mut state = self.state();
        let mut entropy = std::mem::replace(&mut state.entropy, Box::new(Spent));
        let admitted = admit(&*state, batch, self.clock.now(), &mut *entropy);
        state.entropy = entropy;
        let admitted = admitted?;
        for (event, leaf) in admitted.events.into_iter().zip(admitted.leaves) {
            state.put(event, leaf);
        }
        self.head.send_replace(state.last().0);
        Ok(admitted.receipts)
    }
}

/// Stands in for the entropy while it is lent out.
struct Spent;

impl Entropy for Spent {
    fn salt(&mut self) -> events::Salt {
        unreachable!("entropy is lent out under the lock")
    }
}

impl State {
    fn put(&mut self, event: Event, leaf: Hash) {
        self.by_key.insert(event.content.key.clone(), event.position);
        self.streams.entry(event.content.subject.clone()).or_default().push(event.position);
        self.tree.push(leaf);
        self.leaves.push(leaf);
        self.events.push(event);
    }

    fn at(&self, position: Position) -> Option<&Event> {
        let index = usize::try_from(position.0).ok()?.checked_sub(1)?;
        self.events.get(index)
    }

    fn of_stream(&self, subject: &Subject, after: Revision, limit: usize) -> Vec<Event> {
        let positions = self.streams.get(subject).map_or(&[][..], Vec::as_slice);
        let skip = usize::try_from(after.0).unwrap_or(usize::MAX);
        positions.iter().skip(skip).take(limit).filter_map(|p| self.at(*p)).cloned().collect()
    }
}

impl Ledger for State {
    fn last(&self) -> (Position, Option<Timestamp>) {
        (Position(self.events.len() as u64), self.events.last().map(|e| e.recorded_time))
    }

    fn stream_head(&self, subject: &Subject) -> Result<Option<StreamHead>, ReadError> {
        let last = self.streams.get(subject).and_then(|s| s.last()).and_then(|p| self.at(*p));
        Ok(last.map(|e| StreamHead { revision: e.revision, salt: e.subject_salt }))
    }

    fn find(&self, key: &EventKey) -> Result<Option<Event>, ReadError> {
        Ok(self.by_key.get(key).and_then(|p| self.at(*p)).cloned())
    }

    fn stream(
        &self,
        subject: &Subject,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError> {
        Ok(self.of_stream(subject, after, limit))
    }

    fn event(&self, position: Position) -> Result<Event, ReadError> {
        let head = self.last().0;
        self.at(position).cloned().ok_or(ReadError::BeyondHead { asked: position, head })
    }
}

#[async_trait]
impl EventLog for Memory {
    fn append(&self, batch: Batch) -> Pending {
        let outcome = self.append_now(batch);
        Box::pin(std::future::ready(outcome))
    }

    async fn page(&self, from: Position, limit: usize) -> Result<Vec<Event>, ReadError> {
        let skip = usize::try_from(from.0.saturating_sub(1)).unwrap_or(usize::MAX);
        let limit = limit.min(PAGE_EVENTS_MAX);
        Ok(self.state().events.iter().skip(skip).take(limit).cloned().collect())
    }

    async fn stream(
        &self,
        subject: &Subject,
        from: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError> {
        let after = Revision(from.0.saturating_sub(1));
        Ok(self.state().of_stream(subject, after, limit.min(PAGE_EVENTS_MAX)))
    }

    async fn find(&self, key: &EventKey) -> Result<Option<Position>, ReadError> {
        Ok(self.state().by_key.get(key).copied())
    }

    async fn head(&self, at: Option<Position>) -> Result<Head, ReadError> {
        let state = self.state();
        let head = state.last().0;
        let position = at.unwrap_or(head);
        let count = usize::try_from(position.0).unwrap_or(usize::MAX);
        let from = usize::try_from(Tree::partial_from(position.0)).unwrap_or(usize::MAX);
        let partial = state.leaves.get(from..count);
        let root = partial.and_then(|leaves| state.tree.root_at(position.0, leaves));
        let root = root.ok_or(ReadError::BeyondHead { asked: position, head })?;
        let recorded_time = state.at(position).map(|e| e.recorded_time);
        Ok(Head { origin: state.origin.clone(), position, root, recorded_time })
    }

    async fn watch(&self, after: Position) -> Result<Position, ReadError> {
        let mut head = self.head.subscribe();
        let seen = head.wait_for(|position| *position > after).await;
        seen.map(|position| *position).map_err(|_| ReadError::Stopped)
    }
}
