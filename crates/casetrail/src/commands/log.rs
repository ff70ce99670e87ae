//! `casetrail log`: export, exact import, verification.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eventlog::{Batch, EventLog, Head, ReadError};
use eventlog_embedded::{OpenError, Options};
use events::{Event, Json, Position, Refusal, SyntaxError};
use report::pretty;

use crate::Failure;
use crate::opened::{LogArgs, Opened, next_batch, open_export};
use crate::output::{print, progress_bar, tell, to_stdout};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Write every event, one a line by position, every attribute, canonical
    Export(Export),
    /// Take an export exactly, into an empty log or one that holds a prefix of it
    Import(Import),
    /// Decode every event, recompute every hash and the tree, and compare with the log's own root
    Verify(Verify),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    #[command(flatten)]
    log: LogArgs,
    /// Where to write (zstd if it ends in .zst); default: standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// The export; `-` is standard input
    #[arg(value_name = "EXPORT")]
    export: PathBuf,
    #[command(flatten)]
    log: LogArgs,
    /// The origin of the log that was exported; default: a random one for a new log
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    log: LogArgs,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Export(args) => export(args).await,
        Command::Import(args) => import(args).await,
        Command::Verify(args) => verify(args).await,
    }
}

/// How many events are read at a time.
const PAGE: usize = 4096;

/// Hands every event of the log to `visit`, in order.
async fn each_event(
    log: &dyn EventLog,
    head: &Head,
    what: &'static str,
    mut visit: impl FnMut(&Event) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let bar = progress_bar(Some(head.position.0), what);
    let mut next = Position(1);
    while next <= head.position {
        for event in log.page(next, PAGE).await? {
            if event.position > head.position {
                break;
            }
            visit(&event)?;
            next = Position(event.position.0 + 1);
        }
        bar.set_position(next.0 - 1);
    }
    bar.finish_and_clear();
    Ok(())
}

async fn export(args: Export) -> Result<(), Failure> {
    let opened = args.log.open().await?;
    let head = opened.log().head(None).await?;
    let line = |event: &Event| {
        let mut line = event.canonical();
        line.push(b'\n');
        line
    };
    match &args.output {
        None => {
            let mut lines = Vec::new();
            each_event(opened.log(), &head, "exporting", |event| {
                lines.extend(line(event));
                if lines.len() > FLUSH_BYTES {
                    let chunk = std::mem::take(&mut lines);
                    to_stdout(|out| out.write_all(&chunk))?;
                }
                Ok(())
            })
            .await?;
            to_stdout(|out| out.write_all(&lines))?;
        }
        Some(path) => {
            let mut out = Output::create(path)?;
            each_event(opened.log(), &head, "exporting", |event| Ok(out.write(&line(event))?))
                .await?;
            out.finish()?;
            tell(&format!("{} events to {}", head.position, path.display()));
        }
    }
    opened.close()
}

/// How much of an export is put together before it is printed.
const FLUSH_BYTES: usize = 1 << 20;

/// A file that is written to a temporary name and appears whole.
struct Output {
    path: PathBuf,
    part: PathBuf,
    writer: Writer,
}

