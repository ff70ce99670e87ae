//! One event as its adapter sends it: the CloudEvents envelope, checked attribute by attribute.

use crate::entry::read_instant;
use crate::{
    Code, Date, EventKey, EventType, Family, Json, Members, Payload, Pointer, Refusal, Subject,
    Timestamp,
};

/// The largest event: canonical bytes of its content.
pub const EVENT_BYTES_MAX: usize = 64 * 1024;

/// What an adapter said, for ever: every attribute that it sets and the log keeps.
///
/// **Invariant:** made by [`Content::read`] alone, so type, stream and data fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Identity: (source, id).
    pub key: EventKey,
    /// Type.
    pub kind: EventType,
    /// Stream.
    pub subject: Subject,
    /// Civil date on which the fact is true.
    pub effective_on: Date,
    /// Instant at which the source took the entry, as sent.
    pub time: Option<String>,
    /// Correlation id.
    pub correlation_id: Option<String>,
    /// Causation id.
    pub causation_id: Option<String>,
    /// The type's fields.
    pub data: Json,
}

/// Which attributes of the log an incoming event may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// None of them: an adapter's event.
    Adapter,
    /// `recordedtime`, which it must carry: prior history.
    Backfill,
}

/// An event on its way into the log, with the instructions that are no part of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The content.
    pub content: Content,
    /// The stream's revision that the writer saw; 0: the stream must not exist.
    pub expected_revision: Option<u64>,
    /// The event's own recorded time, under [`Admission::Backfill`] alone.
    pub recorded_time: Option<Timestamp>,
}

/// What only the log sets.
const LOG_ATTRIBUTES: &[&str] = &[
    "position",
    "revision",
    "recordedtime",
    "recordedby",
    "subjectsalt",
    "contentsalt",
    "subjecthash",
    "contenthash",
];

impl Incoming {
    /// Reads one CloudEvents 1.0 JSON object.
    ///
    /// # Errors
    /// A [`Refusal`] for the first thing that the contract does not take.
    pub fn read(json: &Json, admission: Admission) -> Result<Self, Refusal> {
        let root = Pointer::ROOT;
        json.check(&root)?;
        let mut members = Members::of(json, &root)?;
        refuse_log_attributes(json, admission)?;
        check_content_type(&mut members)?;
        let expected_revision = read_expected_revision(&mut members)?;
        let recorded_time = match admission {
            Admission::Adapter => None,
            Admission::Backfill => Some(read_instant(&mut members, "recordedtime")?),
        };
        let content = Content::read(&mut members)?;
        members.finish()?;
        if content.subject.family() == Family::Log {
            return Err(root
                .member("subject")
                .refuse(Code::LogEvent, "only the log itself appends log/… events"));
        }
        Ok(Self { content, expected_revision, recorded_time })
    }
}

fn refuse_log_attributes(json: &Json, admission: Admission) -> Result<(), Refusal> {
    let allowed = |name: &str| admission == Admission::Backfill && name == "recordedtime";
    let members = json.as_object().into_iter().flatten();
    match members.map(|(k, _)| k.as_str()).find(|k| LOG_ATTRIBUTES.contains(k) && !allowed(k)) {
        None => Ok(()),
        Some(name) => Err(Pointer::ROOT
            .member(name)
            .refuse(Code::LogAttribute, format!("`{name}` is set by the log alone"))),
    }
}

fn check_content_type(members: &mut Members<'_>) -> Result<(), Refusal> {
    match members.optional::<String>("datacontenttype")?.as_deref() {
        None | Some("application/json") => Ok(()),
        Some(_) => Err(Pointer::ROOT
            .member("datacontenttype")
            .refuse(Code::ContentType, "only application/json is taken")),
    }
}

fn read_expected_revision(members: &mut Members<'_>) -> Result<Option<u64>, Refusal> {
    let Some(n) = members.optional::<i64>("expectedrevision")? else { return Ok(None) };
    u64::try_from(n).map(Some).map_err(|_| {
        Pointer::ROOT
            .member("expectedrevision")
            .refuse(Code::InvalidNumber, "a revision is 0 or more")
    })
}

