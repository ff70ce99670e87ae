//! `replay goldens`: every golden case history, every question.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::builder::FalseyValueParser;
use events::Timestamp;

use crate::Failure;
use crate::golden::{History, histories};
use crate::output::print;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder of histories, or one history
    #[arg(value_name = "DIR", default_value = "replay/histories")]
    dir: PathBuf,
    /// Write the answers down as what is expected from now on; `must` stays as it is
    #[arg(long, env = "UPDATE", value_parser = FalseyValueParser::new())]
    update: bool,
}

pub(crate) fn run(args: &Args, now: Timestamp) -> Result<(), Failure> {
    let (mut passed, mut failed) = (0, 0);
    for dir in histories(&args.dir)? {
        let mut history = History::read(&dir)?;
        let replayed = history.replay(now)?;
        let outcomes = history.check(&replayed, now, args.update)?;
        if args.update {
            history.write()?;
        }
        for (question, faults) in outcomes {
            if faults.is_empty() {
                passed += 1;
                continue;
            }
            failed += 1;
            for fault in faults {
                print(&format!("{}: {question}: {fault}\n", history.name()))?;
            }
        }
    }
    print(&format!("{passed} passed, {failed} failed\n"))?;
    if failed > 0 {
        return Err(Failure::Negative(anyhow!("questions failed: {failed}")));
    }
    if passed == 0 {
        let why = anyhow!("{} holds no history", args.dir.display());
        return Err(Failure::WrongUse(why));
    }
    Ok(())
}
