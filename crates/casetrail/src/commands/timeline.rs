//! `casetrail timeline`: the rows of one subject.

use std::io::IsTerminal as _;

use anyhow::anyhow;
use eventlog::ReadError;
use events::{Revision, Subject};
use report::{outline, pretty};

use crate::Failure;
use crate::opened::{LogArgs, now};
use crate::output::print;
use crate::question_args::WhenArgs;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The subject, for example child/C-1001
    #[arg(value_name = "SUBJECT")]
    subject: String,
    #[command(flatten)]
    when: WhenArgs,
    #[command(flatten)]
    log: LogArgs,
    /// Print JSON (the default where standard output is no terminal)
    #[arg(long)]
    json: bool,
    /// Print text for people (the default on a terminal)
    #[arg(long, conflicts_with = "json")]
    text: bool,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let subject: Subject =
        args.subject.parse().map_err(|e: String| Failure::WrongUse(anyhow!("{e}")))?;
    let as_of = args.when.when().as_of(None, now()).map_err(Failure::wrong_use)?;
    let opened = args.log.open().await?;
    let projected = args.log.project(&opened).await?;
    let projection = &projected.projection;
    let known = args.when.known(projection)?;
    let Some(rows) = projection.timeline_of(&subject, as_of, &known) else {
        let erased = opened.log().stream(&subject, Revision(1), 1).await;
        let why = match erased {
            Err(ReadError::Erased) => anyhow!("{subject} was erased"),
            _ => anyhow!("no event of {subject} is known"),
        };
        return Err(Failure::Negative(why));
    };
    let for_people = args.text || (!args.json && std::io::stdout().is_terminal());
    print(&if for_people { outline(&rows) } else { pretty(&rows) })?;
    args.log.keep(&opened, &projected).await;
    opened.close()
}
