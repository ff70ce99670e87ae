//! Servers whose lines to the database are cut, slow or silent while callers append.

use std::fmt;
use std::time::Duration;

use anyhow::{Context as _, Result};
use casetrail_cluster::{Cluster, Proxy, Traffic, installed};
use eventlog_postgres::PostgresLog;
use tempfile::TempDir;

use crate::dice::Dice;
use crate::failover::open_to_all;
use crate::servers::{Load, check, open, options};

/// Servers of the log, each behind a proxy of its own.
const SERVERS: u64 = 2;
/// What is done to lines in a round.
const MISHAPS: u64 = 12;
/// Between one mishap and the next, at most.
const PAUSE_MILLIS: u64 = 120;
/// Batches acknowledged at the end, when all flows again.
const BATCHES: u64 = 20;

/// What came of all rounds.
#[derive(Debug, Default)]
pub struct Report {
    rounds: u64,
    cuts: u64,
    /// Acknowledged events.
    pub acknowledged: u64,
    /// Answers that were errors, after each of which the batch was handed over again.
    pub errors: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rounds, cuts, acknowledged, errors } = self;
        write!(f, "{rounds} logs, {cuts} cuts, {acknowledged} events acknowledged, {errors} errors")
    }
}

/// So many logs, one after the other, in one cluster.
///
/// # Errors
/// Names what was lost, with the round.
pub async fn rounds(seed: u64, rounds: u64) -> Result<Report> {
    let place = TempDir::new()?;
    open_to_all(place.path())?;
    let programs = installed().context("PostgreSQL is not installed")?;
    let cluster = Cluster::start(&programs, &place.path().join("p"), &[])?;
    let admin = cluster.connect().await?;
    let mut report = Report::default();
    for round in 0..rounds {
        let database = format!("log{round}");
        admin.batch_execute(&format!("CREATE DATABASE {database}")).await?;
        let outcome = one(&cluster, &database, &mut Dice::of(seed, round), &mut report).await;
        outcome.with_context(|| format!("seed {seed}, round {round}"))?;
        report.rounds += 1;
    }
    Ok(report)
}

async fn one(
    cluster: &Cluster,
    database: &str,
    dice: &mut Dice,
    report: &mut Report,
) -> Result<()> {
    let url = cluster.url(database);
    PostgresLog::init(&url, options(0)).await?;
    let (mut proxies, mut servers) = (Vec::new(), Vec::new());
    for server in 1..=SERVERS {
        let proxy = Proxy::start(cluster.socket()).await?;
        servers.push(open(&proxy.url(database), dice.next() ^ server).await?);
        proxies.push(proxy);
    }
    let load = Load::start(&servers, dice.next());
    for _ in 0..MISHAPS {
        tokio::time::sleep(Duration::from_millis(dice.below(PAUSE_MILLIS))).await;
        let proxy = &proxies[dice.index(proxies.len())];
        match dice.below(5) {
            0 => proxy.let_it(Traffic::Slow(Duration::from_millis(1 + dice.below(20)))),
            1 => proxy.let_it(Traffic::Stands),
            2 => proxy.let_it(Traffic::Flows),
            _ => {
                report.cuts += 1;
                proxy.cut();
            }
        }
    }
    // What stands still for ever is given up by time limits; here it may go on.
    proxies.iter().for_each(|proxy| proxy.let_it(Traffic::Flows));
    load.go_on(BATCHES).await?;
    let heeded = load.end().await?;
    check(&url, &heeded.claims, &servers).await?;
    report.acknowledged += heeded.claims.acknowledged() as u64;
    report.errors += heeded.errors;
    Ok(())
}
