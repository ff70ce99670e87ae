//! `replay diff`: the question of a saved answer, asked again.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use events::Json;
use projection::SavedQuestion;
use report::{Shown, document};

use crate::differences::short;
use crate::export::replay;
use crate::output::print;
use crate::{Difference, Failure, differences};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The export (.ndjson, .ndjson.zst); `-` is standard input
    #[arg(value_name = "EXPORT")]
    export: PathBuf,
    /// A saved answer: what `report --json` printed
    #[arg(value_name = "SAVED.json")]
    saved: PathBuf,
}

/// What an export does not carry, and so cannot confirm.
const NOT_COMPARED: &str = "/log/origin";

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let name = || format!("cannot read {}", args.saved.display());
    let bytes = std::fs::read(&args.saved).with_context(name).map_err(Failure::WrongUse)?;
    let saved = Json::parse(&bytes).with_context(name).map_err(Failure::WrongUse)?;
    if masked(&saved) {
        let why = anyhow!("{}: masked cells cannot be compared", args.saved.display());
        return Err(Failure::WrongUse(why));
    }
    let question = SavedQuestion::read(&saved).with_context(name).map_err(Failure::WrongUse)?;
    let replayed = replay(&args.export)?;
    let known = question.known(replayed.projection()).map_err(Failure::wrong_use)?;
    let head = replayed.head(known.position);
    let answered = replayed.projection().report(&question.asked, known);
    let again = document(&Shown::whole(answered), &head);
    let mut found = differences(&saved, &again);
    found.retain(|difference| difference.path != NOT_COMPARED);
    let lines: String = found.iter().map(in_words).collect();
    print(&lines)?;
    if found.is_empty() {
        return print("the same answer\n");
    }
    Err(Failure::Negative(anyhow!("places at which the answers differ: {}", found.len())))
}

/// Whether a line of the answer names masked cells.
fn masked(saved: &Json) -> bool {
    let member = |name: &str| saved.as_object().and_then(|o| o.get(name));
    let is_masked = |line: &Json| line.as_object().is_some_and(|o| o.contains_key("masked"));
    let rows = if let Some(Json::Array(rows)) = member("rows") { rows.as_slice() } else { &[] };
    rows.iter().chain(member("total")).any(is_masked)
}

fn in_words(difference: &Difference) -> String {
    let side = |json: &Option<Json>| json.as_ref().map_or("nothing".to_owned(), short);
    let Difference { path, left, right } = difference;
    format!("{path}: saved {}, replayed {}\n", side(left), side(right))
}
