//! Whom a verifier believes: keys of the log, handovers between them, witnesses.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use events::{Event, Hash, Json, Payload, Position};
use proof::{Checkpoint, Cosignature, KeyHistory, Note, Policy, Rotation, TlogProof, VerifierKey};

use crate::Failure;

/// Keys on the command line.
#[derive(Debug, Clone, clap::Args)]
pub struct TrustArgs {
    /// The key of the log, as its operator gave it (`casetrail log key`); without it no signature
    /// is checked
    #[arg(long, value_name = "VKEY")]
    key: Option<String>,
    /// The old key's word for a new one (`handovers/…` of the log), in order
    #[arg(long, value_name = "FILE", requires = "key")]
    handover: Vec<PathBuf>,
    /// A witness whose cosignatures count
    #[arg(long, value_name = "VKEY", requires = "key")]
    witness: Vec<String>,
    /// How many of the witnesses must have cosigned
    #[arg(long, value_name = "N", default_value_t = 0, requires = "key")]
    min_witnesses: usize,
}

/// What the command line said, read.
#[derive(Debug, Clone)]
pub struct Trust {
    key: Option<VerifierKey>,
    handovers: Vec<TlogProof>,
    policy: Policy,
}

/// What was found out about a checkpoint.
#[derive(Debug, Clone)]
pub struct Checked {
    checkpoint: Checkpoint,
    /// `None`: no key was given, so no signature was checked.
    cosigned: Option<Vec<Cosignature>>,
}

/// Reads a file that was named on the command line.
///
/// # Errors
/// [`Failure::WrongUse`].
pub fn read_named(path: &Path) -> Result<Vec<u8>, Failure> {
    let name = || format!("cannot read {}", path.display());
    std::fs::read(path).with_context(name).map_err(Failure::WrongUse)
}

impl TrustArgs {
    /// Reads keys and files.
    ///
    /// # Errors
    /// [`Failure::WrongUse`].
    pub fn read(&self) -> Result<Trust, Failure> {
        let key = |text: &String| -> Result<VerifierKey, Failure> {
            let key = text.parse().with_context(|| format!("`{text}` is no verifier key"));
            key.map_err(Failure::WrongUse)
        };
        let handover = |path: &PathBuf| -> Result<TlogProof, Failure> {
            let read = TlogProof::parse(&read_named(path)?);
            read.with_context(|| path.display().to_string()).map_err(Failure::WrongUse)
        };
        let witnesses = self.witness.iter().map(key).collect::<Result<_, _>>()?;
        Ok(Trust {
            key: self.key.as_ref().map(key).transpose()?,
            handovers: self.handover.iter().map(handover).collect::<Result<_, _>>()?,
            policy: Policy { witnesses, min: self.min_witnesses },
        })
    }
}

impl Trust {
    /// The keys of the log from the one given on; `rotations` are the log's own `key.rotated`
    /// events in order. `None` where no key was given.
    ///
    /// # Errors
    /// [`Failure::Negative`] for a handover that proves nothing.
    fn history(&self, rotations: &[Event]) -> Result<Option<KeyHistory>, Failure> {
        let Some(first) = self.key.clone() else { return Ok(None) };
        let mut keys = KeyHistory::new(first);
        for handover in &self.handovers {
            let at = Position(handover.index() + 1);
            let no_event = || anyhow!("no change of keys is recorded at position {at}");
            let event = rotations.iter().find(|event| event.position == at);
            let event = event.ok_or_else(no_event).map_err(Failure::Negative)?;
            let Payload::KeyRotated(said) = event.content.payload() else {
                return Err(Failure::Negative(no_event()));
            };
            let key = |text: &str| text.parse::<VerifierKey>().map_err(negative);
            let (old_key, new_key) = (key(said.old_key.as_str())?, key(said.new_key.as_str())?);
            let rotation = Rotation { position: at.0, old_key, new_key };
            keys.rotate(rotation, &event.entry().leaf(), handover).map_err(negative)?;
        }
        Ok(Some(keys))
    }

