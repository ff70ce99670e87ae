//! How far an ingestion got, and why it got no further.

use std::collections::BTreeMap;
use std::io;

use eventlog::AppendError;
use events::{Code, Position};

use crate::ReadInputError;

/// How far an ingestion got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// The last line whose outcome is known, as all lines before it; 0: none.
    pub line: u64,
    /// Events that the log took.
    pub recorded: u64,
    /// Events that the log had before.
    pub already_recorded: u64,
    /// Events refused, by the reader or by the log.
    pub refused: u64,
}

/// What became of a whole input.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Counts, and the last line.
    pub progress: Progress,
    /// Events refused, by code; they sum to `progress.refused`.
    pub refused_by_code: BTreeMap<Code, u64>,
    /// The highest position that the log answered with, new or not; `None` if it took nothing.
    pub last_position: Option<Position>,
}

/// Why an ingestion broke off. Running it again is safe: what was recorded is told apart.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The input cannot be read on; everything read before is settled.
    #[error("line {} is the last one settled", progress.line)]
    Input {
        /// How far it got.
        progress: Progress,
        /// What failed.
        #[source]
        source: ReadInputError,
    },
    /// The log takes no more, or its answer is lost.
    #[error("line {} is the last one that the log acknowledged", progress.line)]
    Log {
        /// How far it got.
        progress: Progress,
        /// The line whose outcome is not known.
        line: u64,
        /// What failed.
        #[source]
        source: AppendError,
    },
    /// What was refused cannot be kept.
    #[error("the quarantine file cannot be written; line {} is the last one settled", progress.line)]
    Quarantine {
        /// How far it got.
        progress: Progress,
        /// What failed.
        #[source]
        source: io::Error,
    },
}

impl IngestError {
    /// How far it got.
    #[must_use]
    pub const fn progress(&self) -> Progress {
        match self {
            Self::Input { progress, .. }
            | Self::Log { progress, .. }
            | Self::Quarantine { progress, .. } => *progress,
        }
    }
}
