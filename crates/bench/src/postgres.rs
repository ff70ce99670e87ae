//! The benchmark of the engine on `PostgreSQL`.
//!
//! Beside it runs what a user would write instead: a plain table in the same cluster, with a
//! sequence, a unique index of stream and revision and one of identity, and a transaction for each
//! append from as many connections as there are callers. Reads are compared with `COPY` to the
//! client in binary form, of the same rows.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fs, pin};

use anyhow::{Context as _, Result, ensure};
use eventlog::{EventLog, PAGE_EVENTS_MAX, SeededEntropy};
use eventlog_postgres::{Options, PostgresLog};
use events::Position;
use futures_util::StreamExt as _;
use tokio::runtime::Runtime;

use crate::log::drive::{Driven, drive};
use crate::log::input::Input;
use crate::log::postgres::{Cluster, Postgres, SETTINGS, installed};
use crate::log::supply::Supply;
use crate::log::{casetrail, engine};
use crate::machine::Machine;
use crate::place::{self, Scratch};
use crate::process::{self, run as run_process};
use crate::{Bar, Limit, Measure, Report, tell};

/// How the engine on `PostgreSQL` is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// End with exit code 1 if a bar does not hold
    #[arg(long)]
    pub check: bool,
    /// Events that are imported and read
    #[arg(long, value_name = "N", default_value_t = 1_000_000,
          value_parser = clap::value_parser!(u64).range(20_000..=100_000_000))]
    events: u64,
    /// How often the reference and ours take turns
    #[arg(long, value_name = "R", default_value_t = 5,
          value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// How long one round of appends lasts, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 2_000,
          value_parser = clap::value_parser!(u64).range(50..=60_000))]
    round_ms: u64,
    /// Leave appends out
    #[arg(long)]
    without_appends: bool,
    /// Leave out what is measured on a log that is there
    #[arg(long)]
    without_stored: bool,
    /// Where the figures go as JSON; default: `bench/postgres.json` in cargo's target directory
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What callers do, and what must come of it.
#[derive(Debug, Clone, Copy)]
struct Shape {
    callers: usize,
    /// Events in a commit.
    batch: usize,
    /// Times the plain table's rate, at least.
    of_table: Option<f64>,
    /// Events a second, at least.
    rate: Option<f64>,
}

const SHAPES: &[Shape] = &[
    Shape { callers: 1, batch: 1, of_table: None, rate: None },
    Shape { callers: 64, batch: 1, of_table: Some(1.2), rate: None },
    Shape { callers: 512, batch: 1, of_table: Some(3.0), rate: None },
    Shape { callers: 4, batch: 100, of_table: None, rate: Some(40_000.0) },
];
const CALLERS_MAX: usize = 512;
/// Events that are prepared for a round of which nothing is known yet.
const WARM_UP_EVENTS: usize = 20_000;
/// Events of the file that appends are taken from.
const SUPPLY_EVENTS: u64 = 1_000_000;

const IMPORT_RATE_MIN: f64 = 100_000.0;
const OF_COPY: f64 = 0.6;
const BYTES_PER_EVENT_MAX: f64 = 450.0;

/// A cluster and what is measured in it.
struct Bench<'a> {
    args: &'a Args,
    root: &'a Path,
    scratch: &'a Scratch,
    runtime: Runtime,
    cluster: Cluster,
}

/// Measures, and writes the JSON file.
///
/// # Errors
/// When something cannot be measured, or gives a wrong answer.
pub fn run(args: &Args) -> Result<Report> {
    let root = place::root()?;
    let machine = Machine::here(&root)?;
    let scratch = Scratch::new(&root)?;
    let programs = installed().context("PostgreSQL is not installed")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let many = [SETTINGS, &["max_connections=600"]].concat();
    let cluster = Cluster::start(&programs, &scratch.join("postgres"), &many)?;
    runtime.block_on(cluster.connect())?;
    let bench = Bench { args, root: &root, scratch: &scratch, runtime, cluster };
    let mut notes = vec![format!("PostgreSQL of {}", programs.display())];
    let mut measures = Vec::new();
    if !args.without_appends {
        measures.extend(bench.appends()?);
    }
    if !args.without_stored {
        measures.extend(bench.stored(&mut notes)?);
    }
    notes.push(format!("median [least..most] of rounds; load before: {:?}", machine.load));
    let asked = std::env::args().skip(1).collect();
    let report = Report { bench: "postgres", asked, machine, measures, notes };
    let path = args.json.clone().unwrap_or_else(|| root.join("postgres.json"));
    fs::write(&path, report.json()?).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(report)
}

