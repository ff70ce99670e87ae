//! Events as the log holds them: lines of an export.

use serde_json::Value;

use super::{read, removal};
use crate::{Admission, Code, Event, Json, Position, Revision, Salt};

fn event() -> Event {
    Event {
        content: read(&removal().to_string(), Admission::Adapter).expect("taken").content,
        position: Position(7),
        revision: Revision(2),
        recorded_time: "2024-03-01T08:30:00Z".parse().expect("an instant"),
        recorded_by: "local".into(),
        subject_salt: Salt([1; 16]),
        content_salt: Salt([255; 16]),
    }
}

fn line() -> Value {
    serde_json::from_slice(&event().to_json().canonical()).expect("JSON")
}

fn from_line(line: &Value) -> Result<Event, crate::Refusal> {
    Event::from_json(&Json::parse(line.to_string().as_bytes()).expect("JSON"))
}

#[test]
fn an_exported_line_gives_the_event_back() {
    assert_eq!(from_line(&line()), Ok(event()));
    assert_eq!(line()["subjectsalt"], "AQEBAQEBAQEBAQEBAQEBAQ");
}

#[test]
fn a_line_that_was_altered_is_refused() {
    let table = [
        ("position", Some(0.into()), Code::InvalidNumber),
        ("position", Some("7".into()), Code::WrongType),
        ("position", None, Code::MissingField),
        ("revision", Some((-1).into()), Code::InvalidNumber),
        ("recordedtime", Some("2024-03-01 08:30:00Z".into()), Code::InvalidInstant),
        ("recordedtime", None, Code::MissingField),
        ("recordedby", Some("".into()), Code::BlankField),
        ("recordedby", None, Code::MissingField),
        ("subjectsalt", None, Code::MissingField),
        ("subjectsalt", Some("AQ".into()), Code::WrongType),
        ("subjectsalt", Some("AQEBAQEBAQEBAQEBAQEBAQ==".into()), Code::WrongType),
        ("contentsalt", Some(1.into()), Code::WrongType),
        ("contentsalt", None, Code::MissingField),
        ("subjecthash", Some("00".into()), Code::ImportMismatch),
        ("contenthash", None, Code::ImportMismatch),
        ("expectedrevision", Some(1.into()), Code::UnknownField),
    ];
    for (name, value, code) in table {
        let mut line = line();
        match value {
            Some(value) => line[name] = value,
            None => drop(line.as_object_mut().expect("an object").remove(name)),
        }
        let refusal = from_line(&line).expect_err(name);
        assert_eq!((refusal.code, refusal.path), (code, format!("/{name}")));
    }
}

#[test]
fn hashes_cover_what_the_adapter_said() {
    for (path, value) in [("/data/removal_id", "R2"), ("/effectiveon", "2024-03-02"), ("/id", "x")]
    {
        let mut line = line();
        *line.pointer_mut(path).expect("a member") = value.into();
        let refusal = from_line(&line).expect_err(path);
        assert_eq!(refusal.code, Code::ImportMismatch);
        assert_eq!(refusal.path, "/contenthash");
    }
    let mut moved = line();
    moved["subject"] = "child/C-2".into();
    assert_eq!(from_line(&moved).expect_err("another stream").path, "/subjecthash");
}
