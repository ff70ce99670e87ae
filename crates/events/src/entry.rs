//! What the log's Merkle tree commits to: an entry discloses nothing that an adapter said.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::canonical::ObjectWriter;
use crate::{
    Code, EventType, Json, Members, Pointer, Position, Refusal, Revision, Timestamp, Value,
};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// Sixteen random bytes, one per stream and one per event; base64url without padding in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Salt(pub [u8; 16]);

impl Salt {
    /// The salt as text.
    #[must_use]
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The salt written so.
    ///
    /// # Errors
    /// [`Code::MissingField`] or [`Code::WrongType`], at `at`.
    pub fn read(value: Option<&Value<'_>>, at: &Pointer<'_>) -> Result<Self, Refusal> {
        let value = value.ok_or_else(|| at.refuse(Code::MissingField, "a salt is required"))?;
        value
            .as_str()
            .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| at.refuse(Code::WrongType, "expected 16 bytes in base64url"))
    }

    /// SHA-256 of the salt followed by `bytes`.
    #[must_use]
    pub fn hash(&self, bytes: &[u8]) -> Hash {
        Sha256::new().chain_update(self.0).chain_update(bytes).finalize().into()
    }
}

/// The entry of one event: where it stands, when and by whom it was recorded, and salted hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Place in the log.
    pub position: Position,
    /// Place in the stream.
    pub revision: Revision,
    /// When the log took it.
    pub recorded_time: Timestamp,
    /// Who recorded it.
    pub recorded_by: Arc<str>,
    /// Type.
    pub kind: EventType,
    /// Salted hash of the subject.
    pub subject_hash: Hash,
    /// Salted hash of the content.
    pub content_hash: Hash,
}

impl Entry {
    /// The entry's JSON object.
    ///
    /// # Panics
    /// Never: its canonical bytes are JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Json::parse(&self.canonical()).expect("canonical JSON is JSON")
    }

    /// Canonical bytes (RFC 8785) of the entry.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(384);
        self.write(&mut bytes);
        bytes
    }

    /// Appends what [`Entry::canonical`] gives.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut object = ObjectWriter::new(out);
        object.hash("contenthash", &self.content_hash);
        object.count("position", self.position.0);
        object.text("recordedby", &self.recorded_by);
        object.instant("recordedtime", self.recorded_time);
        object.count("revision", self.revision.0);
        object.hash("subjecthash", &self.subject_hash);
        object.plain("type", self.kind.name());
        object.end();
    }

    /// Reads an entry that stands alone: one line of an export where the payload was destroyed.
    ///
    /// # Errors
    /// A [`Refusal`] for the first member that an entry does not have, lacks or writes otherwise.
    pub fn read(value: &Value<'_>) -> Result<Self, Refusal> {
        let root = Pointer::ROOT;
        value.check(&root)?;
        let mut members = Members::of(value, &root)?;
        let name = members.text("type")?;
        let kind = EventType::from_name(name).ok_or_else(|| {
            root.member("type").refuse(Code::UnknownType, format!("no event type `{name}`"))
        })?;
        let entry = Self {
            position: Position(read_count(&mut members, "position")?),
            revision: Revision(read_count(&mut members, "revision")?),
            recorded_time: read_instant(&mut members, "recordedtime")?,
            recorded_by: members.name("recordedby")?.into(),
            kind,
            subject_hash: read_hash(&mut members, "subjecthash")?,
            content_hash: read_hash(&mut members, "contenthash")?,
        };
        members.finish()?;
        Ok(entry)
    }

    /// Leaf hash of the tree: SHA-256(0x00 ‖ canonical bytes of the entry) (RFC 6962, 2.1).
    #[must_use]
    pub fn leaf(&self) -> Hash {
        leaf_hash(&self.canonical())
    }
}

/// Leaf hash of canonical entry bytes: SHA-256(0x00 ‖ bytes) (RFC 6962, 2.1).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

pub(crate) fn read_count(members: &mut Members<'_>, name: &'static str) -> Result<u64, Refusal> {
    let n: i64 = members.optional(name)?.ok_or_else(|| members.missing(name))?;
    u64::try_from(n)
        .ok()
        .filter(|n| *n > 0)
        .ok_or_else(|| Pointer::ROOT.member(name).refuse(Code::InvalidNumber, "expected 1 or more"))
}

pub(crate) fn read_instant(
    members: &mut Members<'_>,
    name: &'static str,
) -> Result<Timestamp, Refusal> {
    members.text(name)?.parse().map_err(|e: crate::TimestampError| {
        Pointer::ROOT.member(name).refuse(Code::InvalidInstant, e.to_string())
    })
}

/// Reads a digest as the entry writes it: 64 lower-case hexadecimal digits.
fn read_hash(members: &mut Members<'_>, name: &'static str) -> Result<Hash, Refusal> {
    let text = members.text(name)?;
    let mut hash = [0; 32];
    let read = hex::decode_to_slice(text, &mut hash).is_ok() && hex::encode(hash) == text;
    let what = "expected SHA-256 as 64 lower-case hexadecimal digits";
    read.then_some(hash).ok_or_else(|| Pointer::ROOT.member(name).refuse(Code::WrongType, what))
}
