//! What a log takes: the decision that all engines share.
//!
//! [`admit`] looks at a ledger, decides about a whole batch and writes nothing. An engine makes
//! the admitted events durable and only then lets readers see them.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use events::{
    Admission, Chains, Code, Content, Event, EventKey, EventType, Family, Hash, Incoming, Json,
    Logged, Payload, Pointer, Position, Refusal, Revision, Salt, Subject, Timestamp, Value, v1,
};

use rustc_hash::FxHashMap;

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
    /// The log's name.
    fn origin(&self) -> String;

    /// Last position and its recorded time.
    fn last(&self) -> (Position, Option<Timestamp>);

    /// The stream's head; `None` if it does not exist.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    fn stream_head(&self, subject: &Subject) -> Result<Option<StreamHead>, ReadError>;

    /// Whether a stream of that name was erased, as far as the log can recognise it.
    fn is_erased(&self, subject: &Subject) -> bool;

    /// Whether the payload of the stream with that salted hash is not to be held here: it was
    /// erased, or a certificate says so.
    fn is_destroyed(&self, subject_hash: &Hash) -> bool;

    /// The last revision among the bare entries of a stream; `None` if the log holds none.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    fn bare_revision(&self, subject_hash: &Hash) -> Result<Option<Revision>, ReadError>;

    /// The event of that identity, unless it was erased.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    fn find(&self, key: &EventKey) -> Result<Option<Event>, ReadError>;

    /// The events behind revision `after` of a stream that was not erased, at most `limit`.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    fn stream(
        &self,
        subject: &Subject,
        after: Revision,
        limit: usize,
    ) -> Result<Vec<Event>, ReadError>;

    /// The events that correct or retract the event of that identity, in order of position.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    fn amendments(&self, key: &EventKey) -> Result<Vec<Event>, ReadError>;

    /// What stands at a position that exists.
    ///
    /// # Errors
    /// [`ReadError`] when the log cannot be read.
    fn event(&self, position: Position) -> Result<Logged, ReadError>;
}

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

/// A batch that the log takes: what is new, and a receipt per event of the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// The events to make durable, in order of position; may be empty.
    pub events: Vec<Logged>,
    /// Their leaf hashes.
    pub leaves: Vec<Hash>,
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

/// An event that the log takes, as a batch of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmittedOne {
    /// The event to make durable, unless it was recorded before.
    pub event: Option<Event>,
    /// Its receipt.
    pub receipt: Receipt,
}

