//! `replay diff`: a saved answer asked again, or the difference of two answers by cause.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use events::Timestamp;
use projection::{Difference, Erasures};
use report::{Differing, pretty};

use super::again;
use crate::export::{each, each_at, replay};
use crate::{Failure, TextForm, print, read_side};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An export (.ndjson, .ndjson.zst), or the directory of a log
    #[arg(value_name = "EXPORT|LOG")]
    export: PathBuf,
    /// A saved answer, the `question` of one, or a question in quotes. A saved answer alone is
    /// asked again and compared, byte for byte
    #[arg(value_name = "A")]
    from: String,
    /// What to compare with, likewise: why the numbers of A became those of B
    #[arg(value_name = "B")]
    to: Option<String>,
    #[command(flatten)]
    form: TextForm,
}

pub(crate) fn run(args: &Args, now: Timestamp) -> Result<(), Failure> {
    let Some(to) = &args.to else {
        return again::run(&args.export, Path::new(&args.from));
    };
    if args.export.as_os_str() == "-" {
        let why = "standard input cannot be read twice: save the export to a file";
        return Err(Failure::WrongUse(anyhow!(why)));
    }
    let (from, to) = (read_side(&args.from)?, read_side(to)?);
    let replayed = replay(&args.export)?;
    let projection = replayed.projection();
    let from = from.side(projection, now).map_err(Failure::wrong_use)?;
    let to = to.side(projection, now).map_err(Failure::wrong_use)?;

    let heads = [&replayed.head(from.known.position), &replayed.head(to.known.position)];
    let mut erasures = Erasures::default();
    if from.lacks_erased(heads[0]) || to.lacks_erased(heads[1]) {
        each(&args.export, |logged| {
            erasures.take(&logged);
            true
        })?;
    }
    let difference = Difference::of(projection, [&from, &to], heads, &erasures);
    let difference = difference.map_err(Failure::wrong_use)?;
    let failed = difference.failed();
    let mut differing = Differing::of(difference);
    each_at(&args.export, &differing.positions(), |logged| differing.give(logged))?;
    print(&if args.form.for_people() { differing.text() } else { pretty(&differing.json()) })?;
    if failed {
        return Err(Failure::Negative(anyhow!("a saved answer failed its verification")));
    }
    Ok(())
}
