//! Several servers of one log in a database, under load: callers that hand a batch over until it is
//! acknowledged, and readers that say what they see.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use eventlog::{AppendError, EventLog, SeededEntropy};
use eventlog_postgres::{Options, PostgresLog};
use events::Position;
use tokio::task::JoinSet;

use crate::check;
use crate::claims::Claims;
use crate::dice::Dice;
use crate::names::BatchName;
use crate::workload::{ORIGIN, append, attempt, say_head};

/// Callers of each server.
const CALLERS: u64 = 4;
/// How often a reader looks.
const WATCH_INTERVAL: Duration = Duration::from_millis(3);
/// How long a caller waits before it hands a batch over again.
const AGAIN: Duration = Duration::from_millis(50);
/// How long anything may take before the round has failed.
const PATIENCE: Duration = Duration::from_secs(90);

/// The engine's options; salts need not be secret here, but no two servers may draw the same.
#[must_use]
pub fn options(seed: u64) -> Options {
    Options { origin: Some(ORIGIN.to_owned()), ..Options::new(SeededEntropy(seed)) }
}

/// Opens a server.
///
/// # Errors
/// What the engine says.
pub async fn open(url: &str, seed: u64) -> Result<Arc<PostgresLog>> {
    Ok(Arc::new(PostgresLog::open(url, options(seed)).await?))
}

/// Servers under load.
#[derive(Debug)]
pub struct Load {
    heard: Arc<Heard>,
    tasks: JoinSet<Result<()>>,
}

#[derive(Debug, Default)]
struct Heard {
    claims: Mutex<Claims>,
    acknowledged: AtomicU64,
    /// Answers that said no more than that something went wrong.
    errors: AtomicU64,
    ended: AtomicBool,
}

impl Heard {
    fn hear(&self, said: &str) -> Result<()> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner).hear(said)
    }

    fn goes_on(&self) -> bool {
        !self.ended.load(Ordering::Relaxed)
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Heeded {
    /// What was acknowledged and seen.
    pub claims: Claims,
    /// Answers that were errors.
    pub errors: u64,
}

impl Load {
    /// Lets callers append at each of the servers, and readers look.
    #[must_use]
    pub fn start(servers: &[Arc<PostgresLog>], seed: u64) -> Self {
        let (heard, mut tasks) = (Arc::new(Heard::default()), JoinSet::new());
        for (server, session) in servers.iter().zip(0..) {
            for caller in 0..CALLERS {
                tasks.spawn(call(Arc::clone(server), Arc::clone(&heard), session, caller, seed));
            }
            tasks.spawn(watch(Arc::clone(server), Arc::clone(&heard)));
        }
        Self { heard, tasks }
    }

    /// Waits until so many batches more are acknowledged.
    ///
    /// # Errors
    /// When that takes too long.
    pub async fn go_on(&self, batches: u64) -> Result<()> {
        let count = || self.heard.acknowledged.load(Ordering::Relaxed);
        let until = count() + batches;
        let waiting = async {
            while count() < until {
                tokio::time::sleep(WATCH_INTERVAL).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        waited.with_context(|| format!("only {} batches were acknowledged", count()))
    }

    /// Lets every caller finish its batch.
    ///
    /// # Errors
    /// When a claim contradicts another, or a caller gets no answer.
    pub async fn end(mut self) -> Result<Heeded> {
        self.heard.ended.store(true, Ordering::Relaxed);
        let ending = async {
            while let Some(ended) = self.tasks.join_next().await {
                ended??;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, ending).await.context("a caller has no answer")??;
        let claims = self.heard.claims.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Heeded { claims, errors: self.heard.errors.load(Ordering::Relaxed) })
    }
}

/// One caller: a batch after the other, each handed over until it is acknowledged.
async fn call(
    log: Arc<PostgresLog>,
    heard: Arc<Heard>,
    session: u64,
    caller: u64,
    seed: u64,
) -> Result<()> {
    let mut dice = Dice::of(seed ^ session, caller + 1);
    for number in 0.. {
        if !heard.goes_on() {
            break;
        }
        let name = BatchName { session, caller, number };
        let count = 1 + dice.index(6);
        heard.hear(&attempt(name, count))?;
        loop {
            match append(&*log, name, count).await {
                Ok(claims) => break heard.hear(&claims)?,
                Err(error) => {
                    let passing = matches!(
                        error.downcast_ref(),
                        Some(AppendError::OutcomeUnknown(_) | AppendError::Read(_))
                    );
                    ensure!(passing, "{name}: {error:#}");
                    heard.errors.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
        heard.acknowledged.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Says the heads that a server shows.
async fn watch(log: Arc<PostgresLog>, heard: Arc<Heard>) -> Result<()> {
    while heard.goes_on() {
        // A database that is away has no head.
        if let Ok(head) = say_head(&*log).await {
            heard.hear(&head)?;
        }
        tokio::time::sleep(WATCH_INTERVAL).await;
    }
    Ok(())
}

/// Compares the log with what was claimed, as a server sees it that has seen nothing before; and
/// the other servers with it.
///
/// # Errors
/// Names what does not hold.
pub async fn check(url: &str, claims: &Claims, servers: &[Arc<PostgresLog>]) -> Result<()> {
    let fresh = open(url, u64::MAX).await?;
    let events = check::all(&*fresh).await?;
    let tree = claims.check(&events)?;
    check::check_heads(&*fresh, &tree).await?;
    check::check_indexes(&*fresh, &events, true).await?;
    let head = fresh.head(None).await?;
    for server in servers {
        let behind = Position(head.position.0.saturating_sub(1));
        let seen = tokio::time::timeout(PATIENCE, server.watch(behind)).await;
        let seen = seen.context("a server follows no more")??;
        ensure!(seen == head.position, "a server sees {seen}, the log ends at {}", head.position);
        ensure!(server.head(None).await? == head, "a server has another head");
        for at in [head.position.0 / 3, head.position.0 / 2] {
            let at = Some(Position(at));
            ensure!(server.head(at).await? == fresh.head(at).await?, "an earlier head differs");
        }
    }
    Ok(())
}
