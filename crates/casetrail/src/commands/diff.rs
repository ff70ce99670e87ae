//! `casetrail diff`: why the numbers of one answer became those of another.

use anyhow::anyhow;
use events::Position;
use projection::{Difference, Stages, Survey};
use replay::{TextForm, read_side};
use report::{Differing, pretty};

use super::log::each_from;
use crate::Failure;
use crate::opened::{LogArgs, now, project};
use crate::output::print;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A saved answer (what `report --json` printed), the `question` of one, or a question in quotes
    #[arg(value_name = "A")]
    from: String,
    /// What to compare with, likewise
    #[arg(value_name = "B")]
    to: String,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    form: TextForm,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let (from, to) = (read_side(&args.from)?, read_side(&args.to)?);
    let opened = args.log.open().await?;
    let log = opened.log();
    let projection = project(log).await?;
    let from = from.side(&projection, now()).map_err(Failure::wrong_use)?;
    let to = to.side(&projection, now()).map_err(Failure::wrong_use)?;

    let all = log.head(Some(projection.position())).await?;
    let mut survey = Survey::between(&projection, from.known.position, to.known.position);
    each_from(log, Position(1), &all, "telling events apart", |logged| Ok(survey.take(logged)?))
        .await?;
    let mut stages = Stages::new(survey);
    if !stages.is_empty() {
        let until = log.head(Some(stages.through())).await?;
        let what = "admitting events by cause";
        each_from(log, Position(1), &until, what, |logged| Ok(stages.take(logged)?)).await?;
    }
    let heads =
        [&log.head(Some(from.known.position)).await?, &log.head(Some(to.known.position)).await?];
    let difference = Difference::of(&projection, [&from, &to], &stages, heads);
    let difference = difference.map_err(Failure::wrong_use)?;
    let failed = difference.failed();
    let mut differing = Differing::of(difference);
    let positions: Vec<_> = differing.positions().into_iter().collect();
    log.at(&positions).await?.into_iter().for_each(|logged| differing.give(logged));
    print(&if args.form.for_people() { differing.text() } else { pretty(&differing.json()) })?;
    opened.close()?;
    if failed {
        return Err(Failure::Negative(anyhow!("a saved answer failed its verification")));
    }
    Ok(())
}
