//! The proof of one entry as a file, `.tlog-proof` (c2sp.org/tlog-proof).

use std::fmt;

use crate::Hash;
use crate::checkpoint::{Checkpoint, OpenError, SignedCheckpoint};
use crate::cosignature::{Cosignature, MergeError};
use crate::encoding::{base64, decimal, from_base64, hash};
use crate::key::VerifierKey;
use crate::note::{Note, NoteError};
use crate::verify::{Disproof, verify_inclusion};

#[cfg(test)]
mod tests;

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// No tree of 64-bit size is higher.
const HASHES_MAX: usize = 64;

/// The proof that an entry is in a log: its index, the hashes up to the root, the checkpoint with
/// that root and whatever cosignatures it has.
///
/// As `extra` our logs write the canonical bytes of the entry, so that the file stands for itself:
/// the leaf hash is SHA-256(0x00 ‖ extra), and the entry says position, time, type and the salted
/// hashes of what it commits to. The file does not authenticate `extra` by itself; hashing it and
/// verifying the inclusion of that hash does.
///
/// **Invariant:** what [`TlogProof::parse`] takes is written back to the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    extra: Option<Vec<u8>>,
    index: u64,
    hashes: Vec<Hash>,
    checkpoint: Note,
}

/// Why bytes are no `.tlog-proof`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// Not UTF-8 before the checkpoint.
    #[error("a proof is UTF-8 text")]
    NotUtf8,
    /// The first line is another one.
    #[error("a proof begins with the line {HEADER}")]
    Header,
    /// `extra` is not followed by base64 of at least one byte.
    #[error("the line `extra` holds base64 of at least one byte")]
    Extra,
    /// No line `index` with a decimal without leading zeros.
    #[error("the line `index` holds a number")]
    Index,
    /// A line of the proof is not 32 bytes in base64, or there are more than 64.
    #[error("hash {0} is not a hash in base64, or one too many")]
    Hash(usize),
    /// No blank line before the checkpoint.
    #[error("a blank line and the checkpoint follow the hashes")]
    NoCheckpoint,
    /// What follows is not a signed note.
    #[error("the checkpoint is not a signed note")]
    Checkpoint(#[from] NoteError),
}

/// Whom a verifier believes besides the log: known witnesses, and how many of them must agree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// Keys of known witnesses.
    pub witnesses: Vec<VerifierKey>,
    /// How many different ones must have cosigned; 0: the log's own word is enough.
    pub min: usize,
}

/// What a proof proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The checkpoint, signed by a known key of the log.
    pub checkpoint: Checkpoint,
    /// Index of the entry, from 0; its position is one more.
    pub index: u64,
    /// Cosignatures by known witnesses, each of another key. None: *not witnessed*.
    pub cosignatures: Vec<Cosignature>,
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// The checkpoint is not by a known key of the log.
    #[error("the checkpoint cannot be trusted")]
    Checkpoint(#[from] OpenError),
    /// The entry is not in the tree at that index.
    #[error("the entry is not proven to be in the log")]
    Inclusion(#[from] Disproof),
    /// A line that names a known witness is not its own.
    #[error("a cosignature is false")]
    Cosignature(#[from] MergeError),
    /// Fewer known witnesses than asked for.
    #[error("cosigned by {found} known witnesses, {needed} are needed")]
    TooFewWitnesses {
        /// Known witnesses that cosigned.
        found: usize,
        /// The policy's number.
        needed: usize,
    },
}

impl Policy {
    /// The cosignatures of a checkpoint by the policy's witnesses, counted by public key: one
    /// witness under two names counts once.
    ///
    /// # Errors
    /// [`Unproven::Cosignature`], [`Unproven::TooFewWitnesses`].
    pub fn check(&self, signed: &SignedCheckpoint) -> Result<Vec<Cosignature>, Unproven> {
        let mut distinct: Vec<Cosignature> = Vec::new();
        for cosignature in signed.cosignatures(&self.witnesses)? {
            let bytes = cosignature.witness.public_bytes();
            if distinct.iter().all(|earlier| earlier.witness.public_bytes() != bytes) {
                distinct.push(cosignature);
            }
        }
        let (found, needed) = (distinct.len(), self.min);
        if found < needed { Err(Unproven::TooFewWitnesses { found, needed }) } else { Ok(distinct) }
    }
}

impl TlogProof {
    /// The proof of the entry at `index` (from 0), by the hashes of
    /// [`Plan::inclusion`](crate::Plan::inclusion) for the checkpoint's size.
    #[must_use]
    pub fn new(index: u64, hashes: Vec<Hash>, checkpoint: &SignedCheckpoint) -> Self {
        Self { extra: None, index, hashes, checkpoint: checkpoint.note().clone() }
    }

    /// The same with extra bytes: for our logs, the canonical bytes of the entry.
    #[must_use]
    pub fn with_extra(mut self, extra: Vec<u8>) -> Self {
        self.extra = Some(extra).filter(|extra| !extra.is_empty());
        self
    }

    /// Reads a `.tlog-proof` file.
    ///
    /// # Errors
    /// [`TlogProofError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, TlogProofError> {
        let blank = bytes.windows(2).position(|pair| pair == b"\n\n");
        let (head, note) = bytes.split_at(blank.ok_or(TlogProofError::NoCheckpoint)?);
        let head = std::str::from_utf8(head).map_err(|_| TlogProofError::NotUtf8)?;
        let mut lines = head.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(TlogProofError::Header);
        }
        let mut line = lines.next().ok_or(TlogProofError::Index)?;
        let extra = line.strip_prefix("extra ").map(read_extra).transpose()?;
        if extra.is_some() {
            line = lines.next().ok_or(TlogProofError::Index)?;
        }
        let index = line.strip_prefix("index ").and_then(decimal).ok_or(TlogProofError::Index)?;
        let read = |(n, line)| {
            let read = hash(line).filter(|_| n < HASHES_MAX);
            read.ok_or(TlogProofError::Hash(n + 1))
        };
        let hashes = lines.enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(Self { extra, index, hashes, checkpoint: Note::parse(&note[2..])? })
    }

    /// Extra bytes, not authenticated.
    #[must_use]
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// Index of the entry, from 0, as the file says.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Hashes from the leaf's sibling up.
    #[must_use]
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// The checkpoint's note, not verified.
    #[must_use]
    pub const fn checkpoint(&self) -> &Note {
        &self.checkpoint
    }

    /// Verifies that the entry with this leaf hash is in the log, by a checkpoint that one of these
    /// keys of the log signed and enough witnesses cosigned.
    ///
    /// # Errors
    /// [`Unproven`].
    pub fn verify(
        &self,
        leaf: &Hash,
        log_keys: &[VerifierKey],
        policy: &Policy,
    ) -> Result<Verified, Unproven> {
        let signed = SignedCheckpoint::of_note(self.checkpoint.clone(), log_keys)?;
        let checkpoint = signed.checkpoint().clone();
        verify_inclusion(leaf, self.index, checkpoint.size(), &self.hashes, checkpoint.root())?;
        let cosignatures = policy.check(&signed)?;
        Ok(Verified { checkpoint, index: self.index, cosignatures })
    }
}

fn read_extra(text: &str) -> Result<Vec<u8>, TlogProofError> {
    from_base64(text).filter(|bytes| !bytes.is_empty()).ok_or(TlogProofError::Extra)
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", base64(hash)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}
