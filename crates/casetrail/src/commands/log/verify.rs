//! `casetrail log verify`: every event decoded, every hash and the tree recomputed.

use anyhow::anyhow;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eventlog::ReadError;
use eventlog_embedded::OpenError;
use events::{Json, Position, Refusal, SyntaxError};
use report::pretty;

use super::each_from;
use crate::Failure;
use crate::opened::{LogArgs, Opened};
use crate::output::print;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    log: LogArgs,
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
    check(&opened, args.json).await.map_err(negative)?;
    opened.close()
}

async fn check(opened: &Opened, json: bool) -> Result<(), Failure> {
    let log = opened.log();
    let head = log.head(None).await?;
    let mut tree = proof::Tree::default();
    let mut last = None;
    each_from(log, Position(1), &head, "verifying", |logged| {
        if last.is_some_and(|last| logged.recorded_time() < last) {
            let why = anyhow!("recorded time decreases at position {}", logged.position());
            return Err(Failure::Negative(why));
        }
        last = Some(logged.recorded_time());
        tree.push(logged.leaf());
        Ok(())
    })
    .await?;
    let (own, found) = (STANDARD.encode(head.root), STANDARD.encode(tree.root()));
    if tree.size() != head.position.0 || tree.root() != head.root {
        let why = anyhow!("the log says root {own}, its {} events give {found}", tree.size());
        return Err(Failure::Negative(why));
    }
    let size = i64::try_from(head.position.0).unwrap_or(i64::MAX);
    if json {
        print(&pretty(&Json::object([
            ("origin", head.origin.as_str().into()),
            ("size", Json::Int(size)),
            ("root", own.as_str().into()),
            ("verified", Json::Bool(true)),
        ])))?;
    } else {
        print(&format!("{}: {size} events verified, root {own}\n", head.origin))?;
    }
    Ok(())
}
