//! The program that is measured, and as little of a client as can speak to it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::log::drive::Caller;
use crate::log::supply::Supply;

/// A running service.
pub(super) struct Served {
    child: Child,
    address: String,
    token: String,
}

impl Served {
    /// Starts the program on a log.
    pub(super) fn start(program: &Path, log: &Path) -> Result<Self> {
        let config = log.with_extension("toml");
        std::fs::write(&config, "[limits]\nrequests_per_second = 0\n")?;
        let mut command = Command::new(program);
        command.args(["serve", "--dev", "--listen", "127.0.0.1:0", "--log"]).arg(log);
        command.arg("--config").arg(&config).stderr(Stdio::piped()).env("RUST_LOG", "error");
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
        Ok(Self { child, address, token })
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

    /// Connections, each with so many events to post.
    pub(super) async fn callers(
        &self,
        supply: &mut Supply,
        count: usize,
        each: usize,
    ) -> Result<Vec<Connection>> {
        let mut callers = Vec::with_capacity(count);
        for _ in 0..count {
            let mut requests = Vec::with_capacity(each);
            for event in supply.take(each)? {
                let body = event.content.canonical();
                let length = format!("Content-Length: {}", body.len());
                let mut request = self.head("application/cloudevents+json", &length).into_bytes();
                request.extend(body);
                requests.push(request);
            }
            let stream = TcpStream::connect(&self.address).await?;
            stream.set_nodelay(true)?;
            callers.push(Connection { stream, requests: requests.into_iter(), read: Vec::new() });
        }
        Ok(callers)
    }

    /// Posts lines over one connection, and reads an answer for each meanwhile; events a second.
    pub(super) async fn stream(&self, text: Vec<u8>, events: u64) -> Result<f64> {
        let stream = TcpStream::connect(&self.address).await?;
        let (mut reader, mut writer) = stream.into_split();
        let length = format!("Connection: close\r\nContent-Length: {}", text.len());
        let head = self.head("application/x-ndjson", &length);
        let begun = Instant::now();
        let sending = tokio::spawn(async move {
            writer.write_all(head.as_bytes()).await?;
            writer.write_all(&text).await?;
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
        ensure!(end.contains(&format!("\"recorded\":{events},")), "not all was recorded: {end}");
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
pub(super) fn lines_of(supply: &mut Supply, events: u64) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    for event in supply.take(usize::try_from(events)?)? {
        text.extend(event.content.canonical());
        text.push(b'\n');
    }
    Ok(text)
}

/// A connection that posts one event after the other.
pub(super) struct Connection {
    stream: TcpStream,
    requests: std::vec::IntoIter<Vec<u8>>,
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
                if !head.starts_with("HTTP/1.1 201 ") {
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
