//! What stands before a route: who asks, whether the route is theirs, and the record of a read.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::timeout;

use crate::config::seconds;
use crate::grants::Grants;
use crate::principal::Principal;
use crate::problem::{Problem, ServiceCode};
use crate::request_id::RequestId;
use crate::service::Service;

/// What a route needs. Every route says it, and there is no default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing: anybody may ask.
    Nothing,
    /// To be somebody who was granted anything.
    Anybody,
    /// To post events; of which sources, the handler asks.
    Ingest,
    /// To ask for numbers; of which providers, the handler asks ([`Principal::scope`]).
    Reports,
    /// To see what the tree commits to, which names no child.
    Entries,
    /// To read records of children, for a purpose, which is recorded before anything is shown.
    Children,
    /// The same; what is read stands in the body, and the handler records it.
    ChildrenAsked,
    /// To look after the service.
    Operator,
}

impl Needs {
    /// Whether the grants have what is needed.
    pub(crate) fn met_by(self, grants: &Grants) -> bool {
        match self {
            Self::Nothing => true,
            Self::Anybody => *grants != Grants::default(),
            Self::Ingest => grants.ingest.is_some(),
            Self::Reports => grants.reporter.is_some() || grants.auditor,
            Self::Entries | Self::Children | Self::ChildrenAsked => grants.auditor,
            Self::Operator => grants.operator,
        }
    }
}

/// Lets a request through whose principal has what the route needs.
pub(crate) async fn admit(
    State((service, needs)): State<(Service, Needs)>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let principal = authenticated(&service, &parts.headers)?;
    service.rates().count(principal.name())?;
    if !needs.met_by(principal.grants()) {
        return Err(ServiceCode::Forbidden.into());
    }
    let _place = service.request_place()?;
    if needs == Needs::Children {
        record(&service, &principal, &parts).await?;
    }
    parts.extensions.insert(principal);
    let answer = next.run(Request::from_parts(parts, body));
    let patience = seconds(service.config().limits.answer_seconds);
    // What was handed to the log may be recorded all the same.
    let late =
        if needs == Needs::Ingest { ServiceCode::OutcomeUnknown } else { ServiceCode::TooSlow };
    timeout(patience, answer).await.map_err(|_| late.into())
}

/// Whether who began something long may still do so: a key may be revoked and a token end meanwhile.
pub(crate) fn still(service: &Service, headers: &HeaderMap, needs: Needs) -> bool {
    authenticated(service, headers).is_ok_and(|principal| needs.met_by(principal.grants()))
}

/// Whose token a request carries.
fn authenticated(service: &Service, headers: &HeaderMap) -> Result<Principal, Problem> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(authorization), None) = (given.next(), given.next()) else {
        return Err(ServiceCode::Unauthenticated.into());
    };
    let token = authorization.to_str().ok().and_then(|text| text.split_once(' '));
    let (scheme, token) = token.ok_or(ServiceCode::Unauthenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(ServiceCode::Unauthenticated.into());
    }
    service.principal_of(token.trim())
}

/// Records that somebody is about to read records of children. Who asks whether something is there
/// reads, too.
async fn record(service: &Service, principal: &Principal, parts: &Parts) -> Result<(), Problem> {
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let what = format!("{} {target}", parts.method);
    let id = parts.extensions.get::<RequestId>().ok_or(ServiceCode::Internal)?;
    service.access().record(id, principal, &parts.headers, &what).await
}
