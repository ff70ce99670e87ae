//! Events over HTTP: every mode in which they can be sent, and what is answered.

use std::io::{Read as _, Write as _};

use serde_json::{Value, json};

use crate::program::{Place, generated};
use crate::served::{Answer, Served};

fn event(id: &str, subject: &str) -> Value {
    json!({
        "specversion": "1.0", "source": "faces", "id": id,
        "type": "casetrail.removal.recorded.v1", "subject": subject,
        "effectiveon": "2024-03-01", "data": { "removal_id": format!("R-{id}") },
    })
}

fn post(served: &Served, target: &str, kind: &str, body: &[u8]) -> Answer {
    served.ask("POST", target, &[&format!("Content-Type: {kind}")], body)
}

const STRUCTURED: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";
const LINES: &str = "application/x-ndjson";

#[test]
fn an_event_is_recorded_once() {
    let place = Place::new();
    let served = Served::start(&place);
    let text = event("1", "child/C-1").to_string();
    let first = post(&served, "/v1/events", STRUCTURED, text.as_bytes());
    assert_eq!(first.status, 201, "{}", first.text());
    let receipt = first.json();
    assert_eq!((&receipt["outcome"], &receipt["position"]), (&json!("recorded"), &json!(1)));
    assert_eq!(receipt["revision"], 1);
    assert!(receipt["recordedtime"].as_str().expect("a time").ends_with('Z'));
    let again = post(&served, "/v1/events", STRUCTURED, text.as_bytes());
    assert_eq!((again.status, &again.json()["outcome"]), (200, &json!("already-recorded")));
    assert_eq!(again.json()["leaf"], receipt["leaf"]);
    let mut other = event("1", "child/C-1");
    other["effectiveon"] = "2024-03-02".into();
    let other = post(&served, "/v1/events", STRUCTURED, other.to_string().as_bytes());
    assert_eq!(other.problem(), (409, "IDENTITY_CONFLICT".to_owned()));
    let wrong = post(&served, "/v1/events", STRUCTURED, b"{\"specversion\":\"1.0\"}");
    assert_eq!(wrong.problem(), (422, "MISSING_FIELD".to_owned()));
    assert_eq!(wrong.json()["path"], "/source");
    served.stop();
    assert_eq!(place.verified().0, 1);
}

#[test]
fn attributes_may_be_headers() {
    let place = Place::new();
    let served = Served::start(&place);
    let headers = [
        "Content-Type: application/json",
        "ce-specversion: 1.0",
        "ce-source: faces",
        "ce-id: a%20b",
        "ce-type: casetrail.removal.recorded.v1",
        "ce-subject: child/C-1",
        "ce-effectiveon: 2024-03-01",
        "ce-expectedrevision: 0",
    ];
    let data = br#"{"removal_id":"R-1"}"#;
    let answer = served.ask("POST", "/v1/events", &headers, data);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let mut same = event("a b", "child/C-1");
    same["data"] = json!({ "removal_id": "R-1" });
    let again = post(&served, "/v1/events", STRUCTURED, same.to_string().as_bytes());
    assert_eq!(again.json()["outcome"], "already-recorded");
    let mut unknown = headers.to_vec();
    unknown.push("ce-mood: x");
    let answer = served.ask("POST", "/v1/events", &unknown, data);
    assert_eq!(answer.problem(), (422, "UNKNOWN_FIELD".to_owned()));
}

