//! What is measured on a log that is there: reads, verification, size, opening, look-ups.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::de::DeserializeOwned;

use super::child::{LookedUp, Opened, Paged};
use super::input::Input;
use super::{Bench, FULL_EVENTS, Part};
use crate::place::allocated_bytes;
use crate::process::run;
use crate::{Bar, Limit, Measure, cores, tell};

const READ_RATE_MIN: f64 = 2_000_000.0;
const VERIFY_RATE_MIN: f64 = 1_000_000.0;
const BYTES_PER_EVENT_MAX: f64 = 105.0;
const MEMORY_MB_MAX: f64 = 300.0;
const OPEN_CLEAN_MS_MAX: f64 = 300.0;
const OPEN_CRASHED_MS_MAX: f64 = 2_000.0;
const LOOKUP_US_MAX: f64 = 200.0;
const SPREAD_STREAM_US_MAX: f64 = 5_000.0;

/// Look-ups of each kind.
const LOOKUPS: u64 = 2_000;

/// Measures the parts that were asked for, the one that hurts the log last.
pub(super) fn measure(bench: &Bench<'_>, input: &Input, log: &Path) -> Result<Vec<Measure>> {
    let has = |part| bench.args.has(part);
    let mut measures = Vec::new();
    if has(Part::Size) {
        measures.extend(size(log, input)?);
    }
    if has(Part::Open) {
        measures.push(open(bench, input, log)?);
    }
    if has(Part::Lookups) {
        measures.extend(lookups(input, log)?);
    }
    if has(Part::Read) {
        measures.push(read(bench, input, log)?);
    }
    if has(Part::Verify) {
        measures.push(verify(bench, input, log)?);
    }
    if has(Part::Crash) {
        measures.push(crash(bench, input, log)?);
    }
    Ok(measures)
}

/// A process of this program that works on the log.
fn child(log: &Path, task: &[&str]) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("log-child").arg("--log").arg(log).args(task);
    Ok(command)
}

/// Runs such a process to its end, bound to so many cores.
fn ask<T: DeserializeOwned>(log: &Path, count: usize, task: &[&str]) -> Result<T> {
    let mut command = child(log, task)?;
    let ran = cores::on(count, || run(&mut command))?;
    serde_json::from_str(&ran.output).context("a process of the benchmark said something else")
}

fn read(bench: &Bench<'_>, input: &Input, log: &Path) -> Result<Measure> {
    tell("reading the whole log on one core");
    let rounds = bench.args.long_rounds().to_string();
    let paged: Paged = ask(log, 1, &["pages", "--rounds", &rounds])?;
    ensure!(paged.events == input.events, "the log has {} events", paged.events);
    let rates: Vec<f64> = paged.seconds.iter().map(|s| paged.events as f64 / s).collect();
    let bar = Bar::binding(Limit::AtLeast(READ_RATE_MIN));
    Ok(Measure::new("read with decode, one core", "events/s", &rates)
        .with_bar(bar)
        .with_note("`EventLog::page` from 1 to the head; the engine's threads on the same core"))
}

fn verify(bench: &Bench<'_>, input: &Input, log: &Path) -> Result<Measure> {
    let mut rates = Vec::new();
    for _ in 0..bench.args.long_rounds() {
        tell("verifying the whole tree");
        let mut command = Command::new(&bench.casetrail);
        command.args(["log", "verify", "--json", "--log"]).arg(log);
        let ran = cores::on(2, || run(&mut command))?;
        let said: serde_json::Value = serde_json::from_str(&ran.output)?;
        let size = &said["size"];
        ensure!(size.as_u64() == Some(input.events), "{size} events were verified");
        rates.push(input.events as f64 / ran.seconds);
    }
    let bar = Bar::binding(Limit::AtLeast(VERIFY_RATE_MIN));
    Ok(Measure::new("verify, two cores", "events/s", &rates)
        .with_bar(bar)
        .with_note("`casetrail log verify`, from start to exit, opening included"))
}

