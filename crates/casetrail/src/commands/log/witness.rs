//! `casetrail log witness`: an outside witness of logs. It remembers the last checkpoint that it
//! signed of each, cosigns what continues it, and refuses every other history.
//!
//! A directory of its own holds its key (`key`) and a file for each log (`<key id>.log`): the
//! log's key, and size and root of the last checkpoint that was cosigned.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eventlog::{Clock as _, Entropy as _};
use eventlog_embedded::{SystemClock, SystemEntropy};
use events::{Json, Position};
use proof::{AddCheckpoint, Hash, SignedCheckpoint, VerifierKey, WitnessKey, WitnessState};

use super::proof::{checkpoint, continued};
use crate::Failure;
use crate::opened::{LogArgs, Login};
use crate::output::{deliver, print};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A checkpoint with its proof, as `log checkpoint --since` writes it; `-` is standard input.
    /// Without it the log itself is asked
    #[arg(value_name = "REQUEST", required_unless_present_any = ["log", "show_key"])]
    request: Option<PathBuf>,
    /// The log to witness, where it can be read here
    #[arg(long, value_name = "DIRECTORY|DATABASE", conflicts_with = "request")]
    log: Option<PathBuf>,
    #[command(flatten)]
    login: Login,
    /// The witness's own directory: its key and what it remembers
    #[arg(long, value_name = "DIRECTORY")]
    state: PathBuf,
    /// The witness's name, when its key is made: a host name or URL without scheme
    #[arg(long, value_name = "NAME", default_value = "casetrail-witness")]
    name: String,
    /// The log's key, as its operator gave it; needed once for each log
    #[arg(long, value_name = "VKEY")]
    log_key: Option<String>,
    /// Print the key that others verify this witness's cosignatures with, and do nothing else
    #[arg(long)]
    show_key: bool,
    /// Where to write the cosigned checkpoint; default: standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) async fn run(args: Args) -> Result<(), Failure> {
    let witness = Witness::open(&args.state, &args.name)?;
    if args.show_key {
        return print(&format!("{}\n", witness.key.verifier()));
    }
    let given = args.log_key.as_deref().map(str::parse::<VerifierKey>).transpose();
    let given = given.context("--log-key").map_err(Failure::WrongUse)?;
    let request = match (&args.request, args.log) {
        (Some(path), _) => read_request(path)?,
        (None, Some(log)) => {
            ask(&witness, LogArgs { log, login: args.login }, given.as_ref()).await?
        }
        (None, None) => return Err(Failure::WrongUse(anyhow!("a request, or --log"))),
    };
    let cosigned = witness.cosign(&request, given)?;
    deliver(args.output.as_deref(), &cosigned.to_string())
}

fn read_request(path: &Path) -> Result<AddCheckpoint, Failure> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).context("standard input")?;
        bytes
    } else {
        replay::read_named(path)?
    };
    let request = AddCheckpoint::parse(&bytes);
    request.with_context(|| path.display().to_string()).map_err(Failure::WrongUse)
}

/// Asks a log for its checkpoint, and for the proof that it continues the last one cosigned.
async fn ask(
    witness: &Witness,
    log: LogArgs,
    given: Option<&VerifierKey>,
) -> Result<AddCheckpoint, Failure> {
    let opened = log.open().await?;
    let head = opened.log().head(None).await?;
    let known = witness.recall(&head.origin)?;
    let since = known.as_ref().map_or(0, |known| known.state.size);
    if since > head.position.0 {
        let why = anyhow!("a tree of {since} events was cosigned, the log has {}", head.position);
        return Err(Failure::Negative(why));
    }
    let key = known.map(|known| known.log_key).or_else(|| given.cloned());
    let key = key.ok_or_else(|| Failure::WrongUse(anyhow!("a new log needs its --log-key")))?;
    let signed = checkpoint(&opened, head.position).await?;
    let request = continued(opened.log(), &key, Position(since), signed.note().clone()).await?;
    opened.close()?;
    Ok(request)
}

/// A witness at work: nobody else is while it lives.
struct Witness {
    dir: PathBuf,
    key: WitnessKey,
    _lock: File,
}

/// What a witness knows of a log.
struct Known {
    log_key: VerifierKey,
    state: WitnessState,
}

