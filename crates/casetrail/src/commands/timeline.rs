//! `casetrail timeline`: the rows of one subject.

use std::io::IsTerminal as _;

use anyhow::anyhow;
use events::{Position, Subject};
use projection::Known;
use report::{outline, pretty};

use crate::Failure;
use crate::opened::{LogArgs, now, project};
use crate::output::print;
use crate::question_args::date;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The subject, for example child/C-1001
    #[arg(value_name = "SUBJECT")]
    subject: String,
    /// The date on which facts must be true; default: today in Chicago
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// Only what the log knew at this instant (RFC 3339)
    #[arg(long, value_name = "INSTANT", conflicts_with = "at_position")]
    known_at: Option<String>,
    /// Only what the log knew at this position
    #[arg(long, value_name = "N")]
    at_position: Option<u64>,
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
    let as_of = match &args.as_of {
        Some(text) => date(text)?,
        None => now().chicago_date(),
    };
    let opened = args.log.open().await?;
    let projection = project(opened.log()).await?;
    let known = match (&args.known_at, args.at_position) {
        (Some(instant), _) => Known::at_instant(&projection, instant, now()),
        (None, Some(position)) => Known::at_position(&projection, Position(position)),
        (None, None) => Ok(Known::head(&projection)),
    };
    let known = known.map_err(Failure::wrong_use)?;
    let Some(rows) = projection.timeline_of(&subject, as_of, &known) else {
        return Err(Failure::Negative(anyhow!("no event of {subject} is known")));
    };
    let for_people = args.text || (!args.json && std::io::stdout().is_terminal());
    print(&if for_people { outline(&rows) } else { pretty(&rows) })?;
    opened.close()
}
