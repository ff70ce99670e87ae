//! The input, the references and the callers of the log's benchmark.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;
use events::{Admission, EventType, Incoming, Json};

use super::bare_file::BareFile;
use super::drive::{Caller, drive};
use super::input::{Input, SPREAD_EVENTS, SPREAD_STREAMS, spread_subject};
use super::supply::Supply;
use super::{Args, Part, bare_pipeline, engine};

const EVENTS: u64 = 6_000;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

#[derive(Debug, Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

fn asked(words: &[&str]) -> Result<Args, clap::Error> {
    let words = ["log"].iter().chain(words);
    Cli::try_parse_from(words).map(|cli| cli.args)
}

#[test]
fn parts_sizes_and_rounds_are_as_asked() {
    let all = asked(&[]).expect("no words");
    assert!(Part::ALL.iter().all(|part| all.has(*part)));
    assert_eq!((all.stored_events(), all.check), (1_000_000, false));
    let some = asked(&["--only", "read,size", "--full", "--check"]).expect("words");
    assert!(some.has(Part::Read) && some.has(Part::Size) && !some.has(Part::Appends));
    assert_eq!((some.stored_events(), some.check), (10_000_000, true));
    assert!(asked(&["--full", "--events", "50000"]).is_err());
    assert!(asked(&["--rounds", "0"]).is_err());
}

#[test]
fn the_input_is_taken_line_by_line_and_its_streams_lie_all_over_it() {
    let dir = tempfile::tempdir().expect("a directory");
    for plain in [true, false] {
        let input = Input::prepare(dir.path(), EVENTS, plain).expect("an input");
        let text = fs::read_to_string(&input.path).expect("a file");
        let mut places: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        let mut last = None;
        for (number, line) in (0..).zip(text.lines()) {
            let json = Json::parse(line.as_bytes()).expect("JSON");
            let event = Incoming::read(&json, Admission::Backfill).expect("an event");
            assert!(event.recorded_time >= last, "line {number}");
            assert_eq!(event.content.time.is_none(), plain);
            last = event.recorded_time;
            places.entry(event.content.subject.to_string()).or_default().push(number);
        }
        assert_eq!(text.lines().count() as u64, EVENTS);
        assert_eq!(input.bytes, text.len() as u64);
        let mean = input.bytes / EVENTS;
        let expected = if plain { 220..300 } else { 370..430 };
        assert!(expected.contains(&mean), "{mean} bytes an event");
        for number in 0..SPREAD_STREAMS {
            let places = &places[spread_subject(number).expect("a subject").as_str()];
            assert_eq!(places.len() as u64, SPREAD_EVENTS);
            let apart = places.windows(2).map(|two| two[1] - two[0]);
            assert!(apart.max() < Some(EVENTS / 40), "evenly");
            assert!(places[0] < EVENTS / 20 && places[59] > EVENTS * 9 / 10);
        }
    }
}

#[test]
fn an_input_is_generated_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let first = Input::prepare(dir.path(), EVENTS, true).expect("an input");
    fs::write(&first.path, "kept").expect("a file");
    let again = Input::prepare(dir.path(), EVENTS, true).expect("an input");
    assert_eq!((again.path, again.bytes), (first.path, 4));
}

#[test]
fn a_supply_never_gives_an_identity_twice_nor_a_correction() {
    let dir = tempfile::tempdir().expect("a directory");
    let input = Input::prepare(dir.path(), EVENTS, false).expect("an input");
    let mut supply = Supply::new(&input).expect("a supply");
    // More than the file has.
    let events = supply.take(13_000).expect("events");
    let keys: BTreeSet<_> = events.iter().map(|event| event.content.key.clone()).collect();
    assert_eq!(keys.len(), events.len());
    let amends = |event: &&Incoming| {
        matches!(event.content.kind, EventType::RecordCorrected | EventType::RecordRetracted)
    };
    assert_eq!(events.iter().filter(amends).count(), 0);
    assert!(events.iter().all(|event| event.recorded_time.is_none()));
}

#[test]
fn reference_a_writes_the_records_of_the_engine() {
    let dir = tempfile::tempdir().expect("a directory");
    let input = Input::prepare(dir.path(), EVENTS, false).expect("an input");
    let mut supply = Supply::new(&input).expect("a supply");
    let runtime = runtime();
    let records = runtime.block_on(engine::records(&dir.path().join("log"), &mut supply, 300));
    let records: Arc<[Vec<u8>]> = records.expect("records").into();
    assert!(records.iter().all(|record| record.len() > 150));

    let path = dir.path().join("bare");
    let file = BareFile::create(&path).expect("a file");
    let zeros = fs::metadata(&path).expect("a file").len();
    let callers = file.callers(1, 100, &records);
    let driven = runtime.block_on(drive(callers, Duration::from_millis(20))).expect("commits");
    assert!(driven.rate > 0.0 && driven.wait_median <= driven.wait_p99);
    drop(file);
    let written = fs::read(&path).expect("a file");
    assert_eq!(written.len() as u64, zeros, "it does not grow");
    let header = 28;
    let length = u32::from_le_bytes(written[header..header + 4].try_into().expect("four bytes"));
    assert_eq!(length as usize, records[0].len());
    assert!(written[header + 4..].starts_with(&records[0]));
}

#[test]
fn ours_is_driven_until_its_callers_have_nothing_left() {
    let dir = tempfile::tempdir().expect("a directory");
    let input = Input::prepare(dir.path(), EVENTS, false).expect("an input");
    let mut supply = Supply::new(&input).expect("a supply");
    let log = Arc::new(engine::open(&dir.path().join("log")).expect("a log"));
    let callers = engine::callers(&log, &mut supply, 4, 3, 5).expect("callers");
    let runtime = runtime();
    runtime.block_on(drive(callers, Duration::from_secs(600))).expect("commits");
    let head = runtime.block_on(eventlog::EventLog::head(&*log, None)).expect("a head");
    assert_eq!(head.position.0, 4 * 3 * 5);
}

/// Fails at its third commit.
struct Failing(u32);

impl Caller for Failing {
    async fn commit(&mut self) -> Result<bool> {
        self.0 += 1;
        anyhow::ensure!(self.0 < 3, "the disk is full");
        Ok(true)
    }
}

#[test]
fn a_caller_that_fails_fails_the_round() {
    let failed = runtime().block_on(drive(vec![Failing(0)], Duration::from_secs(600)));
    assert_eq!(failed.expect_err("it fails").to_string(), "the disk is full");
    let nothing = runtime().block_on(drive(Vec::<Failing>::new(), Duration::from_millis(1)));
    assert!(nothing.is_err());
}

#[test]
fn reference_c_sees_every_line_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let input = Input::prepare(dir.path(), EVENTS, false).expect("an input");
    let text = fs::read(&input.path).expect("a file");
    let piped = bare_pipeline::pipe(&text).expect("events");
    assert_eq!(piped.events, EVENTS);
    // Compressed, and not to nothing: salts are missing, hashes are not.
    let per_event = piped.bytes / EVENTS;
    assert!((50..200).contains(&per_event), "{per_event} bytes an event");
    let line = text.split(|byte| *byte == b'\n').next().expect("a line");
    assert_eq!(bare_pipeline::pipe(line).expect("events").events, 1);
    assert!(bare_pipeline::pipe(b"{\"subject\":").is_err());
}
