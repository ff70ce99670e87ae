//! `casetrail log import`: taking an export exactly.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eventlog::{Batch, Certificate, EventLog};
use events::{Hash, Json};
use proof::{Checkpoint, Note};
use replay::{Checked, Trust, TrustArgs};
use report::pretty;

use super::count;
use crate::Failure;
use crate::opened::{LogArgs, next_batch};
use crate::output::{print, progress_bar, tell};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The export; `-` is standard input
    #[arg(value_name = "EXPORT")]
    export: PathBuf,
    #[command(flatten)]
    log: LogArgs,
    /// The origin of the log that was exported; default: that of the export's checkpoint, else a
    /// random one for a new log
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
    /// A signed checkpoint that the restored log must fit, besides the one in the export
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// A certificate of an erasure since the export was made: what it names is destroyed again
    #[arg(long, value_name = "FILE")]
    erased: Vec<PathBuf>,
    #[command(flatten)]
    trust: TrustArgs,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let trust = args.trust.read()?;
    let given = args.checkpoint.iter().map(|path| replay::read_named(path));
    let mut notes: Vec<Vec<u8>> = given.collect::<Result<_, _>>()?;
    let destroyed = args.erased.iter().map(|path| subject_hash(path));
    let destroyed: Vec<Hash> = destroyed.collect::<Result<_, _>>()?;
    let origin = match args.origin.clone() {
        None if args.export.as_os_str() != "-" => last_origin(&args.export)?,
        origin => origin,
    };
    let mut events = replay::open(&args.export)?;
    let opened = args.log.open_or_begin(origin).await?;
    let log = opened.log();
    if !destroyed.is_empty() {
        // Before anything is read or written: of what is named here nothing comes in.
        log.append(Batch::Destroy(destroyed)).await?;
    }
    let (mut recorded, mut known) = (0_u64, 0_u64);
    let bar = progress_bar(None, "importing");
    let mut batch = next_batch(&mut events, &args.export)?;
    while !batch.is_empty() {
        let line = events.line();
        let appended = log.append(Batch::Exact(batch));
        // While that is written, the next is read.
        batch = next_batch(&mut events, &args.export)?;
        let receipts = appended
            .await
            .with_context(|| format!("{}: up to line {line}", args.export.display()))?;
        for receipt in receipts {
            if receipt.already_recorded { known += 1 } else { recorded += 1 }
        }
        bar.set_position(recorded + known);
    }
    bar.finish_and_clear();
    notes.extend(events.checkpoint().map(|note| note.as_bytes().to_vec()));
    let checked = checked(log, &trust, &notes).await;
    let head = log.head(None).await?;
    opened.close()?;
    let checked = checked?;
    if args.json {
        return print(&pretty(&Json::object([
            ("recorded", count(recorded)),
            ("already_recorded", count(known)),
            ("size", count(head.position.0)),
            ("root", STANDARD.encode(head.root).into()),
            ("erased", count(head.erased)),
            ("checkpoints", Json::Array(checked.iter().map(Checked::json).collect())),
        ])));
    }
    tell(&format!(
        "{recorded} recorded, {known} already there; {} events, root {}",
        head.position,
        STANDARD.encode(head.root)
    ));
    checked.iter().for_each(|checked| tell(&checked.words()));
    Ok(())
}

/// Compares the log with checkpoints.
async fn checked(
    log: &dyn EventLog,
    trust: &Trust,
    notes: &[Vec<u8>],
) -> Result<Vec<Checked>, Failure> {
    let rotations = super::rotations(log).await?;
    let mut all = Vec::new();
    for note in notes {
        let checked = trust.open(note, &rotations)?;
        checked.compare(super::root_at(log, checked.checkpoint().size()).await?)?;
        all.push(checked);
    }
    Ok(all)
}

/// The stream that a certificate of erasure names.
fn subject_hash(path: &Path) -> Result<Hash, Failure> {
    let name = || format!("{} is no certificate of an erasure", path.display());
    let json = Json::parse(&replay::read_named(path)?).with_context(name);
    let certificate = Certificate::from_json(&json.map_err(Failure::WrongUse)?).with_context(name);
    Ok(*certificate.map_err(Failure::WrongUse)?.subject_hash())
}

/// The origin that the checkpoint on the last line of an export names.
fn last_origin(path: &Path) -> Result<Option<String>, Failure> {
    let name = || path.display().to_string();
    let mut lines = replay::open(path)?.into_lines();
    let mut last = Vec::new();
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).with_context(name)? > 0 {
        std::mem::swap(&mut last, &mut line);
        line.clear();
    }
    let json = Json::parse(&last).ok();
    let note = json.as_ref().and_then(|json| json.as_object()?.get("checkpoint")?.as_str());
    let Some(note) = note.and_then(|note| Note::parse(note.as_bytes()).ok()) else {
        return Ok(None);
    };
    Ok(Checkpoint::parse(note.text()).ok().map(|checkpoint| checkpoint.origin().to_owned()))
}
