//! `casetrail log key`: the key that others verify with, and its replacement.

use anyhow::anyhow;

use crate::Failure;
use crate::opened::{LogArgs, Opened};
use crate::output::{print, tell};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    log: LogArgs,
    /// Make a new key, record it in the log, and let the old one vouch for it
    #[arg(long)]
    rotate: bool,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let opened = args.log.open().await?;
    let Some(mut key) = opened.verifier_key() else {
        return Err(Failure::WrongUse(anyhow!("an export has no key: name the log itself")));
    };
    if args.rotate {
        let Opened::Embedded(log) = &opened else {
            let why = anyhow!("the key of a log in a database cannot be replaced yet");
            return Err(Failure::WrongUse(why));
        };
        let handover = log.rotate_key("local").await?;
        let position = handover.index() + 1;
        tell(&format!(
            "the new key is in force from position {position} on; give verifiers the key below \
             and handovers/{position}.tlog-proof of the log's directory"
        ));
        key = log.verifier_key();
    }
    print(&format!("{key}\n"))?;
    opened.close()
}
