//! `casetrail diff`: why the numbers of one answer became those of another.

use anyhow::anyhow;
use events::{Json, Logged, Position};
use projection::{Difference, Erasures};
use replay::{SideSaid, TextForm, read_side};
use report::{Differing, pretty};

use super::log::each_from;
use crate::Failure;
use crate::opened::now;
use crate::output::print;
use crate::remote::{self, Asked, AskedArgs};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A saved answer (what `report --json` printed), the `question` of one, or a question in quotes
    #[arg(value_name = "A")]
    from: String,
    /// What to compare with, likewise
    #[arg(value_name = "B")]
    to: String,
    #[command(flatten)]
    place: AskedArgs,
    #[command(flatten)]
    form: TextForm,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let place = match args.place.read()? {
        Asked::Log(place) => place,
        Asked::Server(server) => {
            let side = |text: &str| match SideSaid::read(text)? {
                SideSaid::Saved(saved) => Ok::<_, Failure>(Json::object([("saved", saved)])),
                SideSaid::Words(words) => {
                    let words = Json::object(remote::members(words));
                    Ok(Json::object([("words", words)]))
                }
            };
            let members = vec![("from", side(&args.from)?), ("to", side(&args.to)?)];
            let answered = server.post("/v1/diff", args.form.media_type(), members).await?;
            print(&answered.text)?;
            return unless_failed(answered.failed);
        }
    };
    let (from, to) = (read_side(&args.from)?, read_side(&args.to)?);
    let opened = place.open().await?;
    let log = opened.log();
    let projected = place.project(&opened).await?;
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
    place.keep(&opened, &projected).await;
    opened.close()?;
    unless_failed(failed)
}

fn unless_failed(failed: bool) -> Result<(), Failure> {
    if failed {
        return Err(Failure::Negative(anyhow!("a saved answer failed its verification")));
    }
    Ok(())
}
