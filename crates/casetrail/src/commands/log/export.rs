//! `casetrail log export`: every event, one a line.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use eventlog::{EventLog, Head, checkpoint_line};
use events::{Logged, Position};

use super::each_from;
use super::part::Part;
use crate::Failure;
use crate::opened::LogArgs;
use crate::output::{tell, to_stdout};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    log: LogArgs,
    /// Where to write (zstd if it ends in .zst); default: standard output. An export that was
    /// interrupted goes on where it broke off
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the bare entries alone: no word of what adapters said, and still the whole tree
    #[arg(long)]
    entries: bool,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let opened = args.log.open().await?;
    let log = opened.log();
    let head = log.head(None).await?;
    match &args.output {
        None => to_standard_output(log, &head, args.entries).await?,
        Some(path) => to_file(log, head, path, args.entries).await?,
    }
    opened.close()
}

/// A line without its end.
fn line(logged: &Logged, entries: bool) -> Vec<u8> {
    if entries { logged.entry().canonical() } else { logged.canonical() }
}

/// How much of an export is put together before it is printed.
const FLUSH_BYTES: usize = 1 << 20;

async fn to_standard_output(log: &dyn EventLog, head: &Head, entries: bool) -> Result<(), Failure> {
    let mut lines = Vec::new();
    each_from(log, Position(1), head, "exporting", |logged| {
        lines.extend(line(logged, entries));
        lines.push(b'\n');
        if lines.len() > FLUSH_BYTES {
            let chunk = std::mem::take(&mut lines);
            to_stdout(|out| out.write_all(&chunk))?;
        }
        Ok(())
    })
    .await?;
    if !entries && erased_since(log, head).await? {
        let why = "an erasure ended while the export was printed, which holds what was erased: \
                   throw it away and export again";
        return Err(Failure::Fault(anyhow!(why)));
    }
    if let Some(note) = log.checkpoint(head.position).await? {
        lines.extend(checkpoint_line(&note));
        lines.push(b'\n');
    }
    to_stdout(|out| out.write_all(&lines))
}

async fn to_file(
    log: &dyn EventLog,
    mut head: Head,
    path: &Path,
    entries: bool,
) -> Result<(), Failure> {
    let mut part = Part::open(path).with_context(|| format!("cannot write {}", path.display()))?;
    let name = format!("cannot write {}", part.name().display());
    loop {
        let from = go_on(log, &head, &mut part, entries).await?;
        each_from(log, from, &head, "exporting", |logged| {
            Ok(part.write(&line(logged, entries)).with_context(|| name.clone())?)
        })
        .await?;
        part.flush().with_context(|| name.clone())?;
        if entries || !erased_since(log, &head).await? {
            break;
        }
        // What was written before the erasure has the payload still: it is written anew.
        head = log.head(None).await?;
    }
    if let Some(note) = log.checkpoint(head.position).await? {
        part.write(&checkpoint_line(&note)).with_context(|| name.clone())?;
    }
    part.finish().with_context(|| name)?;
    tell(&format!("{} events to {}", head.position, path.display()));
    Ok(())
}

/// Whether an erasure has taken the payload of an event up to `head` since that was read.
async fn erased_since(log: &dyn EventLog, head: &Head) -> Result<bool, Failure> {
    Ok(log.head(Some(head.position)).await?.erased != head.erased)
}

/// Cuts the file behind what it holds of this log, and answers with the next position. A file of
/// another log, or with the payload of what is erased since, is begun anew.
async fn go_on(
    log: &dyn EventLog,
    head: &Head,
    part: &mut Part,
    entries: bool,
) -> Result<Position, Failure> {
    let name = || format!("cannot go on with {}", part.name().display());
    let cannot = name();
    let held = part.held().context(cannot.clone())?;
    let size = held.tree.size();
    let same = size > 0 && size <= head.position.0 && {
        let then = log.head(Some(Position(size))).await?;
        let bare = if entries { size } else { then.erased };
        then.root == held.tree.root() && held.erased == bare
    };
    let held = if same { held } else { super::part::Held::default() };
    if same {
        tell(&format!("going on behind position {size}"));
    }
    part.go_on(&held).context(cannot)?;
    Ok(Position(held.tree.size() + 1))
}