fn size(log: &Path, input: &Input) -> Result<Vec<Measure>> {
    let per_event = |bytes: u64| bytes as f64 / input.events as f64;
    let limit = Limit::AtMost(BYTES_PER_EVENT_MAX);
    let bar = Bar { limit, binding: input.events >= FULL_EVENTS };
    let mut total = Measure::new("disk", "bytes/event", &[per_event(allocated_bytes(log)?)]);
    total = total.with_bar(bar);
    if !bar.binding {
        total = total.with_note(format!(
            "the bar is stated for {FULL_EVENTS} events (--full): fewer carry more of the \
             journal's segments, which are filled ahead"
        ));
    }
    let mut measures = vec![total];
    let mut other = 0;
    for entry in fs::read_dir(log)? {
        let entry = entry?;
        let bytes = allocated_bytes(&entry.path())?;
        if entry.file_type()?.is_dir() {
            let name = format!("disk, {}/", entry.file_name().to_string_lossy());
            measures.push(Measure::new(name, "bytes/event", &[per_event(bytes)]));
        } else {
            other += bytes;
        }
    }
    measures[1..].sort_by(|a, b| a.name.cmp(&b.name));
    measures.push(Measure::new("disk, other files", "bytes/event", &[per_event(other)]));
    Ok(measures)
}

fn open(bench: &Bench<'_>, input: &Input, log: &Path) -> Result<Measure> {
    tell("opening");
    let mut millis = Vec::new();
    for _ in 0..bench.args.rounds {
        let opened: Opened = ask(log, cores::available()?, &["open"])?;
        ensure!(opened.head == input.events, "the log has {} events", opened.head);
        millis.push(opened.head_seconds * 1e3);
    }
    Ok(Measure::new("open after a clean close", "ms", &millis)
        .with_bar(Bar::binding(Limit::Below(OPEN_CLEAN_MS_MAX)))
        .with_note("until the head is told, each time by a new process; files are warm"))
}

fn lookups(input: &Input, log: &Path) -> Result<Vec<Measure>> {
    tell("looking events and streams up");
    let count = LOOKUPS.min(input.events).to_string();
    let found: LookedUp = ask(log, cores::available()?, &["lookups", "--count", &count])?;
    let below = |limit| Bar::binding(Limit::Below(limit));
    let megabytes = |bytes: u64| [bytes as f64 / 1e6];
    Ok(vec![
        Measure::new("find by (source, id)", "us", &found.find)
            .with_bar(below(LOOKUP_US_MAX))
            .with_note(format!("{count} of random positions, one after the other; files are warm")),
        Measure::new("find what is not there", "us", &found.find_absent),
        Measure::new("first event of a stream", "us", &found.stream_place)
            .with_bar(below(LOOKUP_US_MAX)),
        Measure::new("stream of 60 events over the whole log", "us", &found.spread_stream)
            .with_bar(below(SPREAD_STREAM_US_MAX)),
        Measure::new("memory at most, open and look-ups", "MB", &megabytes(found.memory_bytes_max))
            .with_bar(below(MEMORY_MB_MAX)),
        Measure::new("memory after look-ups", "MB", &megabytes(found.memory_bytes)),
    ])
}

/// Acknowledged events after which a writer is killed: round by round, so that the journal ends at
/// different places.
const KILLED_AFTER: [u64; 5] = [40_000, 20_000, 60_000, 5_000, 50_000];

fn crash(bench: &Bench<'_>, input: &Input, log: &Path) -> Result<Measure> {
    let mut millis = Vec::new();
    let mut head = input.events;
    for (round, kill_after) in (0..bench.args.rounds).zip(KILLED_AFTER.into_iter().cycle()) {
        tell("opening after a crash");
        let acknowledged = write_until_killed(log, input, round, kill_after)?;
        let opened: Opened = ask(log, cores::available()?, &["open", "--abandon"])?;
        let expected = head + acknowledged;
        ensure!(opened.head >= expected, "events were lost: {} of {expected}", opened.head);
        head = opened.head;
        millis.push(opened.head_seconds * 1e3);
    }
    Ok(Measure::new("open after a crash", "ms", &millis)
        .with_bar(Bar::binding(Limit::Below(OPEN_CRASHED_MS_MAX)))
        .with_note("a writer was killed (SIGKILL) while it appended 5,000 to 60,000 events"))
}

/// Kills a writer after so many acknowledged events; answers with how many there were.
fn write_until_killed(log: &Path, input: &Input, round: u32, kill_after: u64) -> Result<u64> {
    let path = input.path.to_str().context("the path of the input is not UTF-8")?;
    let mark = format!("~crash-{round}");
    let mut writer = child(log, &["write", "--input", path, "--mark", &mark])?;
    let mut writer = writer.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let lines = BufReader::new(writer.stdout.take().context("the writer has an output")?).lines();
    let mut acknowledged = 0;
    for line in lines {
        acknowledged = line?.parse()?;
        if acknowledged >= kill_after {
            break;
        }
    }
    writer.kill()?;
    writer.wait()?;
    ensure!(acknowledged >= kill_after, "the writer ended after {acknowledged} events");
    Ok(acknowledged)
}
