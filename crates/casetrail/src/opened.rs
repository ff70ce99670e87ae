//! Opening what `--log` names: a directory of the embedded engine, a PostgreSQL database, or an
//! export, read-only.

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use eventlog::{Batch, Clock as _, EXPORT_ORIGIN, EventLog, ExportReader, Memory};
use eventlog_embedded::{EmbeddedLog, OpenError, Options, SystemClock, SystemEntropy};
use eventlog_postgres::{OpenError as DatabaseError, Options as DatabaseOptions, PostgresLog};
use events::{Logged, Position, Timestamp};
use projection::{Projection, Snapshots, follow};
use proof::VerifierKey;

use crate::Failure;
use crate::output::progress_bar;

/// Where the log is.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct LogArgs {
    /// The log: a directory, a PostgreSQL database (postgres://USER@HOST/DATABASE), or an export
    /// (.ndjson, .ndjson.zst; read-only)
    #[arg(
        long,
        env = "CASETRAIL_LOG",
        hide_env_values = true,
        value_name = "DIRECTORY|DATABASE|EXPORT"
    )]
    pub(crate) log: PathBuf,
    #[command(flatten)]
    pub(crate) login: Login,
}

/// How a database is logged in to.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Login {
    /// A file with the password for the database, where its address says none
    #[arg(long, env = "CASETRAIL_LOG_PASSWORD_FILE", value_name = "FILE")]
    log_password_file: Option<PathBuf>,
}

/// The instant of now: read here, in the outermost shell, and nowhere below.
pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// An opened log.
pub(crate) enum Opened {
    /// The embedded engine.
    Embedded(Arc<EmbeddedLog>),
    /// The engine on a database.
    Postgres(Arc<PostgresLog>),
    /// An export, read into memory.
    Export(Arc<Memory>),
}

impl Opened {
    /// The log.
    pub(crate) fn log(&self) -> &dyn EventLog {
        match self {
            Self::Embedded(log) => log.as_ref(),
            Self::Postgres(log) => log.as_ref(),
            Self::Export(log) => log.as_ref(),
        }
    }

    /// The log, for whoever holds it beside this.
    pub(crate) fn shared(&self) -> Arc<dyn EventLog> {
        match self {
            Self::Embedded(log) => Arc::clone(log) as _,
            Self::Postgres(log) => Arc::clone(log) as _,
            Self::Export(log) => Arc::clone(log) as _,
        }
    }

    /// The key that its checkpoints are verified with; an export has none.
    pub(crate) fn verifier_key(&self) -> Option<VerifierKey> {
        match self {
            Self::Embedded(log) => Some(log.verifier_key()),
            Self::Postgres(log) => log.verifier_key(),
            Self::Export(_) => None,
        }
    }

    /// Closes it in order.
    pub(crate) fn close(self) -> Result<(), Failure> {
        match self {
            Self::Embedded(log) => Ok(log.close()?),
            Self::Postgres(log) => {
                log.close();
                Ok(())
            }
            Self::Export(_) => Ok(()),
        }
    }
}

/// Where the service of a log keeps what is its own.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ServiceDir {
    /// Where the service keeps what is its own: keys, the log of accesses, and of a database
    /// snapshots too. Default: LOG.service, beside the directory of the log
    #[arg(long, env = "CASETRAIL_SERVICE_DIR", value_name = "DIRECTORY")]
    service_dir: Option<PathBuf>,
}

impl ServiceDir {
    /// That of the service of a log.
    pub(crate) fn of(&self, log: &Path) -> Result<PathBuf, Failure> {
        match &self.service_dir {
            Some(dir) => Ok(dir.clone()),
            None if matches!(Named::of(log)?, Named::Database(_)) => {
                Err(Failure::WrongUse(anyhow::anyhow!(
                    "the service of a log in a database needs a directory: --service-dir"
                )))
            }
            None => {
                // A name with a slash behind it has the same directory beside it.
                let log: PathBuf = log.components().collect();
                Ok(log.with_added_extension("service"))
            }
        }
    }
}

/// What a log is named by.
enum Named<'a> {
    Path(&'a Path),
    /// The address of a database.
    Database(String),
}

/// The schemes of a database's address.
const SCHEMES: [&str; 2] = ["postgres", "postgresql"];

impl<'a> Named<'a> {
    /// What is no address of ours and no file's name either is not repeated: it may hold a password.
    fn of(log: &'a Path) -> Result<Self, Failure> {
        let Some(named) = log.to_str() else { return Ok(Self::Path(log)) };
        let address = named.split_once("://").map(|(scheme, rest)| (scheme.to_lowercase(), rest));
        match address {
            Some((scheme, rest)) if SCHEMES.contains(&scheme.as_str()) => {
                Ok(Self::Database(format!("{scheme}://{rest}")))
            }
            None if !named.to_lowercase().contains("password=") => Ok(Self::Path(log)),
            _ => Err(Failure::WrongUse(anyhow::anyhow!(
                "the log is neither a file's name nor postgres://USER@HOST/DATABASE"
            ))),
        }
    }
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

