//! The benchmark of the event log.
//!
//! Three references run beside it. *A* (`bare_file`) appends the same records to one file that
//! was filled with zeros before, with group commit and `fdatasync`: what the disk can do. *B*
//! (`postgres`) is PostgreSQL at the same durability: what a user would take instead. *C*
//! (`bare_pipeline`) parses, makes canonical, hashes and compresses, and keeps nothing: what the
//! processor can do. Files are in the page cache wherever the operating system put them (warm);
//! engines are freshly opened where that is said.

mod appends;
mod bare_file;
mod bare_pipeline;
mod child;
pub(crate) mod drive;
pub(crate) mod engine;
mod ingest;
pub(crate) mod input;
pub(crate) mod postgres;
mod stored;
pub(crate) mod supply;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::machine::Machine;
use crate::place::{self, Scratch};
use crate::{Measure, Report};
use input::Input;

pub use child::{ChildArgs, run as run_child};

/// Events of the log that sizes and look-ups are stated for.
pub(crate) const FULL_EVENTS: u64 = 10_000_000;
/// Events of the file that bulk ingestion is stated for.
const INGEST_EVENTS: u64 = 1_000_000;

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Durable appends by concurrent callers
    Appends,
    /// Bulk ingestion of a file of a million events
    Ingest,
    /// Reading the whole log with decoding
    Read,
    /// Verification of the whole tree
    Verify,
    /// Bytes on disk
    Size,
    /// Opening after a clean close
    Open,
    /// Events by identity, streams, and the memory of an engine that does it
    Lookups,
    /// Opening after a crash
    Crash,
}

impl Part {
    const ALL: [Self; 8] = [
        Self::Appends,
        Self::Ingest,
        Self::Read,
        Self::Verify,
        Self::Size,
        Self::Open,
        Self::Lookups,
        Self::Crash,
    ];
}

/// How the log is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// End with exit code 1 if a bar does not hold
    #[arg(long)]
    pub check: bool,
    /// Measure sizes and look-ups on ten million events, for which their bars are stated
    #[arg(long, conflicts_with = "events")]
    full: bool,
    /// Measure sizes and look-ups on so many events
    #[arg(long, value_name = "N", default_value_t = INGEST_EVENTS,
          value_parser = clap::value_parser!(u64).range(20_000..=100_000_000))]
    events: u64,
    /// Measure these parts alone
    #[arg(long, value_name = "PART,…", value_delimiter = ',')]
    only: Vec<Part>,
    /// How often references and ours take turns
    #[arg(long, value_name = "R", default_value_t = 5,
          value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// How long one round of appends lasts, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1_000,
          value_parser = clap::value_parser!(u64).range(50..=60_000))]
    round_ms: u64,
    /// Leave out what is compared with PostgreSQL, and its bars
    #[arg(long)]
    without_postgres: bool,
    /// Take the generator's lines as they are, about 260 bytes, in place of about 400
    #[arg(long)]
    plain: bool,
    /// Where the figures go as JSON; default: `bench/log.json` in cargo's target directory
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Args {
    fn has(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    const fn stored_events(&self) -> u64 {
        if self.full { FULL_EVENTS } else { self.events }
    }

    /// Rounds of what takes seconds each.
    fn long_rounds(&self) -> u32 {
        self.rounds.min(3)
    }
}

/// What all parts need.
struct Bench<'a> {
    args: &'a Args,
    /// Where input files are kept from one run to the next.
    root: &'a Path,
    /// Where logs lie.
    scratch: &'a Scratch,
    /// The program that is measured.
    casetrail: PathBuf,
}

impl Bench<'_> {
    /// The file of so many events.
    fn input(&self, events: u64) -> Result<Input> {
        Input::prepare(self.root, events, self.args.plain)
    }
}

/// Measures, and writes the JSON file.
///
/// # Errors
/// When something cannot be measured, or gives a wrong answer.
pub fn run(args: &Args) -> Result<Report> {
    let root = place::root()?;
    let machine = Machine::here(&root)?;
    let scratch = Scratch::new(&root)?;
    let casetrail = casetrail()?;
    let bench = Bench { args, root: &root, scratch: &scratch, casetrail };
    let mut notes = Vec::new();
    let mut measures = Vec::new();
    if args.has(Part::Appends) {
        measures.extend(appends::measure(&bench, &mut notes)?);
    }
    measures.extend(ingested_and_stored(&bench, &mut notes)?);
    if Part::ALL.iter().any(|part| !args.has(*part)) {
        notes.push("only a part was measured: the other bars were not judged".to_owned());
    }
    notes.push(format!("median [least..most] of rounds; load before: {:?}", machine.load));
    let asked = std::env::args().skip(1).collect();
    let report = Report { bench: "log", asked, machine, measures, notes };
    let path = args.json.clone().unwrap_or_else(|| root.join("log.json"));
    fs::write(&path, report.json()?).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(report)
}

/// Ingestion, and what is measured on the log that it leaves.
fn ingested_and_stored(bench: &Bench<'_>, notes: &mut Vec<String>) -> Result<Vec<Measure>> {
    let args = bench.args;
    let stored = [Part::Read, Part::Verify, Part::Size, Part::Open, Part::Lookups, Part::Crash];
    let log = bench.scratch.join("log");
    let mut measures = Vec::new();
    let mut there = 0;
    if args.has(Part::Ingest) {
        let input = bench.input(INGEST_EVENTS)?;
        notes.push(input.in_words());
        measures.extend(ingest::measure(bench, &input, &log)?);
        there = input.events;
    }
    if stored.iter().any(|part| args.has(*part)) {
        let input = bench.input(args.stored_events())?;
        if there != input.events {
            notes.push(input.in_words());
            measures.push(ingest::load(bench, &input, &log)?);
        }
        measures.extend(stored::measure(bench, &input, &log)?);
    }
    Ok(measures)
}

/// The program, built beside this one.
pub(crate) fn casetrail() -> Result<PathBuf> {
    let own = std::env::current_exe().context("cannot tell where this program lies")?;
    let program = own.with_file_name("casetrail");
    if !program.is_file() {
        bail!("{} is missing: run `cargo xtask bench log`, which builds it", program.display());
    }
    Ok(program)
}
