//! `casetrail generate`: a plausible state, as NDJSON for `ingest --backfill`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use projection::date_of;

use crate::Failure;
use crate::generate::{Generator, Options};
use crate::output::{progress_bar, to_stdout};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many children come into care
    #[arg(long, value_name = "N", default_value_t = Options::default().children)]
    children: u32,
    /// How many years the state spans
    #[arg(long, value_name = "Y", default_value_t = Options::default().years)]
    years: u32,
    /// Another seed, another state of the same kind
    #[arg(long, value_name = "S", default_value_t = Options::default().seed)]
    seed: u64,
    /// The last day of the state
    #[arg(long, value_name = "DATE", default_value = "2025-12-31")]
    until: String,
    /// Percent of the events that come late or correct earlier ones
    #[arg(long, value_name = "PERCENT", default_value_t = Options::default().late_percent)]
    late_percent: u32,
    /// About 18 events a child in place of about 60
    #[arg(long)]
    thin: bool,
    /// Where to write; default: standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let options = Options {
        children: args.children,
        years: args.years,
        seed: args.seed,
        until: date_of(&args.until).map_err(Failure::wrong_use)?,
        late_percent: args.late_percent,
        thin: args.thin,
    };
    let generator = Generator::new(options).map_err(Failure::wrong_use)?;
    let bar = progress_bar(None, "generating");
    let write = |out: &mut dyn Write| {
        let mut line = Vec::new();
        for event in generator {
            line.clear();
            event.write_line(&mut line);
            out.write_all(&line)?;
            bar.inc(1);
        }
        Ok(())
    };
    match &args.output {
        None => to_stdout(write),
        Some(path) => {
            let name = || format!("cannot write {}", path.display());
            let mut out = BufWriter::new(File::create(path).with_context(name)?);
            write(&mut out).and_then(|()| out.flush()).with_context(name)?;
            Ok(())
        }
    }
}
