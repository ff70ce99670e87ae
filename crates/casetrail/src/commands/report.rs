//! `casetrail report`: a metric at a date, as known at a moment.

use events::Json;
use replay::{QuestionArgs, ReportForm};

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
    form: ReportForm,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let log = match args.place.read()? {
        Asked::Log(log) => log,
        Asked::Server(server) => {
            let mut members = remote::members(args.question.into());
            members.push(("suppress", remote::number(args.form.suppress())));
            let alternatives = args.form.alternatives().then_some(Json::Bool(true));
            members.push(("alternatives", alternatives.unwrap_or(Json::Null)));
            let accept = args.form.media_type();
            return print(&server.post("/v1/reports", accept, members).await?.text);
        }
    };
    let question = args.question.read(now())?;
    let opened = log.open().await?;
    let projected = log.project(&opened).await?;
    let answered = question.ask(&projected.projection, now())?;
    let head = opened.log().head(Some(answered.known.position)).await?;
    print(&args.form.render(&projected.projection, answered, &head)?)?;
    log.keep(&opened, &projected).await;
    opened.close()
}
