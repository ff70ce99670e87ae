//! `casetrail log proof`: that an event is in the log, as a file that anyone can verify.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use eventlog::{Certificate, EventLog, consistency_proof, inclusion_proof};
use events::{EventKey, Logged, Position};
use proof::{AddCheckpoint, Note, SignedCheckpoint, TlogProof, VerifierKey};
use report::pretty;

use crate::Failure;
use crate::opened::{LogArgs, Opened};
use crate::output::deliver;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The event's position
    #[arg(value_name = "POSITION", required_unless_present_all = ["source", "id"])]
    position: Option<u64>,
    /// The event's source, with --id instead of a position
    #[arg(long, value_name = "SOURCE", requires = "id", conflicts_with = "position")]
    source: Option<String>,
    /// The event's id
    #[arg(long, value_name = "ID", requires = "source")]
    id: Option<String>,
    #[command(flatten)]
    log: LogArgs,
    /// In the tree of the first N events; default: of all
    #[arg(long, value_name = "N")]
    size: Option<u64>,
    /// Of the event of an erasure: its certificate, the proof within
    #[arg(long)]
    certificate: bool,
    /// Where to write; default: standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let opened = args.log.open().await?;
    let log = opened.log();
    let position = match (args.position, args.source, args.id) {
        (Some(position), ..) => Position(position),
        (None, Some(source), Some(id)) => {
            let key = EventKey { source: source.into(), id: id.into() };
            let found = log.find(&key).await?;
            found.ok_or_else(|| Failure::Negative(anyhow!("the log holds no event {key}")))?
        }
        _ => return Err(Failure::WrongUse(anyhow!("a position, or --source and --id"))),
    };
    let size = args.size.map_or(log.head(None).await?.position, Position);
    let logged = log.page(position, 1).await?.into_iter().next();
    let logged = logged.filter(|logged| logged.position() == position);
    let Some(logged) = logged.filter(|_| position <= size) else {
        let why = anyhow!("position {position} is not in a tree of {size} events");
        return Err(Failure::WrongUse(why));
    };
    let proof = prove(&opened, &logged, size).await?;
    let text = if args.certificate {
        let why = || anyhow!("position {position} holds no event of an erasure");
        let event = logged.into_event().ok_or_else(why).map_err(Failure::WrongUse)?;
        let mut certificate = Certificate::new(event).map_err(|_| Failure::WrongUse(why()))?;
        certificate.proof = Some(proof.to_string());
        pretty(&certificate.to_json())
    } else {
        proof.to_string()
    };
    deliver(args.output.as_deref(), &text)?;
    opened.close()
}

/// The proof of an event in the tree of the first `size` events, verified before it is given.
pub(super) async fn prove(
    opened: &Opened,
    logged: &Logged,
    size: Position,
) -> Result<TlogProof, Failure> {
    let signed = checkpoint(opened, size).await?;
    let position = logged.position();
    let hashes = inclusion_proof(opened.log(), position, size).await?;
    let (index, root) = (position.0 - 1, signed.checkpoint().root());
    proof::verify_inclusion(&logged.leaf(), index, size.0, &hashes, root)
        .context("the log's tiles do not fit its root")?;
    let entry = logged.entry().to_json().canonical();
    Ok(TlogProof::new(index, hashes, &signed).with_extra(entry))
}

/// The signed checkpoint of a size.
pub(super) async fn checkpoint(
    opened: &Opened,
    size: Position,
) -> Result<SignedCheckpoint, Failure> {
    let head = opened.log().head(None).await?.position;
    if size > head {
        let why = anyhow!("position {size} lies past the head, {head}");
        return Err(Failure::WrongUse(why));
    }
    let note = opened.log().checkpoint(size).await?;
    let key = opened.verifier_key();
    let (Some(note), Some(key)) = (note, key) else {
        return Err(Failure::WrongUse(anyhow!("an export signs nothing: name the log itself")));
    };
    Ok(SignedCheckpoint::open(note.as_bytes(), std::slice::from_ref(&key))?)
}

/// A checkpoint with the proof that it continues the tree of the first `since` events.
pub(super) async fn continued(
    log: &dyn EventLog,
    key: &VerifierKey,
    since: Position,
    note: Note,
) -> Result<AddCheckpoint, Failure> {
    let signed = SignedCheckpoint::of_note(note, std::slice::from_ref(key))?;
    let size = Position(signed.checkpoint().size());
    if since > size {
        let why = anyhow!("a tree of {size} events does not continue one of {since}");
        return Err(Failure::WrongUse(why));
    }
    let proof = consistency_proof(log, since, size).await?;
    let old = log.head(Some(since)).await?.root;
    proof::verify_consistency(since.0, size.0, &proof, &old, signed.checkpoint().root())
        .context("the log's tiles do not fit its roots")?;
    Ok(AddCheckpoint { old_size: since.0, proof, checkpoint: signed.note().clone() })
}
