//! `replay timeline`: the rows of one subject, from an export.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use events::Timestamp;
use report::{outline, pretty};

use crate::Failure;
use crate::args::SubjectArgs;
use crate::export::replay;
use crate::output::print;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An export (.ndjson, .ndjson.zst; `-` is standard input), or the directory of a log
    #[arg(value_name = "EXPORT|LOG")]
    export: PathBuf,
    #[command(flatten)]
    subject: SubjectArgs,
    /// Print JSON (the default where standard output is no terminal)
    #[arg(long)]
    json: bool,
    /// Print text for people (the default on a terminal)
    #[arg(long, conflicts_with = "json")]
    text: bool,
}

pub(crate) fn run(args: Args, now: Timestamp) -> Result<(), Failure> {
    let for_people = args.text || (!args.json && std::io::stdout().is_terminal());
    let subject = args.subject.read(now)?;
    let replayed = replay(&args.export)?;
    let rows = subject.ask(&replayed, now)?;
    print(&if for_people { outline(&rows) } else { pretty(&rows) })
}
