//! A certificate of erasure: what the log says it destroyed, with the proof that it says so.
//!
//! It is a JSON object: `schema`; `event`, the line of `subject.erased` as an export has it, which
//! names the stream by its salted hash alone; `proof`, a `.tlog-proof` of that event's entry;
//! `remains`, where other streams still named the subject when it was erased (`null` if the
//! certificate was printed later, when the log no longer knows the name); and, of a log whose copies
//! are not in its own hands, `elsewhere`, what the erasure does not reach by itself.

use events::{Code, Event, Hash, Json, Payload, Pointer, Position, Refusal};

/// The certificate's schema.
const SCHEMA: &str = "casetrail.erasure.v1";

/// A place at which another stream names an erased subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remaining {
    /// The event.
    pub position: Position,
    /// Its type.
    pub kind: String,
    /// JSON pointer into the event.
    pub path: String,
}

/// What a log certifies about an erasure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The log's own event, `subject.erased`.
    event: Event,
    /// A `.tlog-proof` of the event's entry; `None` from a log that does not sign.
    pub proof: Option<String>,
    /// Where the subject is still named; `None`: not known any more.
    pub remains: Option<Vec<Remaining>>,
    /// What the erasure does not reach by itself, in words; empty of a log in a directory.
    pub elsewhere: Vec<String>,
    subject_hash: Hash,
}

impl Certificate {
    /// The certificate of an event.
    ///
    /// # Errors
    /// [`Code::WrongType`] unless the event is `subject.erased`.
    pub fn new(event: Event) -> Result<Self, Refusal> {
        let not_one = || Refusal::new(Code::WrongType, "/event", "no event of an erasure");
        let Payload::SubjectErased(said) = event.content.payload() else { return Err(not_one()) };
        let mut subject_hash = [0; 32];
        hex::decode_to_slice(said.subjecthash.as_str(), &mut subject_hash)
            .map_err(|_| not_one())?;
        Ok(Self { event, proof: None, remains: None, elsewhere: Vec::new(), subject_hash })
    }

    /// The event.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.event
    }

    /// Salted hash of the erased stream's name.
    #[must_use]
    pub const fn subject_hash(&self) -> &Hash {
        &self.subject_hash
    }

    /// The certificate as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let remaining = |remaining: &Remaining| {
            let position = i64::try_from(remaining.position.0).unwrap_or(i64::MAX);
            Json::object([
                ("position", Json::Int(position)),
                ("type", remaining.kind.as_str().into()),
                ("path", remaining.path.as_str().into()),
            ])
        };
        let remains = self.remains.as_ref().map(|all| all.iter().map(remaining).collect());
        let elsewhere: Vec<Json> = self.elsewhere.iter().map(|text| text.as_str().into()).collect();
        let elsewhere = (!elsewhere.is_empty()).then_some(("elsewhere", Json::Array(elsewhere)));
        let members = [
            ("schema", SCHEMA.into()),
            ("event", self.event.to_json()),
            ("proof", self.proof.as_deref().map_or(Json::Null, Json::from)),
            ("remains", remains.map_or(Json::Null, Json::Array)),
        ];
        Json::object(members.into_iter().chain(elsewhere))
    }

    /// Reads a certificate; hashes of its event are recomputed, its proof is not looked at.
    ///
    /// # Errors
    /// A [`Refusal`] naming the member at fault.
    pub fn from_json(json: &Json) -> Result<Self, Refusal> {
        let member = |name: &str| json.as_object().and_then(|members| members.get(name));
        let at = |name| Pointer::ROOT.member(name);
        if member("schema").and_then(Json::as_str) != Some(SCHEMA) {
            return Err(at("schema").refuse(Code::WrongType, format!("expected \"{SCHEMA}\"")));
        }
        let event = member("event").ok_or_else(|| {
            at("event").refuse(Code::MissingField, "the event of the erasure is required")
        })?;
        let mut certificate = Self::new(Event::from_json(event)?)?;
        certificate.proof = match member("proof") {
            None | Some(Json::Null) => None,
            Some(Json::String(text)) => Some(text.clone()),
            Some(_) => return Err(at("proof").refuse(Code::WrongType, "expected a text")),
        };
        certificate.remains = match member("remains") {
            None | Some(Json::Null) => None,
            Some(Json::Array(items)) => {
                Some(items.iter().map(remaining).collect::<Result<_, _>>()?)
            }
            Some(_) => return Err(at("remains").refuse(Code::WrongType, "expected a list")),
        };
        certificate.elsewhere = match member("elsewhere") {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::Array(items)) => {
                let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
                let texts: Option<_> = texts.collect();
                texts.ok_or_else(|| at("elsewhere").refuse(Code::WrongType, "expected texts"))?
            }
            Some(_) => return Err(at("elsewhere").refuse(Code::WrongType, "expected a list")),
        };
        Ok(certificate)
    }
}

fn remaining(json: &Json) -> Result<Remaining, Refusal> {
    let member = |name: &str| json.as_object().and_then(|members| members.get(name));
    let text = |name| member(name).and_then(Json::as_str).map(str::to_owned);
    let position = match member("position") {
        Some(Json::Int(n)) => u64::try_from(*n).ok().map(Position),
        _ => None,
    };
    let read = || Some(Remaining { position: position?, kind: text("type")?, path: text("path")? });
    read().ok_or_else(|| {
        let what = "expected position, type and path";
        Refusal::new(Code::WrongType, "/remains", what)
    })
}
