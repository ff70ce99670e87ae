//! The model: a log in memory, as simple as the contract allows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use events::{Event, EventKey, Hash, Logged, Position, Revision, Salt, Subject, Timestamp};
use proof::{TileId, Tree};
use tokio::sync::watch;

use crate::{
    AppendError, Batch, Clock, Destroyed, Entropy, EventLog, Head, Ledger, PAGE_EVENTS_MAX,
    Pending, ReadError, Receipt, StreamHead, admit, beyond,
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
    events: Vec<Logged>,
    leaves: Vec<Hash>,
    by_key: BTreeMap<EventKey, Position>,
    /// Corrections and retractions by the event that they name.
    by_amended: BTreeMap<EventKey, Vec<Position>>,
    streams: BTreeMap<Subject, Vec<Position>>,
    bare: BTreeMap<Hash, Revision>,
    erasures: Erasures,
    tree: Tree,
    entropy: Box<dyn Entropy>,
}

/// What is known of erased streams: hashes of their names, salted ones and keyed ones.
#[derive(Default)]
struct Erasures {
    /// Drawn at the first erasure.
    secret: Option<[Salt; 2]>,
    subject_hashes: BTreeSet<Hash>,
    names: BTreeSet<Hash>,
}

impl Erasures {
    /// The digest by which an erased stream's name is recognised.
    fn keyed(&self, subject: &Subject) -> Option<Hash> {
        let [outer, inner] = self.secret?;
        Some(outer.hash(&inner.hash(subject.as_str().as_bytes())))
    }
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
            by_amended: BTreeMap::new(),
            streams: BTreeMap::new(),
            bare: BTreeMap::new(),
            erasures: Erasures::default(),
            tree: Tree::default(),
            entropy: Box::new(entropy),
        };
        let head = watch::Sender::new(Position(0));
        Self { state: Arc::new(Mutex::new(state)), head, clock: Arc::new(clock) }
    }

    /// The same log under another name: that of the log that it is a copy of.
    #[must_use]
    pub fn named(self, origin: impl Into<String>) -> Self {
        self.state().origin = origin.into();
        self
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
        for added in admitted.added {
            state.put(added.logged, added.leaf);
        }
        for destroyed in admitted.destroyed {
            state.destroy(destroyed);
        }
        self.head.send_replace(state.last().0);
        Ok(admitted.receipts)
    }
}

/// Stands in for the entropy while it is lent out.
struct Spent;

impl Entropy for Spent {
    fn salt(&mut self) -> Salt {
        unreachable!("entropy is lent out under the lock")
    }
}

impl State {
    fn put(&mut self, logged: Logged, leaf: Hash) {
        match &logged {
            Logged::Whole(event) => {
                self.by_key.insert(event.content.key.clone(), event.position);
                if let Ok(Some(named)) = event.content.amends() {
                    self.by_amended.entry(named).or_default().push(event.position);
                }
                let stream = self.streams.entry(event.content.subject.clone());
                stream.or_default().push(event.position);
            }
            Logged::Erased(entry) => {
                self.bare.insert(entry.subject_hash, entry.revision);
            }
        }
        self.tree.push(leaf);
        self.leaves.push(leaf);
        self.events.push(logged);
    }

    fn destroy(&mut self, Destroyed { subject_hash, subject }: Destroyed) {
        let mut names: BTreeSet<Subject> = subject.into_iter().collect();
        for logged in &mut self.events {
            let Logged::Whole(event) = logged else { continue };
            if event.subject_hash() != subject_hash {
                continue;
            }
            self.by_key.remove(&event.content.key);
            self.by_amended.remove(&event.content.key);
            let revision = self.bare.entry(subject_hash).or_default();
            *revision = event.revision.max(*revision);
            names.insert(event.content.subject.clone());
            *logged = event.entry().into();
        }
        let entropy = &mut self.entropy;
        self.erasures.secret.get_or_insert_with(|| [entropy.salt(), entropy.salt()]);
        for name in names {
            self.streams.remove(&name);
            self.erasures.names.extend(self.erasures.keyed(&name));
        }
        self.erasures.subject_hashes.insert(subject_hash);
    }

