//! `replay proof`: that an entry is in a log, from a proof file or a certificate alone.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use eventlog::Certificate;
use events::{Entry, Json, Value, leaf_hash};
use proof::TlogProof;
use report::pretty;

use crate::output::print;
use crate::{Failure, Trust, TrustArgs, read_named};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A `.tlog-proof` of this program's kind, which carries the entry, or a certificate of erasure
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    trust: TrustArgs,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let trust = args.trust.read()?;
    let bytes = read_named(&args.file)?;
    let outcome = if bytes.starts_with(b"{") {
        certified(&bytes, &args.file, &trust)
    } else {
        TlogProof::parse(&bytes)
            .map_err(Failure::wrong_use)
            .and_then(|proof| proven(&proof, &trust))
    };
    let (entry, checked) = outcome.map_err(|failure| failure.context(&args.file.display()))?;
    if args.json {
        let members = [("entry", entry.to_json()), ("checkpoint", checked.json())];
        return print(&pretty(&Json::object(members)));
    }
    let Entry { position, kind, recorded_time, .. } = entry;
    let kind = kind.name();
    print(&format!("position {position}, {kind}, {recorded_time}: {}\n", checked.words()))
}

/// Verifies a proof of the entry that it carries.
fn proven(proof: &TlogProof, trust: &Trust) -> Result<(Entry, crate::Checked), Failure> {
    let extra = proof.extra().ok_or_else(|| anyhow!("the proof carries no entry"));
    let extra = extra.map_err(Failure::WrongUse)?;
    let value = Value::parse(extra).map_err(Failure::wrong_use)?;
    let entry = Entry::read(&value).map_err(Failure::wrong_use)?;
    let checked = trust.prove(proof, &leaf_hash(extra), &[])?;
    if entry.position.0 != proof.index() + 1 {
        let why = anyhow!("the entry says position {}, the proof another", entry.position);
        return Err(Failure::Negative(why));
    }
    Ok((entry, checked))
}

/// Verifies that the log says what the certificate says that it does.
fn certified(bytes: &[u8], path: &Path, trust: &Trust) -> Result<(Entry, crate::Checked), Failure> {
    let name = || format!("{} is no certificate of an erasure", path.display());
    let json = Json::parse(bytes).with_context(name).map_err(Failure::WrongUse)?;
    let certificate = Certificate::from_json(&json).with_context(name);
    let certificate = certificate.map_err(Failure::Negative)?;
    let proof = certificate.proof.as_deref().ok_or_else(|| anyhow!("it carries no proof"));
    let proof = TlogProof::parse(proof.map_err(Failure::Negative)?.as_bytes());
    let (entry, checked) = proven(&proof.map_err(Failure::wrong_use)?, trust)?;
    if entry != certificate.event().entry() {
        return Err(Failure::Negative(anyhow!("the proof is of another event")));
    }
    Ok((entry, checked))
}
