//! The benchmark of the projection: rebuild, questions at random moments, memory.
//!
//! Three states of the generator: the ordinary one of about 60 events a child, a thin one of about
//! 18, and one in which a fifth of the events come late or amend facts that are years old.
//!
//! References: the same question as SQL in DuckDB (`duckdb`), installed from `PyPI`; and the same
//! answer by folding everybody on one thread from the facts, which are a compact copy of the events
//! already. A third one is for the eye alone: a loop over records of 32 bytes (`records`) that was
//! written for one question and knows no corrections. Every figure of a state is taken in a process
//! of its own, from a log whose files are in the page cache.

mod answers;
mod child;
mod duckdb;
mod moments;
mod records;
mod state;
mod visible;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::machine::Machine;
use crate::process::run as run_process;
use crate::{Bar, Limit, Measure, Report, place, tell};
use child::Found;

pub use child::{ChildArgs, run as run_child};
pub use state::State;

/// Events of the state that the bars are stated for.
const FULL_EVENTS: u64 = 10_000_000;

/// How the projection is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// End with exit code 1 if a bar does not hold
    #[arg(long)]
    pub check: bool,
    /// Measure 0.1, 1 and 10 million events, for which the bars are stated
    #[arg(long, conflicts_with = "events")]
    full: bool,
    /// Measure states of so many events
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [100_000, 1_000_000],
          value_parser = clap::value_parser!(u64).range(20_000..=100_000_000))]
    events: Vec<u64>,
    /// Measure these states alone
    #[arg(long, value_name = "STATE,…", value_delimiter = ',')]
    only: Vec<State>,
    /// How many moments every metric is asked at
    #[arg(long, value_name = "N", default_value_t = 40,
          value_parser = clap::value_parser!(u32).range(2..=10_000))]
    moments: u32,
    /// Where the figures go as JSON; default: `bench/projection.json` in cargo's target directory
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Measures, and writes the JSON file.
///
/// # Errors
/// When something cannot be measured, or gives a wrong answer.
pub fn run(args: &Args) -> Result<Report> {
    let root = place::root()?;
    let machine = Machine::here(&root)?;
    let full = [100_000, 1_000_000, FULL_EVENTS];
    let sizes: &[u64] = if args.full { &full } else { &args.events };
    let mut measures = Vec::new();
    for events in sizes {
        let mut ordinary = None;
        for state in State::ALL.iter().filter(|s| args.only.is_empty() || args.only.contains(s)) {
            let found = measure(args, &root, *state, *events)?;
            measures.extend(lines(*state, *events, &found));
            match (state, &ordinary) {
                (State::Ordinary, _) => ordinary = Some(found),
                (State::Late, Some(ordinary)) => {
                    measures.extend(late_lines(*events, &found, ordinary));
                }
                _ => {}
            }
        }
    }
    let notes = vec![
        "questions by provider and county where the metric has them; random (as-of, known) pairs, \
         as-of no later than known; by turns a quarter and a year"
            .to_owned(),
        format!("a baseline is of {}, month by month", moments::BASELINE_OF.name()),
        format!("median [least..most]; load before: {:?}", machine.load),
    ];
    let asked = std::env::args().skip(1).collect();
    let report = Report { bench: "projection", asked, machine, measures, notes };
    let default = || root.join("projection.json");
    let path = args.json.clone().unwrap_or_else(default);
    fs::write(&path, report.json()?).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(report)
}

fn measure(args: &Args, root: &Path, state: State, events: u64) -> Result<Found> {
    let log = state.prepare(root, events)?;
    tell(&format!("measuring {} of {events} events", state.name()));
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["projection-child", "--log"]).arg(&log);
    command.args(["--moments", &args.moments.to_string()]);
    let ran = run_process(&mut command)?;
    serde_json::from_str(&ran.output).context("a process of the benchmark said something else")
}

