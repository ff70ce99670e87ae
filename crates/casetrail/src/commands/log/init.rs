//! `casetrail log init` and `casetrail log migrate`: beginning a log, and bringing it up to date.

use crate::Failure;
use crate::opened::LogArgs;
use crate::output::tell;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    log: LogArgs,
    /// The name of the log, for ever; default: a random one
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct MigrateArgs {
    #[command(flatten)]
    log: LogArgs,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    args.log.init(args.origin).await?;
    let opened = args.log.open().await?;
    let origin = opened.log().head(None).await?.origin;
    tell(&format!("the log is {origin}"));
    opened.close()
}

pub(crate) async fn migrate(args: MigrateArgs) -> Result<(), Failure> {
    args.log.migrate().await
}
