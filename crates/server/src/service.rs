//! What every handler has.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eventlog::{Clock, EventLog};
use projection::View;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::access::AccessLog;
use crate::config::Config;
use crate::health::Readiness;
use crate::keys::Keys;
use crate::oidc::{Issuer, JwksError};
use crate::principal::Principal;
use crate::problem::{Problem, ServiceCode};
use crate::questions::Answering;
use crate::rates::Rates;
use crate::request_id::RequestIds;
use crate::routes::routes;
use crate::telemetry::Telemetry;

/// What a service is made of.
pub struct Parts {
    /// The log.
    pub log: Arc<dyn EventLog>,
    /// What follows it.
    pub view: View,
    /// Who may do what.
    pub keys: Keys,
    /// Where reads of children's records are written down.
    pub access: AccessLog,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// How it is set up.
    pub config: Config,
}

/// The service, as handlers hold it. A clone is the same service.
#[derive(Clone)]
pub struct Service(Arc<State>);

struct State {
    parts: Parts,
    request_ids: RequestIds,
    answering: Answering,
    /// What is left of places for streams of lines.
    streams: Arc<Semaphore>,
    /// What is left of places for followers.
    followers: Arc<Semaphore>,
    /// Told when the service is about to stop.
    stopping: CancellationToken,
    /// What is left of places for other requests.
    requests: Arc<Semaphore>,
    rates: Rates,
    readiness: Readiness,
    telemetry: Telemetry,
    issuer: Option<Issuer>,
    /// Whether the projection follows the log.
    followed: AtomicBool,
}

impl Service {
    /// A service of these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let issuer = parts.config.oidc.as_ref().map(Issuer::new);
        let places = |count| Arc::new(Semaphore::new(count));
        let limits = &parts.config.limits;
        let (streams, followers) = (places(limits.streams), places(limits.followers));
        let (requests, rates) = (places(limits.requests), Rates::new(limits.requests_per_second));
        Self(Arc::new(State {
            parts,
            issuer,
            request_ids: RequestIds::new(),
            answering: Answering::new(),
            streams,
            followers,
            stopping: CancellationToken::new(),
            requests,
            rates,
            readiness: Readiness::default(),
            telemetry: Telemetry::new(routes().iter().map(|r| (r.method.clone(), r.path))),
            followed: AtomicBool::new(true),
        }))
    }

    /// Takes the keys of the identity provider, if there is one. One that cannot be reached now is
    /// asked again by [`Self::follow_issuer`], so that events are taken meanwhile.
    ///
    /// # Errors
    /// [`JwksError::File`].
    pub async fn meet_issuer(&self) -> Result<(), JwksError> {
        let Some(issuer) = &self.0.issuer else { return Ok(()) };
        let taken = issuer.take_keys().await;
        match taken {
            Err(JwksError::File { .. }) | Ok(()) => taken,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the issuer's keys");
                Ok(())
            }
        }
    }

    /// Takes up what changes in the keys of the identity provider, for as long as it is polled.
    pub async fn follow_issuer(self) {
        if let Some(issuer) = self.0.issuer.clone() {
            issuer.follow().await;
        }
    }

    /// Whether it speaks TLS itself.
    #[must_use]
    pub fn has_tls(&self) -> bool {
        self.config().tls.is_some()
    }

    pub(crate) fn log(&self) -> &Arc<dyn EventLog> {
        &self.0.parts.log
    }

    pub(crate) fn readiness(&self) -> &Readiness {
        &self.0.readiness
    }

    pub(crate) fn view(&self) -> &View {
        &self.0.parts.view
    }

    pub(crate) fn access(&self) -> &AccessLog {
        &self.0.parts.access
    }

    /// Read at the outermost, and handed to what is asked.
    pub(crate) fn clock(&self) -> &dyn Clock {
        self.0.parts.clock.as_ref()
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.parts.config
    }

    pub(crate) fn answering(&self) -> &Answering {
        &self.0.answering
    }

    pub(crate) fn request_ids(&self) -> &RequestIds {
        &self.0.request_ids
    }

    /// A place for a stream of lines, to be held while it comes.
    ///
    /// # Errors
    /// [`ServiceCode::Overloaded`].
    pub(crate) fn stream_place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        place(&self.0.streams)
    }

    /// A place for a follower, to be held while it follows.
    ///
    /// # Errors
    /// [`ServiceCode::Overloaded`].
    pub(crate) fn follower_place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        place(&self.0.followers)
    }

    /// A place for any request, to be held until its answer begins.
    ///
    /// # Errors
    /// [`ServiceCode::Overloaded`].
    pub(crate) fn request_place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        place(&self.0.requests)
    }

    pub(crate) fn requests_under_way(&self) -> usize {
        self.config().limits.requests - self.0.requests.available_permits()
    }

    pub(crate) fn followers(&self) -> usize {
        self.config().limits.followers - self.0.followers.available_permits()
    }

    pub(crate) fn rates(&self) -> &Rates {
        &self.0.rates
    }

    pub(crate) fn telemetry(&self) -> &Telemetry {
        &self.0.telemetry
    }

    /// Says that the projection follows the log no more: the service is not ready then.
    pub fn follows_no_more(&self) {
        self.0.followed.store(false, Ordering::Relaxed);
    }

    pub(crate) fn is_followed(&self) -> bool {
        self.0.followed.load(Ordering::Relaxed)
    }

    /// Told when the service is about to stop: what has no end of its own ends then.
    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.0.stopping
    }

    /// Whose token it is.
    ///
    /// # Errors
    /// [`ServiceCode::Unauthenticated`].
    pub(crate) fn principal_of(&self, token: &str) -> Result<Principal, Problem> {
        let principal = self
            .0
            .parts
            .keys
            .principal_of(token)
            .or_else(|| self.0.issuer.as_ref()?.principal_of(token, self.clock().now()));
        principal.ok_or_else(|| ServiceCode::Unauthenticated.into())
    }
}

fn place(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Problem> {
    let place = Arc::clone(places).try_acquire_owned();
    place.map_err(|_| Problem::from(ServiceCode::Overloaded).retry_after(1))
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("config", self.config()).finish_non_exhaustive()
    }
}
