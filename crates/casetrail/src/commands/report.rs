//! `casetrail report`: a metric at a date, as known at a moment.

use replay::{QuestionArgs, ReportForm};

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
    form: ReportForm,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let question = args.question.read(now())?;
    let opened = args.log.open().await?;
    let projected = args.log.project(&opened).await?;
    let answered = question.ask(&projected.projection, now())?;
    let head = opened.log().head(Some(answered.known.position)).await?;
    print(&args.form.render(&projected.projection, answered, &head)?)?;
    args.log.keep(&opened, &projected).await;
    opened.close()
}
