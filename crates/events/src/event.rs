//! An event as the log holds it.

use std::sync::Arc;

use crate::canonical::ObjectWriter;
use crate::entry::{read_count, read_instant};
use crate::{
    Code, Content, Entry, Hash, Json, Members, Pointer, Position, Refusal, Revision, Salt,
    Timestamp, Value,
};

/// An event of the log: what the adapter said, and what the log added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What the adapter said.
    pub content: Content,
    /// Place in the log.
    pub position: Position,
    /// Place in the stream.
    pub revision: Revision,
    /// When the log took it; never decreases with position.
    pub recorded_time: Timestamp,
    /// Who recorded it.
    pub recorded_by: Arc<str>,
    /// The stream's salt.
    pub subject_salt: Salt,
    /// The event's salt.
    pub content_salt: Salt,
}

impl Event {
    /// Salted hash of the subject: SHA-256(`subjectsalt` ‖ subject).
    #[must_use]
    pub fn subject_hash(&self) -> Hash {
        self.subject_salt.hash(self.content.subject.as_str().as_bytes())
    }

    /// Salted hash of the content: SHA-256(`contentsalt` ‖ canonical content).
    #[must_use]
    pub fn content_hash(&self) -> Hash {
        self.content_salt.hash(&self.content.canonical())
    }

    /// The entry that the tree commits to.
    #[must_use]
    pub fn entry(&self) -> Entry {
        self.entry_with(self.content_hash())
    }

    /// The same, for who has the content's hash.
    pub(crate) fn entry_with(&self, content_hash: Hash) -> Entry {
        Entry {
            position: self.position,
            revision: self.revision,
            recorded_time: self.recorded_time,
            recorded_by: self.recorded_by.clone(),
            kind: self.content.kind,
            subject_hash: self.subject_hash(),
            content_hash,
        }
    }

    /// Every attribute as a JSON object.
    ///
    /// # Panics
    /// Never: the canonical bytes are JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Json::parse(&self.canonical()).expect("canonical JSON is JSON")
    }

    /// Canonical bytes (RFC 8785) of every attribute: one line of an export.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let content = &self.content;
        let mut bytes = Vec::with_capacity(content.data.as_str().len() + 768);
        let mut object = ObjectWriter::new(&mut bytes);
        object.optional("causationid", content.causation_id.as_deref());
        object.hash("contenthash", &self.content_hash());
        object.plain("contentsalt", self.content_salt.text());
        object.optional("correlationid", content.correlation_id.as_deref());
        object.json("data", &content.data);
        object.plain("effectiveon", content.effective_on.text());
        object.text("id", &content.key.id);
        object.count("position", self.position.0);
        object.text("recordedby", &self.recorded_by);
        object.instant("recordedtime", self.recorded_time);
        object.count("revision", self.revision.0);
        object.text("source", &content.key.source);
        object.plain("specversion", "1.0");
        object.plain("subject", content.subject.as_str());
        object.hash("subjecthash", &self.subject_hash());
        object.plain("subjectsalt", self.subject_salt.text());
        object.optional("time", content.time.as_deref());
        object.plain("type", content.kind.name());
        object.end();
        bytes
    }

    /// Reads one line of an export from its JSON object.
    ///
    /// # Errors
    /// As [`Event::read`].
    pub fn from_json(json: &Json) -> Result<Self, Refusal> {
        Self::read(&Value::from(json))
    }

    /// Reads one line of an export, and recomputes its hashes.
    ///
    /// # Errors
    /// What the vocabulary refuses; [`Code::ImportMismatch`] where a hash is not that of the
    /// content.
    pub fn read(value: &Value<'_>) -> Result<Self, Refusal> {
        let root = Pointer::ROOT;
        value.check(&root)?;
        let mut members = Members::of(value, &root)?;
        let content = Content::read(&mut members)?;
        let event = Self {
            content,
            position: Position(read_count(&mut members, "position")?),
            revision: Revision(read_count(&mut members, "revision")?),
            recorded_time: read_instant(&mut members, "recordedtime")?,
            recorded_by: members.name("recordedby")?.into(),
            subject_salt: Salt::read(members.value("subjectsalt"), &root.member("subjectsalt"))?,
            content_salt: Salt::read(members.value("contentsalt"), &root.member("contentsalt"))?,
        };
        check_hash(&mut members, "subjecthash", event.subject_hash())?;
        check_hash(&mut members, "contenthash", event.content_hash())?;
        members.finish()?;
        Ok(event)
    }
}

fn check_hash(members: &mut Members<'_>, name: &'static str, hash: Hash) -> Result<(), Refusal> {
    let mut digits = [0; 64];
    hex::encode_to_slice(hash, &mut digits).expect("two digits a byte");
    if members.value(name).and_then(Value::as_str).map(str::as_bytes) == Some(&digits) {
        return Ok(());
    }
    Err(Pointer::ROOT
        .member(name)
        .refuse(Code::ImportMismatch, "not the salted hash of what the event says"))
}
