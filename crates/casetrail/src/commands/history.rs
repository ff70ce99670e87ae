//! `casetrail history`: one metric as it was known month by month.

use replay::{HistoryArgs, TableForm};

use crate::Failure;
use crate::opened::{LogArgs, now};
use crate::output::print;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    history: HistoryArgs,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    form: TableForm,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let asked = args.history.read(now())?;
    let opened = args.log.open().await?;
    let projected = args.log.project(&opened).await?;
    let asked = asked.ask(&projected.projection, now())?;
    let head = opened.log().head(Some(asked.answered.known.position)).await?;
    print(&args.form.render(&asked, &head))?;
    args.log.keep(&opened, &projected).await;
    opened.close()
}
