//! Hours under load: whether memory stays flat.
//!
//! What is asked of the service is the same all the time: the same events posted again (one by one
//! and as a stream), reports at random moments, followers that come, read everything and go. So what
//! it keeps for the log does not grow, and what grows is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use events::Incoming;
use tokio::task::JoinSet;

use super::asked::random;
use super::client::{Served, lines_of};
use crate::log::drive::Caller as _;
use crate::log::input::Input;
use crate::log::supply::Supply;
use crate::place::{self, Scratch};
use crate::spread::Spread;
use crate::{process, tell};

/// Events of the log.
const EVENTS: usize = 20_000;
/// Connections that post one event after the other.
const POSTING: usize = 8;
/// Connections that ask.
const ASKING: usize = 4;
/// Followers at any time.
const FOLLOWING: usize = 16;
/// Bytes that a follower reads before it goes.
const FOLLOWED_BYTES: usize = 1 << 20;
/// By how much the last third may use more memory than the second, in percent and in bytes.
const GROWTH: (f64, f64) = (5.0, 8e6);

/// How long, and how hard.
#[derive(Debug, Clone, clap::Args)]
pub struct SoakArgs {
    /// How many minutes it lasts
    #[arg(long, value_name = "M", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..=10_080))]
    minutes: u64,
    /// Milliseconds that each connection waits between two requests
    #[arg(long, value_name = "MS", default_value_t = 20)]
    pause_ms: u64,
}

/// Asks, posts and follows for as long as it is told, and looks at the memory of the service.
///
/// # Errors
/// When the service answers wrongly, or its memory grows.
pub fn soak(args: &SoakArgs) -> Result<()> {
    let root = place::root()?;
    let scratch = Scratch::new(&root)?;
    let input = Input::prepare(&root, 1_000_000, false)?;
    let mut supply = Supply::new(&input)?;
    let served = Arc::new(Served::start(&crate::log::casetrail()?, &scratch.join("soak"))?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let events = supply.take(EVENTS)?;
    let text = Arc::new(lines_of(&events));
    runtime.block_on(served.stream(text.to_vec(), EVENTS as u64))?;
    let load = Load {
        served: Arc::clone(&served),
        events,
        text,
        pause: Duration::from_millis(args.pause_ms),
        going: Arc::new(AtomicBool::new(true)),
        count: Arc::new(AtomicU64::new(0)),
    };
    let end = Instant::now() + Duration::from_secs(args.minutes * 60);
    let samples = runtime.block_on(load.until(end))?;
    judge(&samples)
}

/// What is asked of the service all the time.
struct Load {
    served: Arc<Served>,
    events: Vec<Incoming>,
    text: Arc<Vec<u8>>,
    pause: Duration,
    going: Arc<AtomicBool>,
    count: Arc<AtomicU64>,
}

type Tasks = JoinSet<Result<()>>;

impl Load {
    /// Bytes of memory, every five seconds.
    async fn until(self, end: Instant) -> Result<Vec<f64>> {
        let mut tasks = Tasks::new();
        self.requests(&mut tasks).await?;
        self.followers(&mut tasks);
        let mut samples = Vec::new();
        while Instant::now() < end {
            tokio::time::sleep(Duration::from_secs(5)).await;
            if let Some(ended) = tasks.try_join_next() {
                ended??;
            }
            let memory = process::memory_bytes(&self.served.process().to_string());
            samples.push(memory.context("its memory")? as f64);
            if samples.len() % 12 == 0 {
                let count = self.count.load(Ordering::Relaxed);
                tell(&format!("{:.1} MB, {count} requests", samples[samples.len() - 1] / 1e6));
            }
        }
        self.going.store(false, Ordering::Relaxed);
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        Ok(samples)
    }

    async fn requests(&self, tasks: &mut Tasks) -> Result<()> {
        let mut connections = Vec::new();
        for number in 0..POSTING {
            let own: Vec<_> = self.events.iter().skip(number).step_by(POSTING).cloned().collect();
            connections.push(self.served.again(own).await?);
        }
        for number in 0..ASKING {
            let first = number as u64 * 1_000_003;
            let targets = (first..).map(|number| random(number, EVENTS as u64));
            connections.push(self.served.asking(targets).await?);
        }
        for mut connection in connections {
            let (going, count, pause) = (self.going.clone(), self.count.clone(), self.pause);
            tasks.spawn(async move {
                while going.load(Ordering::Relaxed) {
                    connection.commit().await?;
                    count.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(pause).await;
                }
                Ok(())
            });
        }
        Ok(())
    }

    fn followers(&self, tasks: &mut Tasks) {
        for _ in 0..FOLLOWING {
            let (going, served) = (self.going.clone(), self.served.clone());
            tasks.spawn(async move {
                while going.load(Ordering::Relaxed) {
                    served.followed(FOLLOWED_BYTES).await?;
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                Ok(())
            });
        }
        let (going, served, text) = (self.going.clone(), self.served.clone(), self.text.clone());
        tasks.spawn(async move {
            while going.load(Ordering::Relaxed) {
                served.streamed_again(text.to_vec(), EVENTS as u64).await?;
                tokio::time::sleep(Duration::from_secs(10)).await;
            }
            Ok(())
        });
    }
}

fn judge(samples: &[f64]) -> Result<()> {
    let third = samples.len() / 3;
    let second = Spread::of(&samples[third..2 * third]);
    let last = Spread::of(&samples[2 * third..]);
    let (Some(second), Some(last)) = (second, last) else { anyhow::bail!("nothing was measured") };
    tell(&format!(
        "median memory: {:.1} MB in the second third, {:.1} MB in the last",
        second.median / 1e6,
        last.median / 1e6
    ));
    let grown = last.median - second.median;
    let (percent, bytes) = GROWTH;
    ensure!(
        grown <= bytes.max(second.median * percent / 100.0),
        "memory grew by {:.1} MB",
        grown / 1e6
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::judge;

    #[test]
    fn what_grows_is_told() {
        let flat: Vec<f64> = (0..90).map(|n| 100e6 + f64::from(n % 7) * 1e5).collect();
        assert!(judge(&flat).is_ok());
        let growing: Vec<f64> = (0..90).map(|n| 100e6 + f64::from(n) * 1e6).collect();
        assert!(judge(&growing).is_err());
        assert!(judge(&[]).is_err());
    }
}
