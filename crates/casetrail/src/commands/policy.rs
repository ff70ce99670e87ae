//! `casetrail policy`: publishing and deciding what metrics are judged by, and what is in force.

mod decide;
mod publish;
mod write;

use replay::{PolicyListArgs, PolicyQuestion, PolicyShowArgs, TextForm};
use report::pretty;

use crate::Failure;
use crate::opened::{LogArgs, now};
use crate::output::print;
use crate::remote::{self, Asked, AskedArgs};

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
    place: AskedArgs,
    #[command(flatten)]
    form: TextForm,
}

pub(crate) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Publish(args) => publish::run(args).await,
        Command::Decide(command) => decide::run(command).await,
        Command::List(Args { asked, place, form }) => match place.read()? {
            Asked::Log(log) => show(&log, &asked.read()?, &form).await,
            Asked::Server(server) => {
                let mut words = remote::moment(asked.known.into());
                words.extend([("metric", asked.of), ("list", Some("true".to_owned()))]);
                print(&server.get("/v1/policy", form.media_type(), words).await?.text)
            }
        },
        Command::Show(Args { asked, place, form }) => match place.read()? {
            Asked::Log(log) => show(&log, &asked.read(now())?, &form).await,
            Asked::Server(server) => {
                let mut words = remote::moment(asked.when.into());
                words.push(("metric", asked.of));
                print(&server.get("/v1/policy", form.media_type(), words).await?.text)
            }
        },
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
