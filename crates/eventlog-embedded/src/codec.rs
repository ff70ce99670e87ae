//! How an event is stored: binary fields around the canonical JSON of its data.
//!
//! A record has three parts. The *head* says which stream the event is on and carries its leaf
//! hash; only the journal has it, since a sealed run keeps streams in a table and recomputes
//! leaves. The *kept* part is what erasure leaves. The *data* part is what the adapter said, with
//! its salt. Sealing copies the latter two as they are.
//!
//! Each part begins with its version, 1; another version is an error, never skipped. Version 2 of
//! head and data is what erasure leaves: `subjecthash` in the place of subject and salt, and
//! `contenthash` in the place of all that was said.

use std::ops::Range;
use std::sync::Arc;

use events::{
    CanonicalJson, Content, Date, Entry, Event, EventKey, EventType, Hash, Logged, Position,
    Revision, Salt, SharedStr, Subject, Timestamp,
};

use crate::streams::StreamName;
use crate::wire::{Cursor, put_bytes, put_number};

mod shared_texts;
#[cfg(test)]
mod tests;

pub(crate) use shared_texts::SharedTexts;

const VERSION: u8 = 1;
const ERASED: u8 = 2;
const HAS_TIME: u8 = 1;
const HAS_CORRELATION_ID: u8 = 2;
const HAS_CAUSATION_ID: u8 = 4;

/// Why stored bytes are no event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeError {
    /// The bytes end too early or hold something else than they should.
    #[error("a stored record is malformed")]
    Malformed,
    /// Written by a later program.
    #[error("a stored record has version {0}, which is unknown here")]
    Version(u8),
    /// Written by a program that knows more types.
    #[error("a stored record has the type {0}, which is unknown here")]
    UnknownType(String),
}

/// A record of the journal, cut into its parts; nothing is copied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredRecord<'a> {
    pub(crate) leaf: Hash,
    pub(crate) name: StoredName<'a>,
    pub(crate) kept: &'a [u8],
    pub(crate) data: &'a [u8],
}

/// What the head of a record says of its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoredName<'a> {
    Named { salt: Salt, subject: &'a str },
    Erased(Hash),
}

/// What the adapter said, or the hash of it that erasure leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoredData<T> {
    Said(Data<T>),
    Erased(Hash),
}

/// What erasure leaves of an event, besides its position and its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept<'a> {
    pub(crate) revision: Revision,
    pub(crate) recorded_time: Timestamp,
    pub(crate) kind: EventType,
    /// UTF-8, which is checked where it is read.
    pub(crate) recorded_by: &'a [u8],
}

/// What the adapter said, besides type and subject; the texts as `&str` or [`SharedStr`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Data<T> {
    pub(crate) content_salt: Salt,
    pub(crate) effective_on: Date,
    pub(crate) source: T,
    pub(crate) id: T,
    pub(crate) time: Option<T>,
    pub(crate) correlation_id: Option<T>,
    pub(crate) causation_id: Option<T>,
    /// Canonical JSON.
    pub(crate) data: T,
}

/// Writes an event down as a record of the journal, behind what is in `bytes`. Its position is not
/// part of the record: it is the record's place.
pub(crate) fn encode(event: &Event, leaf: &Hash, bytes: &mut Vec<u8>) {
    let content = &event.content;
    bytes.push(VERSION);
    bytes.extend_from_slice(leaf);
    bytes.extend_from_slice(&event.subject_salt.0);
    put_bytes(bytes, content.subject.as_str().as_bytes());

    let kept = Kept {
        revision: event.revision,
        recorded_time: event.recorded_time,
        kind: content.kind,
        recorded_by: event.recorded_by.as_bytes(),
    };
    put_bytes(bytes, &kept.encode());

    bytes.push(VERSION);
    bytes.extend_from_slice(&event.content_salt.0);
    bytes.extend_from_slice(&content.effective_on.day_number().to_le_bytes());
    put_bytes(bytes, content.key.source.as_bytes());
    put_bytes(bytes, content.key.id.as_bytes());
    let optional = [
        (HAS_TIME, &content.time),
        (HAS_CORRELATION_ID, &content.correlation_id),
        (HAS_CAUSATION_ID, &content.causation_id),
    ];
    let present = optional.iter().filter(|(_, text)| text.is_some());
    bytes.push(present.map(|(flag, _)| flag).sum());
    for text in optional.iter().filter_map(|(_, text)| text.as_deref()) {
        put_bytes(bytes, text.as_bytes());
    }
    bytes.extend_from_slice(content.data.as_str().as_bytes());
}

