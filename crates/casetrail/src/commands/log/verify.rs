//! `casetrail log verify`: every event decoded, every hash and the tree recomputed.

use std::path::PathBuf;

use anyhow::anyhow;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eventlog::{Head, ReadError};
use eventlog_embedded::OpenError;
use events::{Json, Refusal, SyntaxError};
use replay::{Checked, TrustArgs};
use report::pretty;

use super::count;
use super::recomputed::recompute;
use crate::Failure;
use crate::opened::{LogArgs, Opened};
use crate::output::print;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    log: LogArgs,
    /// A signed checkpoint to compare with
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    #[command(flatten)]
    trust: TrustArgs,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// What cannot be decoded or does not fit together is the answer "no"; a log that cannot be read at
/// all is a fault.
fn negative(failure: Failure) -> Failure {
    match failure {
        Failure::Fault(why) if why.chain().any(is_damage) => Failure::Negative(why),
        other => other,
    }
}

fn is_damage(error: &(dyn std::error::Error + 'static)) -> bool {
    let opening =
        |error: &OpenError| !matches!(error, OpenError::Io { .. } | OpenError::Locked { .. });
    error.is::<Refusal>()
        || error.is::<SyntaxError>()
        || error.downcast_ref().is_some_and(opening)
        || matches!(error.downcast_ref(), Some(ReadError::Damaged { .. }))
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let opened = args.log.open().await.map_err(negative)?;
    check(&opened, &args).await.map_err(negative)?;
    opened.close()
}

async fn check(opened: &Opened, args: &Args) -> Result<(), Failure> {
    let trust = args.trust.read()?;
    let log = opened.log();
    let head = log.head(None).await?;
    let tree = recompute(log, &head)?;
    let (own, found) = (STANDARD.encode(head.root), STANDARD.encode(tree.root()));
    if tree.size() != head.position.0 || tree.root() != head.root {
        let why = anyhow!("the log says root {own}, its {} events give {found}", tree.size());
        return Err(Failure::Negative(why));
    }
    // From here on the log's own tree is known to be that of its events.
    let rotations = super::rotations(log).await?;
    let mut checked = Vec::new();
    for path in &args.checkpoint {
        let found = trust.open(&replay::read_named(path)?, &rotations)?;
        found.compare(super::root_at(log, found.checkpoint().size()).await?)?;
        checked.push(found);
    }
    if args.json {
        print(&pretty(&Json::object([
            ("origin", head.origin.as_str().into()),
            ("size", count(head.position.0)),
            ("root", own.as_str().into()),
            ("erased", count(head.erased)),
            ("verified", Json::Bool(true)),
            ("checkpoints", Json::Array(checked.iter().map(Checked::json).collect())),
        ])))?;
    } else {
        let lines: String = checked.iter().map(|checked| checked.words() + "\n").collect();
        let Head { origin, position, .. } = head;
        print(&format!("{origin}: {position} events verified, root {own}\n{lines}"))?;
    }
    Ok(())
}
