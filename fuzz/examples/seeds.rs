//! Writes the seeds: one small, sound input or a few for each target.
//!
//! `cargo run -p casetrail-fuzz --example seeds`, and commit what it writes.

use std::error::Error;
use std::fs;
use std::path::Path;

use eventlog::suite::{adapter, removal};
use eventlog::{EventLog, Memory, SeededEntropy, SetClock, checkpoint_line};
use eventlog_embedded::{EmbeddedLog, Options};
use events::{Logged, Position, Timestamp};
use journal::{Journal, JournalOptions, Needed, RunName, RunWriter};
use proof::{AddCheckpoint, Checkpoint, LogKey, SignedCheckpoint, TlogProof};

type Outcome<T> = Result<T, Box<dyn Error>>;

const ORIGIN: &str = "example.org/fuzz";
/// 2024-06-01, microseconds since 1970.
const START_MICROS: i64 = 1_717_243_200_000_000;

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(write_all())
}

async fn write_all() -> Outcome<()> {
    let events = sample().await?;
    let (note, proof, request) = proofs(&events)?;
    let one = removal("r1", "C1").content.to_json().canonical();
    let list = [b"[".as_slice(), &one, b",", &one, b"]"].concat();
    let mut lines: Vec<u8> = Vec::new();
    for event in &events {
        lines.extend(event.to_json().canonical());
        lines.push(b'\n');
    }
    let erased = Logged::Erased(events[0].entry()).to_json().canonical();
    let with_checkpoint = [&lines[..], &checkpoint_line(&note)].concat();
    let records = records().await?;
    write("events", "one", &one)?;
    write("events", "list", &list)?;
    write("export", "whole", &with_checkpoint)?;
    write("export", "erased", &erased)?;
    write("proofs", "note", note.as_bytes())?;
    write("proofs", "proof", proof.as_bytes())?;
    write("proofs", "request", request.as_bytes())?;
    write("records", "three", &with_lengths(&records)?)?;
    write("segment", "two-groups", &segment(&records)?)?;
    write("run", "one-block", &run()?)
}

fn write(target: &str, name: &str, bytes: &[u8]) -> Outcome<()> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    fs::create_dir_all(&dir)?;
    Ok(fs::write(dir.join(name), bytes)?)
}

async fn sample() -> Outcome<Vec<Logged>> {
    let clock = SetClock::at(Timestamp::from_micros(START_MICROS));
    let log = Memory::new(ORIGIN, clock, SeededEntropy(1));
    log.append(adapter(vec![removal("r1", "C1"), removal("r2", "C2"), removal("r3", "C1")]))
        .await?;
    Ok(log.page(Position(1), 10).await?)
}

fn proofs(events: &[Logged]) -> Outcome<(String, String, String)> {
    let leaves: Vec<_> = events.iter().map(Logged::leaf).collect();
    let key = LogKey::from_seed(ORIGIN, &[7; 32])?;
    let checkpoint = Checkpoint::new(ORIGIN, leaves.len() as u64, proof::root_of(&leaves))?;
    let signed = SignedCheckpoint::sign(checkpoint, &key)?;
    let hashes = vec![leaves[1], leaves[2]];
    let entry = events[0].entry().to_json().canonical();
    let proof = TlogProof::new(0, hashes.clone(), &signed).with_extra(entry);
    let request = AddCheckpoint { old_size: 1, proof: hashes, checkpoint: signed.note().clone() };
    Ok((signed.to_string(), proof.to_string(), request.to_string()))
}

/// Records as the engine writes them.
async fn records() -> Outcome<Vec<Vec<u8>>> {
    let dir = tempfile::TempDir::new()?;
    let options = Options {
        origin: Some(ORIGIN.to_owned()),
        entropy: Box::new(SeededEntropy(1)),
        clock: std::sync::Arc::new(SetClock::at(Timestamp::from_micros(START_MICROS))),
        ..Options::default()
    };
    let log = EmbeddedLog::open(dir.path(), options)?;
    log.append(adapter(vec![removal("r1", "C1"), removal("r2", "C2"), removal("r3", "C1")]))
        .await?;
    drop(log);
    let place = dir.path().join("journal");
    let journal = Journal::open(&place, JournalOptions::default(), Needed::NOTHING)?;
    let segment = journal.segments().load(1)?;
    Ok(segment.records(1).map(|(_, record)| record.to_vec()).collect())
}

fn with_lengths(records: &[Vec<u8>]) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    for record in records {
        bytes.extend(u16::try_from(record.len())?.to_le_bytes());
        bytes.extend(record);
    }
    Ok(bytes)
}

fn segment(records: &[Vec<u8>]) -> Outcome<Vec<u8>> {
    let dir = tempfile::TempDir::new()?;
    let options = JournalOptions { segment_bytes: 2048 };
    let mut journal = Journal::open(dir.path(), options, Needed::NOTHING)?;
    journal.append(&records[..2])?;
    journal.append(&records[2..])?;
    let name = format!("journal-{:020}.seg", 1);
    Ok(fs::read(dir.path().join(name))?)
}

fn run() -> Outcome<Vec<u8>> {
    let dir = tempfile::TempDir::new()?;
    let mut writer = RunWriter::create(dir.path(), RunName { first: 1, last: 256 })?;
    let records: Vec<Vec<u8>> = (0..=255_u8).map(|n| vec![n; usize::from(n % 5)]).collect();
    writer.block(&records, &records)?;
    for section in ["summary", "streams", "subjects", "ids", "filter", "roots"] {
        writer.section(section, section.as_bytes())?;
    }
    Ok(fs::read(writer.finish()?)?)
}
