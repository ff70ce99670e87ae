//! How a second version of a type stands beside the first: a worked example, in a vocabulary of its
//! own. Visits by video have come up; `visit.recorded.v2` says how the contact was made, where `v1`
//! says only whether it was face to face.

#![expect(unreachable_pub, reason = "what the macros declare is public")]

use serde_json::json;

use crate::record::{Record, codes, records};
use crate::v1::child::{VisitPlace, VisitRecorded};
use crate::{Code, Content, Field, Ident, Json, Pointer, Refusal, Subject, Value};

records! {
    /// A worker had contact with the child.
    VisitRecordedV2 {
        /// The worker.
        worker: Ident,
        /// Where the child was.
        place: VisitPlace,
        /// How the contact was made; absent: not face to face, and nobody said how.
        contact: Option<Contact>,
    }
}

codes! {
    /// How a worker had contact.
    Contact {
        /// In one room.
        FaceToFace = "face-to-face",
        /// By video.
        Video = "video",
        /// By telephone.
        Telephone = "telephone",
    }
}

impl Record for VisitRecordedV2 {}

/// What the first version did not say is absent in the second: it is not made up.
impl From<VisitRecorded> for VisitRecordedV2 {
    fn from(visit: VisitRecorded) -> Self {
        let VisitRecorded { worker, place, face_to_face, raw } = visit;
        Self { worker, place, contact: face_to_face.then_some(Contact::FaceToFace), raw }
    }
}

const V1: &str = "casetrail.visit.recorded.v1";
const V2: &str = "casetrail.visit.recorded.v2";

/// What whoever folds is given: the latest version, whichever was sent.
fn latest(kind: &str, data: &Json) -> Result<VisitRecordedV2, Refusal> {
    let (data, at) = (Value::from(data), Pointer::ROOT.member("data"));
    match kind {
        V1 => VisitRecorded::read(&data, &at).map(Into::into),
        V2 => VisitRecordedV2::read(&data, &at),
        _ => Err(at.refuse(Code::UnknownType, kind)),
    }
}

fn json_of(value: &serde_json::Value) -> Json {
    Json::parse(value.to_string().as_bytes()).expect("JSON")
}

#[test]
fn both_versions_are_read_as_the_latest() {
    let visit = |contact: Option<Contact>| {
        let found = match contact {
            Some(contact) => {
                json!({ "worker": "S-7", "place": "residence", "contact": contact.code() })
            }
            None => json!({ "worker": "S-7", "place": "residence" }),
        };
        latest(V2, &json_of(&found)).expect("the second version")
    };
    for (face_to_face, contact) in [(true, Some(Contact::FaceToFace)), (false, None)] {
        let first = json!({ "worker": "S-7", "place": "residence", "face_to_face": face_to_face });
        let turned = latest(V1, &json_of(&first)).expect("the first version");
        assert_eq!(turned, visit(contact), "{first}");
        assert_ne!(turned, visit(Some(Contact::Video)));
        // What was turned is an event of the second version like any other.
        assert_eq!(latest(V2, &turned.write()), Ok(turned));
    }
}

/// The source's own values go with it.
#[test]
fn raw_values_are_kept() {
    let first = json!({ "worker": "S-7", "place": "other", "face_to_face": false,
                        "raw": { "E152": "2" } });
    let turned = latest(V1, &json_of(&first)).expect("the first version");
    assert_eq!(turned.raw.and_then(|raw| raw.get("E152").cloned()).as_deref(), Some("2"));
}

/// Versions do not mix: a field of one is unknown to the other.
#[test]
fn a_version_takes_its_own_fields_alone() {
    let first = json_of(&json!({ "worker": "S-7", "place": "other", "face_to_face": true }));
    let second = json_of(&json!({ "worker": "S-7", "place": "other", "contact": "video" }));
    assert_eq!(latest(V2, &first).map_err(|r| r.code), Err(Code::UnknownField));
    assert_eq!(latest(V1, &second).map_err(|r| r.code), Err(Code::MissingField));
    assert_eq!(
        latest("casetrail.visit.recorded.v3", &second).map_err(|r| r.code),
        Err(Code::UnknownType)
    );
}

/// Reading the latest version touches nothing of what the log holds.
#[test]
fn the_event_keeps_its_type_bytes_and_hash() {
    let event = json!({
        "specversion": "1.0", "source": "test", "id": "v1", "type": V1, "subject": "child/C-1",
        "effectiveon": "2024-03-01",
        "data": { "worker": "S-7", "place": "residence", "face_to_face": true },
    });
    let content = Content::from_json(&json_of(&event)).expect("an event");
    let (kind, bytes) = (content.kind.name(), content.canonical());
    let data = Json::parse(content.data.as_str().as_bytes()).expect("JSON");
    let turned = latest(kind, &data).expect("the first version");
    assert_eq!(turned.contact, Some(Contact::FaceToFace));
    assert_eq!(content.kind.name(), V1);
    assert_eq!(content.canonical(), bytes);
    let subject: Subject = "child/C-1".parse().expect("a subject");
    assert_eq!(turned.check(&subject, &Pointer::ROOT), Ok(()));
}
