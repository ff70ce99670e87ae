//! What a log takes: the decision that all engines share.
//!
//! [`admit`] looks at a ledger, decides about a whole batch and writes nothing. An engine makes
//! the admitted events durable and only then lets readers see them.

mod erasure;
mod exact;
mod ledger;

use std::collections::BTreeMap;
use std::sync::Arc;

use events::{
    Admission, Chains, Code, Content, Entry, Event, EventKey, EventType, Hash, Incoming, Json,
    Logged, Payload, Pointer, Position, Refusal, Revision, Subject, Timestamp, Value,
};
use rustc_hash::FxHashMap;

use crate::{AppendError, Batch, Entropy, HashIndex, Prepared, ReadError, Receipt, identity_hash};

pub use erasure::erasures;
pub use ledger::{Ledger, StreamHead};

/// A stream whose payload and salts are to be destroyed once the batch is durable and before it is
/// visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destroyed {
    /// Salted hash of its name.
    pub subject_hash: Hash,
    /// Its name, by which it is to be recognised; `None` where an import tells the hash alone: then
    /// the stream, if the log holds it, is found by it.
    pub subject: Option<Subject>,
}

/// An event that the log takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// The event, or what was left of it elsewhere.
    pub logged: Logged,
    /// Its entry's leaf hash.
    pub leaf: Hash,
    /// By what it is found; `None` of a bare entry.
    pub found_by: Option<FoundBy>,
    /// The event that it corrects or retracts.
    pub amends: Option<EventKey>,
}

/// By what an engine finds an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundBy {
    /// Short hash of its identity.
    pub identity_hash: u64,
    /// Where its stream stands with it.
    pub head: StreamHead,
}

/// A batch that the log takes: what is new, and a receipt per event of the batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Admitted {
    /// What to make durable, in order of position; may be empty.
    pub added: Vec<Addition>,
    /// One per event of the batch, in its order.
    pub receipts: Vec<Receipt>,
    /// What the batch destroys; empty for nearly all batches.
    pub destroyed: Vec<Destroyed>,
}

