//! `casetrail explain`: why the members of a metric count as they do.

use anyhow::anyhow;
use eventlog::{EventLog, ReadError};
use events::Revision;
use projection::Selection;
use replay::{MembersArgs, QuestionArgs, TextForm};
use report::{Explanation, pretty};

use crate::Failure;
use crate::opened::{LogArgs, now};
use crate::output::print;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    question: QuestionArgs,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    members: MembersArgs,
    #[command(flatten)]
    form: TextForm,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let question = args.question.read(now())?;
    let selection = args.members.read(&question.asked)?;
    let opened = args.log.open().await?;
    let projected = args.log.project(&opened).await?;
    let projection = &projected.projection;
    let known = question.known(projection, now())?;
    if let Selection::Subject(subject) = &selection {
        ensure_not_erased(opened.log(), subject).await?;
    }
    let explanation = Explanation::of(projection, &question.asked, &known, &selection);
    let explanation = with_events(opened.log(), explanation).await?;
    print(&if args.form.for_people() { explanation.text() } else { pretty(&explanation.json()) })?;
    args.log.keep(&opened, &projected).await;
    opened.close()
}

/// Of an erased subject nothing can be said; a report counts what was erased.
async fn ensure_not_erased(log: &dyn EventLog, subject: &str) -> Result<(), Failure> {
    let Ok(name) = subject.parse() else { return Ok(()) };
    match log.stream(&name, Revision(1), 1).await {
        Err(ReadError::Erased) => Err(Failure::Negative(anyhow!("{subject} was erased"))),
        _ => Ok(()),
    }
}

/// An explanation with the events that it rests on.
pub(crate) async fn with_events(
    log: &dyn EventLog,
    mut explanation: Explanation,
) -> Result<Explanation, Failure> {
    let positions: Vec<_> = explanation.positions().into_iter().collect();
    log.at(&positions).await?.into_iter().for_each(|logged| explanation.give(logged));
    Ok(explanation)
}
