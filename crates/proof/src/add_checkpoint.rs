//! A checkpoint with the proof that it continues an older one, as text: the body of the request
//! `add-checkpoint` to a witness (c2sp.org/tlog-witness), and a file that proves consistency.

use std::fmt;

use crate::Hash;
use crate::encoding::{base64, decimal, hash};
use crate::note::{Note, NoteError};

#[cfg(test)]
mod tests;

/// The most hashes of a consistency proof that the format takes.
pub const ADD_CHECKPOINT_HASHES_MAX: usize = 63;

/// A checkpoint, not verified, and a consistency proof from an older size to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Size of the older tree.
    pub old_size: u64,
    /// The proof, by [`Plan::consistency`](crate::Plan::consistency).
    pub proof: Vec<Hash>,
    /// The newer checkpoint.
    pub checkpoint: Note,
}

/// Why bytes are no such text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddCheckpointError {
    /// Not UTF-8 before the checkpoint.
    #[error("a consistency proof is UTF-8 text")]
    NotUtf8,
    /// No line `old` with a decimal without leading zeros.
    #[error("the first line is not `old` and a size")]
    OldSize,
    /// A line is not 32 bytes in base64, or there are more than 63.
    #[error("hash {0} is not a hash in base64, or one too many")]
    Hash(usize),
    /// No blank line before the checkpoint.
    #[error("a blank line and the checkpoint follow the hashes")]
    NoCheckpoint,
    /// What follows is not a signed note.
    #[error("the checkpoint is not a signed note")]
    Checkpoint(#[from] NoteError),
}

impl AddCheckpoint {
    /// Reads the text.
    ///
    /// # Errors
    /// [`AddCheckpointError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AddCheckpointError> {
        let blank = bytes.windows(2).position(|pair| pair == b"\n\n");
        let (head, note) = bytes.split_at(blank.ok_or(AddCheckpointError::NoCheckpoint)?);
        let head = std::str::from_utf8(head).map_err(|_| AddCheckpointError::NotUtf8)?;
        let mut lines = head.split('\n');
        let old_size = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(decimal);
        let read = |(n, line)| {
            let read = hash(line).filter(|_| n < ADD_CHECKPOINT_HASHES_MAX);
            read.ok_or(AddCheckpointError::Hash(n + 1))
        };
        Ok(Self {
            old_size: old_size.ok_or(AddCheckpointError::OldSize)?,
            proof: lines.enumerate().map(read).collect::<Result<_, _>>()?,
            checkpoint: Note::parse(&note[2..])?,
        })
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{}", base64(hash)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}
