//! Fifty lines that are refused, every code that an ingestion can answer with among them.

use serde_json::{Value, json};

/// A line that is refused: with which code, at which JSON pointer.
pub(crate) struct Bad {
    pub(crate) code: &'static str,
    pub(crate) path: &'static str,
    line: Line,
}

enum Line {
    /// A valid event with these members in place of its own.
    With(Value),
    /// A valid event without a member.
    Without(&'static str),
    /// Bytes as they stand; `$TIME` is the recorded time.
    Bytes(Vec<u8>),
}

/// Valid events that some of the bad lines refer to, recorded at `time`.
pub(crate) fn referred_to(time: &str) -> Vec<String> {
    let events = [
        json!({ "id": "own-1", "subject": "child/B-9" }),
        json!({ "id": "own-2", "subject": "child/B-9", "type": "casetrail.record.corrected.v1",
            "data": { "corrects": { "source": "bad", "id": "own-1" },
                "data": { "removal_id": "R2" } } }),
        json!({ "id": "own-3", "subject": "child/B-8" }),
        json!({ "id": "own-4", "subject": "child/B-8", "type": "casetrail.record.retracted.v1",
            "data": { "retracts": { "source": "bad", "id": "own-3" }, "reason": "a mistake" } }),
    ];
    events.into_iter().map(|with| format!("{}\n", event(time, &with))).collect()
}

/// A valid event with other members in place of its own.
fn event(time: &str, with: &Value) -> Value {
    let mut event = json!({
        "specversion": "1.0", "id": "bad-1", "source": "bad",
        "type": "casetrail.removal.recorded.v1", "subject": "child/B-1",
        "effectiveon": "2024-03-01", "recordedtime": time, "data": { "removal_id": "R1" },
    });
    for (name, value) in with.as_object().expect("members") {
        event[name] = value.clone();
    }
    event
}

impl Bad {
    /// The line, with its end, where the last event before it was recorded at `time`.
    pub(crate) fn line(&self, time: &str) -> Vec<u8> {
        let mut line = match &self.line {
            Line::With(with) => event(time, with).to_string().into_bytes(),
            Line::Without(name) => {
                let mut event = event(time, &json!({}));
                event.as_object_mut().expect("an object").remove(*name);
                event.to_string().into_bytes()
            }
            Line::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => text.replace("$TIME", time).into_bytes(),
                Err(_) => bytes.clone(),
            },
        };
        line.push(b'\n');
        line
    }
}

fn with(code: &'static str, path: &'static str, with: Value) -> Bad {
    Bad { code, path, line: Line::With(with) }
}

fn without(name: &'static str, path: &'static str) -> Bad {
    Bad { code: "MISSING_FIELD", path, line: Line::Without(name) }
}

fn bytes(code: &'static str, path: &'static str, bytes: &[u8]) -> Bad {
    Bad { code, path, line: Line::Bytes(bytes.to_vec()) }
}

/// An event of another type.
fn of(code: &'static str, path: &'static str, kind: &str, subject: &str, data: Value) -> Bad {
    let kind = format!("casetrail.{kind}.v1");
    let mut members = json!({ "type": kind, "subject": subject });
    members["data"] = data;
    with(code, path, members)
}

/// The fifty.
pub(crate) fn bad_lines() -> Vec<Bad> {
    let mut all = bad_texts();
    all.extend(bad_envelopes());
    all.extend(bad_data());
    all.extend(bad_for_the_log());
    all
}

