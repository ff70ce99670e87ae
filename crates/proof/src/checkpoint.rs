//! Origin, size and root of a log, signed (c2sp.org/tlog-checkpoint).

use std::fmt;

use crate::Hash;
use crate::encoding::{base64, decimal, hash};
use crate::key::{Algorithm, LogKey, VerifierKey};
use crate::note::{Note, NoteError};

#[cfg(test)]
mod tests;

/// What a log commits to: its first `size` entries have this root.
///
/// **Invariant:** the lines of its text are not empty and hold no control character, so that
/// [`Checkpoint::parse`] reads back what `Display` writes, and the other way round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

/// Why a text is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Fewer than three lines, an empty one, or no line feed at the end.
    #[error("a checkpoint is an origin, a size and a root, one a line")]
    Form,
    /// The origin is empty or has a control character.
    #[error("an origin is not empty and has no control character")]
    Origin,
    /// Not a decimal of 64 bits without leading zeros.
    #[error("the second line is not a size")]
    Size,
    /// Not 32 bytes in base64.
    #[error("the third line is not a root hash in base64")]
    Root,
}

impl Checkpoint {
    /// The checkpoint of a log's first `size` entries.
    ///
    /// # Errors
    /// [`CheckpointError::Origin`].
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        if origin.is_empty() || origin.contains(|c: char| c < ' ') {
            return Err(CheckpointError::Origin);
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions: Vec::new() })
    }

    /// Reads the text of a note.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.strip_suffix('\n').ok_or(CheckpointError::Form)?.split('\n');
        let mut line = || lines.next().ok_or(CheckpointError::Form);
        let (origin, size, root) = (line()?, line()?, line()?);
        let size = decimal(size).ok_or(CheckpointError::Size)?;
        let root = hash(root).ok_or(CheckpointError::Root)?;
        let extensions: Vec<_> = lines.map(str::to_owned).collect();
        let control = |line: &String| line.is_empty() || line.contains(|c: char| c < ' ');
        if extensions.iter().any(control) {
            return Err(CheckpointError::Form);
        }
        Ok(Self { extensions, ..Self::new(origin, size, root)? })
    }

    /// The log's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Entries.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Root of the tree of that many entries (RFC 6962).
    #[must_use]
    pub const fn root(&self) -> &Hash {
        &self.root
    }

    /// Lines behind the third: signed, and without a meaning here. Our own have none.
    #[must_use]
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

/// The text that is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, base64(&self.root))?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A checkpoint that its log has signed, with all signature lines of its note.
///
/// **Invariant:** at least one signature of a key of the log was made or verified here. What
/// witnesses say is verified by [`SignedCheckpoint::cosignatures`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    pub(crate) note: Note,
}

/// Why a note is not a checkpoint of a known log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not a signed note.
    #[error("not a signed note")]
    Note(#[from] NoteError),
    /// Its text is no checkpoint.
    #[error("not a checkpoint")]
    Checkpoint(#[from] CheckpointError),
    /// A line says to be by a known key and is not.
    #[error("the signature by {key} is not that of this checkpoint")]
    BadSignature {
        /// The key.
        key: String,
    },
    /// No line is by a known key of the log with this origin.
    #[error("no signature by a known key of {origin}")]
    NoKnownKey {
        /// The origin.
        origin: String,
    },
    /// A key was to sign for a log with another name.
    #[error("a key named {key} does not sign for {origin}")]
    OtherOrigin {
        /// The key's name.
        key: String,
        /// The checkpoint's origin.
        origin: String,
    },
}

impl SignedCheckpoint {
    /// Signs a checkpoint.
    ///
    /// # Errors
    /// [`OpenError::OtherOrigin`] unless the key has the name of the log.
    pub fn sign(checkpoint: Checkpoint, key: &LogKey) -> Result<Self, OpenError> {
        may_sign(&checkpoint, key)?;
        let text = checkpoint.to_string();
        let signature = key.sign_line(&[], text.as_bytes());
        Ok(Self { checkpoint, note: Note::new(text, signature) })
    }

    /// Signs it with another key of the log too, as a change of keys needs ([`crate::KeyHistory`]).
    ///
    /// # Errors
    /// [`OpenError::OtherOrigin`] unless the key has the name of the log.
    pub fn countersign(&mut self, key: &LogKey) -> Result<(), OpenError> {
        may_sign(&self.checkpoint, key)?;
        let signature = key.sign_line(&[], self.note.text().as_bytes());
        self.note.sign(signature);
        Ok(())
    }

    /// Reads a signed note and verifies that a log of these keys signed it.
    ///
    /// A key speaks for the log that has its name as origin, and for no other. Lines by keys that
    /// are not given are left alone; a line that names a given key must verify.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(bytes: &[u8], log_keys: &[VerifierKey]) -> Result<Self, OpenError> {
        Self::of_note(Note::parse(bytes)?, log_keys)
    }

    /// As [`SignedCheckpoint::open`], of a note that is already parsed.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn of_note(note: Note, log_keys: &[VerifierKey]) -> Result<Self, OpenError> {
        let checkpoint = Checkpoint::parse(note.text())?;
        let mut signed = false;
        for key in log_keys.iter().filter(|key| speaks_for(key, &checkpoint)) {
            for line in note.signatures().iter().filter(|line| key.is_named_by(line)) {
                if !key.verifies(note.text().as_bytes(), line.bytes()) {
                    return Err(OpenError::BadSignature { key: key.to_string() });
                }
                signed = true;
            }
        }
        if !signed {
            return Err(OpenError::NoKnownKey { origin: checkpoint.origin });
        }
        Ok(Self { checkpoint, note })
    }

    /// Whether this key of the log signed it.
    #[must_use]
    pub fn is_signed_by(&self, key: &VerifierKey) -> bool {
        let text = self.note.text().as_bytes();
        let mut lines = self.note.signatures().iter().filter(|line| key.is_named_by(line));
        speaks_for(key, &self.checkpoint) && lines.any(|line| key.verifies(text, line.bytes()))
    }

    /// What is signed.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note, verified and unverified lines alike.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

fn speaks_for(key: &VerifierKey, checkpoint: &Checkpoint) -> bool {
    key.algorithm() == Algorithm::Log && key.name() == checkpoint.origin
}

fn may_sign(checkpoint: &Checkpoint, key: &LogKey) -> Result<(), OpenError> {
    if speaks_for(key.verifier(), checkpoint) {
        return Ok(());
    }
    let (key, origin) = (key.verifier().name().to_owned(), checkpoint.origin.clone());
    Err(OpenError::OtherOrigin { key, origin })
}
