//! The benchmark of the service: the real program on loopback, beside the engine in this process.
//!
//! The clients share the machine with what they measure, which is said by the ratios: they are of
//! the same round, and of the same durability.

mod asked;
mod bare;
mod client;
mod soak;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use eventlog_embedded::EmbeddedLog;
use tokio::runtime::Runtime;

use crate::log::drive::drive;
use crate::log::engine;
use crate::log::input::Input;
use crate::log::supply::Supply;
use crate::machine::Machine;
use crate::place::{self, Scratch};
use crate::{Bar, Limit, Measure, Report, process, tell};
use client::Served;

pub use soak::{SoakArgs, soak};

/// Connections, and callers of the engine, that commit one event after the other.
const CALLERS: usize = 64;
/// Events that are prepared for each caller and second.
const PREPARED: usize = 1_500;

/// How the service is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// End with exit code 1 if a bar does not hold
    #[arg(long)]
    pub check: bool,
    /// How often the service and the engine take turns
    #[arg(long, value_name = "R", default_value_t = 5,
          value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// How long one round of single events lasts, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1_000,
          value_parser = clap::value_parser!(u64).range(50..=60_000))]
    round_ms: u64,
    /// Events of a stream of lines
    #[arg(long, value_name = "N", default_value_t = 300_000,
          value_parser = clap::value_parser!(u64).range(1_000..=10_000_000))]
    events: u64,
    /// Events of the log that is asked while it grows
    #[arg(long, value_name = "N", default_value_t = 1_000_000,
          value_parser = clap::value_parser!(u64).range(100_000..=10_000_000))]
    asked_events: u64,
    /// Where the figures go as JSON; default: `bench/service.json` in cargo's target directory
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
    let scratch = Scratch::new(&root)?;
    let input = Input::prepare(&root, 1_000_000, false)?;
    let mut supply = Supply::new(&input)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = Served::start(&crate::log::casetrail()?, &scratch.join("served"))?;
    let log = Arc::new(engine::open(&scratch.join("engine"))?);
    let mut measures = single(args, &runtime, &served, &log, &mut supply)?;
    measures.push(lines(args, &runtime, &served, &mut supply)?);
    measures.push(asked::kept(args, &runtime, &served)?);
    log.close()?;
    served.stop()?;
    measures.push(asked::while_growing(args, &runtime, &root, &scratch, &mut supply)?);
    let notes = vec![
        input.in_words(),
        format!("median [least..most] of rounds; load before: {:?}", machine.load),
    ];
    let asked = std::env::args().skip(1).collect();
    let report = Report { bench: "service", asked, machine, measures, notes };
    let path = args.json.clone().unwrap_or_else(|| root.join("service.json"));
    fs::write(&path, report.json()?).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(report)
}

/// Serves nothing, for the measure of what HTTP costs.
///
/// # Errors
/// When it cannot listen.
pub fn serve_bare() -> Result<()> {
    bare::serve()
}

/// One durable event a request, beside as many callers of the engine, and a server that does nothing.
fn single(
    args: &Args,
    runtime: &Runtime,
    served: &Served,
    log: &Arc<EmbeddedLog>,
    supply: &mut Supply,
) -> Result<Vec<Measure>> {
    tell("single events: the service, the engine, a server that does nothing");
    let bare = Served::bare()?;
    // Clients take as little as they can of the cores that they share with what is measured.
    let clients = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let round = Duration::from_millis(args.round_ms);
    let each = PREPARED * usize::try_from(args.round_ms)? / 1_000 + 20;
    let (mut ours, mut engines, mut nothings) = (Vec::new(), Vec::new(), Vec::new());
    // The first round is not counted.
    for _ in 0..=args.rounds {
        process::settle();
        let callers = clients.block_on(served.callers(supply, CALLERS, each))?;
        ours.push(clients.block_on(drive(callers, round))?.rate);
        process::settle();
        let callers = engine::callers(log, supply, CALLERS, 1, each)?;
        engines.push(runtime.block_on(drive(callers, round))?.rate);
        process::settle();
        let callers = clients.block_on(bare.callers(supply, CALLERS, each))?;
        nothings.push(clients.block_on(drive(callers, round))?.rate);
    }
    let measure = Measure::new("post, 64 connections", "events/s", &ours[1..]);
    let measure = measure.against("engine, 64 callers", &ours[1..], &engines[1..]);
    let ceiling = Measure::new("the same", "events/s", &ours[1..]);
    let ceiling = ceiling.against("a server that does nothing", &ours[1..], &nothings[1..]);
    Ok(vec![measure.with_bar(Bar::binding(Limit::AtLeast(0.6))), ceiling])
}

/// A stream of lines, each of which is answered.
fn lines(args: &Args, runtime: &Runtime, served: &Served, supply: &mut Supply) -> Result<Measure> {
    let mut rates = Vec::new();
    for _ in 0..=args.rounds.min(3) {
        tell("a stream of lines");
        process::settle();
        let text = client::lines_of(&supply.take(usize::try_from(args.events)?)?);
        rates.push(runtime.block_on(served.stream(text, args.events))?);
    }
    let measure = Measure::new("post, a stream of lines", "events/s", &rates[1..]);
    Ok(measure.with_bar(Bar::binding(Limit::AtLeast(150_000.0))))
}
