//! Every refusal of `Incoming::read`, by code and place.

use serde_json::{Value, json};

use super::{read, removal};
use crate::{Admission, Code, Incoming, Refusal};

/// An event of a type on a stream.
fn event(kind: &str, subject: &str, data: Value) -> Value {
    let mut event = removal();
    event["type"] = format!("casetrail.{kind}.v1").into();
    event["subject"] = subject.into();
    event["data"] = data;
    event
}

/// A removal with one attribute set.
fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut event = removal();
    event[name] = value.into();
    event
}

/// A removal without one attribute.
fn without(name: &str) -> Value {
    let mut event = removal();
    event.as_object_mut().expect("an object").remove(name);
    event
}

/// A removal with these data.
fn removal_of(data: Value) -> Value {
    event("removal.recorded", "child/C-1", data)
}

fn check_as(admission: Admission, table: Vec<(Value, Code, &str)>) {
    for (event, code, path) in table {
        match read(&event.to_string(), admission) {
            Err(refusal) => {
                assert_eq!((refusal.code, refusal.path.as_str()), (code, path), "{event}");
                assert!(!refusal.message.is_empty());
            }
            Ok(taken) => panic!("{event} is taken as {taken:?}"),
        }
    }
}

fn check(table: Vec<(Value, Code, &str)>) {
    check_as(Admission::Adapter, table);
}

#[test]
fn the_envelope() {
    let long = "x".repeat(257);
    check(vec![
        (json!([removal()]), Code::WrongType, ""),
        (json!("event"), Code::WrongType, ""),
        (json!(null), Code::WrongType, ""),
        (without("specversion"), Code::MissingField, "/specversion"),
        (with("specversion", "0.3"), Code::SpecVersion, "/specversion"),
        (with("specversion", 1), Code::WrongType, "/specversion"),
        (without("source"), Code::MissingField, "/source"),
        (with("source", ""), Code::BlankField, "/source"),
        (with("source", long.as_str()), Code::TooLong, "/source"),
        (without("id"), Code::MissingField, "/id"),
        (with("id", 7), Code::WrongType, "/id"),
        (with("id", ""), Code::BlankField, "/id"),
        (with("id", long.as_str()), Code::TooLong, "/id"),
        (with("id", "r\0"), Code::InvalidCharacter, "/id"),
        (with("source", "\0"), Code::InvalidCharacter, "/source"),
        (with("correlationid", "a\0b"), Code::InvalidCharacter, "/correlationid"),
        (without("type"), Code::MissingField, "/type"),
        (with("type", "casetrail.removal.recorded.v2"), Code::UnknownType, "/type"),
        (with("type", "removal.recorded"), Code::UnknownType, "/type"),
        (with("type", ""), Code::UnknownType, "/type"),
        (without("subject"), Code::MissingField, "/subject"),
        (with("subject", ["child/C-1"].as_slice()), Code::WrongType, "/subject"),
        (with("subject", "C-1"), Code::InvalidSubject, "/subject"),
        (with("subject", "child/"), Code::InvalidSubject, "/subject"),
        (with("subject", "kid/C-1"), Code::InvalidSubject, "/subject"),
        (with("subject", "child/C 1"), Code::InvalidSubject, "/subject"),
        (with("subject", "child/C-1/x"), Code::InvalidSubject, "/subject"),
        (with("subject", format!("child/{}", &long[..129])), Code::InvalidSubject, "/subject"),
        (with("subject", "staff/S-1"), Code::WrongStream, "/subject"),
        (without("effectiveon"), Code::MissingField, "/effectiveon"),
        (with("effectiveon", "2024-02-30"), Code::InvalidDate, "/effectiveon"),
        (with("effectiveon", "2024-03-01T00:00:00Z"), Code::InvalidDate, "/effectiveon"),
        (with("effectiveon", 20_240_301), Code::WrongType, "/effectiveon"),
        (with("correlationid", ""), Code::BlankField, "/correlationid"),
        (with("correlationid", long.as_str()), Code::TooLong, "/correlationid"),
        (with("causationid", ""), Code::BlankField, "/causationid"),
        (with("causationid", long.as_str()), Code::TooLong, "/causationid"),
        (without("data"), Code::MissingField, "/data"),
        (with("data", "{}"), Code::WrongType, "/data"),
        (with("dataschema", "urn:x"), Code::UnknownField, "/dataschema"),
        (with("data_base64", "e30="), Code::UnknownField, "/data_base64"),
        (with("a/b~c", 1), Code::UnknownField, "/a~1b~0c"),
    ]);
}

