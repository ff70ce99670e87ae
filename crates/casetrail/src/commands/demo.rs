//! `casetrail demo`: a small state, and what Casetrail answers about it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use eventlog::{Batch, EventLog};
use eventlog_embedded::{EmbeddedLog, Options as LogOptions};
use events::{Incoming, Json};
use metrics::{Asked, MetricId, Period, Population};
use projection::{Answered, Known, Projection, Selection};
use report::{Explanation, Shown, table, text_table};

use crate::Failure;
use crate::commands::explain::with_events;
use crate::generate::{Generator, Options};
use crate::opened::{now, project};
use crate::output::{print, progress_bar, tell};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many children come into care
    #[arg(long, value_name = "N", default_value_t = 1000)]
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
/// The year shown, up to a quarter's end.
const PERIOD: &str = "2024-07-01..2025-06-30";
/// The day after its end, when entries are still to come, and a quarter later.
const KNOWN_THEN: &str = "2025-07-01T12:00:00Z";
const KNOWN_LATER: &str = "2025-10-01T12:00:00Z";
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

    let known = |instant| Known::at_instant(&projection, instant, now());
    let later = known(KNOWN_LATER).map_err(Failure::wrong_use)?;
    let then = known(KNOWN_THEN).map_err(Failure::wrong_use)?;

    let scorecard = ask(&projection, MetricId::Scorecard, later.clone())?;
    let shown = table(&Shown::whole(scorecard.clone()));
    print(&format!("1. The scorecard by provider, as it is known.\n\n{shown}\n"))?;

    print("2. Why one child counts as it does.\n\n")?;
    let asked = asked(MetricId::TimelyPermanency)?;
    let explanation = Explanation::of(&projection, &asked, &later, &Selection::All);
    // A member that missed its deadline says more than one that met it.
    let one = explanation.only(|m| m.trace.population == Population::Denominator);
    print(&with_events(log, one).await?.text())?;

    let before = ask(&projection, MetricId::Scorecard, then)?;
    let changed = changes(&before, &scorecard);
    let shown = table(&Shown::whole(before));
    print(&format!("3. The same report as it was known a quarter earlier.\n\n{shown}\n"))?;
    print(&format!("What changed since, by late entries and corrections alone:\n{changed}\n"))
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
    let period: Period = PERIOD.parse().map_err(Failure::wrong_use)?;
    let mut asked = Asked::new(metric, Some(period), period.end).map_err(Failure::wrong_use)?;
    asked.group_by("provider").map_err(Failure::wrong_use)?;
    Ok(asked)
}

fn ask(projection: &Projection, metric: MetricId, known: Known) -> Result<Answered, Failure> {
    Ok(projection.report(&asked(metric)?, known))
}

/// Each provider's and metric's value.
type Values = BTreeMap<(String, &'static str), String>;

fn values(answered: &Answered) -> Values {
    let mut values = Values::new();
    let total = [&answered.answer.total];
    for line in answered.answer.rows.iter().chain(total) {
        let group: Vec<_> = line.row.0.iter().map(|(_, v)| v.clone().unwrap_or_default()).collect();
        let group = if group.is_empty() { "total".to_owned() } else { group.join(" ") };
        for metric in MetricId::SCORED {
            let value = member(&line.detail, "metrics")
                .and_then(|metrics| member(metrics, metric.name()))
                .and_then(|metric| member(metric, "value"));
            let text = value.and_then(Json::as_str).unwrap_or("–").to_owned();
            values.insert((group.clone(), metric.name()), text);
        }
    }
    values
}

fn member<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    json.as_object().and_then(|object| object.get(name))
}

/// The values that differ, as a table.
fn changes(then: &Answered, later: &Answered) -> String {
    let (before, after) = (values(then), values(later));
    let value = |of: &Values, key| of.get(key).cloned().unwrap_or_else(|| "–".to_owned());
    let keys = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
    let lines = keys.filter_map(|key| {
        let (before, after) = (value(&before, key), value(&after, key));
        (before != after).then(|| vec![key.0.clone(), key.1.to_owned(), before, after])
    });
    text_table(&["provider", "metric", "known then", "known now"], lines.collect(), 2)
}
