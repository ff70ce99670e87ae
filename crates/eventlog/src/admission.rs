//! What a log takes: the decision that all engines share.
//!
//! [`admit`] looks at a ledger, decides about a whole batch and writes nothing. An engine makes
//! the admitted events durable and only then lets readers see them.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::{
    Chains, Code, Content, Event, EventKey, Hash, Incoming, Json, Payload, Pointer, Position,
    Refusal, Revision, Salt, Subject, Timestamp, Value,
};

use crate::{AppendError, Batch, Entropy, ReadError, Receipt};

/// Where a stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamHead {
    /// Its last revision.
    pub revision: Revision,
    /// Its salt.
    pub salt: Salt,
}

/// What a decision may ask of the log: everything admitted so far, visible or not.
pub trait Ledger {
    /// Last position and its recorded time.
    fn last(&self) -> (Position, Option<Timestamp>);

    /// The stream's head; `None` if it does not exist.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    fn stream_head(&self, subject: &Subject) -> Result<Option<StreamHead>, ReadError>;

    /// The event of that identity.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    fn find(&self, key: &EventKey) -> Result<Option<Event>, ReadError>;

    /// The stream's events behind revision `after`, at most `limit`.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    fn stream(
        &self,
        subject: &Subject,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError>;

    /// The event at a position that exists.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    fn event(&self, position: Position) -> Result<Event, ReadError>;
}

/// A batch that the log takes: what is new, and a receipt per event of the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// The events to make durable, in order of position; may be empty.
    pub events: Vec<Event>,
    /// Their leaf hashes.
    pub leaves: Vec<Hash>,
    /// One per event of the batch, in its order.
    pub receipts: Vec<Receipt>,
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
        Batch::Adapter { events, recorded_by } => draft.incoming(events, &recorded_by),
        Batch::Backfill { events, recorded_by } => {
            draft.incoming(events, &format!("{recorded_by}+backfill"))
        }
        Batch::Exact(events) => draft.exact(events),
        Batch::Own { content, recorded_by } => {
            let own = Incoming { content: *content, expected_revision: None, recorded_time: None };
            draft.incoming(vec![own], &recorded_by)
        }
    }
}

