//! Durable appends by concurrent callers: the bare file, ours, and PostgreSQL take turns.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use eventlog_embedded::EmbeddedLog;
use tokio::runtime::Runtime;

use super::bare_file::BareFile;
use super::drive::{Driven, drive};
use super::engine::{self, wait_until_sealed};
use super::postgres::{Cluster, Postgres, SETTINGS, installed};
use super::supply::Supply;
use super::{Bench, INGEST_EVENTS};
use crate::{Bar, Limit, Measure, process, tell};

/// What callers do.
#[derive(Debug, Clone, Copy)]
struct Shape {
    callers: usize,
    /// Events in a commit.
    batch: usize,
    /// Of the bare file's rate, at least.
    of_bare_file: Option<f64>,
    /// Times PostgreSQL's rate, at least.
    of_postgres: Option<f64>,
}

const fn single(callers: usize, of_postgres: Option<f64>) -> Shape {
    Shape { callers, batch: 1, of_bare_file: Some(0.75), of_postgres }
}

const fn batches(callers: usize, of_postgres: Option<f64>) -> Shape {
    Shape { callers, batch: 100, of_bare_file: None, of_postgres }
}

const SHAPES: &[Shape] = &[
    single(1, None),
    single(16, Some(4.0)),
    single(64, Some(4.0)),
    single(256, Some(4.0)),
    batches(1, Some(5.0)),
    batches(16, None),
];
const CALLERS_MAX: usize = 256;

/// Records that the bare file is given, over and over.
const RECORDS: usize = 4_096;

impl Shape {
    fn name(self) -> String {
        let Self { callers, batch, .. } = self;
        let callers =
            if callers == 1 { "1 caller".to_owned() } else { format!("{callers} callers") };
        if batch == 1 { format!("append, {callers}") } else { format!("append {batch}, {callers}") }
    }
}

/// The three that take turns.
struct Systems {
    runtime: Runtime,
    round: Duration,
    bare_file: BareFile,
    records: Arc<[Vec<u8>]>,
    log: Arc<EmbeddedLog>,
    /// `None` where it is left out or not installed.
    postgres: Option<(Postgres, Cluster)>,
    supply: Supply,
}

/// Who of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    BareFile,
    Ours,
    Postgres,
}

/// Rates of one shape in events per second, round by round.
#[derive(Default)]
struct Rates {
    bare_file: Vec<f64>,
    ours: Vec<f64>,
    postgres: Vec<f64>,
    /// Of ours, in the order of rounds.
    waits: Vec<Driven>,
}

/// Measures every shape.
pub(super) fn measure(bench: &Bench<'_>, notes: &mut Vec<String>) -> Result<Vec<Measure>> {
    let mut systems = Systems::start(bench, notes)?;
    let mut measures = Vec::new();
    for shape in SHAPES {
        tell(&format!("{}: bare file, casetrail, PostgreSQL", shape.name()));
        let rates = systems.take_turns(*shape, bench.args.rounds)?;
        measures.extend(lines(*shape, &rates, bench.args.without_postgres));
    }
    systems.log.close()?;
    Ok(measures)
}

fn start_postgres(
    bench: &Bench<'_>,
    runtime: &Runtime,
    notes: &mut Vec<String>,
) -> Result<(Postgres, Cluster)> {
    let programs = installed().context("it is not installed")?;
    tell("starting PostgreSQL");
    let cluster = Cluster::start(&programs, &bench.scratch.join("postgres"), SETTINGS)?;
    let postgres = runtime.block_on(Postgres::new(&cluster, CALLERS_MAX))?;
    notes.push(format!("reference B is PostgreSQL of {}", programs.display()));
    Ok((postgres, cluster))
}

impl Systems {
    fn start(bench: &Bench<'_>, notes: &mut Vec<String>) -> Result<Self> {
        let scratch = bench.scratch;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let mut supply = Supply::new(&bench.input(INGEST_EVENTS)?)?;
        let dir = scratch.join("records");
        let records = runtime.block_on(engine::records(&dir, &mut supply, RECORDS))?;
        let records: Arc<[Vec<u8>]> = records.into();
        let mean = records.iter().map(Vec::len).sum::<usize>() / records.len();
        notes.push(format!(
            "reference A appends the engine's own records, {mean} bytes each on average"
        ));
        let postgres = if bench.args.without_postgres {
            notes.push("PostgreSQL was left out, and its bars were not judged".to_owned());
            None
        } else {
            let started = start_postgres(bench, &runtime, notes);
            let failed = |error| format!("PostgreSQL's bars are not measured: {error:#}");
            started.map_err(|error| notes.push(failed(error))).ok()
        };
        let bare_file = BareFile::create(&scratch.join("bare-file"))?;
        let log = Arc::new(engine::open(&scratch.join("appends"))?);
        let round = Duration::from_millis(bench.args.round_ms);
        Ok(Self { runtime, round, bare_file, records, log, postgres, supply })
    }

