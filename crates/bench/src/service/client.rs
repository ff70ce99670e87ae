//! The program that is measured, and as little of a client as can speak to it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use events::Incoming;

use crate::log::drive::Caller;
use crate::log::supply::Supply;

/// A running service.
pub(super) struct Served {
    child: Child,
    address: String,
    token: String,
    /// Of one who reads aggregates.
    reader: String,
}

impl Served {
    /// Starts the program on a log.
    pub(super) fn start(program: &Path, log: &Path) -> Result<Self> {
        let config = log.with_extension("toml");
        std::fs::write(&config, "[limits]\nrequests_per_second = 0\n")?;
        let mut command = Command::new(program);
        command.args(["serve", "--dev", "--listen", "127.0.0.1:0", "--log"]).arg(log);
        command.arg("--config").arg(&config).stderr(Stdio::piped()).env("RUST_LOG", "error");
        let mut keys = Command::new(program);
        keys.args(["keys", "create", "reader", "--grant", "reporter:*", "--log"]).arg(log);
        let made = keys.output().context("cannot make a key")?;
        ensure!(made.status.success(), "cannot make a key");
        let mut served = Self::of(&mut command)?;
        String::from_utf8(made.stdout)?.trim().clone_into(&mut served.reader);
        Ok(served)
    }

