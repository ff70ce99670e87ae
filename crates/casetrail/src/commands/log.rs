//! `casetrail log`: export, exact import, verification, erasure.

mod checkpoint;
mod erase;
mod export;
mod import;
mod init;
mod key;
mod mentions;
mod part;
mod proof;
mod recomputed;
mod verify;
mod witness;

use std::path::Path;

use anyhow::anyhow;
use eventlog::{EventLog, Head, ReadError};
use events::{Event, Hash, Json, Logged, Position, Revision, Subject};

use crate::Failure;
use crate::output::progress_bar;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Begin a log: in a directory, or in a PostgreSQL database, whose schema and roles it makes
    Init(init::Args),
    /// Bring a log to the layout that this program knows
    Migrate(init::MigrateArgs),
    /// Write every event, one a line by position, every attribute, canonical
    Export(export::Args),
    /// Take an export exactly, into an empty log or one that holds a prefix of it
    Import(import::Args),
    /// Decode every event, recompute every hash and the tree, and compare with the log's own root
    Verify(verify::Args),
    /// Print size and root, signed; or keep what witnesses cosigned
    Checkpoint(checkpoint::Args),
    /// Print the key that checkpoints are verified with, or change it
    Key(key::Args),
    /// Prove that an event is in the log, in a file that anyone can verify
    Proof(proof::Args),
    /// Be an outside witness: cosign what continues the last checkpoint, refuse a fork
    Witness(witness::Args),
    /// Destroy what was said on a stream; entries, hashes and proofs stay
    Erase(erase::Args),
}

pub(crate) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Init(args) => init::run(args).await,
        Command::Migrate(args) => init::migrate(args).await,
        Command::Export(args) => export::run(args).await,
        Command::Import(args) => import::run(args).await,
        Command::Verify(args) => verify::run(args).await,
        Command::Checkpoint(args) => checkpoint::run(args).await,
        Command::Key(args) => key::run(args).await,
        Command::Proof(args) => proof::run(args).await,
        Command::Witness(args) => witness::run(args).await,
        Command::Erase(args) => erase::run(args).await,
    }
}

/// How many events are read at a time.
const PAGE: usize = 4096;

/// Hands what the log holds from `from` to the head to `visit`, in order.
pub(super) async fn each_from(
    log: &dyn EventLog,
    from: Position,
    head: &Head,
    what: &'static str,
    mut visit: impl FnMut(&Logged) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let bar = progress_bar(Some(head.position.0), what);
    let mut next = from;
    while next <= head.position {
        for logged in log.page(next, PAGE).await? {
            if logged.position() > head.position {
                break;
            }
            visit(&logged)?;
            next = Position(logged.position().0 + 1);
        }
        bar.set_position(next.0 - 1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// The changes of key that the log records.
async fn rotations(log: &dyn EventLog) -> Result<Vec<Event>, Failure> {
    let keys: Subject = "log/keys".parse().map_err(|e: String| anyhow!("{e}"))?;
    Ok(log.stream(&keys, Revision(1), PAGE).await?)
}

/// The root of the first `size` events; `None` if there are fewer.
async fn root_at(log: &dyn EventLog, size: u64) -> Result<Option<Hash>, Failure> {
    match log.head(Some(Position(size))).await {
        Ok(head) => Ok(Some(head.root)),
        Err(ReadError::BeyondHead { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn count(n: u64) -> Json {
    Json::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

/// Whether a file of that name is compressed with zstd.
fn is_zstd(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "zst")
}