/// How much longer everything takes where a fifth of the events are late.
fn late_lines(events: u64, late: &Found, ordinary: &Found) -> Vec<Measure> {
    let line = |what: &str, late: &[f64], ordinary: &[f64]| {
        Measure::new(format!("late of ordinary, {events}: {what}"), "ms", late)
            .against("the ordinary state", late, ordinary)
            .with_bar(Bar { limit: Limit::AtMost(1.5), binding: events >= FULL_EVENTS })
    };
    let seconds = [
        ("rebuild", late.rebuild_seconds, ordinary.rebuild_seconds),
        ("snapshot read", late.load_seconds, ordinary.load_seconds),
    ];
    let mut lines: Vec<_> = seconds
        .into_iter()
        .map(|(what, late, ordinary)| line(what, &[late * 1e3], &[ordinary * 1e3]))
        .collect();
    lines.push(line("append to visible", &late.visible_ms, &ordinary.visible_ms));
    for (late, ordinary) in late.answers.iter().zip(&ordinary.answers) {
        lines.push(line(&late.name, &late.ms, &ordinary.ms));
    }
    for (late, ordinary) in late.asked.iter().zip(&ordinary.asked) {
        lines.push(line(&late.metric, &late.ms, &ordinary.ms));
        let again = format!("{}, asked again", late.metric);
        lines.push(line(&again, &late.again_ms, &ordinary.again_ms));
    }
    lines
}

fn lines(state: State, events: u64, found: &Found) -> Vec<Measure> {
    let name = |what: &str| format!("{}, {events}: {what}", state.name());
    let bar = |limit| Bar { limit, binding: events >= FULL_EVENTS };
    let (median_ms, p99_ms) = if state == State::Thin { (30.0, 100.0) } else { (10.0, 50.0) };
    let megabytes = |bytes: u64| [bytes as f64 / 1e6];
    let mut lines = vec![
        Measure::new(name("rebuild"), "events/s", &[found.events as f64 / found.rebuild_seconds])
            .with_bar(bar(Limit::AtLeast(2e6))),
        Measure::new(name("snapshot read"), "ms", &[found.load_seconds * 1e3])
            .with_bar(bar(Limit::Below(500.0))),
        Measure::new(name("snapshot written"), "ms", &[found.keep_seconds * 1e3]),
        Measure::new(name("memory at most"), "MB", &megabytes(found.memory_bytes_max))
            .with_bar(bar(Limit::Below(1000.0))),
        Measure::new(name("memory"), "MB", &megabytes(found.memory_bytes)),
        Measure::new(
            name("memory at most, reports alone"),
            "MB",
            &megabytes(found.memory_bytes_asked),
        ),
        Measure::new(name("timely-permanency folded from records"), "ms", &found.records_ms)
            .with_note("corrections, merges and doubts left out"),
    ];
    let line = Measure::new(name("append to visible"), "ms", &found.visible_ms);
    lines.push(line.with_bar(bar(Limit::Below(5.0))));
    if let Some(asked) = found.asked.iter().find(|asked| asked.metric == "timely-permanency") {
        let ours = &asked.ms[..found.duckdb_ms.len().min(asked.ms.len())];
        let line = Measure::new(name("timely-permanency of DuckDB"), "ms", ours)
            .against("the same as SQL in DuckDB", ours, &found.duckdb_ms)
            .with_bar(bar(Limit::AtMost(1.0 / 300.0)));
        lines.push(match &found.duckdb_failed {
            Some(why) => line.with_note(why),
            None => line,
        });
    }
    for answer in &found.answers {
        let line = Measure::new(name(&answer.name), "ms", &answer.ms).with_note(&*answer.note);
        lines.push(match answer.below_ms {
            Some(limit) => line.with_bar(bar(Limit::Below(limit))),
            None => line,
        });
    }
    for asked in &found.asked {
        let line = Measure::new(name(&asked.metric), "ms", &asked.ms)
            .with_note(format!("{:.2} ms of processor time on average", asked.processor_ms));
        lines.push(line.with_bar(bar(Limit::Below(median_ms))));
        let mut sorted = asked.ms.clone();
        sorted.sort_by(f64::total_cmp);
        let p99 = sorted[(sorted.len() * 99).div_ceil(100) - 1];
        let line = Measure::new(name(&format!("{}, p99", asked.metric)), "ms", &[p99]);
        lines.push(line.with_bar(bar(Limit::Below(p99_ms))));
        let line =
            Measure::new(name(&format!("{}, asked again", asked.metric)), "ms", &asked.again_ms)
                .with_note("at the head, 1,000 events later");
        lines.push(line.with_bar(bar(Limit::Below(2.0))));
        let ours = &asked.ms[..asked.everyone_ms.len().min(asked.ms.len())];
        let ratio = Measure::new(name(&format!("{} of everybody", asked.metric)), "ms", ours)
            .against("fold of everybody, one thread", ours, &asked.everyone_ms)
            .with_bar(bar(Limit::AtMost(1.0 / 30.0)));
        lines.push(ratio);
    }
    lines
}
