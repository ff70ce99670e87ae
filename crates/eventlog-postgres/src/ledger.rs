//! The log as admission sees it: what was read ahead, the group on top, and the database for what
//! is rarely asked.

use eventlog::{
    Addition, Admitted, Destroyed, FoundBy, HashIndex, Ledger, ReadError, Receipt, StreamHead,
    identity_digest,
};
use events::{Event, EventKey, Hash, Logged, Position, Revision, Subject, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};
use tokio::runtime::Handle;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::rows::{self, failed};
use crate::shared::Shared;
use crate::transaction::Session;

/// What was read ahead for a group, under the lock on the head.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    /// Streams that exist, of all whose names the group says.
    pub(crate) streams: FxHashMap<Subject, StreamHead>,
    pub(crate) subjects: FxHashSet<Subject>,
    /// Events that exist, of all whose identities the group says.
    pub(crate) events: FxHashMap<EventKey, Event>,
    pub(crate) keys: FxHashSet<EventKey>,
    /// What amends the events that the group amends, in order.
    pub(crate) amendments: FxHashMap<EventKey, Vec<Event>>,
    pub(crate) amended: FxHashSet<EventKey>,
}

impl Ahead {
    /// Takes what was found of what amends some events.
    pub(crate) fn take_amendments(&mut self, of: Vec<EventKey>, found: Vec<Logged>) {
        for event in found.into_iter().filter_map(Logged::into_event) {
            if let Some(amended) = event.content.amends().ok().flatten() {
                self.amendments.entry(amended).or_default().push(event);
            }
        }
        self.amended.extend(of);
    }
}

/// Admitted events that are not yet durable.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    pub(crate) added: Vec<Addition>,
    pub(crate) destroyed: Vec<Destroyed>,
    /// Whether the log's next key takes the place of the one that it has.
    pub(crate) rotates: bool,
    heads: FxHashMap<Subject, StreamHead>,
    bare: FxHashMap<Hash, Revision>,
    by_key: HashIndex,
    /// Places of what amends an event.
    amendments: FxHashMap<EventKey, Vec<usize>>,
}

impl Pending {
    pub(crate) fn push(&mut self, added: Addition) {
        match (&added.logged, added.found_by) {
            (Logged::Whole(event), Some(FoundBy { identity_hash, head })) => {
                self.heads.insert(event.content.subject.clone(), head);
                self.by_key.insert(identity_hash, self.added.len() as u64);
                if let Some(amended) = &added.amends {
                    self.amendments.entry(amended.clone()).or_default().push(self.added.len());
                }
            }
            (logged, _) => {
                self.bare.insert(logged.subject_hash(), logged.revision());
            }
        }
        self.added.push(added);
    }

    /// Adds what was admitted; answers with its receipts.
    pub(crate) fn take(&mut self, admitted: Admitted) -> Vec<Receipt> {
        admitted.added.into_iter().for_each(|added| self.push(added));
        self.destroyed.extend(admitted.destroyed);
        admitted.receipts
    }

    fn whole(&self) -> impl Iterator<Item = &Event> {
        self.added.iter().filter_map(|added| added.logged.event())
    }
}

/// The log under the group: the locked head, what was read ahead, and whom to ask for more.
#[derive(Clone, Copy)]
pub(crate) struct Onto<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) runtime: &'a Handle,
    pub(crate) session: &'a Session,
    pub(crate) ahead: &'a Ahead,
    pub(crate) last: (Position, Option<Timestamp>),
}

/// The log with the group on top.
pub(crate) struct GroupLedger<'a> {
    pub(crate) onto: Onto<'a>,
    pub(crate) pending: &'a Pending,
}

