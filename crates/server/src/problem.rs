//! Errors as RFC 9457 says: `application/problem+json`, a stable code, a page for each.

mod code;
mod pages;

use std::fmt;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use eventlog::ReadError;
use events::{Code, Refusal};
use serde_json::{Map, Value, json};

pub(crate) use code::ServiceCode;
pub(crate) use pages::page;

/// What is answered instead of an answer. It holds nothing that an event says and no child's name:
/// codes, places, numbers and sentences that are fixed.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    /// Whole seconds.
    retry_after: Option<u64>,
    members: Map<String, Value>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self { status, code, title, retry_after: None, members: Map::new() }
    }

    /// Adds a member that says more.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// Says when to come back.
    pub(crate) const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) const fn code(&self) -> &'static str {
        self.code
    }

    /// The problem as JSON, for an answer that holds several.
    pub(crate) fn to_json(&self) -> Value {
        let mut members = self.members.clone();
        members.insert("type".to_owned(), format!("/codes/{}", self.code).into());
        members.insert("status".to_owned(), self.status.as_u16().into());
        members.insert("code".to_owned(), self.code.into());
        members.insert("title".to_owned(), self.title.into());
        Value::Object(members)
    }
}

/// The status of a code of the vocabulary.
pub(crate) const fn status_of(code: Code) -> StatusCode {
    match code {
        Code::IdentityConflict => StatusCode::CONFLICT,
        Code::RevisionMismatch => StatusCode::PRECONDITION_FAILED,
        Code::SubjectErased => StatusCode::GONE,
        Code::NotJson => StatusCode::BAD_REQUEST,
        Code::EventTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(status_of(code), code.name(), code.meaning())
    }
}

impl From<&Refusal> for Problem {
    /// The sentence of a refusal may repeat what the event says: it is left out.
    fn from(refusal: &Refusal) -> Self {
        Self::from(refusal.code).with("path", refusal.path.as_str())
    }
}

impl From<ServiceCode> for Problem {
    fn from(code: ServiceCode) -> Self {
        Self::new(code.status(), code.name(), code.title())
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::BeyondHead { asked, head } => {
                let problem = Self::from(ServiceCode::BeyondHead);
                problem.with("asked", asked.0).with("head", head.0)
            }
            ReadError::Erased => Self::from(Code::SubjectErased),
            ReadError::Damaged { first, last, .. } => {
                Self::from(ServiceCode::LogFailed).with("first", first.0).with("last", last.0)
            }
            ReadError::Storage(_) | ReadError::Stopped => ServiceCode::LogFailed.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.title)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!(self.to_json()).to_string();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Failed(self.code));
        response
    }
}

/// The code of a failed request, for the service's own log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failed(pub(crate) &'static str);
