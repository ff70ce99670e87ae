//! `casetrail diff`: why the numbers of one answer became those of another.

use anyhow::anyhow;
use events::{Logged, Position};
use projection::{Difference, Erasures};
use replay::{TextForm, read_side};
use report::{Differing, pretty};

use super::log::each_from;
use crate::Failure;
use crate::opened::{LogArgs, now};
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
    let projected = args.log.project(&opened).await?;
    let projection = &projected.projection;
    let from = from.side(projection, now()).map_err(Failure::wrong_use)?;
    let to = to.side(projection, now()).map_err(Failure::wrong_use)?;

    let heads =
        [&log.head(Some(from.known.position)).await?, &log.head(Some(to.known.position)).await?];
    let mut erasures = Erasures::default();
    if from.lacks_erased(heads[0]) || to.lacks_erased(heads[1]) {
        let all = log.head(Some(projection.position())).await?;
        let what = "looking for what was erased";
        let take = |logged: &Logged| {
            erasures.take(logged);
            Ok(())
        };
        each_from(log, Position(1), &all, what, take).await?;
    }
    let difference = Difference::of(projection, [&from, &to], heads, &erasures);
    let difference = difference.map_err(Failure::wrong_use)?;
    let failed = difference.failed();
    let mut differing = Differing::of(difference);
    let positions: Vec<_> = differing.positions().into_iter().collect();
    log.at(&positions).await?.into_iter().for_each(|logged| differing.give(logged));
    print(&if args.form.for_people() { differing.text() } else { pretty(&differing.json()) })?;
    args.log.keep(&opened, &projected).await;
    opened.close()?;
    if failed {
        return Err(Failure::Negative(anyhow!("a saved answer failed its verification")));
    }
    Ok(())
}
