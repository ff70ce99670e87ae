//! `replay verify`: an export is that of a log, this is its root, and it is the one signed.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use events::Json;
use report::pretty;

use crate::export::verify;
use crate::output::print;
use crate::{Checked, Failure, Replayed, Trust, TrustArgs, read_named};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An export (.ndjson, .ndjson.zst; `-` is standard input), or the directory of a log
    #[arg(value_name = "EXPORT|LOG")]
    export: PathBuf,
    /// A signed checkpoint to compare with, besides the one on the export's last line
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    #[command(flatten)]
    trust: TrustArgs,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let trust = args.trust.read()?;
    let given = args.checkpoint.iter().map(|path| read_named(path));
    let given: Vec<Vec<u8>> = given.collect::<Result<_, _>>()?;
    let replayed = verify(&args.export)?;
    let own = replayed.checkpoint().map(|note| note.as_bytes().to_vec());
    let mut checked = Vec::new();
    for note in own.into_iter().chain(given) {
        checked.push(check(&replayed, &trust, &note)?);
    }
    let head = replayed.head(replayed.projection().position());
    let root = STANDARD.encode(head.root);
    let number = |n: u64| Json::Int(i64::try_from(n).unwrap_or(i64::MAX));
    if args.json {
        return print(&pretty(&Json::object([
            ("size", number(head.position.0)),
            ("root", root.into()),
            ("erased", number(head.erased)),
            ("verified", Json::Bool(true)),
            ("checkpoints", Json::Array(checked.iter().map(Checked::json).collect())),
        ])));
    }
    let lines: String = checked.iter().map(|checked| checked.words() + "\n").collect();
    print(&format!("{} events verified, root {root}\n{lines}", head.position))
}

fn check(replayed: &Replayed, trust: &Trust, note: &[u8]) -> Result<Checked, Failure> {
    let checked = trust.open(note, replayed.rotations())?;
    checked.compare(replayed.root_at(checked.checkpoint().size()))?;
    Ok(checked)
}
