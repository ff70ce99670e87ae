//! `casetrail report`: a metric at a date, as known at a moment.

use std::io::IsTerminal as _;

use report::{Shown, csv, document, pretty, suppress, table};

use crate::Failure;
use crate::opened::LogArgs;
use crate::output::print;
use crate::question_args::QuestionArgs;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    question: QuestionArgs,
    #[command(flatten)]
    log: LogArgs,
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

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let asked = args.question.asked()?;
    let opened = args.log.open().await?;
    let projected = args.log.project(&opened).await?;
    let projection = &projected.projection;
    let known = args.question.when.known(projection)?;
    let head = opened.log().head(Some(known.position)).await?;
    let answered = projection.report(&asked, known);
    let shown = match args.suppress {
        Some(threshold) => suppress(answered, threshold).map_err(Failure::wrong_use)?,
        None => Shown::whole(answered),
    };
    let for_people = args.table || (!args.json && std::io::stdout().is_terminal());
    print(&if args.csv {
        csv(&shown)
    } else if for_people {
        table(&shown)
    } else {
        pretty(&document(&shown, &head))
    })?;
    args.log.keep(&opened, &projected).await;
    opened.close()
}
