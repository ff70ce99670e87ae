//! `casetrail explain`: why the members of a metric count as they do.

use eventlog::EventLog;
use projection::Explained;
use replay::{MembersArgs, QuestionArgs, TextForm};
use report::{Explanation, pretty};

use crate::Failure;
use crate::opened::{LogArgs, now, project};
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
    let projection = project(opened.log()).await?;
    let known = question.known(&projection, now())?;
    let members = projection.explain(&question.asked, &known, &selection);
    let explanation = explanation(opened.log(), members).await?;
    let subject = args.members.subject.as_deref();
    print(&if args.form.for_people() {
        explanation.text(subject)
    } else {
        pretty(&explanation.json(&question.asked, &known, subject))
    })?;
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
