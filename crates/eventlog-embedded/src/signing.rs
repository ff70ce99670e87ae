//! The log's key, and what is signed with it.
//!
//! | file | what |
//! |---|---|
//! | `key` | the secret key, as Go's `sumdb/note` writes one; for its owner's eyes alone |
//! | `key.next` | a key whose rotation has begun and is not complete |
//! | `handovers/<position>.tlog-proof` | the old key's word for a new one ([`proof::KeyHistory`]) |
//! | `checkpoints/<size>` | checkpoints that witnesses have cosigned |
//!
//! The key lies beside the log: whoever has both can sign another history. Only cosignatures of
//! outside witnesses stand against that.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use eventlog::{Entropy, Head};
use events::Position;
use journal::durable;
use proof::{
    Checkpoint, LogKey, MergeError, Merged, Note, SignedCheckpoint, TlogProof, Unknown, VerifierKey,
};

const KEY: &str = "key";
const NEXT_KEY: &str = "key.next";
const HANDOVERS: &str = "handovers";
const CHECKPOINTS: &str = "checkpoints";

/// Why something could not be signed, or a signature not be kept.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// A file could not be read or written.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file with the key holds something else.
    #[error("{} holds no key of this log", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: proof::KeyError,
    },
    /// The key is that of another log.
    #[error("the key is of {key}, the log is {origin}")]
    OtherLog {
        /// The key's name.
        key: String,
        /// The log's origin.
        origin: String,
    },
    /// The checkpoint is not one of this log, or not signed by its key.
    #[error("not a checkpoint of this log")]
    Checkpoint(#[from] proof::OpenError),
    /// A checkpoint cannot have this form.
    #[error("not a checkpoint")]
    Form(#[from] proof::CheckpointError),
    /// The checkpoint says another root than the log has at that size.
    #[error("the checkpoint of size {size} has another root than the log")]
    OtherRoot {
        /// The checkpoint's size.
        size: u64,
    },
    /// A cosignature was not taken.
    #[error("a cosignature is not taken")]
    Cosignature(#[from] MergeError),
}

/// The key and the files beside it.
pub(crate) struct Signing {
    dir: PathBuf,
    key: Mutex<LogKey>,
}

impl Signing {
    /// Reads the key of the log, or makes it one.
    pub(crate) fn open(
        dir: &Path,
        origin: &str,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, SigningError> {
        let path = dir.join(KEY);
        let key = match read_key(&path)? {
            Some(key) => key,
            None => {
                let key = new_key(&path, origin, entropy)?;
                write_key(&path, &key)?;
                key
            }
        };
        if key.verifier().name() != origin {
            let (key, origin) = (key.verifier().name().to_owned(), origin.to_owned());
            return Err(SigningError::OtherLog { key, origin });
        }
        Ok(Self { dir: dir.to_owned(), key: Mutex::new(key) })
    }

    fn key(&self) -> MutexGuard<'_, LogKey> {
        self.key.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key that others verify with.
    pub(crate) fn verifier(&self) -> VerifierKey {
        self.key().verifier().clone()
    }

    /// The checkpoint of a head, with the cosignatures that are kept for it.
    pub(crate) fn checkpoint(&self, head: &Head) -> Result<SignedCheckpoint, SigningError> {
        let checkpoint = Checkpoint::new(&head.origin, head.position.0, head.root)?;
        let mut signed = SignedCheckpoint::sign(checkpoint, &self.key())?;
        if let Some(kept) = self.kept(head.position.0)?
            && kept.text() == signed.note().text()
        {
            signed.merge(&kept, &[], Unknown::Keep)?;
        }
        Ok(signed)
    }

    /// Keeps the cosignatures of a copy of a checkpoint; `head` is the log's at that size. Lines by
    /// unknown witnesses are kept too, unverified, for those who know their keys.
    pub(crate) fn keep(
        &self,
        copy: &[u8],
        head: &Head,
        witnesses: &[VerifierKey],
    ) -> Result<Merged, SigningError> {
        let copy = SignedCheckpoint::open(copy, std::slice::from_ref(self.key().verifier()))?;
        let size = copy.checkpoint().size();
        if head.position.0 != size || *copy.checkpoint().root() != head.root {
            return Err(SigningError::OtherRoot { size });
        }
        let mut signed = self.checkpoint(head)?;
        let merged = signed.merge(copy.note(), witnesses, Unknown::Keep)?;
        let dir = self.dir.join(CHECKPOINTS);
        let path = dir.join(size.to_string());
        durable::create_dir(&dir).map_err(|e| failed(&dir, e))?;
        durable::replace(&path, signed.to_string().as_bytes()).map_err(|e| failed(&path, e))?;
        Ok(merged)
    }

    fn kept(&self, size: u64) -> Result<Option<Note>, SigningError> {
        let path = self.dir.join(CHECKPOINTS).join(size.to_string());
        let Some(bytes) = read(&path)? else { return Ok(None) };
        // Cosignatures are extras: a file that is damaged has none.
        let note = Note::parse(&bytes);
        Ok(note.inspect_err(|error| tracing::warn!(%error, size, "a kept checkpoint")).ok())
    }

    /// Makes the key that is to be the next, and writes it down before anything says so.
    pub(crate) fn begin_rotation(
        &self,
        entropy: &mut dyn Entropy,
    ) -> Result<(VerifierKey, LogKey), SigningError> {
        let old = self.verifier();
        let path = self.dir.join(NEXT_KEY);
        let new = new_key(&path, old.name(), entropy)?;
        write_key(&path, &new)?;
        Ok((old, new))
    }

    /// The key whose rotation was begun, if there is one.
    pub(crate) fn next_key(&self) -> Result<Option<LogKey>, SigningError> {
        read_key(&self.dir.join(NEXT_KEY))
    }

    /// Forgets a rotation that was begun and never recorded.
    pub(crate) fn abandon_rotation(&self) -> Result<(), SigningError> {
        let path = self.dir.join(NEXT_KEY);
        durable::remove(&path).map_err(|e| failed(&path, e))
    }

    fn handover_path(&self, position: Position) -> PathBuf {
        self.dir.join(HANDOVERS).join(format!("{position}.tlog-proof"))
    }

    /// The handover of the key that is in force from a position on.
    pub(crate) fn handover(&self, position: Position) -> Result<Option<String>, SigningError> {
        let bytes = read(&self.handover_path(position))?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Ends a rotation: the old key vouches for the event that records it, and is no more. `head`
    /// ends with that event, `proof` proves its inclusion.
    pub(crate) fn hand_over(
        &self,
        new: LogKey,
        head: &Head,
        proof: Vec<proof::Hash>,
        entry: Vec<u8>,
    ) -> Result<TlogProof, SigningError> {
        let checkpoint = Checkpoint::new(&head.origin, head.position.0, head.root)?;
        let mut key = self.key();
        let handover = proof::hand_over(&key, &new, checkpoint, proof, entry)?;
        let dir = self.dir.join(HANDOVERS);
        let path = self.handover_path(head.position);
        durable::create_dir(&dir).map_err(|e| failed(&dir, e))?;
        durable::replace(&path, handover.to_string().as_bytes()).map_err(|e| failed(&path, e))?;
        let (from, to) = (self.dir.join(NEXT_KEY), self.dir.join(KEY));
        fs::rename(&from, &to).map_err(|e| failed(&to, e))?;
        durable::sync_dir(&self.dir).map_err(|e| failed(&self.dir, e))?;
        *key = new;
        Ok(handover)
    }
}

fn failed(path: &Path, source: io::Error) -> SigningError {
    SigningError::Io { path: path.to_owned(), source }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, SigningError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path, error)),
    }
}

fn read_key(path: &Path) -> Result<Option<LogKey>, SigningError> {
    let Some(bytes) = read(path)? else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    let key = LogKey::parse(text.trim_end_matches('\n'));
    key.map(Some).map_err(|source| SigningError::Key { path: path.to_owned(), source })
}

fn new_key(path: &Path, name: &str, entropy: &mut dyn Entropy) -> Result<LogKey, SigningError> {
    let mut seed = [0; 32];
    let (first, second) = seed.split_at_mut(16);
    first.copy_from_slice(&entropy.salt().0);
    second.copy_from_slice(&entropy.salt().0);
    let key = LogKey::from_seed(name, &seed);
    key.map_err(|source| SigningError::Key { path: path.to_owned(), source })
}

fn write_key(path: &Path, key: &LogKey) -> Result<(), SigningError> {
    let text = format!("{}\n", key.secret_text());
    durable::replace_private(path, text.as_bytes()).map_err(|e| failed(path, e))
}