    /// Opens a log that exists.
    pub(crate) async fn open(&self) -> Result<Opened, Failure> {
        let path = match Named::of(&self.log)? {
            Named::Database(url) => return self.open_database(&url, None).await,
            Named::Path(path) => path,
        };
        if path.is_dir() && is_log(path) {
            return self.open_directory(None);
        }
        if path.is_file() {
            return Ok(Opened::Export(Arc::new(read_export(path).await?)));
        }
        Err(self.no_log())
    }

    /// Opens a log to write to it; begins one in an empty or missing directory, or in a database that
    /// has none. A log that exists
    /// must have the origin.
    pub(crate) async fn open_or_begin(&self, origin: Option<String>) -> Result<Opened, Failure> {
        if let Named::Database(url) = Named::of(&self.log)? {
            return match PostgresLog::open(&url, self.database_options(origin.clone())?).await {
                Err(DatabaseError::NoLog) => {
                    self.init_database(&url, origin.clone()).await?;
                    self.open_database(&url, origin).await
                }
                opened => opened_database(opened),
            };
        }
        if self.log.is_file() {
            let why = anyhow::anyhow!("{} is an export: it is read-only", self.log.display());
            return Err(Failure::WrongUse(why));
        }
        self.open_directory(origin)
    }

    /// Begins a log in a database, or brings the one that it has up to date.
    pub(crate) async fn init(&self, origin: Option<String>) -> Result<(), Failure> {
        match Named::of(&self.log)? {
            Named::Database(url) => self.init_database(&url, origin).await,
            Named::Path(_) => self.open_or_begin(origin).await?.close(),
        }
    }

    /// Brings a log to the layout that this program knows.
    pub(crate) async fn migrate(&self) -> Result<(), Failure> {
        match Named::of(&self.log)? {
            Named::Database(url) => {
                let options = self.database_options(None)?;
                PostgresLog::migrate(&url, options).await.map_err(wrong_database)
            }
            // Opening a directory does all that is to be done.
            Named::Path(_) => self.open().await?.close(),
        }
    }

    fn database_options(&self, origin: Option<String>) -> Result<DatabaseOptions, Failure> {
        let file = self.login.log_password_file.as_deref();
        let read = |path: &Path| {
            let name = || format!("cannot read {}", path.display());
            std::fs::read_to_string(path).with_context(name).map_err(Failure::WrongUse)
        };
        let password = file.map(read).transpose()?;
        let password = password.map(|text| text.trim_end_matches(['\r', '\n']).to_owned());
        let options = DatabaseOptions::new(SystemEntropy::default());
        Ok(DatabaseOptions { origin, password, ..options })
    }

    async fn init_database(&self, url: &str, origin: Option<String>) -> Result<(), Failure> {
        let options = self.database_options(origin)?;
        PostgresLog::init(url, options).await.map_err(wrong_database)
    }

    async fn open_database(&self, url: &str, origin: Option<String>) -> Result<Opened, Failure> {
        opened_database(PostgresLog::open(url, self.database_options(origin)?).await)
    }

    fn open_directory(&self, origin: Option<String>) -> Result<Opened, Failure> {
        let options = Options { origin, ..Options::default() };
        let name = || format!("cannot open the log {}", self.log.display());
        let opened = EmbeddedLog::open(&self.log, options);
        opened.map(|log| Opened::Embedded(Arc::new(log))).map_err(|error| {
            let wrong = matches!(error, OpenError::Options(_) | OpenError::Origin { .. });
            let why = anyhow::Error::from(error).context(name());
            if wrong { Failure::WrongUse(why) } else { Failure::Fault(why) }
        })
    }
}

fn opened_database(opened: Result<PostgresLog, DatabaseError>) -> Result<Opened, Failure> {
    opened.map(|log| Opened::Postgres(Arc::new(log))).map_err(wrong_database)
}

/// What is wrong with a database, without its address, which may hold a password.
fn wrong_database(error: DatabaseError) -> Failure {
    let faults = matches!(
        error,
        DatabaseError::Database(_) | DatabaseError::Read(_) | DatabaseError::Thread(_)
    );
    let why = anyhow::Error::from(error).context("cannot open the log in the database");
    if faults { Failure::Fault(why) } else { Failure::WrongUse(why) }
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
            Opened::Postgres(_) | Opened::Export(_) => None,
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
pub(crate) const EXPORT_BATCH: usize = 5_000;

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
