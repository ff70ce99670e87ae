//! `replay verify`: an export is that of a log, and this is its root.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use events::Json;
use report::pretty;

use crate::Failure;
use crate::export::verify;
use crate::output::print;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The export (.ndjson, .ndjson.zst); `-` is standard input
    #[arg(value_name = "EXPORT")]
    export: PathBuf,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let replayed = verify(&args.export)?;
    let head = replayed.head(replayed.projection().position());
    let root = STANDARD.encode(head.root);
    if args.json {
        return print(&pretty(&Json::object([
            ("size", Json::Int(i64::try_from(head.position.0).unwrap_or(i64::MAX))),
            ("root", root.into()),
            ("verified", Json::Bool(true)),
        ])));
    }
    print(&format!("{} events verified, root {root}\n", head.position))
}
