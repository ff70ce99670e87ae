//! Concurrent callers, each waiting for its own commit before the next.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::sync::watch;

/// One of many that commit at the same time.
pub(crate) trait Caller: Send + 'static {
    /// Commits what is next, and waits until it is durable; `false` if there is nothing left.
    fn commit(&mut self) -> impl Future<Output = Result<bool>> + Send;
}

/// What callers achieved together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Driven {
    /// Commits a second.
    pub(crate) rate: f64,
    /// How long the one in the middle took.
    pub(crate) wait_median: Duration,
    /// How long 99 of 100 took at most.
    pub(crate) wait_p99: Duration,
}

/// Lets all callers commit for so long, each in a task of its own.
pub(crate) async fn drive<C: Caller>(callers: Vec<C>, period: Duration) -> Result<Driven> {
    let (start, started) = watch::channel(None);
    let mut tasks = Vec::with_capacity(callers.len());
    for caller in callers {
        tasks.push(tokio::spawn(one_caller(caller, started.clone(), period)));
    }
    let begun = Instant::now();
    start.send_replace(Some(begun));
    let mut waits = Vec::new();
    let mut end = begun;
    for task in tasks {
        let (its_waits, its_end) = task.await??;
        waits.extend(its_waits);
        end = end.max(its_end);
    }
    ensure!(!waits.is_empty(), "nothing was committed");
    waits.sort_unstable();
    let at = |percent: usize| waits[(waits.len() - 1) * percent / 100];
    let rate = waits.len() as f64 / (end - begun).as_secs_f64();
    Ok(Driven { rate, wait_median: at(50), wait_p99: at(99) })
}

async fn one_caller<C: Caller>(
    mut caller: C,
    mut started: watch::Receiver<Option<Instant>>,
    period: Duration,
) -> Result<(Vec<Duration>, Instant)> {
    let start = *started.wait_for(Option::is_some).await?;
    let start = start.unwrap_or_else(Instant::now);
    let (mut waits, mut last) = (Vec::new(), start);
    while start.elapsed() < period {
        let begun = Instant::now();
        if !caller.commit().await? {
            break;
        }
        last = Instant::now();
        waits.push(last - begun);
    }
    Ok((waits, last))
}