#[test]
fn null_is_no_blank() {
    check(vec![
        (with("source", Value::Null), Code::WrongType, "/source"),
        (with("time", Value::Null), Code::WrongType, "/time"),
        (with("correlationid", Value::Null), Code::WrongType, "/correlationid"),
        (with("expectedrevision", Value::Null), Code::WrongType, "/expectedrevision"),
        (with("datacontenttype", Value::Null), Code::WrongType, "/datacontenttype"),
        (with("data", Value::Null), Code::WrongType, "/data"),
        (with("unknown", Value::Null), Code::UnknownField, "/unknown"),
        (removal_of(json!({ "removal_id": null })), Code::WrongType, "/data/removal_id"),
        (removal_of(json!({ "removal_id": "R", "county": null })), Code::WrongType, "/data/county"),
    ]);
}

#[test]
fn instructions_and_instants() {
    let time = |text: &str| (with("time", text), Code::InvalidInstant, "/time");
    check(vec![
        (with("datacontenttype", "text/json"), Code::ContentType, "/datacontenttype"),
        (with("datacontenttype", ""), Code::ContentType, "/datacontenttype"),
        (with("datacontenttype", 1), Code::WrongType, "/datacontenttype"),
        (with("expectedrevision", -1), Code::InvalidNumber, "/expectedrevision"),
        (with("expectedrevision", 1.0), Code::InvalidNumber, "/expectedrevision"),
        (with("expectedrevision", "1"), Code::WrongType, "/expectedrevision"),
        (with("time", 1_709_281_800), Code::WrongType, "/time"),
        time(""),
        time("2024-03-01"),
        time("2024-03-01 08:30:00Z"),
        time("2024-03-01t08:30:00Z"),
        time("2024-03-01T08:30:00z"),
        time("2024-03-01T08:30:00"),
        time("2024-03-01T08:30Z"),
        time("2024-03-01T08:30:00-0600"),
        time("2024-03-01T24:00:00Z"),
        time("2024-02-30T08:30:00Z"),
    ]);
}

#[test]
fn attributes_of_the_log() {
    let names = ["position", "revision", "recordedby", "subjectsalt", "contentsalt"];
    for name in names.into_iter().chain(["subjecthash", "contenthash"]) {
        let path = format!("/{name}");
        let at = "2024-03-01T08:30:00.000000Z";
        let mut event = with(name, "x");
        check(vec![(event.clone(), Code::LogAttribute, &path)]);
        event["recordedtime"] = at.into();
        check_as(Admission::Backfill, vec![(event, Code::LogAttribute, &path)]);
    }
    let at = "/recordedtime";
    check(vec![(with("recordedtime", "2024-03-01T08:30:00Z"), Code::LogAttribute, at)]);
    check_as(
        Admission::Backfill,
        vec![
            (removal(), Code::MissingField, at),
            (with("recordedtime", Value::Null), Code::WrongType, at),
            (with("recordedtime", "2024-03-01 08:30:00Z"), Code::InvalidInstant, at),
            (with("recordedtime", "2024-03-01t08:30:00z"), Code::InvalidInstant, at),
            (with("recordedtime", "2024-03-01T08:30:00.1234567Z"), Code::InvalidInstant, at),
            (with("recordedtime", "2024-03-01T08:30:60Z"), Code::InvalidInstant, at),
            (with("recordedtime", "9999-12-31T23:59:59-01:00"), Code::InvalidInstant, at),
        ],
    );
}

