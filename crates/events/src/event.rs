//! An event as the log holds it.

use crate::entry::{int, read_count, read_instant};
use crate::{
    Code, Content, Entry, Hash, Json, Members, Pointer, Position, Refusal, Revision, Salt,
    Timestamp,
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
    pub recorded_by: String,
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
        Entry {
            position: self.position,
            revision: self.revision,
            recorded_time: self.recorded_time,
            recorded_by: self.recorded_by.clone(),
            kind: self.content.kind,
            subject_hash: self.subject_hash(),
            content_hash: self.content_hash(),
        }
    }

    /// Every attribute as a JSON object: one line of an export, once canonical.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let mut attributes = self.content.attributes();
        attributes.extend([
            ("position", int(self.position.0)),
            ("revision", int(self.revision.0)),
            ("recordedtime", self.recorded_time.to_string().into()),
            ("recordedby", self.recorded_by.as_str().into()),
            ("subjectsalt", self.subject_salt.text().into()),
            ("contentsalt", self.content_salt.text().into()),
            ("subjecthash", hex::encode(self.subject_hash()).into()),
            ("contenthash", hex::encode(self.content_hash()).into()),
        ]);
        Json::object(attributes)
    }

    /// Reads one line of an export, and recomputes its hashes.
    ///
    /// # Errors
    /// What the vocabulary refuses; [`Code::ImportMismatch`] where a hash is not that of the
    /// content.
    pub fn from_json(json: &Json) -> Result<Self, Refusal> {
        let root = Pointer::ROOT;
        json.check(&root)?;
        let mut members = Members::of(json, &root)?;
        let content = Content::read(&mut members)?;
        let event = Self {
            content,
            position: Position(read_count(&mut members, "position")?),
            revision: Revision(read_count(&mut members, "revision")?),
            recorded_time: read_instant(&mut members, "recordedtime")?,
            recorded_by: members.name("recordedby")?,
            subject_salt: Salt::read(members.json("subjectsalt"), &root.member("subjectsalt"))?,
            content_salt: Salt::read(members.json("contentsalt"), &root.member("contentsalt"))?,
        };
        check_hash(&mut members, "subjecthash", event.subject_hash())?;
        check_hash(&mut members, "contenthash", event.content_hash())?;
        members.finish()?;
        Ok(event)
    }
}

fn check_hash(members: &mut Members<'_>, name: &'static str, hash: Hash) -> Result<(), Refusal> {
    if members.json(name).and_then(Json::as_str) == Some(hex::encode(hash).as_str()) {
        return Ok(());
    }
    Err(Pointer::ROOT
        .member(name)
        .refuse(Code::ImportMismatch, "not the salted hash of what the event says"))
}
