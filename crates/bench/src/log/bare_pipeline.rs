//! Reference C: what ingestion cannot do without, and nothing else, on two threads.
//!
//! Each thread takes half of the file: parse a line (serde_json), its canonical form (RFC 8785),
//! three SHA-256 (subject, content, leaf), zstd level 1 in blocks of 256. It checks no event
//! against the vocabulary, looks up no identity, writes nothing.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::cores;

/// Threads, and cores that they are bound to.
const THREADS: usize = 2;
const BLOCK_EVENTS: usize = 256;
const LEVEL: i32 = 1;
const SALT: [u8; 16] = [7; 16];

/// What became of a file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piped {
    pub(super) events: u64,
    /// Canonical and compressed.
    pub(super) bytes: u64,
}

/// Seconds for the whole file, from opening it on.
pub(super) fn run(path: &Path) -> Result<(f64, Piped)> {
    cores::on(THREADS, || {
        let start = Instant::now();
        let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let piped = pipe(&text)?;
        Ok((start.elapsed().as_secs_f64(), piped))
    })
}

/// Both halves at the same time, cut at the end of a line.
pub(super) fn pipe(text: &[u8]) -> Result<Piped> {
    let middle = text.len() / 2;
    let line_end = text[middle..].iter().position(|byte| *byte == b'\n');
    let (front, back) = text.split_at(line_end.map_or(text.len(), |end| middle + end + 1));
    thread::scope(|scope| {
        let front = thread::Builder::new().spawn_scoped(scope, || half(front))?;
        let back = half(back)?;
        let front = front.join().map_err(|_| anyhow!("a thread of the pipeline panicked"))??;
        Ok(Piped { events: front.events + back.events, bytes: front.bytes + back.bytes })
    })
}

fn half(text: &[u8]) -> Result<Piped> {
    let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
    let mut compressed = Vec::new();
    let mut block = Vec::new();
    let (mut piped, mut in_block) = (Piped::default(), 0);
    let mut lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).peekable();
    while let Some(line) = lines.next() {
        let leaf = one_event(line, &mut block)?;
        block.extend_from_slice(&leaf);
        piped.events += 1;
        in_block += 1;
        if in_block == BLOCK_EVENTS || lines.peek().is_none() {
            compressed.clear();
            compressed.reserve(zstd::zstd_safe::compress_bound(block.len()));
            let length = compressor.compress_to_buffer(&block, &mut compressed)?;
            piped.bytes += length as u64;
            block.clear();
            in_block = 0;
        }
    }
    Ok(piped)
}

/// Adds the canonical form to the block; answers with the leaf hash.
fn one_event(line: &[u8], block: &mut Vec<u8>) -> Result<[u8; 32]> {
    let mut event: Value = serde_json::from_slice(line)?;
    let members = event.as_object_mut().context("a line is no object")?;
    let recorded_time = members.remove("recordedtime").unwrap_or_default();
    let salted = |bytes: &[u8]| -> [u8; 32] {
        Sha256::new().chain_update(SALT).chain_update(bytes).finalize().into()
    };
    let subject = salted(members["subject"].as_str().context("no subject")?.as_bytes());
    let start = block.len();
    serde_json_canonicalizer::to_writer(&event, block)?;
    let content = salted(&block[start..]);
    let entry = format!(
        r#"{{"contenthash":"{}","position":1,"recordedby":"local+backfill","recordedtime":{},"revision":1,"subjecthash":"{}","type":{}}}"#,
        hex::encode(content),
        recorded_time,
        hex::encode(subject),
        event["type"],
    );
    Ok(Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
}