/// Writes down what is left of an event, as a record of the journal, behind what is in `bytes`.
pub(crate) fn encode_bare(entry: &Entry, leaf: &Hash, bytes: &mut Vec<u8>) {
    let kept = Kept {
        revision: entry.revision,
        recorded_time: entry.recorded_time,
        kind: entry.kind,
        recorded_by: entry.recorded_by.as_bytes(),
    };
    bytes.extend(bare(leaf, &entry.subject_hash, &kept.encode(), &entry.content_hash));
}

/// Writes the data part of an erased event down.
pub(crate) fn erased_data(content_hash: &Hash) -> Vec<u8> {
    [&[ERASED], &content_hash[..]].concat()
}

fn bare(leaf: &Hash, subject_hash: &Hash, kept: &[u8], content_hash: &Hash) -> Vec<u8> {
    let mut bytes = [&[ERASED], &leaf[..], &subject_hash[..]].concat();
    put_bytes(&mut bytes, kept);
    bytes.extend(erased_data(content_hash));
    bytes
}

impl<'a> StoredRecord<'a> {
    /// Cuts a record of the journal.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let (version, cursor) = versioned(bytes)?;
        Self::parts(version, cursor).ok_or(DecodeError::Malformed)
    }

    fn parts(version: u8, mut cursor: Cursor<'a>) -> Option<Self> {
        let leaf = *cursor.array()?;
        let name = if version == ERASED {
            StoredName::Erased(*cursor.array()?)
        } else {
            StoredName::Named { salt: Salt(*cursor.array()?), subject: cursor.text()? }
        };
        let kept = cursor.bytes()?;
        Some(Self { leaf, name, kept, data: cursor.rest() })
    }

    /// What stands at the position.
    pub(crate) fn logged(&self, position: Position) -> Result<Logged, DecodeError> {
        let kept = Kept::read(self.kept)?;
        let data = SharedTexts::of([self.data]).read(self.data)?;
        logged(position, self.name.owned()?, kept, data, &mut Shared::default())
    }

    /// Writes down what erasure leaves of the record; `None` where the stream is another one, or
    /// was erased before.
    pub(crate) fn erased(
        &self,
        position: Position,
        subject_hash: &Hash,
    ) -> Result<Option<Vec<u8>>, DecodeError> {
        let StoredName::Named { salt, subject } = self.name else { return Ok(None) };
        if salt.hash(subject.as_bytes()) != *subject_hash {
            return Ok(None);
        }
        let content_hash = self.logged(position)?.entry().content_hash;
        Ok(Some(bare(&self.leaf, subject_hash, self.kept, &content_hash)))
    }
}

impl StoredName<'_> {
    /// The name as its own value.
    pub(crate) fn owned(self) -> Result<StreamName, DecodeError> {
        Ok(match self {
            Self::Named { salt, subject } => {
                StreamName::Named(subject.parse().map_err(|_| DecodeError::Malformed)?, salt)
            }
            Self::Erased(hash) => StreamName::Erased(hash),
        })
    }
}

impl<'a> StoredData<&'a str> {
    /// Reads a data part; its JSON is not looked at.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        Self::read_with(bytes, |place| std::str::from_utf8(&bytes[place]).ok())
    }

    /// Tells whether this is the event of that identity.
    pub(crate) fn has_key(&self, key: &EventKey) -> bool {
        matches!(self, Self::Said(data) if key.source == data.source && key.id == data.id)
    }
}

impl<'a> StoredData<&'a [u8]> {
    /// Reads a data part; none of its texts is looked at.
    pub(crate) fn read_bytes(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        Self::read_with(bytes, |place| bytes.get(place))
    }
}

impl<T> StoredData<T> {
    /// Reads a data part; `text` makes a text of what lies at a place of it, or `None` where that
    /// is none.
    fn read_with(
        bytes: &[u8],
        text: impl FnMut(Range<usize>) -> Option<T>,
    ) -> Result<Self, DecodeError> {
        match versioned(bytes)? {
            (ERASED, cursor) => {
                cursor.rest().try_into().map(Self::Erased).map_err(|_| DecodeError::Malformed)
            }
            (_, cursor) => Data::fields(bytes.len(), cursor, text)
                .map(Self::Said)
                .ok_or(DecodeError::Malformed),
        }
    }
}

impl<'a> Kept<'a> {
    fn encode(&self) -> Vec<u8> {
        let mut kept = Vec::with_capacity(64);
        kept.push(VERSION);
        kept.extend_from_slice(&self.recorded_time.micros().to_le_bytes());
        put_number(&mut kept, self.revision.0);
        put_bytes(&mut kept, self.kind.name().as_bytes());
        put_bytes(&mut kept, self.recorded_by);
        kept
    }

