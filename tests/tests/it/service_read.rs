//! The log over HTTP: pages, streams, followers, tiles; and who reads is recorded.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::program::{Place, generated, json as read};
use crate::served::Served;

/// Pages from the first to the last.
fn pages(served: &Served, target: &str) -> Vec<Value> {
    let mut events = Vec::new();
    let mut from = json!(1);
    while !from.is_null() {
        let page = served.get(&format!("{target}from={from}")).json();
        assert_eq!(page["schema"], "casetrail.page.v1");
        events.extend(page["events"].as_array().expect("events").iter().cloned());
        from = page["next"].clone();
    }
    events
}

#[test]
fn pages_are_the_export_and_say_of_which_tree() {
    let place = Place::with(&generated(30, 5));
    let exported: Vec<Value> = place.exported().iter().map(|line| read(line)).collect();
    let (size, root) = place.verified();
    let served = Served::start(&place);
    assert_eq!(pages(&served, "/v1/events?limit=300&"), exported);
    let page = served.get("/v1/events?limit=2").json();
    assert_eq!((&page["log"]["size"], &page["log"]["root"]), (&json!(size), &json!(root)));
    let subject = exported[9]["subject"].as_str().expect("a subject");
    let of = |name: &str, value: &str| -> Vec<Value> {
        exported.iter().filter(|event| event[name] == value).cloned().collect()
    };
    assert_eq!(
        pages(&served, &format!("/v1/events?limit=3&subject={subject}&")),
        of("subject", subject)
    );
    assert_eq!(pages(&served, &format!("/v1/streams/{subject}?limit=3&")), of("subject", subject));
    let kind = exported[9]["type"].as_str().expect("a type");
    assert_eq!(pages(&served, &format!("/v1/events?limit=7&type={kind}&")), of("type", kind));
    let lines = served.ask(
        "GET",
        "/v1/events?limit=2",
        &["Purpose: p", "Accept: application/x-ndjson"],
        &[],
    );
    assert_eq!(lines.lines()[..2], exported[..2]);
    assert_eq!(lines.lines()[2]["next"], 3);
    assert_eq!(served.get("/v1/streams/child/none").problem(), (404, "STREAM_UNKNOWN".to_owned()));
    assert_eq!(served.get("/v1/streams/children/a").problem(), (422, "INVALID_SUBJECT".to_owned()));
    assert_eq!(served.get("/v1/events?from=one").problem(), (400, "INVALID_QUERY".to_owned()));
}

#[test]
fn an_erased_event_is_its_entry_and_its_stream_is_gone() {
    let place = Place::with(&generated(30, 5));
    let exported: Vec<Value> = place.exported().iter().map(|line| read(line)).collect();
    let child = exported
        .iter()
        .find(|event| event["subject"].as_str().is_some_and(|s| s.starts_with("child/")));
    let (at, subject) = (
        &child.expect("a child")["position"],
        child.expect("a child")["subject"].as_str().expect("s"),
    );
    let output = place.path("certificate");
    place
        .casetrail(&[
            "log",
            "erase",
            subject,
            "--authority",
            "a",
            "--reason",
            "r",
            "--output",
            output.to_str().expect("UTF-8"),
        ])
        .ok();
    let served = Served::start(&place);
    let entry = &served.get(&format!("/v1/events?from={at}&limit=1")).json()["events"][0];
    assert_eq!(&entry["position"], at);
    assert!(entry.get("subject").is_none() && entry.get("contenthash").is_some(), "{entry}");
    for target in [format!("/v1/streams/{subject}"), format!("/v1/events?subject={subject}")] {
        assert_eq!(served.get(&target).problem(), (410, "SUBJECT_ERASED".to_owned()));
    }
}

#[test]
fn tiles_are_those_of_the_tree() {
    let place = Place::with(&generated(30, 5));
    let size = place.verified().0;
    assert!(size > 256);
    let served = Served::start(&place);
    let checkpoint = served.get("/checkpoint");
    assert_eq!(checkpoint.text().lines().nth(1), Some(size.to_string().as_str()));
    let full = served.get("/tile/0/000");
    assert_eq!((full.status, full.body.len()), (200, 256 * 32));
    assert!(full.header("cache-control").contains("immutable"));
    assert_eq!(served.get("/tile/0/000.p/5").body[..], full.body[..5 * 32]);
    assert_eq!(served.get(&format!("/tile/1/000.p/{}", size / 256)).status, 200);
    let entries = served.get("/tile/entries/000.p/2").body;
    let length = usize::from(u16::from_be_bytes([entries[0], entries[1]]));
    let first: Value = serde_json::from_slice(&entries[2..2 + length]).expect("an entry");
    assert_eq!(first["position"], 1);
    assert_eq!(served.get("/tile/5/000").problem(), (404, "BEYOND_HEAD".to_owned()));
    for wrong in ["/tile/0/0", "/tile/0/x000/001", "/tile/0/000.p/256", "/tile/a/000"] {
        assert_eq!(served.get(wrong).problem(), (404, "NOT_FOUND".to_owned()), "{wrong}");
    }
}