impl GroupLedger<'_> {
    fn select(
        &self,
        condition: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Logged>, ReadError> {
        let Onto { shared, runtime, session, last, .. } = self.onto;
        let found = runtime.block_on(async {
            session.end_copying().await.map_err(|e| failed(&e))?;
            rows::select(&session.client, &shared.names, condition, parameters).await
        });
        // What the transaction has written itself is pending.
        let before = |logged: &Logged| logged.position() <= last.0;
        Ok(found?.into_iter().filter(before).collect())
    }

    fn whole(
        &self,
        condition: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Event>, ReadError> {
        let found = self.select(condition, parameters)?;
        Ok(found.into_iter().filter_map(Logged::into_event).collect())
    }
}

impl Ledger for GroupLedger<'_> {
    fn origin(&self) -> String {
        self.onto.shared.origin.clone()
    }

    fn last(&self) -> (Position, Option<Timestamp>) {
        let last = self.pending.added.last().map(|added| &added.logged);
        last.map_or(self.onto.last, |last| (last.position(), Some(last.recorded_time())))
    }

    fn stream_head(&self, subject: &Subject) -> Result<Option<StreamHead>, ReadError> {
        if let Some(head) = self.pending.heads.get(subject) {
            return Ok(Some(*head));
        }
        if self.onto.ahead.subjects.contains(subject) {
            return Ok(self.onto.ahead.streams.get(subject).copied());
        }
        let condition = "WHERE e.stream = (SELECT number FROM casetrail.stream WHERE name = $1) AND e.content_hash IS NULL \
                         ORDER BY e.revision DESC LIMIT 1";
        Ok(self.whole(condition, &[&subject.as_str()])?.first().map(StreamHead::behind))
    }

    fn is_erased(&self, subject: &Subject) -> bool {
        self.onto.shared.is_erased(subject)
    }

    fn is_destroyed(&self, subject_hash: &Hash) -> bool {
        self.onto.shared.is_destroyed(subject_hash)
    }

    fn bare_revision(&self, subject_hash: &Hash) -> Result<Option<Revision>, ReadError> {
        if let Some(revision) = self.pending.bare.get(subject_hash) {
            return Ok(Some(*revision));
        }
        let query = "SELECT max(e.revision) FROM casetrail.stream s \
                     JOIN casetrail.event e ON e.stream = s.number \
                     WHERE s.subject_hash = $1 AND e.content_hash IS NOT NULL AND e.position <= $2";
        let Onto { runtime, session, last, .. } = self.onto;
        let parameters: [&(dyn ToSql + Sync); 2] = [&&subject_hash[..], &rows::number(last.0)];
        let row = runtime.block_on(async {
            session.end_copying().await?;
            session.client.query_one(query, &parameters).await
        });
        let last: Option<i32> = row.map_err(|e| failed(&e))?.get(0);
        Ok(last.map(|last| Revision(u64::from(last.unsigned_abs()))))
    }

    fn find(&self, key: &EventKey, identity_hash: u64) -> Result<Option<Event>, ReadError> {
        let places = self.pending.by_key.get(identity_hash);
        let events = places.filter_map(|place| {
            self.pending.added.get(usize::try_from(place).ok()?)?.logged.event()
        });
        if let Some(event) = events.into_iter().find(|event| event.content.key == *key) {
            return Ok(Some(event.clone()));
        }
        if self.onto.ahead.keys.contains(key) {
            return Ok(self.onto.ahead.events.get(key).cloned());
        }
        let found = self.whole("WHERE e.identity = $1", &[&identity(key)])?;
        Ok(found.into_iter().find(|event| event.content.key == *key))
    }

    fn stream(
        &self,
        subject: &Subject,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError> {
        let condition = "WHERE e.stream = (SELECT number FROM casetrail.stream WHERE name = $1) AND e.revision > $2 AND e.content_hash IS NULL \
                         ORDER BY e.revision LIMIT $3";
        let from = revision(after);
        let mut events = self.whole(condition, &[&subject.as_str(), &from, &rows::limit(limit)])?;
        let of_stream = |e: &&Event| e.content.subject == *subject && e.revision > after;
        let rest = limit.saturating_sub(events.len());
        events.extend(self.pending.whole().filter(of_stream).take(rest).cloned());
        Ok(events)
    }

    fn amendments(&self, key: &EventKey) -> Result<Vec<Event>, ReadError> {
        let mut events = if self.onto.ahead.amended.contains(key) {
            self.onto.ahead.amendments.get(key).cloned().unwrap_or_default()
        } else {
            let found = self.whole("WHERE e.amends = $1 ORDER BY e.position", &[&identity(key)])?;
            let amends = |event: &Event| event.content.amends().ok().flatten();
            found.into_iter().filter(|event| amends(event).as_ref() == Some(key)).collect()
        };
        let places = self.pending.amendments.get(key).into_iter().flatten();
        let added = places.filter_map(|place| self.pending.added.get(*place)?.logged.event());
        events.extend(added.cloned());
        Ok(events)
    }

    fn event(&self, position: Position) -> Result<Logged, ReadError> {
        let pending = &self.pending.added;
        if let Some(added) = pending.iter().find(|added| added.logged.position() == position) {
            return Ok(added.logged.clone());
        }
        let found = self.select("WHERE e.position = $1", &[&rows::number(position)])?.pop();
        found.ok_or_else(|| ReadError::BeyondHead { asked: position, head: self.last().0 })
    }
}

/// The hash of an identity, as rows have it.
pub(crate) fn identity(key: &EventKey) -> Uuid {
    Uuid::from_bytes(identity_digest(&key.source, &key.id))
}

/// A revision, as rows have it.
pub(crate) fn revision(revision: Revision) -> i32 {
    i32::try_from(revision.0).unwrap_or(i32::MAX)
}
