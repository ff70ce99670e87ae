//! The group that the writer is putting together: admitted events that nobody may see yet.

use eventlog::{Addition, Destroyed, HashIndex, Ledger, ReadError, StreamHead};
use events::{Event, EventKey, Hash, Logged, Position, Revision, Subject, Timestamp};
use rustc_hash::FxHashMap;

use crate::codec::{self, StoredRecord};
use crate::heads::Heads;
use crate::sealed::decode_error;
use crate::short_hash;
use crate::state::Arrival;
use crate::store::Store;
use crate::streams::StreamName;
use crate::tail::{Indexed, Record};

/// Events admitted since the last group, on top of what the log holds.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    /// Their records, one behind the other, and where each ends.
    records: Vec<u8>,
    ends: Vec<usize>,
    events: Vec<PendingEvent>,
    by_key: HashIndex,
    by_amended: FxHashMap<u64, Vec<usize>>,
    bare: FxHashMap<Hash, Revision>,
    destroyed: Vec<Destroyed>,
}

/// What is known of an event besides its record.
#[derive(Debug)]
struct PendingEvent {
    position: Position,
    recorded_time: Timestamp,
    indexed: Indexed,
    leaf: Hash,
}

impl Pending {
    /// Adds what was admitted against this group.
    pub(crate) fn push(&mut self, added: Addition, heads: &mut Heads) {
        let Addition { logged, leaf, found_by, amends } = added;
        let index = self.events.len();
        let indexed = match (&logged, found_by) {
            (Logged::Whole(event), Some(found_by)) => {
                codec::encode(event, &leaf, &mut self.records);
                heads.insert(&event.content.subject, found_by.head);
                Indexed::of_event(event, found_by.identity_hash, amends.as_ref())
            }
            _ => {
                let entry = logged.entry();
                codec::encode_bare(&entry, &leaf, &mut self.records);
                self.bare.insert(entry.subject_hash, entry.revision);
                Indexed::of_logged(&entry.into())
            }
        };
        self.ends.push(self.records.len());
        if let Some(hash) = indexed.key_hash {
            self.by_key.insert(hash, index as u64);
        }
        if let Some(hash) = indexed.amended_hash {
            self.by_amended.entry(hash).or_default().push(index);
        }
        let (position, recorded_time) = (logged.position(), logged.recorded_time());
        self.events.push(PendingEvent { position, recorded_time, indexed, leaf });
    }

    /// Notes what is to be destroyed once the group is durable.
    pub(crate) fn destroy(&mut self, destroyed: Vec<Destroyed>) {
        self.destroyed.extend(destroyed);
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
        self.records.len()
    }

    /// The records of the group.
    pub(crate) fn records(&self) -> Vec<Record> {
        Record::group(&self.records, &self.ends)
    }

    /// Takes out what readers are to see; nothing is pending any more.
    pub(crate) fn take_arrivals(&mut self, records: Vec<Record>) -> Vec<Arrival> {
        let events = self.events.drain(..).zip(records);
        let arrivals = events.map(|(event, record)| {
            let PendingEvent { position: _, recorded_time, indexed, leaf } = event;
            Arrival { record, indexed, leaf, recorded_time }
        });
        let arrivals = arrivals.collect();
        self.clear();
        arrivals
    }

    /// Forgets the group and keeps the room for the next.
    pub(crate) fn clear(&mut self) {
        self.records.clear();
        self.ends.clear();
        self.events.clear();
        self.by_key.clear();
        self.by_amended.clear();
        self.bare.clear();
        self.destroyed.clear();
    }

    fn record(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.records[start..self.ends[index]]
    }

    fn logged(&self, index: usize) -> Result<Logged, ReadError> {
        let position = self.events[index].position;
        let logged = StoredRecord::read(self.record(index)).and_then(|r| r.logged(position));
        logged.map_err(|error| decode_error(position, &error))
    }

    /// The events of these places that were not erased.
    fn whole<'a>(
        &'a self,
        indexes: impl IntoIterator<Item = usize> + 'a,
    ) -> impl Iterator<Item = Result<Event, ReadError>> + 'a {
        let logged = indexes.into_iter().map(|index| self.logged(index));
        logged.filter_map(|logged| logged.map(Logged::into_event).transpose())
    }
}

/// The log with the group on top, as admission sees it.
pub(crate) struct PendingLedger<'a> {
    pub(crate) store: &'a Store,
    pub(crate) pending: &'a Pending,
    pub(crate) heads: &'a Heads,
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
            Some(event) => (event.position, Some(event.recorded_time)),
            None => {
                let snapshot = self.store.snapshot();
                (Position(snapshot.head()), snapshot.recorded_time)
            }
        }
    }

    fn stream_head(&self, subject: &Subject) -> Result<Option<StreamHead>, ReadError> {
        match self.heads.get(subject) {
            Some(head) => Ok(Some(head)),
            None => self.store.stream_head(subject),
        }
    }

    fn find(&self, key: &EventKey, identity_hash: u64) -> Result<Option<Event>, ReadError> {
        let places = self.pending.by_key.get(identity_hash);
        for event in self.pending.whole(places.filter_map(|place| usize::try_from(place).ok())) {
            let event = event?;
            if event.content.key == *key {
                return Ok(Some(event));
            }
        }
        let Some(position) = self.store.find_hashed(key, identity_hash)? else { return Ok(None) };
        Ok(self.store.event(position)?.into_event())
    }

    fn stream(
        &self,
        subject: &Subject,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError> {
        let mut events = self.store.stream_for_writer(subject, after, limit)?;
        let of_stream = |event: &PendingEvent| {
            let named =
                matches!(&event.indexed.name, StreamName::Named(name, _) if name == subject);
            named && event.indexed.revision > after
        };
        let indexes = (0..self.pending.len()).filter(|i| of_stream(&self.pending.events[*i]));
        for event in self.pending.whole(indexes.take(limit.saturating_sub(events.len()))) {
            events.push(event?);
        }
        Ok(events)
    }

    fn amendments(&self, key: &EventKey) -> Result<Vec<Event>, ReadError> {
        let mut events = self.store.amendments(key)?;
        let added = self.pending.by_amended.get(&short_hash::of_amended(key));
        for event in self.pending.whole(added.into_iter().flatten().copied()) {
            let event = event?;
            if event.content.amends().ok().flatten().as_ref() == Some(key) {
                events.push(event);
            }
        }
        Ok(events)
    }

    fn event(&self, position: Position) -> Result<Logged, ReadError> {
        let first = self.pending.events.first().map_or(Position(u64::MAX), |e| e.position);
        if position < first {
            return self.store.event(position);
        }
        let head = self.last().0;
        if position > head {
            return Err(ReadError::BeyondHead { asked: position, head });
        }
        self.pending.logged(usize::try_from(position.0 - first.0).expect("usize has 64 bits"))
    }
}
