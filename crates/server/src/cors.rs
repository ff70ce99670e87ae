//! What pages of other origins may ask from a browser (the CORS protocol of the Fetch standard):
//! nothing, unless their origins are named. A page brings a key of its own; there are no cookies.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use tower_http::cors::CorsLayer;

use crate::service::Service;

/// How long a browser may remember what it was allowed.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Whether it is an origin as browsers write it.
pub(crate) fn is_origin(text: &str) -> bool {
    let uri = text.parse::<Uri>().ok();
    let parts = uri.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.authority()?.as_str())));
    parts.is_some_and(|(scheme, authority)| {
        matches!(scheme, "http" | "https")
            && !authority.contains('@')
            && text == format!("{scheme}://{authority}").to_ascii_lowercase()
    })
}

/// What answers browsers that ask for other origins; `None` where none is allowed.
pub(crate) fn layer(service: &Service) -> Option<CorsLayer> {
    let origins = &service.config().allowed_origins;
    let origins: Vec<_> = origins.iter().filter_map(|o| HeaderValue::from_str(o).ok()).collect();
    let purpose = HeaderName::from_static("purpose");
    let asked = [
        header::ACCEPT,
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        header::IF_NONE_MATCH,
        purpose,
    ];
    let told = [header::ETAG, header::RETRY_AFTER, HeaderName::from_static("x-request-id")];
    let layer = CorsLayer::new().allow_methods([Method::GET, Method::POST]).allow_headers(asked);
    (!origins.is_empty())
        .then(|| layer.allow_origin(origins).expose_headers(told).max_age(REMEMBERED))
}
