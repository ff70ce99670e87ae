//! `casetrail demo`: a small state, and what Casetrail answers about it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use eventlog::{Batch, EventLog};
use eventlog_embedded::{EmbeddedLog, Options as LogOptions};
use events::Incoming;
use metrics::{Asked, Line, MetricId, Period, Population};
use projection::{Answered, Known, Projection, Selection};
use report::{Shown, table, text_table};

use crate::Failure;
use crate::commands::explain::Explanation;
use crate::generate::{Generator, Options};
use crate::opened::{now, project};
use crate::output::{print, progress_bar, tell};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many children come into care
    #[arg(long, value_name = "N", default_value_t = 400)]
    children: u32,
    /// Another seed, another state
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Keep the log here; default: a temporary directory that is removed at the end
    #[arg(long, value_name = "DIRECTORY")]
    log: Option<PathBuf>,
}

/// Years that the state spans.
const YEARS: u32 = 6;
/// The quarter shown.
const QUARTER: &str = "2025-04-01..2025-06-30";
/// When that quarter's report was due, and a quarter later.
const KNOWN_THEN: &str = "2025-07-10T12:00:00Z";
const KNOWN_LATER: &str = "2025-10-10T12:00:00Z";
/// Events taken at once.
const BATCH: usize = 1000;

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let temporary = std::env::temp_dir().join(format!("casetrail-demo-{}", std::process::id()));
    let dir = args.log.clone().unwrap_or_else(|| temporary.clone());
    let log = EmbeddedLog::open(&dir, LogOptions::default())
        .with_context(|| format!("cannot open the log {}", dir.display()))?;
    let outcome = show(&log, &args).await;
    log.close()?;
    drop(log);
    if args.log.is_none() {
        std::fs::remove_dir_all(&temporary).context("the temporary log stays behind")?;
    } else {
        tell(&format!("the log stays in {}: try casetrail report --help", dir.display()));
    }
    outcome
}

async fn show(log: &dyn EventLog, args: &Args) -> Result<(), Failure> {
    ingest(log, args).await?;
    let head = log.head(None).await?;
    print(&format!("A generated state: {} events. Nothing in it is real.\n\n", head.position))?;
    let projection = project(log).await?;

    let later = Known::at_instant(&projection, KNOWN_LATER, now()).map_err(Failure::wrong_use)?;
    let scorecard = ask(&projection, MetricId::Scorecard, later.clone())?;
    print(&format!("1. The scorecard by provider.\n\n{}\n", table(&Shown::whole(scorecard))))?;

    print("2. Why one child counts as it does.\n\n")?;
    let asked = asked(MetricId::TimelyPermanency)?;
    let members = projection.explain(&asked, &later, &Selection::All);
    // A member that missed its deadline says more than one that met it.
    let missed = members.iter().position(|m| m.trace.population == Population::Denominator);
    let one = members.into_iter().skip(missed.unwrap_or(0)).take(1).collect();
    print(&Explanation::read(log, one).await?.text(None))?;

    print("3. The same quarter as it was known when its report was due, and a quarter later.\n\n")?;
    let then = Known::at_instant(&projection, KNOWN_THEN, now()).map_err(Failure::wrong_use)?;
    let then = ask(&projection, MetricId::TimelyPermanency, then)?;
    let later = ask(&projection, MetricId::TimelyPermanency, later)?;
    let changed = changes(&then, &later);
    print(&format!("{}\n{}\n", table(&Shown::whole(then)), table(&Shown::whole(later))))?;
    print(&format!("What changed, by late entries and corrections:\n{changed}\n"))
}

async fn ingest(log: &dyn EventLog, args: &Args) -> Result<(), Failure> {
    let options =
        Options { children: args.children, years: YEARS, seed: args.seed, ..Options::default() };
    let generator = Generator::new(options).map_err(Failure::wrong_use)?;
    let bar = progress_bar(None, "generating and ingesting");
    let mut batch: Vec<Incoming> = Vec::new();
    let mut pending = Vec::new();
    for event in generator {
        batch.push(event.incoming()?);
        bar.inc(1);
        if batch.len() == BATCH {
            pending.push(append(log, &mut batch));
        }
    }
    pending.push(append(log, &mut batch));
    for outcome in pending {
        outcome.await?;
    }
    bar.finish_and_clear();
    Ok(())
}

fn append(log: &dyn EventLog, batch: &mut Vec<Incoming>) -> eventlog::Pending {
    let events = std::mem::take(batch);
    log.append(Batch::Backfill { events, recorded_by: "demo".to_owned() })
}

fn asked(metric: MetricId) -> Result<Asked, Failure> {
    let period: Period = QUARTER.parse().map_err(Failure::wrong_use)?;
    let mut asked = Asked::new(metric, Some(period), period.end).map_err(Failure::wrong_use)?;
    asked.group_by("provider").map_err(Failure::wrong_use)?;
    Ok(asked)
}

fn ask(projection: &Projection, metric: MetricId, known: Known) -> Result<Answered, Failure> {
    Ok(projection.report(&asked(metric)?, known))
}

/// The rows whose value differs, as a table.
fn changes(then: &Answered, later: &Answered) -> String {
    let by_group = |answered: &Answered| -> BTreeMap<String, String> {
        let line = |line: &Line| {
            let group = line.row.0.iter().map(|(_, v)| v.clone().unwrap_or_default());
            (group.collect::<Vec<_>>().join(" "), line.value.clone().unwrap_or("–".to_owned()))
        };
        let total = &answered.answer.total;
        let total = ("total".to_owned(), total.value.clone().unwrap_or("–".to_owned()));
        answered.answer.rows.iter().map(line).chain([total]).collect()
    };
    let (before, after) = (by_group(then), by_group(later));
    let none = || "–".to_owned();
    let mut lines = Vec::new();
    for group in before.keys().chain(after.keys().filter(|g| !before.contains_key(*g))) {
        let value = |of: &BTreeMap<String, String>| of.get(group).cloned().unwrap_or_else(none);
        let (before, after) = (value(&before), value(&after));
        if before != after {
            lines.push(vec![group.clone(), before, after]);
        }
    }
    if lines.is_empty() {
        return "nothing".to_owned();
    }
    text_table(&["provider", "known then", "known later"], lines, 1)
}
