//! One event as its adapter sends it: the CloudEvents envelope, checked attribute by attribute.

use crate::canonical::ObjectWriter;
use crate::entry::read_instant;
use crate::{
    CanonicalJson, Code, Date, EventKey, EventType, Family, Json, Members, Payload, Pointer,
    Refusal, SharedStr, Subject, Timestamp, Value,
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
    pub time: Option<SharedStr>,
    /// Correlation id.
    pub correlation_id: Option<SharedStr>,
    /// Causation id.
    pub causation_id: Option<SharedStr>,
    /// The type's fields.
    pub data: CanonicalJson,
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
    /// Reads one CloudEvents 1.0 JSON object from its text.
    ///
    /// # Errors
    /// [`Code::NotJson`], or as [`Incoming::read`].
    pub fn parse(text: &[u8], admission: Admission) -> Result<Self, Refusal> {
        let value =
            Value::parse(text).map_err(|e| Pointer::ROOT.refuse(Code::NotJson, e.to_string()))?;
        Self::read_value(&value, admission)
    }

    /// Reads one CloudEvents 1.0 JSON object.
    ///
    /// # Errors
    /// A [`Refusal`] for the first thing that the contract does not take.
    pub fn read(json: &Json, admission: Admission) -> Result<Self, Refusal> {
        Self::read_value(&Value::from(json), admission)
    }

    fn read_value(value: &Value<'_>, admission: Admission) -> Result<Self, Refusal> {
        let root = Pointer::ROOT;
        value.check(&root)?;
        let mut members = Members::of(value, &root)?;
        refuse_log_attributes(value, admission)?;
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

fn refuse_log_attributes(value: &Value<'_>, admission: Admission) -> Result<(), Refusal> {
    let allowed = |name: &str| admission == Admission::Backfill && name == "recordedtime";
    let mut names = value.as_object().into_iter().flat_map(|o| o.iter().map(|(name, _)| name));
    match names.find(|name| LOG_ATTRIBUTES.contains(name) && !allowed(name)) {
        None => Ok(()),
        Some(name) => Err(Pointer::ROOT
            .member(name)
            .refuse(Code::LogAttribute, format!("`{name}` is set by the log alone"))),
    }
}

fn check_content_type(members: &mut Members<'_>) -> Result<(), Refusal> {
    match members.optional_text("datacontenttype")? {
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
        if members.text("specversion")? != "1.0" {
            return Err(root.member("specversion").refuse(Code::SpecVersion, "expected \"1.0\""));
        }
        let (source, id) = (members.name("source")?, members.name("id")?);
        let name = members.text("type")?;
        let kind = EventType::from_name(name).ok_or_else(|| {
            root.member("type").refuse(Code::UnknownType, format!("no event type `{name}`"))
        })?;
        let subject: Subject =
            members.optional("subject")?.ok_or_else(|| members.missing("subject"))?;
        let effective_on: Date =
            members.optional("effectiveon")?.ok_or_else(|| members.missing("effectiveon"))?;
        let time = read_time(members)?;
        let correlation_id = members.optional_name("correlationid")?;
        let causation_id = members.optional_name("causationid")?;
        let data = members.value("data").ok_or_else(|| members.missing("data"))?;
        Payload::read(kind, &subject, data, &root.member("data"))?;
        let canonical = String::from_utf8(data.canonical()).expect("JSON is UTF-8");
        let optional = [time, correlation_id, causation_id];
        let [first, second, third] = optional.map(Option::unwrap_or_default);
        let [source, id, first, second, third, data] =
            SharedStr::together([source, id, first, second, third, &canonical]);
        let (key, data) = (EventKey { source, id }, CanonicalJson::kept(data));
        let (time, correlation_id, causation_id) =
            (time.map(|_| first), correlation_id.map(|_| second), causation_id.map(|_| third));
        let content =
            Self { key, kind, subject, effective_on, time, correlation_id, causation_id, data };
        if content.exceeds(EVENT_BYTES_MAX) {
            return Err(root.refuse(Code::EventTooLarge, "an event is at most 64 KiB"));
        }
        Ok(content)
    }

    /// Content from a typed payload, for programs that make events; checked like any other.
    ///
    /// # Errors
    /// As [`Content::read`].
    pub fn new(
        key: &EventKey,
        subject: &Subject,
        effective_on: Date,
        payload: &Payload,
    ) -> Result<Self, Refusal> {
        let attributes = [
            ("specversion", Json::from("1.0")),
            ("source", key.source.as_str().into()),
            ("id", key.id.as_str().into()),
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
        let value = Value::from(json);
        value.check(&Pointer::ROOT)?;
        let mut members = Members::of(&value, &Pointer::ROOT)?;
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
        self.read_data().expect("content was read before").0
    }

    /// What the event says, by type, and the data that say it; for content that was put together
    /// from stored parts.
    ///
    /// # Errors
    /// A [`Refusal`] where the parts are not those of an event.
    pub fn read_data(&self) -> Result<(Payload, Value<'_>), Refusal> {
        let at = Pointer::ROOT.member("data");
        let data = self.data.value().map_err(|e| at.refuse(Code::NotJson, e.to_string()))?;
        Ok((Payload::read(self.kind, &self.subject, &data, &at)?, data))
    }

    /// The identity of the event that this one corrects or retracts; `None` for all other types.
    ///
    /// # Errors
    /// As [`Content::read_data`].
    pub fn amends(&self) -> Result<Option<EventKey>, Refusal> {
        if !self.kind.amends() {
            return Ok(None);
        }
        Ok(match self.read_data()?.0 {
            Payload::RecordCorrected(correction) => Some(correction.corrects),
            Payload::RecordRetracted(retraction) => Some(retraction.retracts),
            _ => None,
        })
    }

    /// The attributes as a JSON object.
    ///
    /// # Panics
    /// Never on content made by [`Content::read`].
    #[must_use]
    pub fn to_json(&self) -> Json {
        Json::parse(&self.canonical()).expect("canonical JSON is JSON")
    }

    /// Canonical bytes (RFC 8785) of the attributes; what `contenthash` covers behind its salt.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.data.as_str().len() + 320);
        self.write(&mut bytes);
        bytes
    }

    /// Appends what [`Content::canonical`] gives.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut object = ObjectWriter::new(out);
        object.optional("causationid", self.causation_id.as_deref());
        object.optional("correlationid", self.correlation_id.as_deref());
        object.json("data", &self.data);
        object.plain("effectiveon", self.effective_on.text());
        object.text("id", &self.key.id);
        object.text("source", &self.key.source);
        object.plain("specversion", "1.0");
        object.plain("subject", self.subject.as_str());
        object.optional("time", self.time.as_deref());
        object.plain("type", self.kind.name());
        object.end();
    }

    /// Whether the canonical bytes are more than `bytes_max`.
    fn exceeds(&self, bytes_max: usize) -> bool {
        // Most events are far smaller: their parts fit even if every character were escaped.
        let optional = [&self.time, &self.correlation_id, &self.causation_id];
        let optional = optional.into_iter().flatten().map(|text| text.len()).sum::<usize>();
        let texts = self.key.source.len() + self.key.id.len() + optional;
        let most = self.data.as_str().len() + ESCAPED_BYTES_MAX * texts + REST_BYTES_MAX;
        most > bytes_max && self.canonical().len() > bytes_max
    }
}

/// The most bytes that one byte of a text takes in canonical form: `\u001f`.
const ESCAPED_BYTES_MAX: usize = 6;
/// More bytes than the names of all attributes, the subject and the type take together.
const REST_BYTES_MAX: usize = 512;

fn read_time<'a>(members: &mut Members<'a>) -> Result<Option<&'a str>, Refusal> {
    let Some(text) = members.optional_text("time")? else { return Ok(None) };
    match Timestamp::containing(text) {
        Ok(_) => Ok(Some(text)),
        Err(_) => Err(Pointer::ROOT.member("time").refuse(
            Code::InvalidInstant,
            "expected an RFC 3339 instant, such as 2024-03-01T08:30:00-06:00",
        )),
    }
}