#[test]
fn fields() {
    let placement = |name: &str, value: Value| {
        let mut data = json!({ "placement_id": "P1", "setting": "kin" });
        data[name] = value;
        event("placement.started", "child/C-1", data)
    };
    check(vec![
        (removal_of(json!({})), Code::MissingField, "/data/removal_id"),
        (removal_of(json!({ "removal_id": "" })), Code::BlankField, "/data/removal_id"),
        (removal_of(json!({ "removal_id": 1 })), Code::WrongType, "/data/removal_id"),
        (removal_of(json!({ "removal_id": "R", "x": 1 })), Code::UnknownField, "/data/x"),
        (placement("setting", json!("castle")), Code::UnknownCode, "/data/setting"),
        (placement("setting", json!("")), Code::UnknownCode, "/data/setting"),
        (placement("setting", json!("Kin")), Code::UnknownCode, "/data/setting"),
        (placement("setting", json!(["kin"])), Code::WrongType, "/data/setting"),
        (placement("relative", json!("yes")), Code::WrongType, "/data/relative"),
        (placement("relative", json!(1)), Code::WrongType, "/data/relative"),
        (placement("county", json!("2905")), Code::InvalidCounty, "/data/county"),
        (placement("county", json!("Boone")), Code::InvalidCounty, "/data/county"),
        (placement("county", json!(29_019)), Code::WrongType, "/data/county"),
        (placement("facility_id", json!("R 3")), Code::InvalidIdentifier, "/data/facility_id"),
        (
            placement("facility_id", json!("facility/R")),
            Code::InvalidIdentifier,
            "/data/facility_id",
        ),
        (placement("raw", json!("x")), Code::WrongType, "/data/raw"),
        (placement("raw", json!({ "a": 1 })), Code::WrongType, "/data/raw/a"),
        (placement("raw", json!({ "a/b": { "c": "d" } })), Code::WrongType, "/data/raw/a~1b"),
    ]);
}

#[test]
fn lists_and_dates_in_data() {
    let items = |items: Value| {
        event("team.documented", "child/C-1", json!({ "placement_id": "P", "items": items }))
    };
    let aftercare = |until: Value| {
        let data = json!({ "placement_id": "P", "from": "2024-01-01", "until": until });
        event("aftercare.planned", "child/C-1", data)
    };
    check(vec![
        (items(json!("contacts")), Code::WrongType, "/data/items"),
        (items(json!(["contacts", "x"])), Code::UnknownCode, "/data/items/1"),
        (items(json!(["contacts", null])), Code::WrongType, "/data/items/1"),
        (aftercare(json!("2024-7-1")), Code::InvalidDate, "/data/until"),
        (aftercare(json!("")), Code::InvalidDate, "/data/until"),
        (aftercare(json!(true)), Code::WrongType, "/data/until"),
    ]);
}

#[test]
fn subjects_within_data() {
    let returned = |children: Value| {
        let data = json!({ "provider": "A", "reason": "court-order", "children": children });
        event("case.returned", "case/F-1", data)
    };
    let merged = |into: &str| event("identity.merged", "child/C-1", json!({ "into": into }));
    let led = |by: &str| event("supervisor.assigned", "staff/S-1", json!({ "supervisor": by }));
    check(vec![
        (returned(json!(["child/C-1", "C-2"])), Code::InvalidSubject, "/data/children/1"),
        (returned(json!(["child/C-1", "case/F"])), Code::InvalidSubject, "/data/children/1"),
        (merged("C-2"), Code::InvalidSubject, "/data/into"),
        (merged("staff/S-2"), Code::InvalidSubject, "/data/into"),
        (led("S-2"), Code::InvalidSubject, "/data/supervisor"),
        (led("child/C-1"), Code::InvalidSubject, "/data/supervisor"),
    ]);
}

