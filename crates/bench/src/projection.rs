//! The benchmark of the projection: rebuild, questions at random moments, memory.
//!
//! Three states of the generator: the ordinary one of about 60 events a child, a thin one of about
//! 18, and one in which a fifth of the events come late or amend facts that are years old. The
//! reference is a fold on one thread over records of 32 bytes (`records`): what a program would do
//! that was written for one question and knows no corrections. Every figure of a state is taken in
//! a process of its own, from a log whose files are in the page cache.

mod answers;
mod child;
mod moments;
mod records;
mod state;

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
        for state in State::ALL.iter().filter(|s| args.only.is_empty() || args.only.contains(s)) {
            measures.extend(measure(args, &root, *state, *events)?);
        }
    }
    let notes = vec![
        "questions by provider and county where the metric has them; random (as-of, known) pairs, \
         as-of no later than known; by turns a quarter and a year"
            .to_owned(),
        format!("median [least..most]; load before: {:?}", machine.load),
    ];
    let asked = std::env::args().skip(1).collect();
    let report = Report { bench: "projection", asked, machine, measures, notes };
    let default = || root.join("projection.json");
    let path = args.json.clone().unwrap_or_else(default);
    fs::write(&path, report.json()?).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(report)
}

fn measure(args: &Args, root: &Path, state: State, events: u64) -> Result<Vec<Measure>> {
    let log = state.prepare(root, events)?;
    tell(&format!("measuring {} of {events} events", state.name()));
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["projection-child", "--log"]).arg(&log);
    command.args(["--moments", &args.moments.to_string()]);
    let ran = run_process(&mut command)?;
    let found: Found = serde_json::from_str(&ran.output)
        .context("a process of the benchmark said something else")?;
    Ok(lines(state, events, &found))
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
        Measure::new(name("facts folded from records"), "ms", &found.records_ms),
    ];
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
        let ratios: Vec<f64> = asked.ms.clone();
        let ratio = Measure::new(name(&format!("{} of records", asked.metric)), "ms", &ratios)
            .against("fold of records", &ratios, &found.records_ms)
            .with_bar(bar(Limit::AtMost(1.0 / 30.0)));
        lines.push(ratio);
    }
    lines
}