/// A batch while it is decided about: the ledger, and on top what the batch has added so far.
struct Draft<'a> {
    ledger: &'a dyn Ledger,
    now: Timestamp,
    entropy: &'a mut dyn Entropy,
    last: (Position, Option<Timestamp>),
    heads: BTreeMap<Subject, StreamHead>,
    admitted: Admitted,
    by_key: BTreeMap<EventKey, usize>,
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
        let admitted = Admitted { events: Vec::new(), leaves: Vec::new(), receipts: Vec::new() };
        let (heads, by_key) = (BTreeMap::new(), BTreeMap::new());
        Self { last: ledger.last(), ledger, now, entropy, heads, admitted, by_key }
    }

    fn incoming(
        mut self,
        events: Vec<Incoming>,
        recorded_by: &str,
    ) -> Result<Admitted, AppendError> {
        let recorded_by = Arc::from(recorded_by);
        for (index, event) in events.into_iter().enumerate() {
            self.take(event, &recorded_by).map_err(|fault| fault.of(index))?;
        }
        Ok(self.admitted)
    }

    fn take(&mut self, event: Incoming, recorded_by: &Arc<str>) -> Result<(), Fault> {
        let Incoming { content, expected_revision, recorded_time } = event;
        if let Some(known) = self.find(&content.key)? {
            return self.repeat(&known, &content);
        }
        let head = self.head(&content.subject)?;
        let actual = head.map_or(Revision(0), |h| h.revision);
        if expected_revision.is_some_and(|expected| expected != actual.0) {
            let after = Revision(expected_revision.unwrap_or(0).min(actual.0));
            let unseen = self.stream(&content.subject, after, crate::PAGE_EVENTS_MAX)?;
            return Err(Fault::Revision { actual, unseen });
        }
        self.check_amendment(&content)?;
        let recorded_time = self.stamp(recorded_time)?;
        let event = Event {
            position: Position(self.last.0.0 + 1),
            revision: Revision(actual.0 + 1),
            recorded_time,
            recorded_by: Arc::clone(recorded_by),
            subject_salt: head.map_or_else(|| self.entropy.salt(), |h| h.salt),
            content_salt: self.entropy.salt(),
            content,
        };
        self.put(event);
        Ok(())
    }

    /// The same identity again: the first receipt, or a conflict.
    fn repeat(&mut self, known: &Event, content: &Content) -> Result<(), Fault> {
        if known.content != *content {
            let message = format!("recorded with other content at position {}", known.position);
            return Err(Refusal::new(Code::IdentityConflict, "/id", message).into());
        }
        self.admitted.receipts.push(receipt(known, known.entry().leaf(), true));
        Ok(())
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

    fn check_amendment(&self, content: &Content) -> Result<(), Fault> {
        let (named, path, replacement) = match content.payload() {
            Payload::RecordCorrected(c) => (c.corrects, "/data/corrects", Some(c.data)),
            Payload::RecordRetracted(r) => (r.retracts, "/data/retracts", None),
            _ => return Ok(()),
        };
        let refuse = |code, message: String| Err(Refusal::new(code, path, message).into());
        let Some(target) = self.find(&named)?.filter(|e| e.content.subject == content.subject)
        else {
            return refuse(
                Code::AmendsUnknown,
                format!("{} has no event {named}", content.subject),
            );
        };
        if matches!(target.content.payload(), Payload::RecordRetracted(_)) {
            return refuse(Code::AmendsFinal, "a retraction is final".to_owned());
        }
        let mut chains = self.chains(&content.subject)?;
        let outcome = match replacement {
            None => chains.retract(target.position),
            Some(_) => chains.correct(target.position, Position(self.last.0.0 + 1)),
        };
        if let Err(not_standing) = outcome {
            let instead = not_standing.instead.map(|p| self.event(p)).transpose()?;
            let message = instead.map_or_else(
                || "it was retracted".to_owned(),
                |e| format!("name {} instead, the last correction", e.content.key),
            );
            return refuse(Code::AmendsSuperseded, message);
        }
        if let Some(data) = replacement {
            self.check_replacement(content, &chains, target.position, data)?;
        }
        Ok(())
    }

    /// What stands in the place of an event must be data of that event's type.
    fn check_replacement(
        &self,
        content: &Content,
        chains: &Chains,
        named: Position,
        data: BTreeMap<String, Json>,
    ) -> Result<(), Fault> {
        let original = self.event(chains.original_of(named))?;
        let outer = Pointer::ROOT.member("data");
        let at = outer.member("data");
        let data = Json::Object(data);
        Payload::read(original.content.kind, &content.subject, &Value::from(&data), &at)?;
        Ok(())
    }

    /// The chains of a stream as they stand now.
    fn chains(&self, subject: &Subject) -> Result<Chains, Fault> {
        let mut chains = Chains::default();
        let mut after = Revision(0);
        loop {
            let page = self.stream(subject, after, crate::PAGE_EVENTS_MAX)?;
            let Some(last) = page.last() else { return Ok(chains) };
            after = last.revision;
            for event in &page {
                self.chain(&mut chains, event)?;
            }
        }
    }

    fn chain(&self, chains: &mut Chains, event: &Event) -> Result<(), Fault> {
        let lost = |what: &EventKey| {
            let (first, last) = (event.position, event.position);
            ReadError::Damaged { first, last, what: format!("names {what}, which is not there") }
        };
        let find = |key: &EventKey| self.find(key)?.ok_or_else(|| Fault::Read(lost(key)));
        let outcome = match event.content.payload() {
            Payload::RecordCorrected(c) => {
                chains.correct(find(&c.corrects)?.position, event.position)
            }
            Payload::RecordRetracted(r) => chains.retract(find(&r.retracts)?.position),
            _ => return Ok(()),
        };
        outcome.map(|_| ()).map_err(|e| {
            let (first, last) = (event.position, event.position);
            Fault::Read(ReadError::Damaged { first, last, what: e.to_string() })
        })
    }

    /// Lines of an export: each continues the log exactly, or is what the log holds already.
    fn exact(mut self, events: Vec<Event>) -> Result<Admitted, AppendError> {
        for (index, event) in events.into_iter().enumerate() {
            self.take_exact(event).map_err(|fault| fault.of(index))?;
        }
        Ok(self.admitted)
    }

    fn take_exact(&mut self, event: Event) -> Result<(), Fault> {
        let refuse = |path: &str, message: &str| -> Result<(), Fault> {
            Err(Refusal::new(Code::ImportMismatch, path, message).into())
        };
        if event.position <= self.last.0 {
            if self.event(event.position)? != event {
                return refuse("/position", "the log holds another event at this position");
            }
            self.admitted.receipts.push(receipt(&event, event.entry().leaf(), true));
            return Ok(());
        }
        let head = self.head(&event.content.subject)?;
        if event.position.0 != self.last.0.0 + 1 {
            return refuse("/position", "positions are to follow each other");
        }
        if event.revision.0 != head.map_or(0, |h| h.revision.0) + 1 {
            return refuse("/revision", "not the stream's next revision");
        }
        if head.is_some_and(|h| h.salt != event.subject_salt) {
            return refuse("/subjectsalt", "not the stream's salt");
        }
        if self.find(&event.content.key)?.is_some() {
            return refuse("/id", "the log holds this identity at another position");
        }
        self.stamp(Some(event.recorded_time))?;
        self.check_amendment(&event.content)?;
        self.put(event);
        Ok(())
    }

    fn put(&mut self, event: Event) {
        let leaf = event.entry().leaf();
        self.last = (event.position, Some(event.recorded_time));
        let head = StreamHead { revision: event.revision, salt: event.subject_salt };
        self.heads.insert(event.content.subject.clone(), head);
        self.by_key.insert(event.content.key.clone(), self.admitted.events.len());
        self.admitted.receipts.push(receipt(&event, leaf, false));
        self.admitted.leaves.push(leaf);
        self.admitted.events.push(event);
    }

    fn head(&self, subject: &Subject) -> Result<Option<StreamHead>, ReadError> {
        match self.heads.get(subject) {
            Some(head) => Ok(Some(*head)),
            None => self.ledger.stream_head(subject),
        }
    }

    fn find(&self, key: &EventKey) -> Result<Option<Event>, ReadError> {
        match self.by_key.get(key) {
            Some(index) => Ok(Some(self.admitted.events[*index].clone())),
            None => self.ledger.find(key),
        }
    }

    fn event(&self, position: Position) -> Result<Event, ReadError> {
        match self.admitted.events.iter().find(|e| e.position == position) {
            Some(event) => Ok(event.clone()),
            None => self.ledger.event(position),
        }
    }

    fn stream(
        &self,
        subject: &Subject,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError> {
        let mut events = self.ledger.stream(subject, after, limit)?;
        let added = self.admitted.events.iter();
        let added = added.filter(|e| e.content.subject == *subject && e.revision > after);
        events.extend(added.take(limit.saturating_sub(events.len())).cloned());
        Ok(events)
    }
}

fn receipt(event: &Event, leaf: Hash, already_recorded: bool) -> Receipt {
    Receipt {
        position: event.position,
        revision: event.revision,
        recorded_time: event.recorded_time,
        leaf,
        already_recorded,
    }
}