enum Writer {
    Plain(BufWriter<File>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

impl Output {
    fn create(path: &Path) -> Result<Self, Failure> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let name = || format!("cannot write {}", part.display());
        let file = BufWriter::new(File::create(&part).with_context(name)?);
        let writer = if path.extension().is_some_and(|e| e == "zst") {
            Writer::Zstd(zstd::Encoder::new(file, 0).with_context(name)?)
        } else {
            Writer::Plain(file)
        };
        Ok(Self { path: path.to_owned(), part, writer })
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match &mut self.writer {
            Writer::Plain(out) => out.write_all(bytes),
            Writer::Zstd(out) => out.write_all(bytes),
        }
    }

    fn finish(self) -> Result<(), Failure> {
        let name = || format!("cannot write {}", self.path.display());
        let buffered = match self.writer {
            Writer::Plain(out) => out,
            Writer::Zstd(out) => out.finish().with_context(name)?,
        };
        let file = buffered.into_inner().map_err(|e| e.into_error()).with_context(name)?;
        file.sync_all().with_context(name)?;
        std::fs::rename(&self.part, &self.path).with_context(name)?;
        Ok(())
    }
}

async fn import(args: Import) -> Result<(), Failure> {
    let mut events = open_export(&args.export)?;
    let options = Options { origin: args.origin.clone(), ..Options::default() };
    let log = args.log.open_or_begin(options)?;
    let (mut recorded, mut known) = (0_u64, 0_u64);
    let bar = progress_bar(None, "importing");
    loop {
        let batch = next_batch(&mut events, &args.export)?;
        if batch.is_empty() {
            break;
        }
        let line = events.line();
        let receipts = log
            .append(Batch::Exact(batch))
            .await
            .with_context(|| format!("{}: up to line {line}", args.export.display()))?;
        for receipt in receipts {
            if receipt.already_recorded { known += 1 } else { recorded += 1 }
        }
        bar.set_position(recorded + known);
    }
    bar.finish_and_clear();
    let head = log.head(None).await?;
    log.close()?;
    if args.json {
        let count = |n: u64| Json::Int(i64::try_from(n).unwrap_or(i64::MAX));
        return print(&pretty(&Json::object([
            ("recorded", count(recorded)),
            ("already_recorded", count(known)),
            ("size", count(head.position.0)),
            ("root", STANDARD.encode(head.root).into()),
        ])));
    }
    tell(&format!(
        "{recorded} recorded, {known} already there; {} events, root {}",
        head.position,
        STANDARD.encode(head.root)
    ));
    Ok(())
}

/// What cannot be decoded or does not fit together is the answer "no"; a log that cannot be read at
/// all is a fault.
fn negative(failure: Failure) -> Failure {
    match failure {
        Failure::Fault(why) if why.chain().any(is_damage) => Failure::Negative(why),
        other => other,
    }
}

fn is_damage(error: &(dyn std::error::Error + 'static)) -> bool {
    let opening =
        |error: &OpenError| !matches!(error, OpenError::Io { .. } | OpenError::Locked { .. });
    error.is::<Refusal>()
        || error.is::<SyntaxError>()
        || error.downcast_ref().is_some_and(opening)
        || matches!(error.downcast_ref(), Some(ReadError::Damaged { .. }))
}

async fn verify(args: Verify) -> Result<(), Failure> {
    let opened = args.log.open().await.map_err(negative)?;
    check(&opened, args.json).await.map_err(negative)?;
    opened.close()
}

async fn check(opened: &Opened, json: bool) -> Result<(), Failure> {
    let log = opened.log();
    let head = log.head(None).await?;
    let mut tree = proof::Tree::default();
    let mut last = None;
    each_event(log, &head, "verifying", |event| {
        if last.is_some_and(|last| event.recorded_time < last) {
            let why = anyhow!("recorded time decreases at position {}", event.position);
            return Err(Failure::Negative(why));
        }
        last = Some(event.recorded_time);
        tree.push(event.entry().leaf());
        Ok(())
    })
    .await?;
    let (own, found) = (STANDARD.encode(head.root), STANDARD.encode(tree.root()));
    if tree.size() != head.position.0 || tree.root() != head.root {
        let why = anyhow!("the log says root {own}, its {} events give {found}", tree.size());
        return Err(Failure::Negative(why));
    }
    let size = i64::try_from(head.position.0).unwrap_or(i64::MAX);
    if json {
        print(&pretty(&Json::object([
            ("origin", head.origin.as_str().into()),
            ("size", Json::Int(size)),
            ("root", own.as_str().into()),
            ("verified", Json::Bool(true)),
        ])))?;
    } else {
        print(&format!("{}: {size} events verified, root {own}\n", head.origin))?;
    }
    Ok(())
}
