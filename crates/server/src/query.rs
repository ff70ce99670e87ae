//! What stands in the path and behind the question mark.

use axum::extract::{FromRequestParts, Path as Matched, Query as Parsed};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::{Problem, ServiceCode};

/// The parameters of a route: a type that denies unknown fields.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // What is wrong may repeat what was sent, a child's name among it: it is not told.
        let parsed = Parsed::try_from_uri(&parts.uri);
        let Parsed(query) = parsed.map_err(|_| ServiceCode::InvalidQuery)?;
        Ok(Self(query))
    }
}

/// The parts of a path that a route names.
#[derive(Debug)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // What is no UTF-8 names nothing that is here.
        let matched = Matched::from_request_parts(parts, state).await;
        let Matched(parts) = matched.map_err(|_| ServiceCode::NotFound)?;
        Ok(Self(parts))
    }
}