#[test]
fn a_mismatch_tells_what_was_not_seen() {
    let place = Place::new();
    let served = Served::start(&place);
    for id in ["1", "2"] {
        let event = event(id, "child/C-1").to_string();
        assert_eq!(post(&served, "/v1/events", STRUCTURED, event.as_bytes()).status, 201);
    }
    let mut late = event("3", "child/C-1");
    late["expectedrevision"] = 1.into();
    let answer = post(&served, "/v1/events", STRUCTURED, late.to_string().as_bytes());
    assert_eq!(answer.problem(), (412, "REVISION_MISMATCH".to_owned()));
    assert_eq!(answer.json()["revision"], 2);
    assert_eq!(answer.json()["unseen"][0]["id"], "2");
    assert_eq!(answer.json()["unseen"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_batch_is_each_by_itself_or_all_or_none() {
    let place = Place::new();
    let served = Served::start(&place);
    let mut wrong = event("2", "child/C-1");
    wrong["data"] = json!({});
    let batch = json!([event("1", "child/C-1"), wrong, event("3", "child/C-2")]).to_string();
    let atomic = post(&served, "/v1/events?atomic=true", BATCH, batch.as_bytes());
    assert_eq!(atomic.problem(), (422, "MISSING_FIELD".to_owned()));
    assert_eq!(atomic.json()["line"], 2);
    let each = post(&served, "/v1/events?proof=true", BATCH, batch.as_bytes());
    assert_eq!(each.status, 207);
    let outcomes: Vec<Value> = each.json().as_array().expect("a list").clone();
    let words: Vec<_> = outcomes.iter().map(|outcome| outcome["outcome"].clone()).collect();
    assert_eq!(words, ["recorded", "refused", "recorded"]);
    assert_eq!(outcomes[2]["position"], 2, "what was refused took no position");
    assert_eq!(outcomes[2]["proof"]["index"], 1);
    assert_eq!(outcomes[2]["proof"]["hashes"], json!([outcomes[0]["leaf"]]));
    let good = json!([event("4", "child/C-1"), event("5", "child/C-1")]).to_string();
    let good = post(&served, "/v1/events?atomic=true", BATCH, good.as_bytes());
    assert_eq!((good.status, &good.json()[1]["revision"]), (200, &json!(3)));
    assert_eq!(post(&served, "/v1/events", BATCH, b"[1,").problem().0, 400);
    served.stop();
    assert_eq!(place.verified().0, 4);
}

#[test]
fn every_line_of_a_stream_is_answered() {
    let place = Place::new();
    let served = Served::start(&place);
    let lines: Vec<String> = generated(40, 3)
        .iter()
        .map(|line| {
            let mut event: Value = serde_json::from_str(line).expect("JSON");
            event.as_object_mut().expect("an object").remove("recordedtime");
            format!("{event}\n")
        })
        .collect();
    let text = lines.concat() + "not json\n";
    let answer = post(&served, "/v1/events", LINES, text.as_bytes());
    let mut outcomes = answer.lines();
    let end = outcomes.pop().expect("an end");
    assert_eq!(outcomes.len(), lines.len() + 1);
    for (number, outcome) in (1_u64..).zip(&outcomes[..lines.len()]) {
        assert_eq!((&outcome["line"], &outcome["outcome"]), (&json!(number), &json!("recorded")));
    }
    let refused = outcomes.last().expect("a refusal");
    assert_eq!((&refused["outcome"], &refused["code"]), (&json!("refused"), &json!("NOT_JSON")));
    assert_eq!((&end["outcome"], &end["refused"]), (&json!("end"), &json!(1)));
    assert_eq!(end["recorded"], lines.len());
    let packed = zstd::encode_all(text.as_bytes(), 1).expect("compressed");
    let again = post(&served, "/v1/events?answers=refused", LINES, &packed).lines();
    assert_eq!(again.len(), 2, "a refusal and the end");
    assert_eq!(again[1]["already_recorded"], lines.len());
    served.stop();
    assert_eq!(place.verified().0, lines.len() as u64);
}

#[test]
fn who_sends_a_line_and_waits_is_answered() {
    let place = Place::new();
    let served = Served::start(&place);
    let mut stream = served.connect();
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nContent-Type: {LINES}\r\n\
         Transfer-Encoding: chunked\r\n\r\n",
        served.token
    );
    stream.write_all(head.as_bytes()).expect("sent");
    let mut seen = Vec::new();
    for id in 1..=3 {
        let line = format!("{}\n", event(&id.to_string(), "child/C-1"));
        stream.write_all(format!("{:x}\r\n{line}\r\n", line.len()).as_bytes()).expect("sent");
        let expected = format!("\"position\":{id},");
        while !String::from_utf8_lossy(&seen).contains(&expected) {
            let mut buffer = [0; 4096];
            let count = stream.read(&mut buffer).expect("an answer");
            assert!(count > 0, "the connection ended");
            seen.extend_from_slice(&buffer[..count]);
        }
    }
}

#[test]
fn a_key_speaks_for_its_sources_alone() {
    let place = Place::new();
    let token = place.casetrail(&["keys", "create", "adapter", "--grant", "ingest:faces"]).ok();
    let served = Served::start(&place);
    let authorization = format!("Authorization: Bearer {}", token.trim());
    let headers = [authorization.as_str(), "Content-Type: application/cloudevents+json"];
    let own = event("1", "child/C-1").to_string();
    let answer = served.request("POST", "/v1/events", &headers, own.as_bytes());
    assert_eq!(answer.status, 201);
    let mut other = event("2", "child/C-1");
    other["source"] = "training".into();
    let answer = served.request("POST", "/v1/events", &headers, other.to_string().as_bytes());
    assert_eq!(answer.problem(), (422, "SOURCE_NOT_GRANTED".to_owned()));
    let nobody = served.request("POST", "/v1/events", &headers[1..], own.as_bytes());
    assert_eq!(nobody.problem(), (401, "UNAUTHENTICATED".to_owned()));
    served.stop();
    let exported = place.exported().concat();
    assert!(exported.contains("\"recordedby\":\"adapter\""), "{exported}");
}

#[test]
fn what_is_no_event_is_told_so() {
    let place = Place::new();
    let served = Served::start(&place);
    let post = |kind: &str, body: &[u8]| post(&served, "/v1/events", kind, body).problem();
    assert_eq!(post("text/csv", b"a"), (415, "UNSUPPORTED_MEDIA_TYPE".to_owned()));
    assert_eq!(post("application/json", b"{}"), (415, "UNSUPPORTED_MEDIA_TYPE".to_owned()));
    assert_eq!(post(STRUCTURED, b""), (400, "NOT_JSON".to_owned()));
    assert_eq!(post(STRUCTURED, b"{"), (400, "NOT_JSON".to_owned()));
    assert_eq!(post(BATCH, b"{}"), (400, "NOT_JSON".to_owned()));
    let too_long = vec![b' '; 17 << 20];
    assert_eq!(post(BATCH, &too_long), (413, "BODY_TOO_LARGE".to_owned()));
    let secret =
        br#"{"specversion":"1.0","source":"s","id":"1","type":"casetrail.x-child/C-7.v1"}"#;
    let answer =
        served.ask("POST", "/v1/events", &[&format!("Content-Type: {STRUCTURED}")], secret);
    assert_eq!(answer.problem().1, "UNKNOWN_TYPE");
    assert!(!answer.text().contains("C-7"), "an error repeats nothing: {}", answer.text());
    let query = served.ask("POST", "/v1/events?subject=child/C-7", &[], b"");
    assert_eq!(query.problem(), (400, "INVALID_QUERY".to_owned()));
    assert!(!query.text().contains("C-7"));
}

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    let place = Place::new();
    let served = Served::start(&place);
    let mut stream = served.connect();
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nContent-Type: {LINES}\r\n\
         Transfer-Encoding: chunked\r\n\r\n",
        served.token
    );
    stream.write_all(head.as_bytes()).expect("sent");
    let mut sender = stream.try_clone().expect("a second hand");
    let sending = std::thread::Builder::new().spawn(move || {
        for id in 0..1_000_000 {
            let line = format!("{}\n", event(&id.to_string(), "child/C-1"));
            if write!(sender, "{:x}\r\n{line}\r\n", line.len()).is_err() {
                return;
            }
        }
    });
    let mut seen = Vec::new();
    let mut buffer = vec![0; 65536];
    while seen.len() < 500_000 {
        let count = stream.read(&mut buffer).expect("answers");
        seen.extend_from_slice(&buffer[..count]);
    }
    served.kill();
    // What still lies in the connection was acknowledged, too.
    let _ = stream.read_to_end(&mut seen);
    sending.expect("a thread").join().expect("it ends with the connection");
    let seen = String::from_utf8_lossy(&seen);
    let acknowledged = seen.matches("\"outcome\":\"recorded\"").count() as u64;
    assert!(acknowledged > 1000, "{acknowledged}");
    let (size, _) = place.verified();
    assert!(size >= acknowledged, "{acknowledged} acknowledged, {size} there");
    assert_eq!(Served::start(&place).get("/checkpoint").status, 200);
}
