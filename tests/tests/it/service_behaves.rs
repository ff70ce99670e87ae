//! How the service behaves: limits, health, telemetry, its own log, TLS, clients that misbehave.

use std::io::{Read as _, Write as _};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::program::{Place, generated};
use crate::served::{Served, certified, read_answer};

/// A configuration in a file of the place.
fn configured(place: &Place, text: &str) -> String {
    let path = place.path("service.toml");
    std::fs::write(&path, text).expect("a file can be written");
    path.to_str().expect("UTF-8").to_owned()
}

#[test]
fn it_says_whether_it_is_ready() {
    let place = Place::with(&generated(10, 5));
    let (size, root) = place.verified();
    let served = Served::start(&place);
    assert_eq!(served.request("GET", "/healthz", &[], &[]).status, 200);
    let ready = served.request("GET", "/readyz", &[], &[]);
    assert_eq!(ready.status, 200, "{}", ready.text());
    let ready = ready.json();
    assert_eq!(ready["log_writable"], true);
    assert_eq!(ready["projection"], json!({ "following": true, "events_behind": 0 }));
    assert_eq!(
        (&ready["verified"]["size"], &ready["verified"]["root"]),
        (&json!(size), &json!(root))
    );
}

#[test]
fn telemetry_counts_and_names_nobody() {
    let place = Place::new();
    let served = Served::start(&place);
    assert_eq!(served.get("/v1/streams/child/C-77").status, 404);
    let text = served.get("/metrics").text().to_owned();
    let counted = "casetrail_requests_total{method=\"GET\",\
                   route=\"/v1/streams/{family}/{ident}\",status=\"4xx\"} 1";
    assert!(text.contains(counted), "{text}");
    let said = served.said();
    let refused = said.lines().find(|line| line.contains("STREAM_UNKNOWN")).expect("it is told");
    let told: Value = serde_json::from_str(refused).expect("JSON");
    assert_eq!(
        (&told["route"], &told["status"]),
        (&json!("/v1/streams/{family}/{ident}"), &json!(404))
    );
    assert!(!text.contains("C-77") && !said.contains("C-77"), "{said}");
}

#[test]
fn who_asks_too_often_is_told_when_to_come_back() {
    let place = Place::new();
    let file = configured(&place, "[limits]\nrequests_per_second = 5\n");
    let served = Served::start_with(&place, &["--config", &file]);
    let answers: Vec<_> = (0..20).map(|_| served.get("/checkpoint")).collect();
    let limited = answers.iter().find(|answer| answer.status == 429).expect("one is refused");
    assert_eq!(limited.problem().1, "RATE_LIMITED");
    assert_eq!(limited.header("retry-after"), "1");
    assert!(answers.iter().any(|answer| answer.status == 200));
    assert_eq!(served.request("GET", "/healthz", &[], &[]).status, 200);
}

#[test]
fn slow_and_lying_clients_are_let_go() {
    let place = Place::new();
    let file = configured(&place, "[limits]\nheader_seconds = 1\nidle_seconds = 1\n");
    let served = Served::start_with(&place, &["--config", &file]);
    // Half a head, and nothing more.
    let mut slow = served.connect();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHos").expect("sent");
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest);
    // A body that does not come.
    let head = |kind: &str, length: &str| {
        format!(
            "POST /v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nContent-Type: {kind}\r\n\
             {length}\r\nConnection: close\r\n\r\n",
            served.token
        )
    };
    let mut lazy = served.connect();
    let lines = head("application/cloudevents+json", "Content-Length: 1000");
    lazy.write_all(lines.as_bytes()).expect("sent");
    assert_eq!(read_answer(&mut lazy).problem(), (408, "TOO_SLOW".to_owned()));
    let mut lazy = served.connect();
    lazy.write_all(head("application/x-ndjson", "Content-Length: 1000").as_bytes()).expect("sent");
    let end = read_answer(&mut lazy).lines().pop().expect("an end");
    assert_eq!(
        (&end["outcome"], &end["problem"]["code"]),
        (&json!("broken-off"), &json!("TOO_SLOW"))
    );
    // One that ends before it should.
    let mut short = served.connect();
    short
        .write_all(head("application/cloudevents+json", "Content-Length: 10").as_bytes())
        .expect("sent");
    short.write_all(b"{}").expect("sent");
    short.shutdown(std::net::Shutdown::Write).expect("half open");
    let mut answer = Vec::new();
    let _ = short.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    // And it goes on.
    assert_eq!(served.request("GET", "/readyz", &[], &[]).status, 200);
    served.stop();
    assert_eq!(place.verified().0, 0);
}

#[test]
fn what_unpacks_to_too_much_is_refused() {
    let place = Place::new();
    let served = Served::start(&place);
    let packed =
        |byte: u8| zstd::encode_all(std::io::repeat(byte).take(1 << 28), 3).expect("compressed");
    let (bomb, lines) = (packed(b' '), packed(b'\n'));
    assert!(bomb.len() < 1 << 20);
    let post = |kind: &str| {
        let headers = [format!("Content-Type: {kind}"), "Content-Encoding: zstd".to_owned()];
        served.ask("POST", "/v1/events", &[&headers[0], &headers[1]], &bomb)
    };
    let headers = ["Content-Type: application/x-ndjson"];
    let end = served.ask("POST", "/v1/events", &headers, &lines).lines().pop().expect("an end");
    assert_eq!(end["problem"]["code"], "BODY_TOO_LARGE");
    assert_eq!(
        post("application/cloudevents-batch+json").problem(),
        (413, "BODY_TOO_LARGE".to_owned())
    );
    assert_eq!(post("application/cloudevents+json").problem(), (413, "BODY_TOO_LARGE".to_owned()));
    assert_eq!(served.request("GET", "/readyz", &[], &[]).status, 200);
}

