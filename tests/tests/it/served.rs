//! A service that runs, and requests put to it as bytes, since the tests know nothing of it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::program::{Done, Place, command};

/// How long a test waits for the service before it fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running `casetrail serve --dev`.
pub(crate) struct Served {
    child: Child,
    address: String,
    /// The token that may do everything.
    pub(crate) token: String,
    /// What it says on standard error, behind its address and key.
    said: Arc<Mutex<String>>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// Each line as JSON.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Status and code of a problem.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        (self.status, self.json()["code"].as_str().expect("a code").to_owned())
    }
}

impl Served {
    /// Serves the log of a place.
    pub(crate) fn start(place: &Place) -> Self {
        Self::start_with(place, &[])
    }

    pub(crate) fn start_with(place: &Place, args: &[&str]) -> Self {
        let mut serve = command("casetrail");
        serve.args(["serve", "--dev", "--listen", "127.0.0.1:0", "--log"]).arg(place.log());
        serve.env("CASETRAIL_SERVICE_DIR", place.path("log.service"));
        let mut child =
            serve.args(args).stderr(Stdio::piped()).spawn().expect("the program can be run");
        let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let (mut address, mut token) = (String::new(), String::new());
        while token.is_empty() {
            let mut line = String::new();
            assert!(stderr.read_line(&mut line).expect("a line") > 0, "the service did not start");
            if let Some((_, rest)) = line.split_once("://") {
                rest.trim().clone_into(&mut address);
            } else if let Some((_, rest)) = line.split_once("trials: ") {
                rest.trim().clone_into(&mut token);
            }
        }
        let said = Arc::new(Mutex::new(String::new()));
        let all = Arc::clone(&said);
        let listen = move || {
            let mut line = String::new();
            while stderr.read_line(&mut line).is_ok_and(|count| count > 0) {
                all.lock().expect("nobody panics here").push_str(&std::mem::take(&mut line));
            }
        };
        std::thread::Builder::new().spawn(listen).expect("a thread");
        Self { child, address, token, said }
    }

    /// Its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().expect("nobody panics here").clone()
    }

    /// Runs casetrail on it in place of a log.
    pub(crate) fn casetrail(&self, place: &Place, args: &[&str]) -> Done {
        let url = format!("http://{}", self.address);
        let mut command = command("casetrail");
        command.current_dir(place.path("")).env("CASETRAIL_KEY", &self.token).args(args);
        Done::of(command.args(["--server", &url, "--purpose", "a test"]))
    }

    /// A connection to it.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// A request with the token that may do everything.
    pub(crate) fn ask(&self, method: &str, target: &str, headers: &[&str], body: &[u8]) -> Answer {
        let authorization = format!("Authorization: Bearer {}", self.token);
        let headers: Vec<&str> = [authorization.as_str()].iter().chain(headers).copied().collect();
        self.request(method, target, &headers, body)
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.ask("GET", target, &["Purpose: a test"], &[])
    }

    /// A request with these headers and no others but its length.
    pub(crate) fn request(
        &self,
        method: &str,
        target: &str,
        headers: &[&str],
        body: &[u8],
    ) -> Answer {
        let mut stream = self.connect();
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for header in headers {
            head += &format!("{header}\r\n");
        }
        head += &format!("Connection: close\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).expect("a request can be sent");
        // A body that is too long is refused before all of it was sent.
        let _ = stream.write_all(body);
        read_answer(&mut stream)
    }

    /// Tells it to stop, and waits until it has.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(sent.expect("a signal can be sent").success());
        for _ in 0..PATIENCE.as_millis() / 10 {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                assert!(status.success(), "it ends in order: {status}: {}", self.said());
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it does not stop");
    }

    /// Kills it where it stands.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it can be waited for");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // One that has ended is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads an answer up to the end of the connection.
pub(crate) fn read_answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // A connection that is reset has said what it said.
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(bytes[..end].to_vec()).expect("UTF-8");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
    let status = status.parse().expect("a status");
    let header = |line: &str| {
        let (name, value) = line.split_once(':').expect("a header");
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    let headers: BTreeMap<_, _> = lines.map(header).collect();
    let body = bytes.split_off(end + 4);
    let chunked = headers.get("transfer-encoding").is_some_and(|value| value == "chunked");
    Answer { status, headers, body: if chunked { unchunked(&body) } else { body } }
}

fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&body[..end]).expect("a size");
        let size = usize::from_str_radix(size, 16).expect("a size");
        if size == 0 || body.len() < end + 2 + size {
            break;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 2 + size + 2..];
    }
    whole
}

/// Makes a key and a certificate for `localhost` in a place; answers with their paths.
pub(crate) fn certified(place: &Place) -> (String, String) {
    let text = |name| place.path(name).to_str().expect("UTF-8").to_owned();
    let (key, certificate) = (text("key.pem"), text("certificate.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-days", "1", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", &key, "-out", &certificate])
        .output();
    assert!(made.expect("openssl is there").status.success());
    (key, certificate)
}
