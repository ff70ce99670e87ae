//! `casetrail log import`: taking an export exactly.

use std::path::PathBuf;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eventlog::{Batch, EventLog};
use eventlog_embedded::Options;
use events::Json;
use report::pretty;

use super::count;
use crate::Failure;
use crate::opened::{LogArgs, next_batch, open_export};
use crate::output::{print, progress_bar, tell};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The export; `-` is standard input
    #[arg(value_name = "EXPORT")]
    export: PathBuf,
    #[command(flatten)]
    log: LogArgs,
    /// The origin of the log that was exported; default: a random one for a new log
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let mut events = open_export(&args.export)?;
    let options = Options { origin: args.origin.clone(), ..Options::default() };
    let log = args.log.open_or_begin(options)?;
    let (mut recorded, mut known) = (0_u64, 0_u64);
    let bar = progress_bar(None, "importing");
    loop {
        let batch = next_batch(&mut events, &args.export)?;
        if batch.is_empty() {
            break;
        }
        let line = events.line();
        let receipts = log
            .append(Batch::Exact(batch))
            .await
            .with_context(|| format!("{}: up to line {line}", args.export.display()))?;
        for receipt in receipts {
            if receipt.already_recorded { known += 1 } else { recorded += 1 }
        }
        bar.set_position(recorded + known);
    }
    bar.finish_and_clear();
    let head = log.head(None).await?;
    log.close()?;
    if args.json {
        return print(&pretty(&Json::object([
            ("recorded", count(recorded)),
            ("already_recorded", count(known)),
            ("size", count(head.position.0)),
            ("root", STANDARD.encode(head.root).into()),
        ])));
    }
    tell(&format!(
        "{recorded} recorded, {known} already there; {} events, root {}",
        head.position,
        STANDARD.encode(head.root)
    ));
    Ok(())
}
