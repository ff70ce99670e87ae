//! `casetrail explain`: why the members of a metric count as they do.

use std::io::IsTerminal as _;

use eventlog::EventLog;
use projection::{Explained, Selection};
use report::{Explanation, pretty};

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
    /// One subject's members, for example child/C-1001
    #[arg(long, value_name = "SUBJECT", conflicts_with = "group")]
    subject: Option<String>,
    /// The members of a group
    #[arg(long, value_name = "DIMENSION=VALUE")]
    group: Vec<String>,
    /// Print JSON (the default where standard output is no terminal)
    #[arg(long)]
    json: bool,
    /// Print text for people (the default on a terminal)
    #[arg(long, conflicts_with = "json")]
    text: bool,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let asked = args.question.asked()?;
    let selection = Selection::read(args.subject.as_deref(), &args.group, &asked);
    let selection = selection.map_err(Failure::wrong_use)?;
    let opened = args.log.open().await?;
    let projected = args.log.project(&opened).await?;
    let projection = &projected.projection;
    let known = args.question.when.known(projection)?;
    let members = projection.explain(&asked, &known, &selection);
    let explanation = explanation(opened.log(), members).await?;
    let subject = args.subject.as_deref();
    print(&if args.text || (!args.json && std::io::stdout().is_terminal()) {
        explanation.text(subject)
    } else {
        pretty(&explanation.json(&asked, &known, subject))
    })?;
    args.log.keep(&opened, &projected).await;
    opened.close()
}

/// Members with the events that they rest on.
pub(crate) async fn explanation(
    log: &dyn EventLog,
    members: Vec<Explained>,
) -> Result<Explanation, Failure> {
    let mut explanation = Explanation::of(members);
    for position in explanation.positions() {
        log.page(position, 1).await?.into_iter().for_each(|logged| explanation.give(logged));
    }
    Ok(explanation)
}
