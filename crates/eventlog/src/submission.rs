//! What callers hand over to the one who appends, and how they are answered.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::{AppendError, Batch, Prepared, Receipt};

/// What comes of a batch.
pub type Outcome = Result<Vec<Receipt>, AppendError>;

/// What comes of an event that is a batch of its own.
pub type OutcomeOfOne = Result<Receipt, AppendError>;

/// What was handed over, and where its outcome goes.
#[derive(Debug)]
pub enum Submission {
    /// Events of adapters that are one batch, and who recorded them.
    Together(Vec<Prepared>, Arc<str>, oneshot::Sender<Outcome>),
    /// Events of adapters that are a batch each, and who recorded them.
    Each(Vec<Prepared>, Arc<str>, oneshot::Sender<Vec<OutcomeOfOne>>),
    /// Any other batch.
    Batch(Batch, oneshot::Sender<Outcome>),
}

impl Submission {
    /// Answers it with an error.
    pub fn refuse(self, error: &AppendError) {
        match self {
            Self::Batch(_, sender) | Self::Together(_, _, sender) => {
                drop(sender.send(Err(error.clone())));
            }
            Self::Each(events, _, sender) => {
                drop(sender.send(vec![Err(error.clone()); events.len()]));
            }
        }
    }
}

/// An outcome that is told when the group it rests on is durable.
#[derive(Debug)]
pub enum Answer {
    /// Of a batch.
    Batch(oneshot::Sender<Outcome>, Outcome),
    /// Of events that are a batch each.
    Each(oneshot::Sender<Vec<OutcomeOfOne>>, Vec<OutcomeOfOne>),
}

impl Answer {
    /// Tells the caller, who may have gone away.
    pub fn tell(self) {
        match self {
            Self::Batch(sender, outcome) => drop(sender.send(outcome)),
            Self::Each(sender, outcomes) => drop(sender.send(outcomes)),
        }
    }

    /// Tells the caller that it came to nothing, whatever was decided.
    pub fn fail(self, error: &AppendError) {
        match self {
            Self::Batch(sender, _) => drop(sender.send(Err(error.clone()))),
            Self::Each(sender, outcomes) => {
                drop(sender.send(vec![Err(error.clone()); outcomes.len()]));
            }
        }
    }
}