/// Decides about one event against a ledger, as [`admit`] does about a batch of it alone.
/// `recorded_by` is what [`recorder`] gives.
///
/// # Errors
/// [`AppendError`]: then the event leaves no trace.
pub fn admit_one(
    ledger: &dyn Ledger,
    event: Incoming,
    recorded_by: &Arc<str>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<AdmittedOne, AppendError> {
    let mut draft = Draft::new(ledger, now, entropy);
    Ok(match draft.judge(event, recorded_by).map_err(|fault| fault.of(0))? {
        Judged::Known(receipt) => AdmittedOne { event: None, receipt },
        Judged::New(event) => {
            let receipt = receipt_of(&event, false);
            AdmittedOne { event: Some(event), receipt }
        }
    })
}

/// What is to be said of an event that is not refused.
enum Judged {
    /// It was recorded before.
    Known(Receipt),
    /// It is to be recorded.
    New(Event),
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
    by_key: FxHashMap<EventKey, usize>,
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
        let (events, leaves, receipts, destroyed) = Default::default();
        let admitted = Admitted { events, leaves, receipts, destroyed };
        let (heads, bare, by_key) = Default::default();
        Self { last: ledger.last(), ledger, now, entropy, heads, bare, admitted, by_key }
    }

    fn incoming(
        mut self,
        events: Vec<Incoming>,
        recorded_by: &Arc<str>,
    ) -> Result<Admitted, AppendError> {
        for (index, event) in events.into_iter().enumerate() {
            self.take(event, recorded_by).map_err(|fault| fault.of(index))?;
        }
        Ok(self.admitted)
    }

    fn take(&mut self, event: Incoming, recorded_by: &Arc<str>) -> Result<(), Fault> {
        match self.judge(event, recorded_by)? {
            Judged::Known(receipt) => self.admitted.receipts.push(receipt),
            Judged::New(event) => self.put(event.into()),
        }
        Ok(())
    }

    fn judge(&mut self, event: Incoming, recorded_by: &Arc<str>) -> Result<Judged, Fault> {
        let Incoming { content, expected_revision, recorded_time } = event;
        if self.ledger.is_erased(&content.subject) {
            return Err(erased().into());
        }
        if let Some(known) = self.find(&content.key)? {
            return repeat(&known, &content).map(Judged::Known);
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
        Ok(Judged::New(Event {
            position: Position(self.last.0.0 + 1),
            revision: Revision(actual.0 + 1),
            recorded_time,
            recorded_by: Arc::clone(recorded_by),
            subject_salt: head.map_or_else(|| self.entropy.salt(), |h| h.salt),
            content_salt: self.entropy.salt(),
            content,
        }))
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
        if !content.kind.amends() {
            return Ok(());
        }
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
        Ok(())
    }

    /// The chain that an event belongs to, as it stands now, and the original at its bottom.
    fn chain(&self, of: &Event) -> Result<(Chains, Event), Fault> {
        let mut original = of.clone();
        while let Payload::RecordCorrected(correction) = original.content.payload() {
            let named = self.find(&correction.corrects)?;
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

    /// Says on `log/erasures` that a stream is erased, and names it for destruction.
    fn erase(
        mut self,
        subject: Subject,
        authority: String,
        reason: String,
        recorded_by: &str,
    ) -> Result<Admitted, Fault> {
        let refuse = |code, message: &str| Err(Refusal::new(code, "/subject", message).into());
        if subject.family() == Family::Log {
            return refuse(Code::ErasesLog, "a stream of the log's own is never erased");
        }
        if self.ledger.is_erased(&subject) {
            return Err(erased().into());
        }
        let Some(head) = self.head(&subject)? else {
            return refuse(Code::ErasesUnknown, "the log holds no such stream");
        };
        let subject_hash = head.salt.hash(subject.as_str().as_bytes());
        let named = hex::encode(subject_hash);
        let payload = Payload::SubjectErased(v1::log::SubjectErased {
            subjecthash: named.as_str().into(),
            authority: authority.into(),
            reason: reason.into(),
            events: u32::try_from(head.revision.0).unwrap_or(u32::MAX),
            raw: None,
        });
        let key = EventKey { source: self.ledger.origin(), id: format!("erased-{named}") };
        let content = Content::new(key, &ERASURES, self.now.chicago_date(), &payload)?;
        let event = Incoming { content, expected_revision: None, recorded_time: None };
        self.take(event, &recorded_by.into())?;
        self.admitted.destroyed.push(Destroyed { subject_hash, subject: Some(subject) });
        Ok(self.admitted)
    }

    fn destroy(mut self, hashes: Vec<Hash>) -> Admitted {
        let named =
            hashes.into_iter().map(|subject_hash| Destroyed { subject_hash, subject: None });
        self.admitted.destroyed.extend(named);
        self.admitted
    }

    /// Lines of an export: each continues the log exactly, or is what the log holds already.
    fn exact(mut self, lines: Vec<Logged>) -> Result<Admitted, AppendError> {
        for (index, line) in lines.into_iter().enumerate() {
            self.take_exact(line).map_err(|fault| fault.of(index))?;
        }
        Ok(self.admitted)
    }

    fn take_exact(&mut self, line: Logged) -> Result<(), Fault> {
        if line.position() <= self.last.0 {
            // One of the two may have been erased: the entry says all that both have.
            let leaf = line.leaf();
            if self.event(line.position())?.leaf() != leaf {
                return mismatch("/position", "the log holds another event at this position");
            }
            self.admitted.receipts.push(receipt(&line, leaf, true));
            return Ok(());
        }
        if line.position().0 != self.last.0.0 + 1 {
            return mismatch("/position", "positions are to follow each other");
        }
        self.stamp(Some(line.recorded_time()))?;
        match line {
            Logged::Whole(event) => self.take_whole(event),
            Logged::Erased(entry) => self.take_bare(entry.into()),
        }
    }

    fn take_whole(&mut self, event: Event) -> Result<(), Fault> {
        let subject_hash = event.subject_hash();
        let named = &event.content.subject;
        if self.ledger.is_destroyed(&subject_hash) || self.ledger.is_erased(named) {
            let subject = Some(named.clone());
            self.admitted.destroyed.push(Destroyed { subject_hash, subject });
            return self.take_bare(event.entry().into());
        }
        let head = self.head(named)?;
        if event.revision.0 != head.map_or(0, |h| h.revision.0) + 1 {
            return mismatch("/revision", "not the stream's next revision");
        }
        if head.is_some_and(|h| h.salt != event.subject_salt) {
            return mismatch("/subjectsalt", "not the stream's salt");
        }
        if self.find(&event.content.key)?.is_some() {
            return mismatch("/id", "the log holds this identity at another position");
        }
        self.check_amendment(&event.content)?;
        let erases = match event.content.payload() {
            Payload::SubjectErased(erased) => Some(erased.subjecthash),
            _ => None,
        };
        self.put(event.into());
        erases.map_or(Ok(()), |hash| self.forget(hash.as_str()))
    }

    /// An entry without its payload. Of a stream that the log holds with its payload, it continues
    /// what will be destroyed by an event further on.
    fn take_bare(&mut self, line: Logged) -> Result<(), Fault> {
        let subject_hash = line.subject_hash();
        let last = match self.bare.get(&subject_hash) {
            Some(revision) => Some(*revision),
            None => self.ledger.bare_revision(&subject_hash)?,
        };
        if last.is_some_and(|last| line.revision().0 != last.0 + 1) {
            return mismatch("/revision", "not the stream's next revision");
        }
        self.put(line);
        Ok(())
    }

    /// Takes back what the batch has brought of a stream that it also says is erased.
    fn forget(&mut self, subject_hash: &str) -> Result<(), Fault> {
        let mut hash = [0; 32];
        if hex::decode_to_slice(subject_hash, &mut hash).is_err() {
            return mismatch("/data/subjecthash", "expected 64 hexadecimal digits");
        }
        let mut subject = None;
        for (index, logged) in self.admitted.events.iter_mut().enumerate() {
            let Logged::Whole(event) = logged else { continue };
            if event.subject_hash() == hash {
                self.by_key.remove(&event.content.key);
                self.heads.remove(&event.content.subject);
                self.bare.insert(hash, event.revision);
                subject = Some(event.content.subject.clone());
                *logged = event.entry().into();
                debug_assert_eq!(logged.leaf(), self.admitted.leaves[index]);
            }
        }
        self.admitted.destroyed.push(Destroyed { subject_hash: hash, subject });
        Ok(())
    }

    fn put(&mut self, logged: Logged) {
        let leaf = logged.leaf();
        self.last = (logged.position(), Some(logged.recorded_time()));
        match &logged {
            Logged::Whole(event) => {
                let head = StreamHead { revision: event.revision, salt: event.subject_salt };
                self.heads.insert(event.content.subject.clone(), head);
                self.by_key.insert(event.content.key.clone(), self.admitted.events.len());
            }
            Logged::Erased(entry) => {
                self.bare.insert(entry.subject_hash, entry.revision);
            }
        }
        self.admitted.receipts.push(receipt(&logged, leaf, false));
        self.admitted.leaves.push(leaf);
        self.admitted.events.push(logged);
    }

    fn head(&self, subject: &Subject) -> Result<Option<StreamHead>, ReadError> {
        match self.heads.get(subject) {
            Some(head) => Ok(Some(*head)),
            None => self.ledger.stream_head(subject),
        }
    }

    fn find(&self, key: &EventKey) -> Result<Option<Event>, ReadError> {
        match self.by_key.get(key) {
            Some(index) => Ok(self.admitted.events[*index].event().cloned()),
            None => self.ledger.find(key),
        }
    }

    fn event(&self, position: Position) -> Result<Logged, ReadError> {
        match self.admitted.events.iter().find(|e| e.position() == position) {
            Some(event) => Ok(event.clone()),
            None => self.ledger.event(position),
        }
    }

    fn amendments(&self, key: &EventKey) -> Result<Vec<Event>, ReadError> {
        let mut events = self.ledger.amendments(key)?;
        let added = self.admitted.events.iter().filter_map(Logged::event);
        let amends = |event: &&Event| event.content.amends().ok().flatten().as_ref() == Some(key);
        events.extend(added.filter(amends).cloned());
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
        let added = self.admitted.events.iter().filter_map(Logged::event);
        let added = added.filter(|e| e.content.subject == *subject && e.revision > after);
        events.extend(added.take(limit.saturating_sub(events.len())).cloned());
        Ok(events)
    }
}

/// The stream on which the log says what it erased.
static ERASURES: LazyLock<Subject> = LazyLock::new(|| "log/erasures".parse().expect("a subject"));

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
fn repeat(known: &Event, content: &Content) -> Result<Receipt, Fault> {
    if known.content != *content {
        let message = format!("recorded with other content at position {}", known.position);
        return Err(Refusal::new(Code::IdentityConflict, "/id", message).into());
    }
    Ok(receipt_of(known, true))
}

fn mismatch(path: &str, message: &str) -> Result<(), Fault> {
    Err(Refusal::new(Code::ImportMismatch, path, message).into())
}

fn receipt_of(event: &Event, already_recorded: bool) -> Receipt {
    Receipt {
        position: event.position,
        revision: event.revision,
        recorded_time: event.recorded_time,
        leaf: event.entry().leaf(),
        already_recorded,
    }
}

fn receipt(logged: &Logged, leaf: Hash, already_recorded: bool) -> Receipt {
    Receipt {
        position: logged.position(),
        revision: logged.revision(),
        recorded_time: logged.recorded_time(),
        leaf,
        already_recorded,
    }
}
