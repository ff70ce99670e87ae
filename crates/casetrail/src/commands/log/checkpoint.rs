//! `casetrail log checkpoint`: size and root, signed; and the cosignatures that come back.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use events::Position;
use proof::VerifierKey;

use super::proof::{checkpoint, continued};
use crate::Failure;
use crate::opened::{LogArgs, Opened};
use crate::output::{deliver, tell};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    log: LogArgs,
    /// Of the first N events; default: of all
    #[arg(long, value_name = "N")]
    at_position: Option<u64>,
    /// With the proof that it continues the tree of the first N events: what a witness asks for
    #[arg(long, value_name = "N", conflicts_with = "cosigned")]
    since: Option<u64>,
    /// Keep the cosignatures of this copy, which a witness gave back
    #[arg(long, value_name = "FILE", conflicts_with = "at_position")]
    cosigned: Option<PathBuf>,
    /// A witness whose cosignature must be a true one; of others lines are kept as they are
    #[arg(long, value_name = "VKEY", requires = "cosigned")]
    witness: Vec<String>,
    /// Where to write; default: standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let opened = args.log.open().await?;
    let text = match &args.cosigned {
        Some(path) => keep(&opened, &replay::read_named(path)?, &args.witness).await?,
        None => {
            let head = opened.log().head(None).await?.position;
            let size = args.at_position.map_or(head, Position);
            let signed = checkpoint(&opened, size).await?;
            match (args.since, opened.verifier_key()) {
                (Some(since), Some(key)) => {
                    let note = signed.note().clone();
                    continued(opened.log(), &key, Position(since), note).await?.to_string()
                }
                _ => signed.to_string(),
            }
        }
    };
    deliver(args.output.as_deref(), &text)?;
    opened.close()
}

/// Keeps the cosignatures of a copy, and answers with the checkpoint as it is now.
async fn keep(opened: &Opened, copy: &[u8], witnesses: &[String]) -> Result<String, Failure> {
    let witnesses = witnesses.iter().map(|text| text.parse::<VerifierKey>());
    let witnesses: Vec<_> = witnesses.collect::<Result<_, _>>().map_err(Failure::wrong_use)?;
    let merged = match opened {
        Opened::Embedded(log) => {
            let merged = log.keep_cosignatures(copy, &witnesses).await;
            merged.map_err(anyhow::Error::from)
        }
        Opened::Postgres(log) => {
            let merged = log.keep_cosignatures(copy, &witnesses).await;
            merged.map_err(anyhow::Error::from)
        }
        Opened::Export(_) => {
            let why = anyhow!("an export keeps nothing: name the log itself");
            return Err(Failure::WrongUse(why));
        }
    };
    let merged = merged.map_err(Failure::Negative)?;
    tell(&format!(
        "{} cosignatures verified and kept, {} kept of witnesses that are not known here",
        merged.accepted.len(),
        merged.unknown.len()
    ));
    let note = proof::Note::parse(copy).context("the copy")?;
    let size = proof::Checkpoint::parse(note.text()).context("the copy")?.size();
    Ok(checkpoint(opened, Position(size)).await?.to_string())
}
