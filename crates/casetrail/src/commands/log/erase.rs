//! `casetrail log erase`: destroying what was said on a stream, by order.

use anyhow::anyhow;
use eventlog::{Batch, EventLog};
use eventlog_embedded::Options;
use events::{Event, Position, Subject};
use report::pretty;

use super::each_from;
use super::mentions::{Mention, mentions};
use crate::Failure;
use crate::opened::LogArgs;
use crate::output::{print, tell};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The stream, as in child/C-1001
    #[arg(value_name = "SUBJECT")]
    subject: String,
    /// By whose authority: the order or the statute
    #[arg(long, value_name = "TEXT")]
    authority: String,
    /// Why; it stays in the log, so it must not name the subject
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    log: LogArgs,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let subject: Subject =
        args.subject.parse().map_err(|e: String| Failure::WrongUse(anyhow!("{e}")))?;
    for said in [&args.authority, &args.reason] {
        if said.contains(subject.ident()) {
            let why = "authority and reason stay in the log: they must not name the subject";
            return Err(Failure::WrongUse(anyhow!(why)));
        }
    }
    args.log.must_exist()?;
    let log = args.log.open_or_begin(Options::default())?;
    let remaining = remaining(&log, &subject).await?;
    let batch = Batch::Erase {
        subject,
        authority: args.authority,
        reason: args.reason,
        recorded_by: "local".to_owned(),
    };
    let outcome = log.append(batch).await;
    let receipts = outcome.map_err(|error| match error.refusal() {
        Some(refusal) => Failure::WrongUse(refusal.into()),
        None => Failure::Fault(error.into()),
    })?;
    let event = receipts.first().ok_or_else(|| anyhow!("the log gave no receipt"))?;
    let page = log.page(event.position, 1).await?;
    print(&pretty(&page.first().ok_or_else(|| anyhow!("the log lost its event"))?.to_json()))?;
    for mention in &remaining {
        let Mention { position, kind, path } = mention;
        tell(&format!("still named at position {position} ({}), {path}", kind.name()));
    }
    if !remaining.is_empty() {
        tell(
            "a correction takes a mention out of the answers, erasing its stream out of the files",
        );
    }
    Ok(log.close()?)
}

/// Where other streams name the subject.
async fn remaining(log: &dyn EventLog, subject: &Subject) -> Result<Vec<Mention>, Failure> {
    let mut found = Vec::new();
    let head = log.head(None).await?;
    each_from(log, Position(1), &head, "looking for mentions", |logged| {
        let other = |event: &&Event| event.content.subject != *subject;
        if let Some(event) = logged.event().filter(other) {
            found.extend(mentions(event, subject));
        }
        Ok(())
    })
    .await?;
    Ok(found)
}