/// Decides about a batch against a ledger, at the instant `now`.
///
/// # Errors
/// [`AppendError`]: then the batch leaves no trace.
pub fn admit(
    ledger: &dyn Ledger,
    batch: Batch,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Admitted, AppendError> {
    let draft = Draft::new(ledger, now, entropy);
    match batch {
        Batch::Adapter { events, recorded_by } => {
            draft.incoming(events, &recorder(Admission::Adapter, &recorded_by))
        }
        Batch::Backfill { events, recorded_by } => {
            draft.incoming(events, &recorder(Admission::Backfill, &recorded_by))
        }
        Batch::Exact(events) => draft.exact(events),
        Batch::Own { content, recorded_by } => {
            let own = Incoming { content: *content, expected_revision: None, recorded_time: None };
            draft.incoming(vec![own], &recorded_by.into())
        }
        Batch::Erase { subject, authority, reason, recorded_by } => {
            draft.erase(subject, authority, reason, &recorded_by).map_err(|fault| fault.of(0))
        }
        Batch::Destroy(hashes) => Ok(draft.destroy(hashes)),
    }
}

/// Who the log says recorded an event: the principal, marked where the time is not the log's word.
#[must_use]
pub fn recorder(admission: Admission, principal: &str) -> Arc<str> {
    match admission {
        Admission::Adapter => principal.into(),
        Admission::Backfill => format!("{principal}+backfill").into(),
    }
}

/// Decides about the events of one batch against a ledger, as [`admit`] does, their hashes known
/// before. `recorded_by` is what [`recorder`] gives.
///
/// # Errors
/// [`AppendError`]: then the batch leaves no trace.
pub fn admit_together(
    ledger: &dyn Ledger,
    events: Vec<Prepared>,
    recorded_by: &Arc<str>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Admitted, AppendError> {
    Draft::new(ledger, now, entropy).prepared(events, recorded_by)
}

/// An event that the log takes, as a batch of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmittedOne {
    /// What to make durable, unless it was recorded before.
    pub added: Option<Addition>,
    /// Its receipt.
    pub receipt: Receipt,
}

/// Decides about one event against a ledger, as [`admit_together`] does about a batch of it alone.
///
/// # Errors
/// [`AppendError`]: then the event leaves no trace.
pub fn admit_one(
    ledger: &dyn Ledger,
    event: Prepared,
    recorded_by: &Arc<str>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<AdmittedOne, AppendError> {
    let mut draft = Draft::new(ledger, now, entropy);
    Ok(match draft.judge(event, recorded_by).map_err(|fault| fault.of(0))? {
        Judged::Known(receipt) => AdmittedOne { added: None, receipt },
        Judged::New(added) => AdmittedOne { receipt: receipt(&added), added: Some(added) },
    })
}

/// What is to be said of an event that is not refused.
#[expect(clippy::large_enum_variant, reason = "nearly every event is new")]
enum Judged {
    /// It was recorded before.
    Known(Receipt),
    /// It is to be recorded.
    New(Addition),
}

/// A batch while it is decided about: the ledger, and on top what the batch has added so far.
struct Draft<'a> {
    ledger: &'a dyn Ledger,
    now: Timestamp,
    entropy: &'a mut dyn Entropy,
    last: (Position, Option<Timestamp>),
    heads: FxHashMap<Subject, StreamHead>,
    bare: FxHashMap<Hash, Revision>,
    admitted: Admitted,
    by_key: HashIndex,
    /// Places of what corrects or retracts an event.
    amending: FxHashMap<EventKey, Vec<usize>>,
}

/// Why one event is not taken; the index in the batch is added outside.
enum Fault {
    Refused(Refusal),
    Revision { actual: Revision, unseen: Vec<Event> },
    Read(ReadError),
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Fault {
    fn of(self, index: usize) -> AppendError {
        match self {
            Self::Refused(refusal) => AppendError::Refused { index, refusal },
            Self::Revision { actual, unseen } => {
                AppendError::RevisionMismatch { index, actual, unseen }
            }
            Self::Read(error) => AppendError::Read(error),
        }
    }
}

impl<'a> Draft<'a> {
    fn new(ledger: &'a dyn Ledger, now: Timestamp, entropy: &'a mut dyn Entropy) -> Self {
        let (heads, bare, by_key, amending, admitted) = Default::default();
        let last = ledger.last();
        Self { ledger, now, entropy, last, heads, bare, admitted, by_key, amending }
    }

    fn incoming(
        self,
        events: Vec<Incoming>,
        recorded_by: &Arc<str>,
    ) -> Result<Admitted, AppendError> {
        let prepare = |event| Prepared::new(event, self.entropy.salt());
        let events = events.into_iter().map(prepare).collect();
        self.prepared(events, recorded_by)
    }

    fn prepared(
        mut self,
        events: Vec<Prepared>,
        recorded_by: &Arc<str>,
    ) -> Result<Admitted, AppendError> {
        for (index, event) in events.into_iter().enumerate() {
            self.take(event, recorded_by).map_err(|fault| fault.of(index))?;
        }
        Ok(self.admitted)
    }

    fn take(&mut self, event: Prepared, recorded_by: &Arc<str>) -> Result<(), Fault> {
        match self.judge(event, recorded_by)? {
            Judged::Known(receipt) => self.admitted.receipts.push(receipt),
            Judged::New(added) => self.put(added),
        }
        Ok(())
    }

    fn judge(&mut self, event: Prepared, recorded_by: &Arc<str>) -> Result<Judged, Fault> {
        let Prepared { incoming, content_salt, content_hash, identity_hash } = event;
        let Incoming { content, expected_revision, recorded_time } = incoming;
        if self.ledger.is_erased(&content.subject) {
            return Err(erased().into());
        }
        if let Some(known) = self.find(&content.key, identity_hash)? {
            return repeat(known, &content).map(Judged::Known);
        }
        let head = self.head(&content.subject)?;
        let actual = head.map_or(Revision(0), |h| h.revision);
        if expected_revision.is_some_and(|expected| expected != actual.0) {
            let after = Revision(expected_revision.unwrap_or(0).min(actual.0));
            let unseen = self.stream(&content.subject, after, crate::PAGE_EVENTS_MAX)?;
            return Err(Fault::Revision { actual, unseen });
        }
        let amends = self.check_amendment(&content)?;
        let recorded_time = self.stamp(recorded_time)?;
        let (position, revision) = (Position(self.last.0.0 + 1), Revision(actual.0 + 1));
        let head = match head {
            Some(head) => StreamHead { revision, ..head },
            None => StreamHead::of(&content.subject, revision, self.entropy.salt()),
        };
        let entry = Entry {
            position,
            revision,
            recorded_time,
            recorded_by: Arc::clone(recorded_by),
            kind: content.kind,
            subject_hash: head.subject_hash,
            content_hash,
        };
        let leaf = entry.leaf();
        let event = Event {
            position,
            revision,
            recorded_time,
            recorded_by: entry.recorded_by,
            subject_salt: head.salt,
            content_salt,
            content,
        };
        let found_by = Some(FoundBy { identity_hash, head });
        Ok(Judged::New(Addition { logged: event.into(), leaf, found_by, amends }))
    }

    /// The recorded time of the next event: the clock's, never before the last; or its own.
    fn stamp(&self, own: Option<Timestamp>) -> Result<Timestamp, Fault> {
        let last = self.last.1;
        let Some(own) = own else { return Ok(last.map_or(self.now, |l| l.max(self.now))) };
        let refuse = |code, message| Err(Refusal::new(code, "/recordedtime", message).into());
        if last.is_some_and(|last| own < last) {
            refuse(Code::TimeDecreases, "before the recorded time of the event before it")
        } else if own > self.now {
            refuse(Code::TimeInFuture, "in the future of the log's clock")
        } else {
            Ok(own)
        }
    }

    /// Whether the content may stand as an amendment; answers with what it amends, if it is one.
    fn check_amendment(&self, content: &Content) -> Result<Option<EventKey>, Fault> {
        if !content.kind.amends() {
            return Ok(None);
        }
        let (named, path, replacement) = match content.payload() {
            Payload::RecordCorrected(c) => (c.corrects, "/data/corrects", Some(c.data)),
            Payload::RecordRetracted(r) => (r.retracts, "/data/retracts", None),
            _ => return Ok(None),
        };
        let refuse = |code, message: String| Err(Refusal::new(code, path, message).into());
        let Some(target) =
            self.find_named(&named)?.filter(|e| e.content.subject == content.subject)
        else {
            return refuse(
                Code::AmendsUnknown,
                format!("{} has no event {named}", content.subject),
            );
        };
        if target.content.kind == EventType::RecordRetracted {
            return refuse(Code::AmendsFinal, "a retraction is final".to_owned());
        }
        let (mut chains, original) = self.chain(&target)?;
        let outcome = match replacement {
            None => chains.retract(target.position),
            Some(_) => chains.correct(target.position, Position(self.last.0.0 + 1)),
        };
        if let Err(not_standing) = outcome {
            let instead = not_standing.instead.map(|p| self.whole(p)).transpose()?;
            let message = instead.map_or_else(
                || "it was retracted".to_owned(),
                |e| format!("name {} instead, the last correction", e.content.key),
            );
            return refuse(Code::AmendsSuperseded, message);
        }
        if let Some(data) = replacement {
            // What stands in the place of an event must be data of that event's type.
            let outer = Pointer::ROOT.member("data");
            let data = Json::Object(data);
            let kind = original.content.kind;
            Payload::read(kind, &content.subject, &Value::from(&data), &outer.member("data"))?;
        }
        Ok(Some(named))
    }

    /// The chain that an event belongs to, as it stands now, and the original at its bottom.
    fn chain(&self, of: &Event) -> Result<(Chains, Event), Fault> {
        let mut original = of.clone();
        while let Payload::RecordCorrected(correction) = original.content.payload() {
            let named = self.find_named(&correction.corrects)?;
            original = named.ok_or_else(|| lost(&original, &correction.corrects))?;
        }
        let mut positions = BTreeMap::from([(original.content.key.clone(), original.position)]);
        let mut amendments = Vec::new();
        let mut open = vec![original.content.key.clone()];
        while let Some(key) = open.pop() {
            for event in self.amendments(&key)? {
                positions.insert(event.content.key.clone(), event.position);
                open.push(event.content.key.clone());
                amendments.push((event, key.clone()));
            }
        }
        amendments.sort_by_key(|(event, _)| event.position);
        let mut chains = Chains::default();
        for (event, named) in amendments {
            let position = *positions.get(&named).ok_or_else(|| lost(&event, &named))?;
            let outcome = match event.content.kind {
                EventType::RecordCorrected => chains.correct(position, event.position),
                _ => chains.retract(position),
            };
            outcome.map_err(|e| damaged(event.position, e.to_string()))?;
        }
        Ok((chains, original))
    }

    fn put(&mut self, added: Addition) {
        let logged = &added.logged;
        match (logged, added.found_by) {
            (Logged::Whole(event), Some(FoundBy { identity_hash, head })) => {
                self.heads.insert(event.content.subject.clone(), head);
                let place = self.admitted.added.len();
                self.by_key.insert(identity_hash, place as u64);
                if let Some(amended) = &added.amends {
                    self.amending.entry(amended.clone()).or_default().push(place);
                }
            }
            _ => {
                self.bare.insert(logged.subject_hash(), logged.revision());
            }
        }
        self.last = (logged.position(), Some(logged.recorded_time()));
        self.admitted.receipts.push(receipt(&added));
        self.admitted.added.push(added);
    }

    fn head(&self, subject: &Subject) -> Result<Option<StreamHead>, ReadError> {
        match self.heads.get(subject) {
            Some(head) => Ok(Some(*head)),
            None => self.ledger.stream_head(subject),
        }
    }

    fn find(&self, key: &EventKey, hash: u64) -> Result<Option<Event>, ReadError> {
        let places = self.by_key.get(hash).filter_map(|place| usize::try_from(place).ok());
        let mut added = places.filter_map(|index| self.admitted.added[index].logged.event());
        match added.find(|event| event.content.key == *key) {
            Some(event) => Ok(Some(event.clone())),
            None => self.ledger.find(key, hash),
        }
    }

    fn find_named(&self, key: &EventKey) -> Result<Option<Event>, ReadError> {
        self.find(key, identity_hash(&key.source, &key.id))
    }

    /// What the batch has added so far.
    fn logged(&self) -> impl Iterator<Item = &Logged> {
        self.admitted.added.iter().map(|added| &added.logged)
    }

    fn event(&self, position: Position) -> Result<Logged, ReadError> {
        // What is added stands in order of position without gaps.
        let place =
            self.logged().next().and_then(|first| position.0.checked_sub(first.position().0));
        let added = place.and_then(|place| self.admitted.added.get(usize::try_from(place).ok()?));
        match added {
            Some(added) => Ok(added.logged.clone()),
            None => self.ledger.event(position),
        }
    }

    fn amendments(&self, key: &EventKey) -> Result<Vec<Event>, ReadError> {
        let mut events = self.ledger.amendments(key)?;
        let places = self.amending.get(key).into_iter().flatten();
        let added = places.filter_map(|place| self.admitted.added[*place].logged.event());
        events.extend(added.cloned());
        Ok(events)
    }

    /// An event of a stream that was not erased.
    fn whole(&self, position: Position) -> Result<Event, ReadError> {
        self.event(position)?.into_event().ok_or_else(|| {
            damaged(position, "its payload is gone though its stream is not erased".to_owned())
        })
    }

    fn stream(
        &self,
        subject: &Subject,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError> {
        let mut events = self.ledger.stream(subject, after, limit)?;
        let added = self.logged().filter_map(Logged::event);
        let added = added.filter(|e| e.content.subject == *subject && e.revision > after);
        events.extend(added.take(limit.saturating_sub(events.len())).cloned());
        Ok(events)
    }
}

fn erased() -> Refusal {
    Refusal::new(Code::SubjectErased, "/subject", "the stream was erased")
}

fn damaged(at: Position, what: String) -> ReadError {
    ReadError::Damaged { first: at, last: at, what }
}

/// The damage of an amendment whose event is not there.
fn lost(amendment: &Event, named: &EventKey) -> ReadError {
    damaged(amendment.position, format!("names {named}, which is not there"))
}

/// The same identity again: the first receipt, or a conflict.
fn repeat(known: Event, content: &Content) -> Result<Receipt, Fault> {
    if known.content != *content {
        let message = format!("recorded with other content at position {}", known.position);
        return Err(Refusal::new(Code::IdentityConflict, "/id", message).into());
    }
    let known = Logged::from(known);
    Ok(receipt_of(&known, known.leaf(), true))
}

fn mismatch(path: &str, message: &str) -> Result<(), Fault> {
    Err(Refusal::new(Code::ImportMismatch, path, message).into())
}

fn receipt(added: &Addition) -> Receipt {
    receipt_of(&added.logged, added.leaf, false)
}

fn receipt_of(logged: &Logged, leaf: Hash, already_recorded: bool) -> Receipt {
    Receipt {
        position: logged.position(),
        revision: logged.revision(),
        recorded_time: logged.recorded_time(),
        leaf,
        already_recorded,
    }
}