/// Follows the log over a connection of its own.
fn follow(served: &Served, target: &str, header: &str) -> BufReader<TcpStream> {
    let mut stream = served.connect();
    let head = format!(
        "GET {target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nPurpose: p\r\n{header}\r\n",
        served.token
    );
    stream.write_all(head.as_bytes()).expect("sent");
    BufReader::new(stream)
}

/// Ids of the events up to the next head, and that head.
fn up_to_head(lines: &mut BufReader<TcpStream>) -> (Vec<u64>, Value) {
    let (mut ids, mut at_head) = (Vec::new(), false);
    loop {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).expect("a line") > 0, "the stream ended");
        if let Some(id) = line.strip_prefix("id: ") {
            ids.push(id.trim().parse().expect("a position"));
        } else if line.starts_with("event: head") {
            at_head = true;
        } else if let Some(data) = line.strip_prefix("data: ").filter(|_| at_head) {
            return (ids, read(data));
        }
    }
}

#[test]
fn followers_see_all_and_go_on_where_they_were() {
    let place = Place::with(&generated(30, 5));
    let (size, root) = place.verified();
    let served = Served::start(&place);
    let mut all = follow(&served, "/v1/events/follow?from=1", "");
    let (ids, head) = up_to_head(&mut all);
    assert_eq!(ids, (1..=size).collect::<Vec<_>>());
    assert_eq!((&head["size"], &head["root"]), (&json!(size), &json!(root)));
    let mut late =
        follow(&served, "/v1/events/follow", &format!("Last-Event-ID: {}\r\n", size - 2));
    assert_eq!(up_to_head(&mut late).0, [size - 1, size]);
    let mut now = follow(&served, "/v1/events/follow", "");
    assert_eq!(up_to_head(&mut now).0, [0; 0]);
    let event = json!({
        "specversion": "1.0", "source": "s", "id": "new", "type": "casetrail.removal.recorded.v1",
        "subject": "child/new", "effectiveon": "2024-03-01", "data": { "removal_id": "R" },
    });
    let kind = ["Content-Type: application/cloudevents+json"];
    let posted = served.ask("POST", "/v1/events", &kind, event.to_string().as_bytes());
    assert_eq!(posted.status, 201, "{}", posted.text());
    for lines in [&mut all, &mut late, &mut now] {
        assert_eq!(up_to_head(lines).0, [size + 1]);
    }
    let beyond = served.get(&format!("/v1/events/follow?from={}", size + 3));
    assert_eq!(beyond.problem(), (404, "BEYOND_HEAD".to_owned()));
    served.stop();
}

#[test]
fn reads_are_recorded_with_who_and_why() {
    let place = Place::with(&generated(10, 5));
    let token = place.casetrail(&["keys", "create", "audit-7", "--grant", "auditor"]).ok();
    let served = Served::start(&place);
    let authorization = format!("Authorization: Bearer {}", token.trim());
    let ask = |headers: &[&str]| {
        let headers: Vec<&str> = [authorization.as_str()].iter().chain(headers).copied().collect();
        served.request("GET", "/v1/events?limit=1", &headers, &[])
    };
    assert_eq!(ask(&[]).problem(), (400, "PURPOSE_REQUIRED".to_owned()));
    let answer = ask(&["Purpose: audit 7 of 2026"]);
    assert_eq!(answer.status, 200);
    let size = answer.json()["log"]["size"].clone();
    assert_eq!(ask(&["Purpose: again"]).json()["log"]["size"], size, "reading moves no position");
    served.stop();
    let accesses = place.path("log.service").join("access");
    let exported = place.casetrail_on(&accesses, &["log", "export"]).ok();
    let first = read(exported.lines().next().expect("a record"));
    assert_eq!(first["type"], "casetrail.access.logged.v1");
    assert_eq!(first["subject"], format!("report/{}", answer.header("x-request-id")));
    assert_eq!(
        first["data"],
        json!({ "principal": "audit-7", "purpose": "audit 7 of 2026", "what": "GET /v1/events?limit=1" })
    );
    assert_eq!(place.casetrail_on(&accesses, &["log", "verify", "--json"]).json()["size"], 2);
}