    /// Measures one shape in rounds. Who begins changes from round to round, and every round
    /// begins when the one before has left nothing to do.
    fn take_turns(&mut self, shape: Shape, rounds: u32) -> Result<Rates> {
        let order = [System::BareFile, System::Ours, System::Postgres];
        let mut rates = Rates::default();
        // A short round of each, which is not counted, tells how many events to prepare.
        let (short, warm_up) = (self.round / 5, WARM_UP_EVENTS / shape.batch / shape.callers);
        let mut fastest = [0.0; 3];
        for system in order {
            fastest[system as usize] =
                self.drive(system, shape, short, warm_up + 1)?.map_or(0.0, |driven| driven.rate);
        }
        for round in 0..rounds {
            let mut order = order;
            if round % 2 == 1 {
                order.reverse();
            }
            for system in order {
                process::settle();
                let fastest = &mut fastest[system as usize];
                let commits = prepared(*fastest * self.round.as_secs_f64(), shape.callers);
                let Some(driven) = self.drive(system, shape, self.round, commits)? else {
                    continue;
                };
                *fastest = fastest.max(driven.rate);
                rates.add(system, driven, shape.batch);
            }
        }
        Ok(rates)
    }

    /// One round of one system, for which so many commits of each caller are prepared: a caller
    /// that has made them all ends before the others, and the rate is taken until the last commit.
    fn drive(
        &mut self,
        system: System,
        shape: Shape,
        round: Duration,
        commits: usize,
    ) -> Result<Option<Driven>> {
        let Shape { callers, batch, .. } = shape;
        let driven = match (system, &mut self.postgres) {
            (System::BareFile, _) => {
                let callers = self.bare_file.callers(callers, batch, &self.records);
                self.runtime.block_on(drive(callers, round))
            }
            (System::Ours, _) => {
                let callers =
                    engine::callers(&self.log, &mut self.supply, callers, batch, commits)?;
                let driven = self.runtime.block_on(drive(callers, round));
                self.runtime.block_on(wait_until_sealed(&self.log))?;
                driven
            }
            (System::Postgres, Some((postgres, _))) => {
                let callers = postgres.callers(&mut self.supply, callers, batch, commits)?;
                self.runtime.block_on(drive(callers, round))
            }
            (System::Postgres, None) => return Ok(None),
        };
        driven.map(Some)
    }
}

impl Rates {
    fn add(&mut self, system: System, driven: Driven, batch: usize) {
        let rate = driven.rate * batch as f64;
        match system {
            System::BareFile => self.bare_file.push(rate),
            System::Postgres => self.postgres.push(rate),
            System::Ours => {
                self.ours.push(rate);
                self.waits.push(driven);
            }
        }
    }
}

/// Events that are prepared for a round of which nothing is known yet.
const WARM_UP_EVENTS: usize = 30_000;

/// Commits to prepare for each caller, when all together have made `expected` at most so far.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rough count")]
fn prepared(expected: f64, callers: usize) -> usize {
    (expected * 2.0) as usize / callers + 20
}

fn lines(shape: Shape, rates: &Rates, without_postgres: bool) -> Vec<Measure> {
    let name = shape.name();
    let bar = |times: Option<f64>| times.map(|times| Bar::binding(Limit::AtLeast(times)));
    let mut bare_file = Measure::new(&name, "events/s", &rates.ours);
    bare_file = bare_file.against("A", &rates.ours, &rates.bare_file).with_note(waits(rates));
    bare_file.bar = bar(shape.of_bare_file);
    let mut lines = vec![bare_file];
    if !without_postgres {
        let mut postgres = Measure::new(&name, "events/s", &rates.ours);
        postgres = postgres.against("B", &rates.ours, &rates.postgres);
        postgres.bar = bar(shape.of_postgres);
        lines.push(postgres);
    }
    lines
}

/// How long a commit took in the round in the middle.
fn waits(rates: &Rates) -> String {
    let mut rounds = rates.waits.clone();
    rounds.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    let micros = |wait: Duration| wait.as_micros();
    rounds.get(rounds.len() / 2).map_or_else(String::new, |middle| {
        let (median, p99) = (micros(middle.wait_median), micros(middle.wait_p99));
        format!("a caller waited {median} us, 99 of 100 less than {p99} us")
    })
}