#[test]
fn numbers() {
    let cost =
        |n: Value| event("cost.recorded", "case/F-1", json!({ "cost_id": "K", "amount_cents": n }));
    let role = |fte: Value| {
        let data = json!({ "role": "supervisor", "provider": "A", "fte": fte });
        event("role.started", "staff/S-1", data)
    };
    let amount = "/data/amount_cents";
    check(vec![
        (cost(json!(12.5)), Code::InvalidNumber, amount),
        (cost(json!(12.0)), Code::InvalidNumber, amount),
        (cost(json!(9_007_199_254_740_992_i64)), Code::InvalidNumber, amount),
        (cost(json!(-9_007_199_254_740_992_i64)), Code::InvalidNumber, amount),
        (cost(json!(u64::MAX)), Code::InvalidNumber, amount),
        (cost(json!("1250")), Code::WrongType, amount),
        (role(json!(-1)), Code::InvalidNumber, "/data/fte"),
        (role(json!(4_294_967_296_i64)), Code::InvalidNumber, "/data/fte"),
        (role(json!(0.5)), Code::InvalidNumber, "/data/fte"),
    ]);
    for edge in [9_007_199_254_740_991_i64, -9_007_199_254_740_991, 0, -1] {
        read(&cost(json!(edge)).to_string(), Admission::Adapter).expect("within the range");
    }
}

#[test]
fn policy() {
    let on = |stream: &str, kind: &str, data: Value| event(kind, stream, data);
    let metric = |stream: &str, parameters: Value| {
        let data = json!({ "parameters": parameters, "citation": "c", "phase": "1" });
        on(stream, "metric.published", data)
    };
    let decided = json!({ "decided_by": "d", "rationale": "r" });
    let benchmark = |stream: &str, goal: Option<&str>, value: Value| {
        let mut data = decided.clone();
        data["value"] = value;
        if let Some(goal) = goal {
            data["goal"] = goal.into();
        }
        on(stream, "benchmark.decided", data)
    };
    let weight = |text: &str| {
        let mut data = decided.clone();
        data["weight"] = text.into();
        on("policy/incentive", "weight.decided", data)
    };
    let goal = Some("adoption");
    let timely = "policy/timely-permanency";
    let clock = "/data/parameters/clock";
    let rules = "policy/residential-compliance";
    check(vec![
        (metric("policy/luck", json!({})), Code::UnknownMetric, "/subject"),
        (metric("policy/calendar", json!({})), Code::UnknownMetric, "/subject"),
        (metric(timely, json!({ "x": 1 })), Code::UnknownParameter, "/data/parameters/x"),
        (metric("policy/scorecard", json!({ "clock": 1 })), Code::UnknownParameter, clock),
        (metric(timely, json!({ "clock": "sun" })), Code::InvalidParameter, clock),
        (metric(timely, json!({ "clock": null })), Code::InvalidParameter, clock),
        (metric(rules, json!({ "rules": [] })), Code::InvalidParameter, "/data/parameters/rules"),
        (metric(timely, json!("x")), Code::WrongType, "/data/parameters"),
        (benchmark("policy/luck", None, json!(1)), Code::UnknownMetric, "/subject"),
        (benchmark("policy/incentive", goal, json!(24)), Code::WrongStream, "/subject"),
        (benchmark(timely, goal, json!("29/100")), Code::WrongType, "/data/value"),
        (benchmark(timely, goal, json!("")), Code::InvalidFraction, "/data/value"),
        (benchmark(timely, goal, json!(-1)), Code::InvalidNumber, "/data/value"),
        (benchmark(timely, None, json!(true)), Code::WrongType, "/data/value"),
        (weight("1/0"), Code::InvalidFraction, "/data/weight"),
        (weight("-1/2"), Code::InvalidFraction, "/data/weight"),
        (weight("0.5"), Code::InvalidFraction, "/data/weight"),
        (weight("18446744073709551616"), Code::InvalidFraction, "/data/weight"),
        (
            on("policy/scorecard", "regional-goal.set", json!({ "region": "r", "rate": "1/2" })),
            Code::WrongStream,
            "/subject",
        ),
        (
            on(timely, "calendar.published", json!({ "year": 2024, "holidays": [] })),
            Code::WrongStream,
            "/subject",
        ),
        (
            on(
                timely,
                "exclusion.decided",
                json!({ "subject": "child/C-1", "metric": "incentive", "decision": "denied",
                        "decided_by": "d" }),
            ),
            Code::WrongStream,
            "/data/metric",
        ),
        (
            on("place/Boone", "county.mapped", json!({ "region": "NE" })),
            Code::InvalidCounty,
            "/subject",
        ),
    ]);
}

