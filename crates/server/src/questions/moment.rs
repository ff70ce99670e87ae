//! The position at which a question is put.

use std::sync::Arc;

use events::Position;
use projection::{Followed, NotReached};

use crate::config::seconds;
use crate::problem::{Problem, ServiceCode};
use crate::service::Service;

/// What is known, no older than the head of the log when it was asked.
pub(crate) struct Moment {
    pub(crate) followed: Arc<Followed>,
    /// The head of the log.
    pub(crate) head: Position,
}

impl Moment {
    /// Waits until the projection is where the log is, and at the position that is asked for.
    ///
    /// # Errors
    /// [`ServiceCode::NotReached`] if that takes long, [`ServiceCode::LogFailed`].
    pub(crate) async fn reach(service: &Service, at: Option<u64>) -> Result<Self, Problem> {
        let shown = service.view().now().position();
        // What is shown was in the log: this waits for nothing, and reads no file.
        let head = match shown.0.checked_sub(1) {
            Some(before) => service.log().watch(Position(before)).await?,
            None => service.log().head(None).await?.position,
        };
        Self::behind(service, head, at).await
    }

    async fn behind(service: &Service, head: Position, at: Option<u64>) -> Result<Self, Problem> {
        // Who wrote and then asks has what was written.
        let patience = service.config().limits.reach_seconds;
        let position = head.max(Position(at.unwrap_or(0)));
        let followed = service.view().at(position, seconds(patience)).await;
        match followed {
            Ok(followed) => Ok(Self { followed, head }),
            Err(NotReached { asked, reached }) => {
                let head = service.log().head(None).await?.position;
                // Nobody has written so far: there is nothing of one's own to be read there.
                let code = match asked > head {
                    true => ServiceCode::BeyondHead,
                    false => ServiceCode::NotReached,
                };
                let problem = Problem::from(code).with("asked", asked.0).with("reached", reached.0);
                Err(if asked > head { problem } else { problem.retry_after(1) })
            }
        }
    }
}

/// A moment of which it is known what was erased.
pub(crate) struct Settled {
    pub(crate) moment: Moment,
    erased: u64,
}

impl Settled {
    /// As [`Moment::reach`].
    ///
    /// # Errors
    /// As [`Moment::reach`].
    pub(crate) async fn reach(service: &Service, at: Option<u64>) -> Result<Self, Problem> {
        // Looked at before the facts are taken: they lack what was erased by then.
        let head = service.log().head(None).await?;
        let moment = Moment::behind(service, head.position, at).await?;
        Ok(Self { moment, erased: head.erased })
    }

    /// Whether the facts still are what the log may show: to be asked before an answer is given.
    ///
    /// # Errors
    /// [`ServiceCode::NotReached`] if something was erased meanwhile.
    pub(crate) async fn holds(&self, service: &Service) -> Result<(), Problem> {
        if service.log().head(None).await?.erased == self.erased {
            return Ok(());
        }
        Err(Problem::from(ServiceCode::NotReached).retry_after(1))
    }
}