/// No JSON, no object, a member twice, too much of it.
fn bad_texts() -> Vec<Bad> {
    let twice = br#"{"specversion":"1.0","id":"bad-1","id":"bad-2","source":"bad","type":"casetrail.removal.recorded.v1","subject":"child/B-1","effectiveon":"2024-03-01","recordedtime":"$TIME","data":{"removal_id":"R1"}}"#;
    let twice_in_data = br#"{"specversion":"1.0","id":"bad-1","source":"bad","type":"casetrail.removal.recorded.v1","subject":"child/B-1","effectiveon":"2024-03-01","recordedtime":"$TIME","data":{"removal_id":"R1","removal_id":"R1"}}"#;
    let raw = (0..2000).map(|n| (format!("field-{n}"), Value::from("x".repeat(40))));
    let large = json!({ "removal_id": "R1", "raw": raw.collect::<serde_json::Map<_, _>>() });
    vec![
        bytes("NOT_JSON", "", br#"{"specversion":"1.0","id":"#),
        bytes("NOT_JSON", "", b"removal;child/B-1;2024-03-01"),
        bytes("NOT_JSON", "", b"{\"id\":\"\xff\xfe\"}"),
        bytes("NOT_JSON", "", b"{} {}"),
        bytes("WRONG_TYPE", "", b"[1, 2]"),
        bytes("DUPLICATE_FIELD", "/id", twice),
        bytes("DUPLICATE_FIELD", "/data/removal_id", twice_in_data),
        bytes("EVENT_TOO_LARGE", "", &b"x".repeat(300 * 1024)),
        with("EVENT_TOO_LARGE", "", json!({ "data": large })),
    ]
}

/// Attributes.
fn bad_envelopes() -> Vec<Bad> {
    let keys = json!({ "new_key": "casetrail+1+AAAA", "old_key": "casetrail+0+AAAA" });
    vec![
        without("id", "/id"),
        without("recordedtime", "/recordedtime"),
        without("type", "/type"),
        with("UNKNOWN_FIELD", "/colour", json!({ "colour": "red" })),
        with("UNKNOWN_TYPE", "/type", json!({ "type": "casetrail.removal.recorded.v9" })),
        with("BLANK_FIELD", "/id", json!({ "id": "" })),
        with("TOO_LONG", "/id", json!({ "id": "x".repeat(257) })),
        with("INVALID_SUBJECT", "/subject", json!({ "subject": "child" })),
        with("INVALID_SUBJECT", "/subject", json!({ "subject": "planet/B-1" })),
        with("INVALID_DATE", "/effectiveon", json!({ "effectiveon": "2024-02-30" })),
        with("INVALID_INSTANT", "/recordedtime", json!({ "recordedtime": "yesterday" })),
        with("INVALID_INSTANT", "/time", json!({ "time": "2024-03-01" })),
        with("INVALID_NUMBER", "/expectedrevision", json!({ "expectedrevision": -1 })),
        with("SPEC_VERSION", "/specversion", json!({ "specversion": "0.3" })),
        with("CONTENT_TYPE", "/datacontenttype", json!({ "datacontenttype": "text/xml" })),
        with("WRONG_STREAM", "/subject", json!({ "subject": "staff/S-1" })),
        with("LOG_ATTRIBUTE", "/position", json!({ "position": 5 })),
        with("LOG_ATTRIBUTE", "/recordedby", json!({ "recordedby": "somebody" })),
        of("LOG_EVENT", "/subject", "key.rotated", "log/keys", keys),
    ]
}

/// Fields of `data`.
fn bad_data() -> Vec<Bad> {
    let cost = json!({ "cost_id": "K1", "amount_cents": 1.5 });
    let weight = json!({ "weight": "1/0", "decided_by": "team", "rationale": "none" });
    let policy = "policy/timely-permanency";
    let published = |parameters: Value| json!({ "parameters": parameters, "citation": "13 CSR 35-35.100", "phase": "II" });
    let (unknown, invalid) = (json!({ "colour": "red" }), json!({ "cohort": "all" }));
    let place = json!({ "placement_id": "P1", "setting": "castle" });
    let assigned = json!({ "case_id": "F-1", "provider": "A B" });
    vec![
        with("WRONG_TYPE", "/data", json!({ "data": "R1" })),
        with("WRONG_TYPE", "/data/removal_id", json!({ "data": { "removal_id": 5 } })),
        with("MISSING_FIELD", "/data/removal_id", json!({ "data": {} })),
        with(
            "UNKNOWN_FIELD",
            "/data/colour",
            json!({ "data": { "removal_id": "R1", "colour": "red" } }),
        ),
        with("BLANK_FIELD", "/data/removal_id", json!({ "data": { "removal_id": "" } })),
        with(
            "INVALID_COUNTY",
            "/data/county",
            json!({ "data": { "removal_id": "R1", "county": "295" } }),
        ),
        of(
            "UNKNOWN_CODE",
            "/data/exit_reason",
            "episode.closed",
            "child/B-1",
            json!({ "exit_reason": "vanished" }),
        ),
        of("UNKNOWN_CODE", "/data/setting", "placement.started", "child/B-1", place),
        of("INVALID_IDENTIFIER", "/data/provider", "case.assigned", "child/B-1", assigned),
        of(
            "INVALID_DATE",
            "/data/birth_date",
            "child.registered",
            "child/B-1",
            json!({ "birth_date": "01.02.2015" }),
        ),
        of("INVALID_NUMBER", "/data/amount_cents", "cost.recorded", "case/F-1", cost),
        of("INVALID_FRACTION", "/data/weight", "weight.decided", policy, weight),
        of("UNKNOWN_METRIC", "/subject", "metric.published", "policy/luck", published(json!({}))),
        of(
            "UNKNOWN_PARAMETER",
            "/data/parameters/colour",
            "metric.published",
            policy,
            published(unknown),
        ),
        of(
            "INVALID_PARAMETER",
            "/data/parameters/cohort",
            "metric.published",
            policy,
            published(invalid),
        ),
    ]
}

/// Events that are sound by themselves, and that the log does not take.
fn bad_for_the_log() -> Vec<Bad> {
    let named = |id: &str| json!({ "source": "bad", "id": id });
    let retract = |id: &str| json!({ "retracts": named(id), "reason": "a mistake" });
    let correct = json!({ "corrects": named("nobody"), "data": { "removal_id": "R9" } });
    vec![
        with("IDENTITY_CONFLICT", "/id", json!({ "id": "own-1", "subject": "child/B-7" })),
        with("REVISION_MISMATCH", "/expectedrevision", json!({ "expectedrevision": 7 })),
        of("AMENDS_UNKNOWN", "/data/corrects", "record.corrected", "child/B-9", correct),
        of(
            "AMENDS_SUPERSEDED",
            "/data/retracts",
            "record.retracted",
            "child/B-9",
            retract("own-1"),
        ),
        of("AMENDS_FINAL", "/data/retracts", "record.retracted", "child/B-8", retract("own-4")),
        with("TIME_DECREASES", "/recordedtime", json!({ "recordedtime": "1999-01-01T00:00:00Z" })),
        with("TIME_IN_FUTURE", "/recordedtime", json!({ "recordedtime": "2999-01-01T00:00:00Z" })),
    ]
}