    /// Opens a checkpoint, and verifies signature and cosignatures if a key was given.
    ///
    /// # Errors
    /// [`Failure::Negative`] unless it is one, and is signed as it must be.
    pub fn open(&self, note: &[u8], rotations: &[Event]) -> Result<Checked, Failure> {
        let Some(keys) = self.history(rotations)? else {
            let note = Note::parse(note).map_err(negative)?;
            let checkpoint = Checkpoint::parse(note.text()).map_err(negative)?;
            return Ok(Checked { checkpoint, cosigned: None });
        };
        let signed = keys.open(note).map_err(negative)?;
        let cosigned = Some(self.policy.check(&signed).map_err(negative)?);
        Ok(Checked { checkpoint: signed.checkpoint().clone(), cosigned })
    }

    /// Verifies a proof that the entry with this leaf hash is in the log.
    ///
    /// # Errors
    /// [`Failure::Negative`] if it is not proven, [`Failure::WrongUse`] without a key.
    pub fn prove(
        &self,
        proof: &TlogProof,
        leaf: &Hash,
        rotations: &[Event],
    ) -> Result<Checked, Failure> {
        let keys = self.history(rotations)?;
        let keys =
            keys.ok_or_else(|| Failure::WrongUse(anyhow!("a proof needs the log's --key")))?;
        // Its size says which key must have signed.
        let size = Checkpoint::parse(proof.checkpoint().text()).map_err(negative)?.size();
        let verified = proof.verify(leaf, std::slice::from_ref(keys.key_at(size)), &self.policy);
        let verified = verified.map_err(negative)?;
        let (checkpoint, cosigned) = (verified.checkpoint, Some(verified.cosignatures));
        Ok(Checked { checkpoint, cosigned })
    }
}

fn negative(error: impl Into<anyhow::Error>) -> Failure {
    Failure::Negative(error.into())
}

impl Checked {
    /// The checkpoint.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Compares with the root that was recomputed at the checkpoint's size; `None`: the log ends
    /// before.
    ///
    /// # Errors
    /// [`Failure::Negative`].
    pub fn compare(&self, root: Option<Hash>) -> Result<(), Failure> {
        let size = self.checkpoint.size();
        let Some(root) = root else {
            let why = anyhow!("the log ends before position {size}, which its checkpoint is of");
            return Err(Failure::Negative(why));
        };
        if root == *self.checkpoint.root() {
            return Ok(());
        }
        let (says, is) = (STANDARD.encode(self.checkpoint.root()), STANDARD.encode(root));
        Err(Failure::Negative(anyhow!(
            "the checkpoint of {size} events says root {says}, it is {is}"
        )))
    }

    /// In words, behind «verified».
    #[must_use]
    pub fn words(&self) -> String {
        let size = self.checkpoint.size();
        match &self.cosigned {
            None => format!("checkpoint of size {size}: same root, signature not checked"),
            Some(none) if none.is_empty() => {
                format!("checkpoint of size {size}: same root, signed, not witnessed")
            }
            Some(cosigned) => {
                let names: Vec<_> = cosigned.iter().map(|c| c.witness.name()).collect();
                format!(
                    "checkpoint of size {size}: same root, signed, witnessed by {}",
                    names.join(", ")
                )
            }
        }
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Json {
        let number = |n: u64| Json::Int(i64::try_from(n).unwrap_or(i64::MAX));
        let witness = |cosignature: &Cosignature| {
            Json::object([
                ("name", cosignature.witness.name().into()),
                ("time", number(cosignature.time_s)),
            ])
        };
        let witnesses = self.cosigned.iter().flatten().map(witness).collect();
        Json::object([
            ("origin", self.checkpoint.origin().into()),
            ("size", number(self.checkpoint.size())),
            ("root", STANDARD.encode(self.checkpoint.root()).into()),
            ("signed", self.cosigned.as_ref().map_or(Json::Null, |_| Json::Bool(true))),
            ("witnesses", Json::Array(witnesses)),
        ])
    }
}
