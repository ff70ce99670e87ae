//! `casetrail findings`: what is remarkable about the data themselves.

use replay::{FindingsArgs, FindingsForm};

use crate::Failure;
use crate::opened::{LogArgs, now};
use crate::output::print;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    asked: FindingsArgs,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    form: FindingsForm,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let question = args.asked.read(now())?;
    let opened = args.log.open().await?;
    let projected = args.log.project(&opened).await?;
    let mut findings = question.ask(&projected.projection, now())?;
    let positions: Vec<_> = findings.positions().into_iter().collect();
    opened.log().at(&positions).await?.into_iter().for_each(|logged| findings.give(logged));
    let head = opened.log().head(Some(findings.position())).await?;
    print(&args.form.render(&findings, &head))?;
    args.log.keep(&opened, &projected).await;
    opened.close()
}