impl Content {
    /// Takes the content's attributes out of an event's members.
    ///
    /// # Errors
    /// A [`Refusal`] for the first attribute or field that the contract does not take.
    pub fn read(members: &mut Members<'_>) -> Result<Self, Refusal> {
        let root = Pointer::ROOT;
        let version: String =
            members.optional("specversion")?.ok_or_else(|| members.missing("specversion"))?;
        if version != "1.0" {
            return Err(root.member("specversion").refuse(Code::SpecVersion, "expected \"1.0\""));
        }
        let key = EventKey { source: members.name("source")?, id: members.name("id")? };
        let name: String = members.optional("type")?.ok_or_else(|| members.missing("type"))?;
        let kind = EventType::from_name(&name).ok_or_else(|| {
            root.member("type").refuse(Code::UnknownType, format!("no event type `{name}`"))
        })?;
        let subject: Subject =
            members.optional("subject")?.ok_or_else(|| members.missing("subject"))?;
        let effective_on: Date =
            members.optional("effectiveon")?.ok_or_else(|| members.missing("effectiveon"))?;
        let time = read_time(members)?;
        let correlation_id = members.optional_name("correlationid")?;
        let causation_id = members.optional_name("causationid")?;
        let data = members.json("data").ok_or_else(|| members.missing("data"))?;
        Payload::read(kind, &subject, data, &root.member("data"))?;
        let data = data.clone();
        let content =
            Self { key, kind, subject, effective_on, time, correlation_id, causation_id, data };
        if content.canonical().len() > EVENT_BYTES_MAX {
            return Err(root.refuse(Code::EventTooLarge, "an event is at most 64 KiB"));
        }
        Ok(content)
    }

    /// Content from a typed payload, for programs that make events; checked like any other.
    ///
    /// # Errors
    /// As [`Content::read`].
    pub fn new(
        key: EventKey,
        subject: &Subject,
        effective_on: Date,
        payload: &Payload,
    ) -> Result<Self, Refusal> {
        let attributes = [
            ("specversion", Json::from("1.0")),
            ("source", key.source.into()),
            ("id", key.id.into()),
            ("type", payload.kind().name().into()),
            ("subject", subject.as_str().into()),
            ("effectiveon", effective_on.to_string().into()),
            ("data", payload.write()),
        ];
        Self::from_json(&Json::object(attributes))
    }

    /// Content from the JSON object of its attributes alone.
    ///
    /// # Errors
    /// As [`Content::read`].
    pub fn from_json(json: &Json) -> Result<Self, Refusal> {
        json.check(&Pointer::ROOT)?;
        let mut members = Members::of(json, &Pointer::ROOT)?;
        let content = Self::read(&mut members)?;
        members.finish()?;
        Ok(content)
    }

    /// What the event says, by type.
    ///
    /// # Panics
    /// Never on content made by [`Content::read`], which has read the same data before.
    #[must_use]
    pub fn payload(&self) -> Payload {
        Payload::read(self.kind, &self.subject, &self.data, &Pointer::ROOT)
            .expect("content was read before")
    }

    /// The attributes as a JSON object.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Json::object(self.attributes())
    }

    pub(crate) fn attributes(&self) -> Vec<(&'static str, Json)> {
        let mut attributes = vec![
            ("specversion", Json::from("1.0")),
            ("source", self.key.source.as_str().into()),
            ("id", self.key.id.as_str().into()),
            ("type", self.kind.name().into()),
            ("subject", self.subject.as_str().into()),
            ("effectiveon", self.effective_on.to_string().into()),
            ("data", self.data.clone()),
        ];
        let optional = [
            ("time", &self.time),
            ("correlationid", &self.correlation_id),
            ("causationid", &self.causation_id),
        ];
        for (name, value) in optional {
            attributes.extend(value.as_deref().map(|text| (name, Json::from(text))));
        }
        attributes
    }

    /// Canonical bytes (RFC 8785) of the attributes; what `contenthash` covers behind its salt.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        self.to_json().canonical()
    }
}

fn read_time(members: &mut Members<'_>) -> Result<Option<String>, Refusal> {
    let Some(text) = members.optional::<String>("time")? else { return Ok(None) };
    match Timestamp::containing(&text) {
        Ok(_) => Ok(Some(text)),
        Err(_) => Err(Pointer::ROOT.member("time").refuse(
            Code::InvalidInstant,
            "expected an RFC 3339 instant, such as 2024-03-01T08:30:00-06:00",
        )),
    }
}
