//! Opening what `--log` names: a directory of the embedded engine, or an export, read-only.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use eventlog::{Batch, Clock as _, EXPORT_ORIGIN, EventLog, ExportReader, Memory};
use eventlog_embedded::{EmbeddedLog, OpenError, Options, SystemClock, SystemEntropy};
use events::{Logged, Position, Timestamp};
use projection::{Projection, Snapshots, follow};
use proof::VerifierKey;

use crate::Failure;
use crate::output::progress_bar;

/// Where the log is.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct LogArgs {
    /// The log: a directory, or an export (.ndjson, .ndjson.zst; read-only)
    #[arg(long, env = "CASETRAIL_LOG", value_name = "DIRECTORY|EXPORT")]
    pub(crate) log: PathBuf,
}

/// The instant of now: read here, in the outermost shell, and nowhere below.
pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// An opened log.
pub(crate) enum Opened {
    /// The embedded engine.
    Embedded(Box<EmbeddedLog>),
    /// An export, read into memory.
    Export(Memory),
}

impl Opened {
    /// The log.
    pub(crate) fn log(&self) -> &dyn EventLog {
        match self {
            Self::Embedded(log) => log.as_ref(),
            Self::Export(log) => log,
        }
    }

    /// The key that its checkpoints are verified with; an export has none.
    pub(crate) fn verifier_key(&self) -> Option<VerifierKey> {
        match self {
            Self::Embedded(log) => Some(log.verifier_key()),
            Self::Export(_) => None,
        }
    }

    /// Closes it in order.
    pub(crate) fn close(self) -> Result<(), Failure> {
        match self {
            Self::Embedded(log) => Ok(log.close()?),
            Self::Export(_) => Ok(()),
        }
    }
}

/// Where the service of a log keeps what is its own: keys, and the log of accesses.
pub(crate) fn service_dir(log: &Path) -> PathBuf {
    // A name with a slash behind it has the same directory beside it.
    let log: PathBuf = log.components().collect();
    log.with_added_extension("service")
}

/// Whether the directory holds a log.
fn is_log(dir: &Path) -> bool {
    dir.join("origin").is_file() || dir.join("journal").is_dir()
}

impl LogArgs {
    fn no_log(&self) -> Failure {
        Failure::WrongUse(anyhow::anyhow!(
            "{} holds no log; `casetrail ingest` begins one, an export is a file",
            self.log.display()
        ))
    }

    /// Opens a log that exists, to read it.
    pub(crate) async fn open(&self) -> Result<Opened, Failure> {
        let path = &self.log;
        if path.is_dir() && is_log(path) {
            let log = self.open_directory(Options::default())?;
            return Ok(Opened::Embedded(Box::new(log)));
        }
        if path.is_file() {
            return Ok(Opened::Export(read_export(path).await?));
        }
        Err(self.no_log())
    }

    /// Opens a log to write to it; begins one in an empty or missing directory.
    pub(crate) fn open_or_begin(&self, options: Options) -> Result<EmbeddedLog, Failure> {
        if self.log.is_file() {
            let why = anyhow::anyhow!("{} is an export: it is read-only", self.log.display());
            return Err(Failure::WrongUse(why));
        }
        self.open_directory(options)
    }

    fn open_directory(&self, options: Options) -> Result<EmbeddedLog, Failure> {
        let name = || format!("cannot open the log {}", self.log.display());
        EmbeddedLog::open(&self.log, options).map_err(|error| {
            let wrong = matches!(error, OpenError::Options(_) | OpenError::Origin { .. });
            let why = anyhow::Error::from(error).context(name());
            if wrong { Failure::WrongUse(why) } else { Failure::Fault(why) }
        })
    }
}

/// Events behind a snapshot that are worth another one.
const SNAPSHOT_EVENTS: u64 = 50_000;

/// A projection, and up to where it was kept before.
pub(crate) struct Projected {
    pub(crate) projection: Projection,
    kept: Position,
}

impl LogArgs {
    /// Folds the log, from its snapshot on if it has one.
    pub(crate) async fn project(&self, opened: &Opened) -> Result<Projected, Failure> {
        let kept = match opened {
            Opened::Embedded(log) => Snapshots::of_log(&self.log).load(log.as_ref()).await,
            Opened::Export(_) => None,
        };
        let projection = kept.unwrap_or_default();
        let kept = projection.position();
        Ok(Projected { projection: follow_from(opened.log(), projection).await?, kept })
    }

    /// Keeps a projection for the next command, if that saves it much: to be called once this one
    /// has answered. Without a snapshot, everything is only slower.
    pub(crate) async fn keep(&self, opened: &Opened, projected: &Projected) {
        let Projected { projection, kept } = projected;
        let Opened::Embedded(log) = opened else { return };
        if projection.position().0.saturating_sub(kept.0) >= SNAPSHOT_EVENTS {
            let _ = Snapshots::of_log(&self.log).keep(projection, log.as_ref()).await;
        }
    }
}

/// Folds the whole log.
pub(crate) async fn project(log: &dyn EventLog) -> Result<Projection, Failure> {
    follow_from(log, Projection::default()).await
}

async fn follow_from(log: &dyn EventLog, kept: Projection) -> Result<Projection, Failure> {
    let head = log.head(None).await?;
    let bar = progress_bar(Some(head.position.0), "reading the log");
    let mut projection = kept;
    follow(log, &mut projection, &mut |position| bar.set_position(position.0)).await?;
    bar.finish_and_clear();
    Ok(projection)
}

/// How many events of an export are taken at once.
pub(crate) const EXPORT_BATCH: usize = 1000;

async fn read_export(path: &Path) -> Result<Memory, Failure> {
    let log = Memory::new(EXPORT_ORIGIN, SystemClock, SystemEntropy::default());
    let mut events = replay::open(path)?;
    loop {
        let batch = next_batch(&mut events, path)?;
        if batch.is_empty() {
            return Ok(log.named(events.origin()));
        }
        let line = events.line();
        log.append(Batch::Exact(batch))
            .await
            .with_context(|| format!("{}: up to line {line}", path.display()))?;
    }
}

/// An export as it is read: plain, whatever the file is.
pub(crate) type ExportFile = ExportReader<Box<dyn BufRead>>;

/// The next events of an export; empty at the end.
pub(crate) fn next_batch(events: &mut ExportFile, path: &Path) -> Result<Vec<Logged>, Failure> {
    let events = events.take(EXPORT_BATCH).map(|next| next.map(|(_, logged)| logged));
    let batch: Result<Vec<Logged>, _> = events.collect();
    Ok(batch.with_context(|| path.display().to_string())?)
}
