//! The group that the writer is putting together: admitted events that nobody may see yet.

use eventlog::{Admitted, Destroyed, Ledger, ReadError, StreamHead};
use events::{Event, EventKey, Hash, Logged, Position, Revision, Subject, Timestamp};
use journal::seeded_bug;
use rustc_hash::FxHashMap;

use crate::codec;
use crate::short_hash;
use crate::state::Arrival;
use crate::store::Store;
use crate::tail::{Indexed, Record};

/// Events admitted since the last group, on top of what the log holds.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    events: Vec<Logged>,
    arrivals: Vec<Arrival>,
    records: Vec<Record>,
    bytes: usize,
    by_key: FxHashMap<u64, usize>,
    /// Events whose short hash another event in `by_key` has too.
    twins: Vec<(u64, usize)>,
    by_amended: FxHashMap<u64, Vec<usize>>,
    heads: FxHashMap<Subject, StreamHead>,
    bare: FxHashMap<Hash, Revision>,
    destroyed: Vec<Destroyed>,
}

impl Pending {
    /// Adds a batch that was admitted against this group.
    pub(crate) fn extend(&mut self, admitted: Admitted) {
        for (logged, leaf) in admitted.events.into_iter().zip(admitted.leaves) {
            self.push(logged, leaf);
        }
        self.destroyed.extend(admitted.destroyed);
    }

    /// Adds what was admitted against this group.
    pub(crate) fn push(&mut self, logged: Logged, leaf: Hash) {
        let record = Record::new(&match &logged {
            Logged::Whole(event) => codec::encode(event, &leaf),
            Logged::Erased(entry) => codec::encode_bare(entry, &leaf),
        });
        self.bytes += record.as_ref().len();
        self.records.push(record.clone());
        let indexed = Indexed::of_logged(&logged);
        if let Some(hash) = indexed.key_hash
            && let Some(twin) = self.by_key.insert(hash, self.events.len())
        {
            self.twins.push((hash, twin));
        }
        if let Some(hash) = indexed.amended_hash {
            self.by_amended.entry(hash).or_default().push(self.events.len());
        }
        let recorded_time = logged.recorded_time();
        self.arrivals.push(Arrival { record, indexed, leaf, recorded_time });
        match &logged {
            Logged::Whole(event) => {
                let head = StreamHead { revision: event.revision, salt: event.subject_salt };
                self.heads.insert(event.content.subject.clone(), head);
            }
            Logged::Erased(entry) => {
                self.bare.insert(entry.subject_hash, entry.revision);
            }
        }
        self.events.push(logged);
    }

    /// Whether something is to be destroyed: then nothing more is admitted against this group.
    pub(crate) fn destroys(&self) -> bool {
        !self.destroyed.is_empty()
    }

    /// What is to be destroyed once the group is durable.
    pub(crate) fn take_destroyed(&mut self) -> Vec<Destroyed> {
        std::mem::take(&mut self.destroyed)
    }

    /// How many events there are.
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// Length of their records, bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Spoils the records of the group, if a test asks for it.
    pub(crate) fn seed_bugs(&mut self) {
        if seeded_bug("reorder-batch") {
            self.records.reverse();
        }
        if seeded_bug("drop-last-record") && self.records.len() > 1 {
            self.records.pop();
        }
    }

    /// The records of the group, as the journal takes them.
    pub(crate) fn records(&self) -> &[Record] {
        &self.records
    }

    /// Takes out what readers are to see.
    pub(crate) fn take_arrivals(&mut self) -> Vec<Arrival> {
        std::mem::take(&mut self.arrivals)
    }
}

/// The log with the group on top, as admission sees it.
pub(crate) struct PendingLedger<'a> {
    pub(crate) store: &'a Store,
    pub(crate) pending: &'a Pending,
}

impl Ledger for PendingLedger<'_> {
    fn origin(&self) -> String {
        self.store.origin().to_owned()
    }

    fn is_erased(&self, subject: &Subject) -> bool {
        self.store.erasures().is_erased(subject)
    }

    fn is_destroyed(&self, subject_hash: &Hash) -> bool {
        self.store.erasures().is_destroyed(subject_hash)
    }

    fn bare_revision(&self, subject_hash: &Hash) -> Result<Option<Revision>, ReadError> {
        match self.pending.bare.get(subject_hash) {
            Some(revision) => Ok(Some(*revision)),
            None => self.store.bare_revision(subject_hash),
        }
    }

    fn last(&self) -> (Position, Option<Timestamp>) {
        match self.pending.events.last() {
            Some(logged) => (logged.position(), Some(logged.recorded_time())),
            None => {
                let snapshot = self.store.snapshot();
                (Position(snapshot.head()), snapshot.recorded_time)
            }
        }
    }

    fn stream_head(&self, subject: &Subject) -> Result<Option<StreamHead>, ReadError> {
        match self.pending.heads.get(subject) {
            Some(head) => Ok(Some(*head)),
            None => self.store.stream_head(subject),
        }
    }

    fn find(&self, key: &EventKey) -> Result<Option<Event>, ReadError> {
        let hash = short_hash::of_event_key(key);
        let twins = self.pending.twins.iter().filter(|(other, _)| *other == hash);
        let pending = self.pending.by_key.get(&hash).into_iter().chain(twins.map(|(_, n)| n));
        let mut pending = pending.filter_map(|index| self.pending.events[*index].event());
        if let Some(event) = pending.find(|event| event.content.key == *key) {
            return Ok(Some(event.clone()));
        }
        let Some(position) = self.store.find_hashed(key, hash)? else { return Ok(None) };
        Ok(self.store.event(position)?.into_event())
    }

    fn stream(
        &self,
        subject: &Subject,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError> {
        let mut events = self.store.stream_for_writer(subject, after, limit)?;
        if self.pending.heads.contains_key(subject) {
            let added = self.pending.events.iter().filter_map(Logged::event);
            let added = added.filter(|e| e.content.subject == *subject && e.revision > after);
            events.extend(added.take(limit.saturating_sub(events.len())).cloned());
        }
        Ok(events)
    }

    fn amendments(&self, key: &EventKey) -> Result<Vec<Event>, ReadError> {
        let mut events = self.store.amendments(key)?;
        let added = self.pending.by_amended.get(&short_hash::of_amended(key));
        let added = added.into_iter().flatten();
        let added = added.filter_map(|index| self.pending.events[*index].event());
        let amends = |event: &&Event| event.content.amends().ok().flatten().as_ref() == Some(key);
        events.extend(added.filter(amends).cloned());
        Ok(events)
    }

    fn event(&self, position: Position) -> Result<Logged, ReadError> {
        let first = self.pending.events.first().map_or(Position(u64::MAX), Logged::position);
        if position < first {
            return self.store.event(position);
        }
        let index = usize::try_from(position.0 - first.0).expect("usize has 64 bits");
        let head = self.last().0;
        let found = self.pending.events.get(index).cloned();
        found.ok_or(ReadError::BeyondHead { asked: position, head })
    }
}
