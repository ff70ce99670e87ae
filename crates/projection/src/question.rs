//! At which position a question is asked.

use events::{Position, Timestamp};
use timeline::Pos;

use crate::Projection;

/// The known axis of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The position at which the question is answered.
    pub position: Position,
    /// The instant that was asked for, as it was written.
    pub known_at: Option<String>,
}

/// Why the known axis of a question is wrong use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KnownError {
    /// Not an instant.
    #[error("--known-at `{0}`: expected an RFC 3339 instant, as in 2024-04-10T12:00:00Z")]
    NotAnInstant(String),
    /// The instant has not come: what was known then is not known yet.
    #[error("--known-at {0} lies in the future")]
    InFuture(String),
    /// The position is not there.
    #[error("position {asked} lies past the head, {head}")]
    PastHead {
        /// The position asked for.
        asked: Position,
        /// The last position.
        head: Position,
    },
}

impl Known {
    /// The position as facts hold it.
    #[must_use]
    pub fn pos(&self) -> Pos {
        Pos::try_from(self.position.0).unwrap_or(Pos::MAX)
    }

    /// What is known at the head of a projection.
    #[must_use]
    pub fn head(projection: &Projection) -> Self {
        Self { position: projection.position(), known_at: None }
    }

    /// What is known at a position.
    ///
    /// # Errors
    /// [`KnownError::PastHead`].
    pub fn at_position(projection: &Projection, asked: Position) -> Result<Self, KnownError> {
        let head = projection.position();
        if asked > head {
            return Err(KnownError::PastHead { asked, head });
        }
        Ok(Self { position: asked, known_at: None })
    }

    /// What was known at an instant: the last position recorded by then.
    ///
    /// # Errors
    /// [`KnownError::NotAnInstant`], [`KnownError::InFuture`] (of `now`).
    pub fn at_instant(
        projection: &Projection,
        text: &str,
        now: Timestamp,
    ) -> Result<Self, KnownError> {
        let instant: Timestamp =
            text.parse().map_err(|_| KnownError::NotAnInstant(text.to_owned()))?;
        if instant > now {
            return Err(KnownError::InFuture(text.to_owned()));
        }
        let position = projection.position_at(instant);
        Ok(Self { position, known_at: Some(text.to_owned()) })
    }
}