impl Bench<'_> {
    /// Makes a database with an empty log.
    fn log(&self, database: &str) -> Result<String> {
        let url = self.cluster.url(database);
        self.runtime.block_on(async {
            let admin = self.cluster.connect().await?;
            admin.batch_execute(&format!("CREATE DATABASE {database}")).await?;
            let origin = Some(format!("bench.example/{database}"));
            let options = Options { origin, ..Options::new(SeededEntropy(1)) };
            anyhow::Ok(PostgresLog::init(&url, options).await?)
        })?;
        Ok(url)
    }

    fn open(&self, url: &str) -> Result<Arc<PostgresLog>> {
        let opening = PostgresLog::open(url, Options::new(SeededEntropy(2)));
        Ok(Arc::new(self.runtime.block_on(opening)?))
    }

    fn appends(&self) -> Result<Vec<Measure>> {
        let mut supply = Supply::new(&Input::prepare(self.root, SUPPLY_EVENTS, false)?)?;
        let mut table = self.runtime.block_on(Postgres::new(&self.cluster, CALLERS_MAX))?;
        let log = self.open(&self.log("appends")?)?;
        let mut measures = Vec::new();
        for shape in SHAPES {
            tell(&format!("{}: plain table, casetrail", shape.name()));
            let (mut ours, mut its) = (Vec::new(), Vec::new());
            let (mut of_ours, mut of_its) = (0.0_f64, 0.0_f64);
            for round in 0..=self.args.rounds {
                // The first round is not counted: it tells how much to prepare.
                let period =
                    Duration::from_millis(self.args.round_ms / if round == 0 { 4 } else { 1 });
                let mut ours_of_round = None;
                let mut its_of_round = None;
                for turn in 0..2 {
                    process::settle();
                    if (round + turn) % 2 == 0 {
                        let commits = shape.prepared(of_its, period);
                        let callers =
                            table.callers(&mut supply, shape.callers, shape.batch, commits)?;
                        its_of_round = Some(self.runtime.block_on(drive(callers, period))?);
                    } else {
                        let commits = shape.prepared(of_ours, period);
                        let callers = engine::callers(
                            &log,
                            &mut supply,
                            shape.callers,
                            shape.batch,
                            commits,
                        )?;
                        ours_of_round = Some(self.runtime.block_on(drive(callers, period))?);
                    }
                }
                let rate = |driven: Option<Driven>| driven.map_or(0.0, |driven| driven.rate);
                (of_ours, of_its) =
                    (of_ours.max(rate(ours_of_round)), of_its.max(rate(its_of_round)));
                if round > 0 {
                    ours.push(rate(ours_of_round) * shape.batch as f64);
                    its.push(rate(its_of_round) * shape.batch as f64);
                }
            }
            measures.extend(shape.lines(&ours, &its));
        }
        log.close();
        Ok(measures)
    }

    /// What is measured on a log that is imported first.
    fn stored(&self, notes: &mut Vec<String>) -> Result<Vec<Measure>> {
        let input = Input::prepare(self.root, self.args.events, false)?;
        notes.push(input.in_words());
        let export = self.export(&input)?;
        let rounds = self.args.rounds.min(3);
        let mut imports = Vec::new();
        for round in 0..rounds {
            tell(&format!("importing {} events", input.events));
            let url = self.log(&format!("imported{round}"))?;
            let mut command = Command::new(casetrail()?);
            command.args(["log", "import", "--json"]).arg(&export).args(["--log", &url]);
            command.args(["--origin", &format!("bench.example/imported{round}")]);
            let ran = run_process(&mut command)?;
            let said: serde_json::Value = serde_json::from_str(&ran.output)?;
            ensure!(said["size"].as_u64() == Some(input.events), "{} were imported", said["size"]);
            imports.push(input.events as f64 / ran.seconds);
        }
        let imported = Measure::new("import", "events/s", &imports)
            .with_bar(Bar::binding(Limit::AtLeast(IMPORT_RATE_MIN)))
            .with_note("`casetrail log import` of an export, from start to exit");
        let mut measures = vec![imported, self.size("imported0", input.events)?];
        let log = self.open(&self.cluster.url("imported0"))?;
        let (mut ours, mut copied, mut rebuilt) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..=rounds {
            tell("reading: COPY, pages, a projection");
            let events = input.events as f64;
            let seconds = [
                self.copied("imported0", input.events)?,
                self.runtime.block_on(read(&*log, input.events))?,
                self.runtime.block_on(rebuild(&*log, input.events))?,
            ];
            if round > 0 {
                copied.push(events / seconds[0]);
                ours.push(events / seconds[1]);
                rebuilt.push(events / seconds[2]);
            }
        }
        let bar = Bar::binding(Limit::AtLeast(OF_COPY));
        let read = Measure::new("read with decode", "events/s", &ours);
        let read = read.against("COPY", &ours, &copied).with_bar(bar);
        measures
            .push(read.with_note("`EventLog::page` from 1 to the head, two pages on their way"));
        let rebuild = Measure::new("rebuild of the projection", "events/s", &rebuilt);
        measures.push(rebuild.against("read", &rebuilt, &ours));
        log.close();
        Ok(measures)
    }

    /// An export of a log of the input, made by the embedded engine.
    fn export(&self, input: &Input) -> Result<PathBuf> {
        tell("making an export");
        let (log, export) = (self.scratch.join("log"), self.scratch.join("export.ndjson"));
        let program = casetrail()?;
        let mut ingest = Command::new(&program);
        ingest.arg("ingest").arg(&input.path).args(["--backfill", "--strict", "--json", "--log"]);
        ingest.arg(&log).arg("--quarantine").arg(self.scratch.join("quarantine.ndjson"));
        run_process(&mut ingest)?;
        let mut exporting = Command::new(&program);
        exporting.args(["log", "export", "--output"]).arg(&export).arg("--log").arg(&log);
        run_process(&mut exporting)?;
        fs::remove_dir_all(&log)?;
        Ok(export)
    }

    /// Bytes of all tables and indexes for each event.
    fn size(&self, database: &str, events: u64) -> Result<Measure> {
        let (total, note) = self.runtime.block_on(async {
            let client = self.connect(database).await?;
            let query = "SELECT relname::text, pg_relation_size(oid) FROM pg_class \
                WHERE relnamespace = 'casetrail'::regnamespace AND relkind IN ('r', 'i') \
                UNION ALL SELECT 'toast', coalesce(sum(pg_total_relation_size(reltoastrelid)), 0)\
                    ::bigint FROM pg_class WHERE relnamespace = 'casetrail'::regnamespace \
                    AND reltoastrelid <> 0 \
                ORDER BY 2 DESC";
            let rows = client.query(query, &[]).await?;
            let sizes: Vec<(String, i64)> =
                rows.iter().map(|row| (row.get(0), row.get(1))).collect();
            let total: i64 = sizes.iter().map(|(_, bytes)| bytes).sum();
            let named = sizes.iter().take(6);
            let named = named.map(|(name, bytes)| format!("{name} {}", bytes / events as i64));
            anyhow::Ok((total as f64, named.collect::<Vec<_>>().join(", ")))
        })?;
        let bar = Bar::binding(Limit::AtMost(BYTES_PER_EVENT_MAX));
        let size =
            Measure::new("size of all tables and indexes", "bytes/event", &[total / events as f64]);
        Ok(size.with_bar(bar).with_note(note))
    }

    async fn connect(&self, database: &str) -> Result<tokio_postgres::Client> {
        let (client, connection) =
            self.cluster.config(database).connect(tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Seconds that `COPY` of all events takes.
    fn copied(&self, database: &str, events: u64) -> Result<f64> {
        self.runtime.block_on(async {
            let client = self.connect(database).await?;
            let start = Instant::now();
            let stream = client.copy_out("COPY casetrail.event TO STDOUT (FORMAT binary)").await?;
            let mut stream = pin::pin!(stream);
            let mut rows = 0;
            while let Some(row) = stream.next().await {
                std::hint::black_box(row?);
                rows += 1;
            }
            ensure!(rows > events, "{rows} rows were copied");
            Ok(start.elapsed().as_secs_f64())
        })
    }
}

/// Seconds that reading all events takes.
async fn read(log: &dyn EventLog, events: u64) -> Result<f64> {
    let start = Instant::now();
    let pages =
        (1..=events).step_by(PAGE_EVENTS_MAX).map(|from| log.page(Position(from), PAGE_EVENTS_MAX));
    let mut pages = pin::pin!(futures_util::stream::iter(pages).buffered(2));
    let mut next = 1;
    while let Some(page) = pages.next().await {
        for logged in page? {
            ensure!(logged.position().0 == next, "{} stands at {next}", logged.position());
            next += 1;
        }
    }
    ensure!(next > events, "the log ends at {next}");
    Ok(start.elapsed().as_secs_f64())
}

/// Seconds that a projection of all events takes.
async fn rebuild(log: &dyn EventLog, events: u64) -> Result<f64> {
    let start = Instant::now();
    let mut projection = projection::Projection::default();
    projection::follow(log, &mut projection, &mut |_| ()).await?;
    ensure!(projection.position().0 == events, "it ends at {}", projection.position());
    Ok(start.elapsed().as_secs_f64())
}

impl Shape {
    fn name(self) -> String {
        let Self { callers, batch, .. } = self;
        if batch == 1 {
            format!("append, callers: {callers}")
        } else {
            format!("append {batch}, callers: {callers}")
        }
    }

    /// Commits to prepare for each caller, when all together have made `rate` a second at most.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rough count")]
    fn prepared(self, rate: f64, period: Duration) -> usize {
        let known = (rate * period.as_secs_f64() * 1.5) as usize / self.callers;
        if rate > 0.0 { known + 5 } else { WARM_UP_EVENTS / self.batch / self.callers + 1 }
    }

    fn lines(self, ours: &[f64], its: &[f64]) -> Vec<Measure> {
        let at_least = |limit: f64| Bar::binding(Limit::AtLeast(limit));
        let mut compared = Measure::new(self.name(), "events/s", ours).against("table", ours, its);
        compared.bar = self.of_table.map(at_least);
        let rate = self
            .rate
            .map(|rate| Measure::new(self.name(), "events/s", ours).with_bar(at_least(rate)));
        std::iter::once(compared).chain(rate).collect()
    }
}
