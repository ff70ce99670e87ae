//! `casetrail log key`: the key that others verify with, and its replacement.

use anyhow::anyhow;
use events::Position;
use proof::TlogProof;

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
    /// Print the old key's word for the key that is in force from this position on
    #[arg(long, value_name = "POSITION", conflicts_with = "rotate")]
    handover: Option<u64>,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let opened = args.log.open().await?;
    if let Some(position) = args.handover {
        print(&handover(&opened, Position(position)).await?)?;
        return opened.close();
    }
    if args.rotate {
        let position = rotate(&opened).await?.index() + 1;
        tell(&format!(
            "the new key is in force from position {position} on; give verifiers the key below \
             and what `casetrail log key --handover {position}` prints"
        ));
    }
    print(&format!("{}\n", opened.verifier_key().ok_or_else(none)?))?;
    opened.close()
}

fn none() -> Failure {
    Failure::WrongUse(anyhow!("there is no key here: name the log itself, as one who may sign"))
}

async fn rotate(opened: &Opened) -> Result<TlogProof, Failure> {
    match opened {
        Opened::Embedded(log) => Ok(log.rotate_key("local").await?),
        Opened::Postgres(log) if log.verifier_key().is_some() => {
            Ok(log.rotate_key("local").await?)
        }
        Opened::Postgres(_) | Opened::Export(_) => Err(none()),
    }
}

async fn handover(opened: &Opened, position: Position) -> Result<String, Failure> {
    let found = match opened {
        Opened::Embedded(log) => log.handover(position).map_err(anyhow::Error::from)?,
        Opened::Postgres(log) => log.handover(position).await?,
        Opened::Export(_) => return Err(none()),
    };
    found.ok_or_else(|| Failure::Negative(anyhow!("no key is in force from {position} on")))
}
