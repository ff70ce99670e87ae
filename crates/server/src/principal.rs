//! Who asks.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::grants::{Grants, Names};
use crate::problem::{Problem, ServiceCode};

/// Somebody whose word was checked. A handler that takes one has one.
#[derive(Debug, Clone)]
pub(crate) struct Principal(Arc<Known>);

#[derive(Debug)]
struct Known {
    name: String,
    grants: Grants,
}

/// What of a log's answers somebody may see: a filter inside every question, never a check of its
/// answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope<'a> {
    /// Everything, child by child.
    Everything,
    /// Counts over these providers, small cells masked.
    Aggregates(&'a Names),
}

impl Principal {
    pub(crate) fn new(name: impl Into<String>, grants: Grants) -> Self {
        Self(Arc::new(Known { name: name.into(), grants }))
    }

    /// The name, which stands as `recordedby` in what it posts.
    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn grants(&self) -> &Grants {
        &self.0.grants
    }

    /// What it may see of answers; the widest that it was granted.
    ///
    /// # Errors
    /// [`ServiceCode::Forbidden`] if nothing.
    pub(crate) fn scope(&self) -> Result<Scope<'_>, Problem> {
        match &self.grants().reporter {
            _ if self.grants().auditor => Ok(Scope::Everything),
            Some(providers) => Ok(Scope::Aggregates(providers)),
            None => Err(ServiceCode::Forbidden.into()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    /// The guard has put it there; a route without a guard has none, and is refused.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| ServiceCode::Forbidden.into())
    }
}
