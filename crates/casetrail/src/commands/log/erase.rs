//! `casetrail log erase`: destroying what was said on a stream, by order.

use std::path::PathBuf;

use anyhow::anyhow;
use eventlog::{Batch, Certificate, EventLog, Remaining};
use events::{Event, Logged, Position, Subject};
use report::pretty;

use super::each_from;
use super::mentions::{mentions, tells};
use super::proof::prove;
use crate::Failure;
use crate::opened::{LogArgs, Opened};
use crate::output::{deliver, tell};

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
    /// Where to write the certificate; default: standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let subject: Subject =
        args.subject.parse().map_err(|e: String| Failure::WrongUse(anyhow!("{e}")))?;
    for said in [&args.authority, &args.reason] {
        if tells(said, &subject) {
            let why = "authority and reason stay in the log: they must not name the subject";
            return Err(Failure::WrongUse(anyhow!(why)));
        }
    }
    let opened = args.log.open().await?;
    if matches!(opened, Opened::Export(_)) {
        let why = "an export is read-only: erase in the log, and throw the export away";
        return Err(Failure::WrongUse(anyhow!(why)));
    }
    let log = opened.log();
    let mentioned = mentioned(log, &subject).await?;
    let batch = Batch::Erase {
        subject,
        authority: args.authority,
        reason: args.reason,
        recorded_by: "local".to_owned(),
    };
    let receipts = log.append(batch).await.map_err(|error| match error.refusal() {
        Some(refusal) => Failure::WrongUse(refusal.into()),
        None => Failure::Fault(error.into()),
    })?;
    let position = receipts.first().ok_or_else(|| anyhow!("the log gave no receipt"))?.position;
    let event = log.page(position, 1).await?.into_iter().find_map(Logged::into_event);
    let event = event.ok_or_else(|| anyhow!("the log lost position {position}"))?;
    let mut certificate = Certificate::new(event.clone())?;
    let proof = prove(&opened, &event.into(), log.head(None).await?.position).await?;
    certificate.proof = Some(proof.to_string());
    if !mentioned.is_empty() {
        tell(&format!(
            "other streams name the subject in {} places, which the certificate lists: correcting \
             an event takes it out of the answers, erasing its stream out of the files",
            mentioned.len()
        ));
    }
    certificate.remains = Some(mentioned);
    if let Opened::Postgres(_) = &opened {
        certificate.elsewhere = eventlog_postgres::ERASURE_ELSEWHERE.map(str::to_owned).to_vec();
        tell("rows that the erasure replaced stay in the database's files until VACUUM");
    }
    deliver(args.output.as_deref(), &pretty(&certificate.to_json()))?;
    opened.close()
}

/// Where other streams name the subject.
async fn mentioned(log: &dyn EventLog, subject: &Subject) -> Result<Vec<Remaining>, Failure> {
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