    fn at(&self, position: Position) -> Option<&Logged> {
        let index = usize::try_from(position.0).ok()?.checked_sub(1)?;
        self.events.get(index)
    }

    fn whole(&self, position: Position) -> Option<&Event> {
        self.at(position).and_then(Logged::event)
    }

    fn of_stream(&self, subject: &Subject, after: Revision, limit: usize) -> Vec<Event> {
        let positions = self.streams.get(subject).map_or(&[][..], Vec::as_slice);
        let skip = usize::try_from(after.0).unwrap_or(usize::MAX);
        positions.iter().skip(skip).take(limit).filter_map(|p| self.whole(*p)).cloned().collect()
    }
}

impl Ledger for State {
    fn origin(&self) -> String {
        self.origin.clone()
    }

    fn last(&self) -> (Position, Option<Timestamp>) {
        (Position(self.events.len() as u64), self.events.last().map(Logged::recorded_time))
    }

    fn stream_head(&self, subject: &Subject) -> Result<Option<StreamHead>, ReadError> {
        let last = self.streams.get(subject).and_then(|s| s.last()).and_then(|p| self.whole(*p));
        Ok(last.map(StreamHead::behind))
    }

    fn is_erased(&self, subject: &Subject) -> bool {
        self.erasures.keyed(subject).is_some_and(|digest| self.erasures.names.contains(&digest))
    }

    fn is_destroyed(&self, subject_hash: &Hash) -> bool {
        self.erasures.subject_hashes.contains(subject_hash)
    }

    fn bare_revision(&self, subject_hash: &Hash) -> Result<Option<Revision>, ReadError> {
        Ok(self.bare.get(subject_hash).copied())
    }

    fn find(&self, key: &EventKey, _identity_hash: u64) -> Result<Option<Event>, ReadError> {
        Ok(self.by_key.get(key).and_then(|p| self.whole(*p)).cloned())
    }

    fn stream(
        &self,
        subject: &Subject,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError> {
        Ok(self.of_stream(subject, after, limit))
    }

    fn amendments(&self, key: &EventKey) -> Result<Vec<Event>, ReadError> {
        let positions = self.by_amended.get(key).map_or(&[][..], Vec::as_slice);
        Ok(positions.iter().filter_map(|p| self.whole(*p)).cloned().collect())
    }

    fn event(&self, position: Position) -> Result<Logged, ReadError> {
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

    async fn page(&self, from: Position, limit: usize) -> Result<Vec<Logged>, ReadError> {
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
        if self.state().is_erased(subject) {
            return Err(ReadError::Erased);
        }
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
        let recorded_time = state.at(position).map(Logged::recorded_time);
        let erased = state.events.iter().take(count).filter(|e| e.is_erased()).count() as u64;
        Ok(Head { origin: state.origin.clone(), position, root, recorded_time, erased })
    }

    async fn tile(&self, tile: TileId) -> Result<Vec<Hash>, ReadError> {
        let state = self.state();
        let held = state.tree.tile(tile).map(<[Hash]>::to_vec);
        let index = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let range = index(tile.leaves().start)..index(tile.leaves().end);
        let leaves = || (tile.level() == 0).then(|| state.leaves.get(range)).flatten();
        let found = held.or_else(|| leaves().map(<[Hash]>::to_vec));
        found.ok_or_else(|| beyond(tile, state.last().0))
    }

    async fn checkpoint(&self, at: Position) -> Result<Option<String>, ReadError> {
        self.head(Some(at)).await.map(|_| None)
    }

    async fn watch(&self, after: Position) -> Result<Position, ReadError> {
        let mut head = self.head.subscribe();
        let seen = head.wait_for(|position| *position > after).await;
        seen.map(|position| *position).map_err(|_| ReadError::Stopped)
    }
}
