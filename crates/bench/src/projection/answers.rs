//! Explanations, histories and differences: what is asked less often than reports, and says more.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use eventlog::EventLog;
use events::{Date, Json, Position};
use metrics::{Asked, Line, MetricId, Period};
use projection::{Difference, Erasures, Known, Projection, Selection, Shape, Side};
use serde::{Deserialize, Serialize};

use super::child::millis;
use super::moments::{METRICS, question};

/// Milliseconds of an answer, one for each round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct FoundAnswer {
    pub(super) name: String,
    pub(super) ms: Vec<f64>,
    pub(super) note: String,
    /// The bar, milliseconds.
    pub(super) below_ms: Option<f64>,
}

const ROUNDS: usize = 5;
/// Members of the cell that is explained.
const MEMBERS: i64 = 500;
/// Months of a history, effective and known.
const MONTHS: u32 = 24;

const EXPLAIN_MS: f64 = 50.0;
const HISTORY_MS: f64 = 300.0;
const DIFFERENCE_MS: f64 = 1_000.0;

/// Asks for all of them.
///
/// # Errors
/// When the log cannot be read, or is too short.
pub(super) async fn find(projection: &Projection, log: &dyn EventLog) -> Result<Vec<FoundAnswer>> {
    let mut found = Vec::new();
    for metric in [MetricId::TimelyPermanency, MetricId::CfsrP1, MetricId::ResidentialCompliance] {
        found.extend(explained(projection, log, metric).await?);
    }
    for metric in METRICS {
        found.push(difference(projection, log, *metric).await?);
        found.push(history(projection, *metric)?);
    }
    Ok(found)
}

/// The last day of the month before the head's.
fn last_month_end(projection: &Projection) -> Result<Date> {
    let head = projection.recorded_time(projection.position()).context("the log is empty")?;
    let (year, month, _) = head.chicago_date().ymd();
    Ok(Date::from_ymd(year, month, 1).context("a month has a first day")?.add_days(-1))
}

/// The months that end with a day, which is the last one of a month.
fn months_before(end: Date, months: u32) -> Result<Period> {
    let (year, month, _) = end.ymd();
    let index = year * 12 + i32::try_from(month)? - i32::try_from(months)?;
    let start = Date::from_ymd(index.div_euclid(12), u32::try_from(index.rem_euclid(12))? + 1, 1);
    Ok(Period { start: start.context("a period begins in no year")?, end })
}

/// The members of the provider that has closest to five hundred, with the events that they rest on.
async fn explained(
    projection: &Projection,
    log: &dyn EventLog,
    metric: MetricId,
) -> Result<Vec<FoundAnswer>> {
    let end = last_month_end(projection)?;
    let known = Known::head(projection);
    let mut best: Option<(Asked, BTreeMap<_, _>, i64)> = None;
    for months in [1, 3, 6, 12] {
        let mut asked = Asked::new(metric, Some(months_before(end, months)?), end)?;
        asked.group_by("provider")?;
        for row in projection.report(&asked, known.clone()).answer.rows {
            let group: Option<BTreeMap<_, _>> =
                row.row.0.iter().map(|(d, value)| Some((*d, value.clone()?))).collect();
            let (Some(group), members) = (group, members(&row)) else { continue };
            let off = |members: i64| (members - MEMBERS).abs();
            if best.as_ref().is_none_or(|(_, _, before)| off(members) < off(*before)) {
                best = Some((asked.clone(), group, members));
            }
        }
    }
    let (asked, group, _) = best.context("no provider has members")?;
    let asked = Asked { by: Vec::new(), ..asked };
    let selection = Selection::Group(group);
    let (mut alone, mut whole, mut events, mut count) = (Vec::new(), Vec::new(), 0, 0);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let explained = projection.explain(&asked, &known, &selection);
        alone.push(millis(start));
        let evidence = explained.iter().flat_map(|member| &member.trace.evidence);
        let mut positions: Vec<_> = evidence.map(|at| Position(u64::from(*at))).collect();
        positions.sort_unstable();
        positions.dedup();
        events = log.at(&positions).await?.len();
        whole.push(millis(start));
        count = explained.len();
    }
    ensure!(count > 0 && events > 0, "nothing was explained");
    let note = format!("{count} members, {events} events");
    let name = |what: &str| format!("{}, a cell explained{what}", metric.name());
    let answer = |name, ms, below_ms| FoundAnswer { name, ms, note: note.clone(), below_ms };
    Ok(vec![
        answer(name(""), alone, None),
        answer(name(", with its events"), whole, Some(EXPLAIN_MS)),
    ])
}

/// Members of a row, where they are whole.
const fn members(row: &Line) -> i64 {
    if let Json::Int(members) = row.denominator { members } else { 0 }
}

/// The year that ended a quarter ago, as known at its end and as known now.
async fn difference(
    projection: &Projection,
    log: &dyn EventLog,
    metric: MetricId,
) -> Result<FoundAnswer> {
    let end = months_before(last_month_end(projection)?, 3)?.start.add_days(-1);
    let asked = question(metric, months_before(end, 12)?, end)?;
    let to = Known::head(projection);
    let (mut before, mut behind) = (0, to.position.0 + 1);
    while behind - before > 1 {
        let middle = before + (behind - before) / 2;
        let recorded = projection.recorded_time(Position(middle)).context("beyond the head")?;
        *(if recorded.chicago_date() <= end { &mut before } else { &mut behind }) = middle;
    }
    let from = Known { position: Position(before), known_at: None };
    let heads = [&log.head(Some(from.position)).await?, &log.head(Some(to.position)).await?];
    let [from, to] = [from, to].map(|known| Side { asked: asked.clone(), known, saved: None });
    let (mut ms, mut members, mut cells) = (Vec::new(), 0, 0);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let difference = Difference::of(projection, [&from, &to], heads, &Erasures::default())?;
        ms.push(millis(start));
        cells = difference.cells.len();
        members = difference.causes.iter().map(|because| because.members.len()).sum();
    }
    let name = format!("{}, difference of two statewide reports", metric.name());
    let events = to.known.position.0 - from.known.position.0;
    let note = format!("{events} events between; {cells} numbers and {members} members changed");
    Ok(FoundAnswer { name, ms, note, below_ms: Some(DIFFERENCE_MS) })
}

/// The last two years by month, as known at the end of each of their months.
fn history(projection: &Projection, metric: MetricId) -> Result<FoundAnswer> {
    let end = last_month_end(projection)?;
    let effective = months_before(end, MONTHS)?;
    let asked = question(metric, effective, end)?;
    let known = Known::head(projection);
    let shape = Shape { effective, months: 1, fixed_as_of: false, known: Some(effective) };
    let (mut ms, mut cells) = (Vec::new(), 0);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let history = projection.history(&asked, &shape, &known);
        ms.push(millis(start));
        cells = history.rows.iter().map(|row| row.cells.iter().flatten().count()).sum();
    }
    ensure!(cells > 0, "a history without cells");
    let name = format!("{}, history of {MONTHS} by {MONTHS} months", metric.name());
    let note = format!("{cells} cells");
    Ok(FoundAnswer { name, ms, note, below_ms: Some(HISTORY_MS) })
}
