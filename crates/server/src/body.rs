//! Bodies that come piece by piece, none of which may keep us waiting for ever.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use crate::config::{Limits, seconds};
use crate::problem::{Problem, ServiceCode};
use crate::service::Service;

/// A body as it comes.
pub(crate) struct Pieces {
    body: Body,
    patience: Duration,
}

impl Pieces {
    pub(crate) const fn new(body: Body, limits: &Limits) -> Self {
        Self { body, patience: seconds(limits.idle_seconds) }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// [`ServiceCode::TooSlow`], or [`ServiceCode::BadBody`] for one that breaks off.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, ServiceCode> {
        loop {
            let frame = timeout(self.patience, self.body.frame()).await;
            match frame.map_err(|_| ServiceCode::TooSlow)? {
                None => return Ok(None),
                Some(Err(_)) => return Err(ServiceCode::BadBody),
                // Trailers say nothing to us.
                Some(Ok(frame)) => {
                    if let Ok(piece) = frame.into_data() {
                        return Ok(Some(piece));
                    }
                }
            }
        }
    }

    /// All of it, if it is no longer than a body may be.
    ///
    /// # Errors
    /// [`ServiceCode::BodyTooLarge`], or as [`Pieces::next`].
    pub(crate) async fn whole(
        mut self,
        headers: &HeaderMap,
        limits: &Limits,
    ) -> Result<Bytes, Problem> {
        let said = headers.get(header::CONTENT_LENGTH).and_then(|said| said.to_str().ok());
        let said = said.and_then(|said| said.parse::<u64>().ok());
        if said.is_some_and(|said| said > limits.body_bytes as u64) {
            return Err(ServiceCode::BodyTooLarge.into());
        }
        let first = self.next().await?.unwrap_or_default();
        let Some(mut piece) = self.next().await? else { return Ok(first) };
        let mut whole = first.to_vec();
        loop {
            if whole.len() + piece.len() > limits.body_bytes {
                return Err(ServiceCode::BodyTooLarge.into());
            }
            whole.extend_from_slice(&piece);
            match self.next().await? {
                Some(next) => piece = next,
                None => return Ok(whole.into()),
            }
        }
    }
}

/// A body that is taken whole, however it comes.
pub(crate) struct Whole(pub(crate) Bytes);

impl FromRequest<Service> for Whole {
    type Rejection = Problem;

    async fn from_request(request: Request, service: &Service) -> Result<Self, Problem> {
        let limits = &service.config().limits;
        let (parts, body) = request.into_parts();
        Pieces::new(body, limits).whole(&parts.headers, limits).await.map(Self)
    }
}