#[test]
fn events_of_the_log_itself() {
    let rotated = json!({ "new_key": "n", "old_key": "o" });
    let retracted = json!({ "retracts": { "source": "s", "id": "i" }, "reason": "r" });
    let corrected = json!({ "corrects": { "source": "s" }, "data": {} });
    check(vec![
        (event("key.rotated", "log/keys", rotated.clone()), Code::LogEvent, "/subject"),
        (event("key.rotated", "log/other", rotated.clone()), Code::WrongStream, "/subject"),
        (event("key.rotated", "child/C-1", rotated), Code::WrongStream, "/subject"),
        (event("record.retracted", "log/keys", retracted), Code::LogEvent, "/subject"),
        (
            event("record.corrected", "child/C-1", corrected),
            Code::MissingField,
            "/data/corrects/id",
        ),
    ]);
}

/// Reads text that `serde_json` would tidy up first.
fn refused(text: &str) -> Refusal {
    read(text, Admission::Adapter).expect_err(text)
}

#[test]
fn repeated_members() {
    let text = removal().to_string();
    let table = [
        (text.replacen('{', r#"{"id":"r1","#, 1), "/id"),
        (text.replacen('{', r#"{"subject":"child/C-2","#, 1), "/subject"),
        (text.replacen(r#""data":{"#, r#""data":{"removal_id":"R1","#, 1), "/data/removal_id"),
        (
            text.replacen(r#""data":{"#, r#""data":{"raw":{"a":"1","\u0061":"1"},"#, 1),
            "/data/raw/a",
        ),
    ];
    for (text, path) in table {
        let refusal = refused(&text);
        assert_eq!((refusal.code, refusal.path.as_str()), (Code::DuplicateField, path), "{text}");
    }
}

#[test]
fn a_refusal_prints_code_place_and_reason() {
    let refusal = refused(r#"{"specversion":"2.0"}"#);
    assert_eq!(refusal.to_string(), "SPEC_VERSION at /specversion: expected \"1.0\"");
    assert_eq!(refused("[]").to_string(), "WRONG_TYPE at /: expected an object, found a list");
}

#[test]
fn what_is_taken_is_kept_as_sent() {
    let mut event = with("time", "2024-03-01T08:30:00.123456789+05:45");
    event["datacontenttype"] = "application/json".into();
    event["expectedrevision"] = 3.into();
    event["recordedtime"] = "2024-03-01T02:45:01-06:00".into();
    event["id"] = "é".repeat(256).into();
    event["correlationid"] = "c".into();
    let incoming = read(&event.to_string(), Admission::Backfill).expect("taken");
    assert_eq!(incoming.expected_revision, Some(3));
    let recorded = incoming.recorded_time.expect("a recorded time");
    assert_eq!(recorded.to_string(), "2024-03-01T08:45:01.000000Z");
    for instruction in ["datacontenttype", "expectedrevision", "recordedtime"] {
        event.as_object_mut().expect("an object").remove(instruction);
    }
    let kept: Value = serde_json::from_slice(&incoming.content.canonical()).expect("JSON");
    assert_eq!(kept, event);
    let again = Incoming { expected_revision: None, recorded_time: None, ..incoming };
    assert_eq!(read(&event.to_string(), Admission::Adapter), Ok(again));
}
