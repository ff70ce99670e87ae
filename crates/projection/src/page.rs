//! A page of the log, read as far as that goes without knowing what came before it.

use std::ops::Range;

use eventlog::{Seen, SeenContent};
use events::{
    Code, Date, EventKey, EventType, Family, Payload, Pointer, Position, Refusal, Salt, Subject,
    Timestamp, Value,
};
use timeline::{Gathered, Interner as _, Sym, What, is_read, what};

use crate::keys::{Short, short_hash};

/// What the events of a page say. It is read on any thread, and many at a time: texts have numbers
/// of the page alone, which the projection replaces by its own when the page's turn comes.
#[derive(Default)]
pub(crate) struct Page {
    pub(crate) entries: Vec<Entry>,
    pub(crate) texts: Gathered,
    /// Sources and ids, one behind the other.
    identities: String,
}

/// What the log holds at a position.
pub(crate) struct Entry {
    pub(crate) position: Position,
    pub(crate) recorded_time: Timestamp,
    /// `None` of an erased event.
    pub(crate) said: Option<Said>,
}

/// An event.
pub(crate) struct Said {
    /// The stream, by its text's place among the page's.
    pub(crate) stream: Sym,
    pub(crate) subject_salt: Salt,
    pub(crate) kind: EventType,
    pub(crate) day: Date,
    /// The day in Chicago on which the source took what it says of a child, if it tells.
    pub(crate) source_day: Option<Date>,
    /// Where source and id end among the identities; the source begins where the last id ends.
    identity: [u32; 3],
    pub(crate) key: Short,
    pub(crate) content: Content,
}

/// What an event says.
pub(crate) enum Content {
    /// Nothing that becomes a fact.
    Nothing,
    /// The content of a fact, by texts of the page.
    Fact(What),
    /// Data that only a projection can read, which knows what came before.
    Unread(Box<str>),
    /// Data that are not of the event's type.
    Malformed(Box<Refusal>),
}

impl Page {
    /// Forgets everything but the memory that it took.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.texts.clear();
        self.identities.clear();
    }

    /// Takes the next event.
    pub(crate) fn push(&mut self, seen: Seen<'_>) {
        let Seen { position, recorded_time, kind, said } = seen;
        let said = said.map(|said| {
            let end = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
            let start = end(&self.identities);
            self.identities.push_str(said.source);
            let between = end(&self.identities);
            self.identities.push_str(said.id);
            Said {
                stream: self.texts.intern(said.subject.as_str()),
                subject_salt: said.subject_salt,
                kind,
                day: said.effective_on,
                source_day: source_day(kind, &said),
                identity: [start, between, end(&self.identities)],
                key: short_hash(said.source, said.id),
                content: Content::read(kind, &said, &mut self.texts),
            }
        });
        self.entries.push(Entry { position, recorded_time, said });
    }

    /// The identity of one of its events.
    pub(crate) fn key(&self, said: &Said) -> EventKey {
        let [start, between, end] = said.identity.map(|place| place as usize);
        let text = |place: Range<usize>| self.identities.get(place).unwrap_or_default().into();
        EventKey { source: text(start..between), id: text(between..end) }
    }
}

impl Content {
    fn read(kind: EventType, said: &SeenContent<'_>, texts: &mut Gathered) -> Self {
        if kind.amends() || kind == EventType::SubjectErased {
            return Self::Unread(said.data.into());
        }
        if !is_read(kind) {
            return Self::Nothing;
        }
        match read_data(kind, said.subject, said.data) {
            Ok((payload, data)) => what(texts, &payload, &data)
                .map_or_else(|| Self::Unread(said.data.into()), Self::Fact),
            Err(refusal) => Self::Malformed(Box::new(refusal)),
        }
    }
}

/// The day in Chicago on which a source took an original on a child's stream; no other is asked for.
fn source_day(kind: EventType, said: &SeenContent<'_>) -> Option<Date> {
    let time = said.time.filter(|_| said.subject.family() == Family::Child && !kind.amends())?;
    // Whoever admits an event has read it before.
    Timestamp::containing(time).ok().map(Timestamp::chicago_date)
}

/// What an event says, by type, and the data that say it.
pub(crate) fn read_data<'a>(
    kind: EventType,
    subject: &Subject,
    data: &'a str,
) -> Result<(Payload, Value<'a>), Refusal> {
    let at = Pointer::ROOT.member("data");
    let data = Value::parse_text(data);
    let data = data.map_err(|error| at.refuse(Code::NotJson, error.to_string()))?;
    Ok((Payload::read(kind, subject, &data, &at)?, data))
}
