//! `replay report`: a metric at a date, as known at a moment, from an export.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use events::Timestamp;
use report::{Shown, csv, document, pretty, suppress, table};

use crate::Failure;
use crate::args::QuestionArgs;
use crate::export::replay;
use crate::output::print;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An export (.ndjson, .ndjson.zst; `-` is standard input), or the directory of a log
    #[arg(value_name = "EXPORT|LOG")]
    export: PathBuf,
    #[command(flatten)]
    question: QuestionArgs,
    /// Mask counts from 1 to N, and what would give them away
    #[arg(long, value_name = "N")]
    suppress: Option<u32>,
    /// Print JSON (the default where standard output is no terminal)
    #[arg(long, conflicts_with_all = ["csv", "table"])]
    json: bool,
    /// Print CSV
    #[arg(long, conflicts_with = "table")]
    csv: bool,
    /// Print a table (the default on a terminal)
    #[arg(long)]
    table: bool,
}

pub(crate) fn run(args: Args, now: Timestamp) -> Result<(), Failure> {
    let for_people = args.table || (!args.json && std::io::stdout().is_terminal());
    let question = args.question.read(now)?;
    let replayed = replay(&args.export)?;
    let answered = question.ask(&replayed, now)?;
    let head = replayed.head(answered.known.position);
    let shown = match args.suppress {
        Some(threshold) => suppress(answered, threshold).map_err(Failure::wrong_use)?,
        None => Shown::whole(answered),
    };
    print(&if args.csv {
        csv(&shown)
    } else if for_people {
        table(&shown)
    } else {
        pretty(&document(&shown, &head))
    })
}
