//! A primary with two synchronous standbys: the primary is killed under load, a standby promoted,
//! and the servers find it.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use casetrail_cluster::{Cluster, installed};
use eventlog_postgres::PostgresLog;
use tempfile::TempDir;

use crate::dice::Dice;
use crate::servers::{Load, check, open, options};

/// Servers of the log.
const SERVERS: u64 = 3;
/// Batches acknowledged before anything happens, and after it.
const BATCHES: u64 = 40;
/// The primary lives that long under load, at most.
const LIFE_MILLIS: u64 = 700;
const DATABASE: &str = "postgres";

/// What came of all rounds.
#[derive(Debug, Default)]
pub struct Report {
    rounds: u64,
    /// Acknowledged events.
    pub acknowledged: u64,
    /// Answers that were errors, after each of which the batch was handed over again.
    pub errors: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rounds, acknowledged, errors } = self;
        write!(f, "{rounds} primaries killed, {acknowledged} events acknowledged, {errors} errors")
    }
}

/// Kills so many primaries.
///
/// # Errors
/// Names what was lost, with the round.
pub async fn rounds(seed: u64, rounds: u64) -> Result<Report> {
    let mut report = Report::default();
    for round in 0..rounds {
        let mut dice = Dice::of(seed, round);
        let outcome = one(&mut dice, &mut report).await;
        outcome.with_context(|| format!("seed {seed}, round {round}"))?;
        report.rounds += 1;
    }
    Ok(report)
}

async fn one(dice: &mut Dice, report: &mut Report) -> Result<()> {
    let place = TempDir::new()?;
    open_to_all(place.path())?;
    let programs = installed().context("PostgreSQL is not installed")?;
    let primary = Cluster::start(&programs, &place.path().join("p"), &[])?;
    let admin = primary.connect().await?;
    let one = primary.standby(&programs, &place.path().join("s1"), "s1")?;
    let two = primary.standby(&programs, &place.path().join("s2"), "s2")?;
    let standbys = [one.connect().await?, two.connect().await?];
    // Either both have what is acknowledged, or the one that has more is promoted.
    let both = dice.once_in(2);
    let names = if both { "FIRST 2 (s1, s2)" } else { "ANY 1 (s1, s2)" };
    let set = format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'");
    admin.batch_execute(&set).await?;
    admin.query_one("SELECT pg_reload_conf()", &[]).await?;

    let url = Cluster::url_of_all(&[&primary, &one, &two], DATABASE);
    PostgresLog::init(&url, options(0)).await?;
    let mut servers = Vec::new();
    for server in 1..=SERVERS {
        servers.push(open(&url, dice.next() ^ server).await?);
    }
    let load = Load::start(&servers, dice.next());
    load.go_on(BATCHES).await?;
    tokio::time::sleep(Duration::from_millis(dice.below(LIFE_MILLIS))).await;
    primary.kill()?;

    let next = if both { dice.index(2) } else { usize::from(received(&standbys).await?) };
    standbys[next].query_one("SELECT pg_promote()", &[]).await?;
    load.go_on(BATCHES).await.context("after the promotion")?;
    let heeded = load.end().await?;
    check(&url, &heeded.claims, &servers).await?;
    report.acknowledged += heeded.claims.acknowledged() as u64;
    report.errors += heeded.errors;
    Ok(())
}

/// Whether the second standby has received more than the first.
async fn received(standbys: &[tokio_postgres::Client; 2]) -> Result<bool> {
    let mut received = Vec::new();
    for standby in standbys {
        let query = "SELECT (pg_last_wal_receive_lsn() - '0/0')::text::numeric::bigint";
        received.push(standby.query_one(query, &[]).await?.get::<_, i64>(0));
    }
    Ok(received[1] > received[0])
}

/// Lets the user that clusters run as through to their directories.
pub(crate) fn open_to_all(dir: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o755))?)
}
