//! `casetrail policy`: publishing and deciding what metrics are judged by, and what is in force.

mod decide;
mod publish;
mod write;

use replay::{PolicyListArgs, PolicyQuestion, PolicyShowArgs, TextForm};
use report::pretty;

use crate::Failure;
use crate::opened::{LogArgs, now};
use crate::output::print;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Publish a metric's parameters, or the holidays of a year
    Publish(publish::Args),
    /// Record a decision: a benchmark, a weight, a regional goal, an exclusion
    #[command(subcommand)]
    Decide(decide::Command),
    /// List every event of policy: position, effective date, who, by what authority
    List(Args<PolicyListArgs>),
    /// Show what is in force on a date, decided or built in
    Show(Args<PolicyShowArgs>),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Args<A: clap::Args> {
    #[command(flatten)]
    asked: A,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    form: TextForm,
}

pub(crate) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Publish(args) => publish::run(args).await,
        Command::Decide(command) => decide::run(command).await,
        Command::List(args) => show(&args.log, &args.asked.read()?, &args.form).await,
        Command::Show(args) => show(&args.log, &args.asked.read(now())?, &args.form).await,
    }
}

async fn show(args: &LogArgs, question: &PolicyQuestion, form: &TextForm) -> Result<(), Failure> {
    let opened = args.open().await?;
    let projected = args.project(&opened).await?;
    let mut policies = question.ask(&projected.projection, now())?;
    let positions: Vec<_> = policies.positions().into_iter().collect();
    opened.log().at(&positions).await?.into_iter().for_each(|logged| policies.give(logged));
    print(&if form.for_people() { policies.text() } else { pretty(&policies.json()) })?;
    args.keep(&opened, &projected).await;
    opened.close()
}
