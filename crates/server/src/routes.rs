//! Every route, with what it needs.

use axum::Router;
use axum::http::Method;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get, post};

use crate::api::{self, About};
use crate::cors;
use crate::guard::{Needs, admit};
use crate::post::post_events;
use crate::problem::{self, ServiceCode};
use crate::service::Service;
use crate::{follow, health, pages, questions, shell, telemetry, tlog};

/// A route.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) needs: Needs,
    handler: MethodRouter<Service>,
    /// What it says about itself.
    pub(crate) about: fn() -> About,
}

/// Every route there is.
#[expect(clippy::too_many_lines, reason = "a table, a line or a few for each route")]
pub(crate) fn routes() -> Vec<Route> {
    let route = |method, path, needs, handler, about| Route { method, path, needs, handler, about };
    use Method as M;
    use api::{asking, operating, posting, reading};
    vec![
        route(M::GET, "/healthz", Needs::Nothing, get(health::alive), operating::alive),
        route(M::GET, "/readyz", Needs::Nothing, get(health::ready), operating::ready),
        route(M::GET, "/metrics", Needs::Operator, get(telemetry::metrics), operating::telemetry),
        route(M::GET, "/codes/{code}", Needs::Nothing, get(problem::page), operating::code),
        route(M::GET, "/openapi.json", Needs::Nothing, get(api::openapi), operating::document),
        route(M::GET, "/docs", Needs::Nothing, get(api::docs), operating::page),
        route(M::POST, "/v1/events", Needs::Ingest, post(post_events), posting::events),
        route(M::GET, "/v1/events", Needs::Children, get(pages::events), reading::events),
        route(M::GET, "/v1/events/follow", Needs::Children, get(follow::follow), reading::follow),
        route(
            M::GET,
            "/v1/streams/{family}/{ident}",
            Needs::Children,
            get(pages::stream),
            reading::stream,
        ),
        route(
            M::GET,
            "/v1/reports/{metric}",
            Needs::Reports,
            get(questions::report::get),
            asking::get_report,
        ),
        route(
            M::POST,
            "/v1/reports",
            Needs::Reports,
            post(questions::report::post),
            asking::post_report,
        ),
        route(
            M::GET,
            "/v1/explain/{metric}",
            Needs::Children,
            get(questions::explain::get),
            asking::get_explanation,
        ),
        route(
            M::POST,
            "/v1/explain",
            Needs::ChildrenAsked,
            post(questions::explain::post),
            asking::post_explanation,
        ),
        route(
            M::POST,
            "/v1/diff",
            Needs::ChildrenAsked,
            post(questions::diff::post),
            asking::difference,
        ),
        route(
            M::GET,
            "/v1/history/{metric}",
            Needs::Entries,
            get(questions::history::get),
            asking::get_history,
        ),
        route(
            M::POST,
            "/v1/history",
            Needs::Entries,
            post(questions::history::post),
            asking::post_history,
        ),
        route(
            M::GET,
            "/v1/timeline/{family}/{ident}",
            Needs::Children,
            get(questions::timeline::get),
            asking::timeline,
        ),
        route(
            M::GET,
            "/v1/findings",
            Needs::Children,
            get(questions::findings::get),
            asking::findings,
        ),
        route(M::GET, "/v1/metrics", Needs::Anybody, get(questions::metrics::get), asking::metrics),
        route(M::GET, "/v1/policy", Needs::Reports, get(questions::policy::get), asking::policy),
        route(M::GET, "/checkpoint", Needs::Anybody, get(tlog::checkpoint), reading::checkpoint),
        route(M::GET, "/tile/{level}/{*tile}", Needs::Anybody, get(tlog::tile), reading::tile),
        route(
            M::GET,
            "/tile/entries/{*tile}",
            Needs::Entries,
            get(tlog::entries),
            reading::entries,
        ),
    ]
}

/// What answers requests.
pub(crate) fn router(service: &Service) -> Router {
    let mut router = Router::new();
    for Route { path, needs, handler, .. } in routes() {
        router = router.route(path, guarded(service, needs, handler));
    }
    let router = router
        .fallback(async || problem::Problem::from(ServiceCode::NotFound))
        .method_not_allowed_fallback(async || problem::Problem::from(ServiceCode::MethodNotAllowed))
        .layer(from_fn(shell::no_panic))
        .layer(from_fn_with_state(service.clone(), shell::around))
        .with_state(service.clone());
    match cors::layer(service) {
        Some(layer) => router.layer(layer),
        None => router,
    }
}

fn guarded(
    service: &Service,
    needs: Needs,
    handler: MethodRouter<Service>,
) -> MethodRouter<Service> {
    if needs == Needs::Nothing {
        return handler;
    }
    handler.route_layer(from_fn_with_state((service.clone(), needs), admit))
}