impl Witness {
    fn open(dir: &Path, name: &str) -> Result<Self, Failure> {
        let context = || format!("cannot use {}", dir.display());
        fs::create_dir_all(dir).with_context(context)?;
        let lock = File::create(dir.join("LOCK")).with_context(context)?;
        lock.try_lock().map_err(|_| anyhow!("{} is in use", dir.display()))?;
        let path = dir.join("key");
        let key = match fs::read_to_string(&path) {
            Ok(text) => WitnessKey::parse(text.trim_end()).with_context(context)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut seed = [0; 32];
                let mut entropy = SystemEntropy::default();
                seed[..16].copy_from_slice(&entropy.salt().0);
                seed[16..].copy_from_slice(&entropy.salt().0);
                let key = WitnessKey::from_seed(name, &seed).map_err(Failure::wrong_use)?;
                let text = format!("{}\n", key.secret_text());
                journal::durable::replace_private(&path, text.as_bytes()).with_context(context)?;
                key
            }
            Err(error) => return Err(anyhow::Error::from(error).context(context()).into()),
        };
        Ok(Self { dir: dir.to_owned(), key, _lock: lock })
    }

    /// The file of a log: its name is of a form that no origin can escape from.
    fn path(&self, origin: &str) -> PathBuf {
        let name: String = origin.bytes().map(|byte| format!("{byte:02x}")).collect();
        self.dir.join(format!("{name}.log"))
    }

    /// What is remembered of a log.
    fn recall(&self, origin: &str) -> Result<Option<Known>, Failure> {
        let path = self.path(origin);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(anyhow::Error::from(error).context(path.display().to_string()).into());
            }
        };
        let known = || {
            let json = Json::parse(&bytes).ok()?;
            let member = |name: &str| json.as_object()?.get(name);
            let root = STANDARD.decode(member("root")?.as_str()?).ok()?;
            let size = match member("size")? {
                Json::Int(size) => u64::try_from(*size).ok()?,
                _ => return None,
            };
            let state =
                WitnessState { origin: origin.to_owned(), size, root: Hash::try_from(root).ok()? };
            Some(Known { log_key: member("log_key")?.as_str()?.parse().ok()?, state })
        };
        // To begin anew would mean to cosign any history: that is for a person to decide.
        known().map(Some).ok_or_else(|| {
            anyhow!("{} is damaged: what was cosigned of {origin} is not known", path.display())
                .into()
        })
    }

    /// Cosigns a checkpoint that continues what was cosigned before.
    fn cosign(
        &self,
        request: &AddCheckpoint,
        given: Option<VerifierKey>,
    ) -> Result<SignedCheckpoint, Failure> {
        let negative = |error: anyhow::Error| Failure::Negative(error);
        let text = request.checkpoint.text();
        let origin = proof::Checkpoint::parse(text).map_err(|e| negative(e.into()))?;
        let known = self.recall(origin.origin())?;
        let key = given.or_else(|| known.as_ref().map(|known| known.log_key.clone()));
        let key = key.ok_or_else(|| {
            Failure::WrongUse(anyhow!("{} is new here: give its --log-key", origin.origin()))
        })?;
        let opened =
            SignedCheckpoint::of_note(request.checkpoint.clone(), std::slice::from_ref(&key));
        let mut signed = opened.map_err(|e| negative(e.into()))?;
        let state = known.map_or_else(|| WitnessState::new(origin.origin()), |known| known.state);
        let next = state.advance(signed.checkpoint(), request.old_size, &request.proof);
        let next = next.map_err(|e| negative(e.into()))?;
        let json = Json::object([
            ("log_key", key.to_string().into()),
            ("size", super::count(next.size)),
            ("root", STANDARD.encode(next.root).into()),
        ]);
        // Before the cosignature leaves: a witness that forgets would sign a second history.
        let path = self.path(origin.origin());
        journal::durable::replace(&path, &json.canonical())
            .with_context(|| format!("cannot write {}", path.display()))?;
        let seconds = u64::try_from(SystemClock.now().micros() / 1_000_000).unwrap_or(0);
        self.key.cosign(&mut signed, seconds)?;
        Ok(signed)
    }
}