#[test]
fn a_revoked_key_is_nobodys_within_seconds() {
    let place = Place::new();
    let served = Served::start(&place);
    let token = place.casetrail(&["keys", "create", "a", "--grant", "auditor"]).ok();
    let authorization = format!("Authorization: Bearer {}", token.trim());
    let status = || served.request("GET", "/checkpoint", &[&authorization], &[]).status;
    let becomes = |wanted: u16| {
        for _ in 0..100 {
            if status() == wanted {
                return true;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        false
    };
    assert!(becomes(200), "a new key is known");
    let mut following = served.connect();
    let request = format!(
        "GET /v1/events/follow HTTP/1.1\r\nHost: x\r\nPurpose: a test\r\n{authorization}\r\n\r\n"
    );
    following.write_all(request.as_bytes()).expect("sent");
    let mut head = [0; 12];
    following.read_exact(&mut head).expect("an answer");
    assert_eq!(&head, b"HTTP/1.1 200");
    let keys = place.casetrail(&["keys", "list", "--json"]).json();
    place.casetrail(&["keys", "revoke", keys[0]["id"].as_str().expect("an id")]).ok();
    assert!(becomes(401), "a revoked one is not");
    assert_eq!(served.get("/checkpoint").status, 200, "the one-time key stays");
    // Who began to follow with it sees nothing of what comes later.
    let event = json!({
        "specversion": "1.0", "source": "s", "id": "new", "type": "casetrail.removal.recorded.v1",
        "subject": "child/later", "effectiveon": "2024-03-01", "data": { "removal_id": "R" },
    });
    let kind = ["Content-Type: application/cloudevents+json"];
    let posted = served.ask("POST", "/v1/events", &kind, event.to_string().as_bytes());
    assert_eq!(posted.status, 201, "{}", posted.text());
    let mut rest = String::new();
    following.read_to_string(&mut rest).expect("it ends");
    assert!(rest.contains("UNAUTHENTICATED") && !rest.contains("child/later"), "{rest}");
}

#[test]
fn a_configuration_is_checked() {
    let place = Place::new();
    let check = |text: &str| {
        let file = configured(&place, text);
        crate::program::run("casetrail", ["config", "check", &file])
    };
    let whole = check("listen = \"127.0.0.1:1\"\n").ok();
    assert!(whole.contains("body_bytes"), "all that is in force is printed: {whole}");
    for wrong in [
        "listen = \"0.0.0.0:1\"\n",
        "lisen = 1\n",
        "[limits]\nrequests = 0\n",
        "allowed_origins = [\"*\"]\n",
    ] {
        assert_eq!(check(wrong).code, Some(2), "{wrong}");
    }
}

#[test]
fn it_speaks_tls() {
    let place = Place::new();
    let (key, certificate) = certified(&place);
    let args = ["--tls-certificate", certificate.as_str(), "--tls-key", key.as_str()];
    let served = Served::start_with(&place, &args);
    let mut client = Command::new("openssl")
        .args(["s_client", "-quiet", "-verify_return_error", "-CAfile", &certificate])
        .args(["-servername", "localhost", "-connect", served.address()])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("openssl is there");
    let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    client.stdin.as_mut().expect("a pipe").write_all(request).expect("sent");
    let mut first = [0; 15];
    client.stdout.as_mut().expect("a pipe").read_exact(&mut first).expect("an answer");
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    let _ = client.kill();
    let _ = client.wait();
}

/// Bytes that a process holds in memory.
fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

#[test]
fn a_thousand_followers_wait_and_none_is_forgotten() {
    const FOLLOWERS: u64 = 1000;
    let place = Place::new();
    let served = Served::start(&place);
    let before = memory(served.process());
    let request = format!(
        "GET /v1/events/follow HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nPurpose: p\r\n\r\n",
        served.token
    );
    let mut followers: Vec<_> = (0..FOLLOWERS)
        .map(|_| {
            let mut stream = served.connect();
            stream.write_all(request.as_bytes()).expect("sent");
            stream
        })
        .collect();
    let read_until = |stream: &mut std::net::TcpStream, wanted: &str| {
        let (mut seen, mut buffer) = (String::new(), [0; 4096]);
        while !seen.contains(wanted) {
            let count = stream.read(&mut buffer).expect("more");
            assert!(count > 0, "the stream ended: {seen}");
            seen += &String::from_utf8_lossy(&buffer[..count]);
        }
    };
    for follower in &mut followers {
        read_until(follower, "\"size\":0");
    }
    let each = (memory(served.process()).saturating_sub(before)) / FOLLOWERS;
    assert!(each < 64 * 1024, "a follower that waits takes {each} bytes");
    let event = json!({
        "specversion": "1.0", "source": "s", "id": "1", "type": "casetrail.removal.recorded.v1",
        "subject": "child/C-1", "effectiveon": "2024-03-01", "data": { "removal_id": "R" },
    });
    let kind = ["Content-Type: application/cloudevents+json"];
    assert_eq!(served.ask("POST", "/v1/events", &kind, event.to_string().as_bytes()).status, 201);
    for follower in &mut followers {
        read_until(follower, "\"size\":1");
    }
    served.stop();
}
