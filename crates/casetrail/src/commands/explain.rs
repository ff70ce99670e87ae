//! `casetrail explain`: why the members of a metric count as they do.

use anyhow::anyhow;
use eventlog::{EventLog, ReadError};
use events::{Json, Revision};
use projection::Selection;
use replay::{MembersArgs, QuestionArgs, TextForm};
use report::{Explanation, pretty};

use crate::Failure;
use crate::opened::now;
use crate::output::print;
use crate::remote::{self, Asked, AskedArgs};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    question: QuestionArgs,
    #[command(flatten)]
    place: AskedArgs,
    #[command(flatten)]
    members: MembersArgs,
    #[command(flatten)]
    form: TextForm,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let log = match args.place.read()? {
        Asked::Log(log) => log,
        Asked::Server(server) => {
            let mut members = remote::members(args.question.into());
            let groups = args.members.group.into_iter().map(Json::String).collect();
            members.push(("group", Json::Array(groups)));
            members.push(("subject", args.members.subject.map_or(Json::Null, Json::String)));
            let accept = args.form.media_type();
            return print(&server.post("/v1/explain", accept, members).await?.text);
        }
    };
    let question = args.question.read(now())?;
    let selection = args.members.read(&question.asked)?;
    let opened = log.open().await?;
    let projected = log.project(&opened).await?;
    let projection = &projected.projection;
    let known = question.known(projection, now())?;
    if let Selection::Subject(subject) = &selection {
        ensure_not_erased(opened.log(), subject).await?;
    }
    let explanation = Explanation::of(projection, &question.asked, &known, &selection);
    let explanation = with_events(opened.log(), explanation).await?;
    print(&if args.form.for_people() { explanation.text() } else { pretty(&explanation.json()) })?;
    log.keep(&opened, &projected).await;
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
