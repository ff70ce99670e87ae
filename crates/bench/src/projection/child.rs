//! What is measured in a process of its own: one log, opened, folded and asked.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use eventlog_embedded::{EmbeddedLog, Options};
use events::Position;
use projection::{Known, Projection, Snapshots, Standing, follow};
use serde::{Deserialize, Serialize};

use super::answers::{self, FoundAnswer};
use super::duckdb;
use super::moments::{Asking, METRICS, moments};
use super::records::Records;
use super::visible::visible;
use crate::{place, process};

/// The command line of such a process.
#[derive(Debug, Clone, clap::Args)]
pub struct ChildArgs {
    /// The log's directory
    #[arg(long)]
    log: PathBuf,
    /// How many moments every metric is asked at
    #[arg(long)]
    moments: u32,
    /// Leave the reference out
    #[arg(long)]
    alone: bool,
    /// Ask the projection that was kept, if there is one, in place of one made anew
    #[arg(long)]
    kept: bool,
}

/// What a process found, as one line of JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Found {
    pub(super) events: u64,
    pub(super) rebuild_seconds: f64,
    /// Seconds until a snapshot was written, and until it was read.
    pub(super) keep_seconds: f64,
    pub(super) load_seconds: f64,
    /// The most memory, in all and before explanations, differences and histories; and once all
    /// was folded.
    pub(super) memory_bytes_max: u64,
    pub(super) memory_bytes_asked: u64,
    pub(super) memory_bytes: u64,
    pub(super) asked: Vec<FoundAsked>,
    pub(super) answers: Vec<FoundAnswer>,
    /// Milliseconds of the reference, at the same moments.
    pub(super) records_ms: Vec<f64>,
    /// Milliseconds of DuckDB, at the first of them; or why there are none.
    pub(super) duckdb_ms: Vec<f64>,
    pub(super) duckdb_failed: Option<String>,
    /// Milliseconds from an append until a reader has it.
    pub(super) visible_ms: Vec<f64>,
}

/// Milliseconds of a metric's questions, one for each moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct FoundAsked {
    pub(super) metric: String,
    pub(super) ms: Vec<f64>,
    /// Milliseconds of the first of these questions, answered by folding everybody on one thread.
    pub(super) everyone_ms: Vec<f64>,
    /// Milliseconds of the same questions at the head, asked before so many events before it.
    pub(super) again_ms: Vec<f64>,
    /// Milliseconds of processor time of all its threads, on average.
    pub(super) processor_ms: f64,
    /// Rows of all answers: what was asked is not nothing.
    pub(super) rows: usize,
}

/// Moments that DuckDB is asked at, which takes seconds for each, and the fold of everybody.
const REFERENCE_MOMENTS: usize = 5;
/// Events between a question and the same one asked again.
const BEHIND: u64 = 1_000;

pub(super) fn millis(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

/// Does it; answers with what is printed.
///
/// # Errors
/// When the log cannot be opened or read.
pub fn run(args: &ChildArgs) -> Result<String> {
    // As the program builds it: as many threads as this process may use cores.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let log = EmbeddedLog::open(&args.log, Options::default())?;
    let snapshots = Snapshots::of_log(&args.log);
    let start = Instant::now();
    let kept = if args.kept { runtime.block_on(snapshots.load(&log)) } else { None };
    let mut projection = kept.unwrap_or_default();
    runtime.block_on(follow(&log, &mut projection, &mut |_| ()))?;
    let rebuild_seconds = start.elapsed().as_secs_f64();
    let unknown = "the kernel does not tell the memory of this process";
    let memory_bytes = process::memory_bytes("self").context(unknown)?;
    let start = Instant::now();
    runtime.block_on(snapshots.keep(&projection, &log))?;
    let keep_seconds = start.elapsed().as_secs_f64();
    let moments = moments(&projection, args.moments)?;
    let asked = ask(&projection, &moments)?;
    let memory_bytes_asked = process::memory_bytes_max("self").context(unknown)?;
    let answers = runtime.block_on(answers::find(&projection, &log))?;
    let memory_bytes_max = process::memory_bytes_max("self").context(unknown)?;
    let events = projection.position().0;
    drop(projection);
    let start = Instant::now();
    let loaded = runtime.block_on(snapshots.load(&log)).context("the snapshot was not read")?;
    let load_seconds = start.elapsed().as_secs_f64();
    ensure!(loaded.position().0 == events, "the snapshot is another");
    let (mut records_ms, mut duckdb_ms) = (Vec::new(), Vec::new());
    let mut duckdb_failed = None;
    if !args.alone {
        let records = runtime.block_on(Records::read(&log))?;
        for asking in &moments {
            let start = Instant::now();
            black_box(records.timely(asking));
            records_ms.push(millis(start));
        }
        let some = &moments[..moments.len().min(REFERENCE_MOMENTS)];
        match duckdb::timely(&place::root()?, &records, some) {
            Ok(ms) => duckdb_ms = ms,
            Err(error) => duckdb_failed = Some(format!("{error:#}")),
        }
    }
    log.close()?;
    let visible_ms = runtime.block_on(visible(&args.log, loaded))?;
    let found = Found {
        events,
        rebuild_seconds,
        keep_seconds,
        load_seconds,
        memory_bytes_max,
        memory_bytes_asked,
        memory_bytes,
        asked,
        answers,
        records_ms,
        duckdb_ms,
        duckdb_failed,
        visible_ms,
    };
    Ok(serde_json::to_string(&found)?)
}

/// Every metric at every moment, and again at the head.
fn ask(projection: &Projection, moments: &[Asking]) -> Result<Vec<FoundAsked>> {
    let head = Known::head(projection);
    let before = Position(head.position.0 - BEHIND);
    let before = Known { position: before, known_at: None };
    let mut asked = Vec::new();
    for metric in METRICS {
        let name = metric.name().to_owned();
        let (mut ms, mut again_ms, mut rows) = (Vec::new(), Vec::new(), 0);
        let processor = process::own_seconds();
        for asking in moments {
            let question = asking.of(*metric)?;
            let start = Instant::now();
            let answered = projection.report(&question, asking.known.clone());
            ms.push(millis(start));
            rows += answered.answer.rows.len();
        }
        let processor_ms = (process::own_seconds() - processor) * 1e3 / moments.len() as f64;
        let mut everyone_ms = Vec::new();
        for asking in &moments[..moments.len().min(REFERENCE_MOMENTS)] {
            let question = asking.of(*metric)?;
            let start = Instant::now();
            let everyone = projection.report_of_everyone(&question, asking.known.clone());
            everyone_ms.push(millis(start));
            let indexed = projection.report(&question, asking.known.clone());
            ensure!(everyone == indexed, "the index leaves somebody out");
        }
        for asking in moments {
            let mut standing = Standing::new(asking.of(*metric)?);
            standing.answer(projection, before.clone());
            let start = Instant::now();
            black_box(standing.answer(projection, head.clone()));
            again_ms.push(millis(start));
        }
        asked.push(FoundAsked { metric: name, ms, everyone_ms, again_ms, processor_ms, rows });
    }
    Ok(asked)
}
