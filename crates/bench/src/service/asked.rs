//! Reports over HTTP: one that is asked again and again, and random ones while the log grows.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::runtime::Runtime;

use super::Args;
use super::client::{Served, lines_of};
use crate::log::drive::{Caller as _, drive};
use crate::log::supply::Supply;
use crate::place::Scratch;
use crate::projection::State;
use crate::{Bar, Limit, Measure, process, tell};

/// Connections that ask for the same report.
const ASKING: usize = 64;
/// Random questions while the log grows.
const QUESTIONS: usize = 300;
/// How long a report may take, in milliseconds, for 99 of 100.
const P99_MS: f64 = 100.0;
/// A report that is asked for again and again.
const KEPT: &str = "/v1/reports/timely-permanency?period=2024-01-01..2024-03-31&by=provider";

/// One report, asked for by many at once.
pub(super) fn kept(args: &Args, _runtime: &Runtime, served: &Served) -> Result<Measure> {
    tell("a report asked again and again");
    let clients = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let round = Duration::from_millis(args.round_ms);
    let mut rates = Vec::new();
    for _ in 0..=args.rounds {
        process::settle();
        let callers = clients.block_on(async {
            let mut callers = Vec::new();
            for _ in 0..ASKING {
                callers.push(served.asking(std::iter::repeat(KEPT.to_owned())).await?);
            }
            Ok::<_, anyhow::Error>(callers)
        })?;
        rates.push(clients.block_on(drive(callers, round))?.rate);
    }
    let measure = Measure::new("a report asked again, 64 connections", "requests/s", &rates[1..]);
    Ok(measure.with_bar(Bar::binding(Limit::AtLeast(20_000.0))))
}

/// A quarter of the state's years, and a position up to its size, from a number.
pub(super) fn random(number: u64, events: u64) -> String {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (number << 7);
    let (year, quarter) = (2017 + (mixed >> 20) % 6, (mixed >> 40) % 4);
    let (first, last) =
        [("01-01", "03-31"), ("04-01", "06-30"), ("07-01", "09-30"), ("10-01", "12-31")]
            [usize::try_from(quarter).unwrap_or(0)];
    let metrics = ["timely-permanency", "cfsr-p1", "concurrent-planning", "cfsr-p4"];
    let metric = metrics[usize::try_from(number % 4).unwrap_or(0)];
    let position = events / 2 + (mixed >> 8) % (events / 2);
    format!(
        "/v1/reports/{metric}?period={year}-{first}..{year}-{last}&by=provider,county\
         &at_position={position}"
    )
}

/// Random reports of a large log that grows at half the rate at which it can.
pub(super) fn while_growing(
    args: &Args,
    runtime: &Runtime,
    root: &Path,
    scratch: &Scratch,
    supply: &mut Supply,
) -> Result<Measure> {
    let events = args.asked_events;
    tell(&format!("random reports of {events} events while they become more"));
    let state = State::Ordinary.prepare(root, events)?;
    let log = scratch.join("asked");
    let copied = Command::new("cp").arg("-r").arg(&state).arg(&log).status()?;
    ensure!(copied.success(), "the state cannot be copied");
    let served = Served::start(&crate::log::casetrail()?, &log)?;
    supply.rename();
    let text = lines_of(&supply.take(100_000)?);
    let most = runtime.block_on(served.stream(text, 100_000))?;
    let half = most / 2.0;
    let going = Arc::new(AtomicBool::new(true));
    let mut waits: Vec<f64> = Vec::with_capacity(QUESTIONS);
    let growing = lines_of(&supply.take(600_000)?);
    let rate = runtime.block_on(async {
        let mut asking = served.asking((0..).map(move |number| random(number, events))).await?;
        let asked = async {
            while waits.len() < QUESTIONS && going.load(Ordering::Relaxed) {
                let begun = Instant::now();
                ensure!(asking.commit().await?, "no question is left");
                waits.push(begun.elapsed().as_secs_f64() * 1_000.0);
            }
            Ok::<_, anyhow::Error>(())
        };
        let posted = async {
            let rate = served.stream_within(growing, 600_000, Some(half)).await;
            going.store(false, Ordering::Relaxed);
            rate
        };
        let (rate, asked) = tokio::join!(posted, asked);
        asked?;
        rate
    })?;
    served.stop()?;
    waits.sort_by(f64::total_cmp);
    let p99 = waits[(waits.len() - 1) * 99 / 100];
    let median = waits[waits.len() / 2];
    let measure = Measure::new(format!("a random report of {events} events, p99"), "ms", &[p99]);
    let note = format!(
        "{} questions, median {median:.1} ms, most {:.1} ms; ingest at {rate:.0} of at most {most:.0} events/s",
        waits.len(),
        waits[waits.len() - 1]
    );
    Ok(measure.with_note(note).with_bar(Bar::binding(Limit::Below(P99_MS))))
}
