//! When a witness may cosign (c2sp.org/tlog-witness): the log has only grown since the last time.

use crate::Hash;
use crate::checkpoint::Checkpoint;
use crate::hash::empty_root;
use crate::verify::{Disproof, verify_consistency};

#[cfg(test)]
mod tests;

/// What a witness remembers of a log: the last checkpoint that it cosigned.
///
/// It must be stored durably before the cosignature leaves the witness, and no two checkpoints of a
/// log may be looked at at the same time; both are up to whoever stores it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessState {
    /// The log.
    pub origin: String,
    /// Its size then; 0 before the first checkpoint.
    pub size: u64,
    /// Its root then.
    pub root: Hash,
}

/// Why a witness does not cosign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// A checkpoint of another log.
    #[error("the checkpoint is of {found}, not of {expected}")]
    OtherLog {
        /// The log that was witnessed so far.
        expected: String,
        /// The checkpoint's origin.
        found: String,
    },
    /// Smaller than what was cosigned: old, or a log that was cut short.
    #[error("a tree of {size} entries was cosigned before, this one has {found}")]
    Smaller {
        /// Cosigned size.
        size: u64,
        /// The checkpoint's size.
        found: u64,
    },
    /// As large as what was cosigned, with another root: two histories. Evidence worth keeping.
    #[error("fork: another tree of {size} entries was cosigned before")]
    Fork {
        /// The size of both.
        size: u64,
    },
    /// The proof begins at another size than the one that was cosigned last.
    #[error("the proof begins at size {found}, the last cosigned tree has {size} entries")]
    OtherStart {
        /// Cosigned size: a proof from here is needed.
        size: u64,
        /// Where the proof begins.
        found: u64,
    },
    /// The proof does not show that the log has only grown: a wrong proof, or two histories.
    #[error("not proven to begin with the tree of {size} entries that was cosigned before")]
    Inconsistent {
        /// Cosigned size.
        size: u64,
        /// What is wrong with the proof.
        #[source]
        source: Disproof,
    },
}

impl WitnessState {
    /// A log of which no checkpoint was cosigned yet. The first one is taken as it comes.
    #[must_use]
    pub fn new(origin: &str) -> Self {
        Self { origin: origin.to_owned(), size: 0, root: empty_root() }
    }

    /// The state in which `next` was cosigned, if it may be. `next` must have been opened with the
    /// keys of the log; `proof` leads from the tree of `old_size` to it and is empty where both
    /// are the same. The same checkpoint again is taken.
    ///
    /// # Errors
    /// [`WitnessError`].
    pub fn advance(
        &self,
        next: &Checkpoint,
        old_size: u64,
        proof: &[Hash],
    ) -> Result<Self, WitnessError> {
        if next.origin() != self.origin {
            let (expected, found) = (self.origin.clone(), next.origin().to_owned());
            return Err(WitnessError::OtherLog { expected, found });
        }
        let size = self.size;
        if next.size() < size {
            return Err(WitnessError::Smaller { size, found: next.size() });
        }
        if next.size() == size && *next.root() != self.root {
            return Err(WitnessError::Fork { size });
        }
        if old_size != size {
            return Err(WitnessError::OtherStart { size, found: old_size });
        }
        verify_consistency(size, next.size(), proof, &self.root, next.root())
            .map_err(|source| WitnessError::Inconsistent { size, source })?;
        Ok(Self::from(next))
    }
}

impl From<&Checkpoint> for WitnessState {
    fn from(checkpoint: &Checkpoint) -> Self {
        let (origin, size, root) =
            (checkpoint.origin().to_owned(), checkpoint.size(), *checkpoint.root());
        Self { origin, size, root }
    }
}