    /// Reads a kept part.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let (version, mut cursor) = versioned(bytes)?;
        if version != VERSION {
            return Err(DecodeError::Version(version));
        }
        let mut fields = || {
            let recorded_time = Timestamp::from_micros(cursor.i64()?);
            let revision = Revision(cursor.number()?);
            Some((revision, recorded_time, cursor.text()?, cursor.bytes()?))
        };
        let (revision, recorded_time, name, recorded_by) =
            fields().ok_or(DecodeError::Malformed)?;
        let kind = EventType::from_name(name);
        let kind = kind.ok_or_else(|| DecodeError::UnknownType(name.to_owned()))?;
        Ok(Self { revision, recorded_time, kind, recorded_by })
    }
}

impl<T> Data<T> {
    /// Reads the fields of a data part of so many bytes.
    #[inline]
    fn fields(
        length: usize,
        mut cursor: Cursor<'_>,
        mut text: impl FnMut(Range<usize>) -> Option<T>,
    ) -> Option<Self> {
        let content_salt = Salt(*cursor.array()?);
        let effective_on = Date::from_day_number(cursor.i32()?);
        let mut next = |cursor: &mut Cursor<'_>| {
            let taken = cursor.bytes()?.len();
            let end = length - cursor.rest().len();
            text(end - taken..end)
        };
        let (source, id) = (next(&mut cursor)?, next(&mut cursor)?);
        let present = cursor.byte()?;
        let mut optional =
            |flag| if present & flag == 0 { Some(None) } else { next(&mut cursor).map(Some) };
        let time = optional(HAS_TIME)?;
        let correlation_id = optional(HAS_CORRELATION_ID)?;
        let causation_id = optional(HAS_CAUSATION_ID)?;
        let data = text(length - cursor.rest().len()..length)?;
        Some(Self {
            content_salt,
            effective_on,
            source,
            id,
            time,
            correlation_id,
            causation_id,
            data,
        })
    }
}

/// A text that events next to each other share, made once for all of them.
#[derive(Debug, Default)]
pub(crate) struct Shared(Option<Arc<str>>);

impl Shared {
    /// The text of these bytes; `None` where they are not UTF-8.
    fn text(&mut self, text: &[u8]) -> Option<Arc<str>> {
        match &self.0 {
            Some(last) if last.as_bytes() == text => Some(Arc::clone(last)),
            _ => Some(Arc::clone(self.0.insert(std::str::from_utf8(text).ok()?.into()))),
        }
    }
}

/// Puts together what stands at a position; `recorder` is who recorded the event before it.
pub(crate) fn logged(
    position: Position,
    name: StreamName,
    kept: Kept<'_>,
    data: StoredData<SharedStr>,
    recorder: &mut Shared,
) -> Result<Logged, DecodeError> {
    let recorded_by = recorder.text(kept.recorded_by).ok_or(DecodeError::Malformed)?;
    match (name, data) {
        (StreamName::Named(subject, salt), StoredData::Said(data)) => {
            event(position, subject, salt, kept, recorded_by, data).map(Logged::Whole)
        }
        (StreamName::Erased(subject_hash), StoredData::Erased(content_hash)) => {
            Ok(Logged::Erased(Entry {
                position,
                revision: kept.revision,
                recorded_time: kept.recorded_time,
                recorded_by,
                kind: kept.kind,
                subject_hash,
                content_hash,
            }))
        }
        (StreamName::Named(..), StoredData::Erased(_))
        | (StreamName::Erased(_), StoredData::Said(_)) => Err(DecodeError::Malformed),
    }
}

/// Puts an event together from its parts.
#[inline]
fn event(
    position: Position,
    subject: Subject,
    subject_salt: Salt,
    kept: Kept<'_>,
    recorded_by: Arc<str>,
    data: Data<SharedStr>,
) -> Result<Event, DecodeError> {
    let content = Content {
        key: EventKey { source: data.source, id: data.id },
        kind: kept.kind,
        subject,
        effective_on: data.effective_on,
        time: data.time,
        correlation_id: data.correlation_id,
        causation_id: data.causation_id,
        data: CanonicalJson::kept(data.data),
    };
    Ok(Event {
        content,
        position,
        revision: kept.revision,
        recorded_time: kept.recorded_time,
        recorded_by,
        subject_salt,
        content_salt: data.content_salt,
    })
}

fn versioned(bytes: &[u8]) -> Result<(u8, Cursor<'_>), DecodeError> {
    let mut cursor = Cursor::new(bytes);
    match cursor.byte() {
        Some(version @ (VERSION | ERASED)) => Ok((version, cursor)),
        Some(other) => Err(DecodeError::Version(other)),
        None => Err(DecodeError::Malformed),
    }
}