    /// Starts the server that does nothing.
    pub(super) fn bare() -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        Self::of(command.arg("bare-service").stderr(Stdio::piped()))
    }

    fn of(command: &mut Command) -> Result<Self> {
        let mut child = command.spawn().context("cannot run the service")?;
        let mut said = BufReader::new(child.stderr.take().context("a pipe")?);
        let (mut address, mut token) = (String::new(), String::new());
        while token.is_empty() {
            let mut line = String::new();
            ensure!(said.read_line(&mut line)? > 0, "the service did not start");
            if let Some((_, rest)) = line.split_once("://") {
                rest.trim().clone_into(&mut address);
            } else if let Some((_, rest)) = line.split_once("trials: ") {
                rest.trim().clone_into(&mut token);
            }
        }
        Ok(Self { child, address, token, reader: String::new() })
    }

    /// Ends it.
    pub(super) fn stop(mut self) -> Result<()> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        ensure!(self.child.wait()?.success(), "the service did not end in order");
        Ok(())
    }

    fn head(&self, kind: &str, length: &str) -> String {
        let (address, token) = (&self.address, &self.token);
        format!(
            "POST /v1/events HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: {kind}\r\n{length}\r\n\r\n"
        )
    }

    /// A request for each event.
    fn posts(&self, events: &[Incoming]) -> Vec<Vec<u8>> {
        let request = |event: &Incoming| {
            let body = event.content.canonical();
            let length = format!("Content-Length: {}", body.len());
            let mut request = self.head("application/cloudevents+json", &length).into_bytes();
            request.extend(body);
            request
        };
        events.iter().map(request).collect()
    }

    /// A connection that posts events again and again which are recorded already.
    pub(super) async fn again(&self, events: Vec<Incoming>) -> Result<Connection> {
        let requests = Box::new(self.posts(&events).into_iter().cycle());
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, requests, status: "200", read: Vec::new() })
    }

    /// The process of the service.
    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Follows the log from its start until so many bytes were read.
    pub(super) async fn followed(&self, bytes: usize) -> Result<()> {
        let (address, token) = (&self.address, &self.token);
        let request = format!(
            "GET /v1/events/follow?from=1 HTTP/1.1\r\nHost: {address}\r\n\
             Authorization: Bearer {token}\r\nPurpose: a soak\r\n\r\n"
        );
        let mut stream = TcpStream::connect(&self.address).await?;
        stream.write_all(request.as_bytes()).await?;
        let (mut buffer, mut read) = (vec![0; 1 << 16], 0);
        while read < bytes {
            let count = stream.read(&mut buffer).await?;
            ensure!(count > 0, "a follower was let go");
            ensure!(read > 0 || buffer.starts_with(b"HTTP/1.1 200 "), "a follower was refused");
            read += count;
        }
        Ok(())
    }

    /// Posts lines that are recorded already.
    pub(super) async fn streamed_again(&self, text: Vec<u8>, events: u64) -> Result<()> {
        self.posted(text, events, "already_recorded", None).await.map(|_| ())
    }

    /// Connections, each with so many events to post.
    pub(super) async fn callers(
        &self,
        supply: &mut Supply,
        count: usize,
        each: usize,
    ) -> Result<Vec<Connection>> {
        let mut callers = Vec::with_capacity(count);
        for _ in 0..count {
            let requests = self.posts(&supply.take(each)?);
            let stream = TcpStream::connect(&self.address).await?;
            stream.set_nodelay(true)?;
            let requests = Box::new(requests.into_iter());
            callers.push(Connection { stream, requests, status: "201", read: Vec::new() });
        }
        Ok(callers)
    }

    /// A connection that asks these, one after the other.
    pub(super) async fn asking(
        &self,
        targets: impl Iterator<Item = String> + Send + 'static,
    ) -> Result<Connection> {
        let (address, token) = (self.address.clone(), self.reader.clone());
        let request = move |target| {
            format!(
                "GET {target} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
                 Accept: application/json\r\n\r\n"
            )
            .into_bytes()
        };
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let requests = Box::new(targets.map(request));
        Ok(Connection { stream, requests, status: "200", read: Vec::new() })
    }

    /// Posts lines over one connection, and reads an answer for each meanwhile; events a second.
    pub(super) async fn stream(&self, text: Vec<u8>, events: u64) -> Result<f64> {
        self.stream_within(text, events, None).await
    }

    /// The same; where a rate is given, no faster than so many events a second.
    pub(super) async fn stream_within(
        &self,
        text: Vec<u8>,
        events: u64,
        rate: Option<f64>,
    ) -> Result<f64> {
        self.posted(text, events, "recorded", rate).await
    }

    async fn posted(
        &self,
        text: Vec<u8>,
        events: u64,
        outcome: &str,
        rate: Option<f64>,
    ) -> Result<f64> {
        let stream = TcpStream::connect(&self.address).await?;
        let (mut reader, mut writer) = stream.into_split();
        let length = format!("Connection: close\r\nContent-Length: {}", text.len());
        let head = self.head("application/x-ndjson", &length);
        let begun = Instant::now();
        let sending = tokio::spawn(async move {
            writer.write_all(head.as_bytes()).await?;
            let pieces = if rate.is_some() { events.div_ceil(1_000) } else { 1 };
            let size = text.len().div_ceil(usize::try_from(pieces).unwrap_or(1)).max(1);
            for (number, piece) in text.chunks(size).enumerate() {
                if let Some(rate) = rate {
                    let due = number as f64 * 1_000.0 / rate;
                    tokio::time::sleep_until((begun + Duration::from_secs_f64(due)).into()).await;
                }
                writer.write_all(piece).await?;
            }
            Ok::<_, std::io::Error>(writer)
        });
        let (mut last, mut buffer) = (Vec::new(), vec![0; 1 << 18]);
        loop {
            let count = reader.read(&mut buffer).await?;
            if count == 0 {
                break;
            }
            last.extend_from_slice(&buffer[..count]);
            let kept = last.len().saturating_sub(4096);
            last.drain(..kept);
        }
        let seconds = begun.elapsed().as_secs_f64();
        sending.await??;
        let end = String::from_utf8_lossy(&last);
        ensure!(end.contains(&format!("\"{outcome}\":{events},")), "not all was {outcome}: {end}");
        Ok(events as f64 / seconds)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // One that has ended is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Events as lines.
pub(super) fn lines_of(events: &[Incoming]) -> Vec<u8> {
    let mut text = Vec::new();
    for event in events {
        text.extend(event.content.canonical());
        text.push(b'\n');
    }
    text
}

/// A connection that makes one request after the other.
pub(super) struct Connection {
    stream: TcpStream,
    requests: Box<dyn Iterator<Item = Vec<u8>> + Send>,
    /// What each is to be answered with.
    status: &'static str,
    read: Vec<u8>,
}

impl Caller for Connection {
    async fn commit(&mut self) -> Result<bool> {
        let Some(request) = self.requests.next() else { return Ok(false) };
        self.stream.write_all(&request).await?;
        self.read.clear();
        loop {
            ensure!(self.stream.read_buf(&mut self.read).await? > 0, "the connection ended");
            if let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = std::str::from_utf8(&self.read[..end])?;
                if !head.starts_with("HTTP/1.1 ") || !head[9..].starts_with(self.status) {
                    bail!("{}", String::from_utf8_lossy(&self.read));
                }
                let length =
                    head.split("\r\n").find_map(|line| line.strip_prefix("content-length: "));
                let length: usize = length.context("a length")?.parse()?;
                if self.read.len() >= end + 4 + length {
                    return Ok(true);
                }
            }
        }
    }
}
