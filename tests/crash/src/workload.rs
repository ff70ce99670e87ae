//! The program under test: callers that append, a reader that watches, orderly and other ends.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};
use eventlog::{AppendError, Batch, EventLog, suite::adapter};
use eventlog_embedded::{EmbeddedLog, Options};
use events::Subject;
use journal::JournalOptions;

use crate::claims::Claim;
use crate::dice::Dice;
use crate::names::BatchName;

/// How often the reader looks.
const WATCH_INTERVAL: Duration = Duration::from_micros(300);

/// The name of every log under test.
pub const ORIGIN: &str = "example.org/crash";

/// How the log lays out its files: small, so that a few hundred events pass through all of it.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    seal_events: u64,
    segment_bytes: u64,
}

impl Shape {
    /// As small as can be.
    #[must_use]
    pub const fn small() -> Self {
        Self { seal_events: 256, segment_bytes: 24 << 10 }
    }

    /// Many segments, none of which is sealed.
    #[must_use]
    pub const fn many_segments() -> Self {
        Self { seal_events: 1 << 20, segment_bytes: 8 << 10 }
    }

    /// The engine's options.
    #[must_use]
    pub fn options(self) -> Options {
        Options {
            origin: Some(ORIGIN.to_owned()),
            seal_events: self.seal_events,
            journal: JournalOptions { segment_bytes: self.segment_bytes },
            ..Options::default()
        }
    }
}

/// What the program does.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Workload {
    /// Decides sizes of batches and how sessions end
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Number of the first session; later ones follow
    #[arg(long, default_value_t = 0)]
    pub session: u64,
    /// How many times the log is opened
    #[arg(long, default_value_t = 1)]
    pub sessions: u64,
    /// Callers at the same time
    #[arg(long, default_value_t = 4)]
    pub callers: u64,
    /// Batches of each caller
    #[arg(long, default_value_t = 40)]
    pub batches: u64,
    /// Erase streams of sessions that are over
    #[arg(long)]
    pub erase: bool,
}

impl Workload {
    /// Does it. Claims go to standard output, errors of the log as lines that begin with `error`.
    ///
    /// # Errors
    /// Where a head cannot be read, or the log takes something after a failed write.
    pub async fn run(self, dir: &Path) -> Result<()> {
        for session in self.session..self.session + self.sessions {
            let mut dice = Dice::of(self.seed, session);
            let log = match EmbeddedLog::open(dir, Shape::small().options()) {
                Ok(log) => Arc::new(log),
                Err(error) => return say_error(&error.into()),
            };
            say(&say_head(&*log).await?)?;
            // While others append, or at the end.
            let erasing = session.checked_sub(1).filter(|_| self.erase && session > self.session);
            let erasing = tokio::spawn(erase(Arc::clone(&log), erasing));
            self.append_and_watch(&log, session).await?;
            erasing.await??;
            if self.erase && dice.once_in(3) {
                erase(Arc::clone(&log), Some(session)).await?;
            }
            // Some sessions end as a crash would, and the next one goes the long way.
            if dice.once_in(2) {
                log.close().or_else(|error| say_error(&error.into()))?;
            }
        }
        Ok(())
    }

    async fn append_and_watch(&self, log: &Arc<EmbeddedLog>, session: u64) -> Result<()> {
        let ended = Arc::new(AtomicBool::new(false));
        let watching = tokio::spawn(watch(Arc::clone(log), Arc::clone(&ended)));
        let callers = (0..self.callers).map(|caller| {
            tokio::spawn(call(Arc::clone(log), session, caller, self.batches, self.seed))
        });
        let callers: Vec<_> = callers.collect();
        for caller in callers {
            caller.await??;
        }
        ended.store(true, Ordering::SeqCst);
        watching.await?
    }
}

