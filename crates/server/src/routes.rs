//! Every route, with what it needs.

use axum::Router;
use axum::http::Method;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get, post};

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
}

/// Every route there is.
pub(crate) fn routes() -> Vec<Route> {
    let route = |method, path, needs, handler| Route { method, path, needs, handler };
    use Method as M;
    vec![
        route(M::GET, "/healthz", Needs::Nothing, get(health::alive)),
        route(M::GET, "/readyz", Needs::Nothing, get(health::ready)),
        route(M::GET, "/metrics", Needs::Operator, get(telemetry::metrics)),
        route(M::GET, "/codes/{code}", Needs::Nothing, get(problem::page)),
        route(M::POST, "/v1/events", Needs::Ingest, post(post_events)),
        route(M::GET, "/v1/events", Needs::Children, get(pages::events)),
        route(M::GET, "/v1/events/follow", Needs::Children, get(follow::follow)),
        route(M::GET, "/v1/streams/{family}/{ident}", Needs::Children, get(pages::stream)),
        route(M::GET, "/v1/reports/{metric}", Needs::Reports, get(questions::report::get)),
        route(M::POST, "/v1/reports", Needs::Reports, post(questions::report::post)),
        route(M::GET, "/v1/explain/{metric}", Needs::Children, get(questions::explain::get)),
        route(M::POST, "/v1/explain", Needs::ChildrenAsked, post(questions::explain::post)),
        route(M::POST, "/v1/diff", Needs::ChildrenAsked, post(questions::diff::post)),
        route(M::GET, "/v1/history/{metric}", Needs::Entries, get(questions::history::get)),
        route(M::POST, "/v1/history", Needs::Entries, post(questions::history::post)),
        route(
            M::GET,
            "/v1/timeline/{family}/{ident}",
            Needs::Children,
            get(questions::timeline::get),
        ),
        route(M::GET, "/v1/findings", Needs::Children, get(questions::findings::get)),
        route(M::GET, "/v1/metrics", Needs::Anybody, get(questions::metrics::get)),
        route(M::GET, "/v1/policy", Needs::Reports, get(questions::policy::get)),
        route(M::GET, "/checkpoint", Needs::Anybody, get(tlog::checkpoint)),
        route(M::GET, "/tile/{level}/{*tile}", Needs::Anybody, get(tlog::tile)),
        route(M::GET, "/tile/entries/{*tile}", Needs::Entries, get(tlog::entries)),
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
