//! Logs of generated states, kept from one run to the next.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};
use casetrail::generate::{Generator, Options};
use eventlog::{Batch, EventLog};
use eventlog_embedded::EmbeddedLog;
use events::Position;

use crate::tell;

/// Raised when the same options give another log, so that an old one is not taken for it.
const VERSION: u32 = 1;
/// Events that are appended at once.
const BATCH: usize = 1000;
/// Batches under way.
const UNDER_WAY: usize = 16;

/// A kind of generated state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum State {
    /// About 60 events a child
    Ordinary,
    /// About 18 events a child
    Thin,
    /// A fifth of the events late, or amendments of facts that are years old
    Late,
}

impl State {
    pub(super) const ALL: &'static [Self] = &[Self::Ordinary, Self::Thin, Self::Late];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary",
            Self::Thin => "thin",
            Self::Late => "late",
        }
    }

    fn options(self, events: u64) -> Result<Options> {
        // Fewer events a child than there are, or the state would end too early.
        let per_child = if self == Self::Thin { 15 } else { 50 };
        let children = u32::try_from(events / per_child + 100)?;
        let late_percent = if self == Self::Late { 20 } else { Options::default().late_percent };
        Ok(Options { children, late_percent, thin: self == Self::Thin, ..Options::default() })
    }

    /// The directory of a log with so many events, made unless an earlier run did.
    pub(crate) fn prepare(self, root: &Path, events: u64) -> Result<PathBuf> {
        let dir = root.join(format!("state-{VERSION}-{}-{events}", self.name()));
        if !dir.is_dir() {
            tell(&format!("generating {}", dir.display()));
            let unfinished = dir.with_extension("tmp");
            if unfinished.exists() {
                fs::remove_dir_all(&unfinished)?;
            }
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime
                .block_on(self.write(&unfinished, events))
                .with_context(|| format!("cannot write {}", unfinished.display()))?;
            fs::rename(&unfinished, &dir)?;
        }
        Ok(dir)
    }

    async fn write(self, dir: &Path, events: u64) -> Result<()> {
        let mut state =
            Generator::new(self.options(events)?).map_err(|error| anyhow!("{error}"))?;
        let log = EmbeddedLog::open(dir, eventlog_embedded::Options::default())?;
        let mut pending = std::collections::VecDeque::new();
        let mut left = events;
        while left > 0 {
            let count = BATCH.min(usize::try_from(left)?);
            let incoming = state.by_ref().take(count).map(|event| event.incoming());
            let batch = incoming.collect::<Result<Vec<_>, _>>()?;
            ensure!(batch.len() == count, "the generated state is too small");
            left -= count as u64;
            let recorded_by = "bench".to_owned();
            pending.push_back(log.append(Batch::Backfill { events: batch, recorded_by }));
            if pending.len() >= UNDER_WAY
                && let Some(first) = pending.pop_front()
            {
                first.await?;
            }
        }
        for rest in pending {
            rest.await?;
        }
        let every = eventlog_embedded::Options::default().seal_events;
        log.watch_sealed(Position(events / every * every)).await?;
        log.close()?;
        Ok(())
    }
}