/// One caller: a batch after the other, each acknowledged before the next.
async fn call(
    log: Arc<EmbeddedLog>,
    session: u64,
    caller: u64,
    batches: u64,
    seed: u64,
) -> Result<()> {
    let mut dice = Dice::of(seed ^ session, caller + 1);
    for number in 0..batches {
        let name = BatchName { session, caller, number };
        let count = match dice.below(60) {
            // More than a segment holds.
            0 => 150 + dice.index(100),
            1..=20 => 1,
            _ => 1 + dice.index(9),
        };
        say(&attempt(name, count))?;
        match append(&*log, name, count).await {
            Ok(claims) => say(&claims)?,
            Err(error) => {
                say_error(&error)?;
                if matches!(error.downcast_ref(), Some(AppendError::OutcomeUnknown(_))) {
                    return ensure_stopped(&*log, name).await;
                }
            }
        }
    }
    Ok(())
}

/// Erases the stream of a session that is over, unless that was done or there is none.
async fn erase(log: Arc<EmbeddedLog>, session: Option<u64>) -> Result<()> {
    let Some(session) = session else { return Ok(()) };
    let subject: Subject =
        format!("child/{}", BatchName::short_lived(session)).parse().map_err(anyhow::Error::msg)?;
    say(&Claim::Erase(subject.to_string()).line())?;
    let batch = Batch::Erase {
        subject: subject.clone(),
        authority: "a court".to_owned(),
        reason: "a test".to_owned(),
        recorded_by: "tester".to_owned(),
    };
    match log.append(batch).await {
        Ok(receipts) => {
            let erased = receipts.iter().map(|receipt| {
                Claim::Erased(receipt.position.0, receipt.leaf, subject.to_string()).line()
            });
            say(&erased.collect::<String>())
        }
        Err(AppendError::Refused { .. }) => Ok(()),
        Err(error) => say_error(&error.into()),
    }
}

/// After an outcome that is unknown the log takes nothing more.
async fn ensure_stopped(log: &dyn EventLog, last: BatchName) -> Result<()> {
    let next = BatchName { number: last.number + 1, ..last };
    say(&attempt(next, 1))?;
    match append(log, next, 1).await {
        Err(error) if matches!(error.downcast_ref(), Some(AppendError::Stopped(_))) => Ok(()),
        outcome => bail!("the log went on after a failed write: {outcome:?}"),
    }
}

/// Errors of the log are no failure of this program: whoever listens judges them.
fn say_error(error: &anyhow::Error) -> Result<()> {
    say(&format!("error {error:#}\n"))
}

/// Says every head that it sees: what is visible is durable.
async fn watch(log: Arc<EmbeddedLog>, ended: Arc<AtomicBool>) -> Result<()> {
    let mut last = String::new();
    while !ended.load(Ordering::SeqCst) {
        let head = say_head(&*log).await?;
        if head != last {
            say(&head)?;
            last = head;
        }
        tokio::time::sleep(WATCH_INTERVAL).await;
    }
    Ok(())
}

/// What is said before a batch is handed over.
#[must_use]
pub fn attempt(name: BatchName, count: usize) -> String {
    Claim::Try(name, count).line()
}

/// Appends a batch and answers with the claims that follow.
///
/// # Errors
/// What the log says.
pub async fn append(log: &dyn EventLog, name: BatchName, count: usize) -> Result<String> {
    let events = name.events(count);
    let ids: Vec<_> = events.iter().map(|event| event.content.key.id.to_string()).collect();
    let receipts = log.append(adapter(events)).await?;
    let acks = receipts.iter().zip(ids);
    let acks = acks.map(|(receipt, id)| Claim::Ack(receipt.position.0, receipt.leaf, id).line());
    Ok(acks.collect())
}

/// The log's head as a claim.
///
/// # Errors
/// What the log says.
pub async fn say_head(log: &dyn EventLog) -> Result<String> {
    let head = log.head(None).await?;
    Ok(Claim::Head(head.position.0, head.root).line())
}

/// Writes whole lines to standard output at once.
///
/// # Errors
/// Where nobody listens.
pub fn say(lines: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(lines.as_bytes())?;
    Ok(stdout.flush()?)
}
