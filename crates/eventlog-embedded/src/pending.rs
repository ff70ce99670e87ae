//! The group that the writer is putting together: admitted events that nobody may see yet.

use eventlog::{Admitted, Ledger, ReadError, StreamHead};
use events::{Event, EventKey, Hash, Logged, Position, Revision, Subject, Timestamp};
use rustc_hash::FxHashMap;

use crate::codec;
use crate::short_hash;
use crate::state::Arrival;
use crate::store::Store;
use crate::tail::{Indexed, Record};

/// Events admitted since the last group, on top of what the log holds.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    events: Vec<Event>,
    arrivals: Vec<Arrival>,
    records: Vec<Record>,
    bytes: usize,
    by_key: FxHashMap<EventKey, usize>,
    by_amended: FxHashMap<u64, Vec<usize>>,
    heads: FxHashMap<Subject, StreamHead>,
}

impl Pending {
    /// Adds a batch that was admitted against this group.
    pub(crate) fn extend(&mut self, admitted: Admitted) {
        for (logged, leaf) in admitted.events.into_iter().zip(admitted.leaves) {
            if let Some(event) = logged.into_event() {
                self.push(event, leaf);
            }
        }
    }

    /// Adds an event that was admitted against this group.
    pub(crate) fn push(&mut self, event: Event, leaf: Hash) {
        let record = Record::new(&codec::encode(&event, &leaf));
        self.bytes += record.as_ref().len();
        self.records.push(record.clone());
        let indexed = Indexed::of_event(&event);
        if let Some(hash) = indexed.amended_hash {
            self.by_amended.entry(hash).or_default().push(self.events.len());
        }
        self.arrivals.push(Arrival { record, indexed, leaf, recorded_time: event.recorded_time });
        let head = StreamHead { revision: event.revision, salt: event.subject_salt };
        self.heads.insert(event.content.subject.clone(), head);
        self.by_key.insert(event.content.key.clone(), self.events.len());
        self.events.push(event);
    }

    /// How many events there are.
    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    /// Length of their records, bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The records of the group, as the journal takes them.
    pub(crate) fn records(&self) -> &[Record] {
        &self.records
    }

    /// Ends the group: answers with what readers are to see.
    pub(crate) fn into_arrivals(self) -> Vec<Arrival> {
        self.arrivals
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

    fn is_erased(&self, _subject: &Subject) -> bool {
        false
    }

    fn is_destroyed(&self, _subject_hash: &Hash) -> bool {
        false
    }

    fn bare_revision(&self, _subject_hash: &Hash) -> Result<Option<Revision>, ReadError> {
        Ok(None)
    }

    fn last(&self) -> (Position, Option<Timestamp>) {
        match self.pending.events.last() {
            Some(event) => (event.position, Some(event.recorded_time)),
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
        if let Some(index) = self.pending.by_key.get(key) {
            return Ok(Some(self.pending.events[*index].clone()));
        }
        self.store.find(key)?.map(|position| self.store.event(position)).transpose()
    }

    fn stream(
        &self,
        subject: &Subject,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError> {
        let mut events = self.store.stream_for_writer(subject, after, limit)?;
        if self.pending.heads.contains_key(subject) {
            let added = self.pending.events.iter();
            let added = added.filter(|e| e.content.subject == *subject && e.revision > after);
            events.extend(added.take(limit.saturating_sub(events.len())).cloned());
        }
        Ok(events)
    }

    fn amendments(&self, key: &EventKey) -> Result<Vec<Event>, ReadError> {
        let mut events = self.store.amendments(key)?;
        let added = self.pending.by_amended.get(&short_hash::of_amended(key));
        let added = added.into_iter().flatten().map(|index| &self.pending.events[*index]);
        let amends = |event: &&Event| event.content.amends().ok().flatten().as_ref() == Some(key);
        events.extend(added.filter(amends).cloned());
        Ok(events)
    }

    fn event(&self, position: Position) -> Result<Logged, ReadError> {
        let first = self.pending.events.first().map_or(Position(u64::MAX), |e| e.position);
        if position < first {
            return self.store.event(position).map(Logged::Whole);
        }
        let index = usize::try_from(position.0 - first.0).expect("usize has 64 bits");
        let head = self.last().0;
        let found = self.pending.events.get(index).cloned().map(Logged::Whole);
        found.ok_or(ReadError::BeyondHead { asked: position, head })
    }
}
