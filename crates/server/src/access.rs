//! The log of who read records of children, for what purpose, and what.
//!
//! It is a log like the main one, in a directory of its own: tamper-evident likewise, and reading
//! moves no position of the main log.

use std::sync::Arc;

use axum::http::HeaderMap;
use eventlog::{Clock, EventLog};
use events::v1::report::AccessLogged;
use events::{Admission, Content, EventKey, Incoming, Payload, Subject, Text};

use crate::principal::Principal;
use crate::problem::{Problem, ServiceCode};
use crate::request_id::RequestId;

/// The header in which a reader says why.
const PURPOSE: &str = "purpose";
/// The longest purpose, in characters.
const PURPOSE_MAX: usize = 256;
/// Who says what stands in this log.
const SOURCE: &str = "casetrail/access";

/// Records reads.
#[derive(Clone)]
pub struct AccessLog {
    log: Arc<dyn EventLog>,
    clock: Arc<dyn Clock>,
}

impl AccessLog {
    /// Records into that log.
    pub fn new(log: Arc<dyn EventLog>, clock: Arc<dyn Clock>) -> Self {
        Self { log, clock }
    }

    /// Records a read before anything is shown; who cannot be recorded reads nothing.
    ///
    /// # Errors
    /// [`ServiceCode::PurposeRequired`], or [`ServiceCode::LogFailed`].
    pub(crate) async fn record(
        &self,
        request: &RequestId,
        principal: &Principal,
        headers: &HeaderMap,
        what: &str,
    ) -> Result<(), Problem> {
        let purpose = purpose_of(headers)?;
        let said = AccessLogged {
            principal: Text::from(principal.name()),
            purpose: Text::from(purpose),
            what: Text::from(what),
            raw: None,
        };
        let event = self.event(request, said).ok_or(ServiceCode::Internal)?;
        let outcome = self.log.append_each(vec![event], Admission::Adapter, principal.name()).await;
        match outcome.into_iter().next() {
            Some(Ok(_)) => Ok(()),
            _ => Err(ServiceCode::LogFailed.into()),
        }
    }

    fn event(&self, request: &RequestId, said: AccessLogged) -> Option<Incoming> {
        let subject: Subject = format!("report/{request}").parse().ok()?;
        let key = EventKey { source: SOURCE.into(), id: request.as_str().into() };
        let today = self.clock.now().chicago_date();
        let content = Content::new(&key, &subject, today, &Payload::AccessLogged(said)).ok()?;
        Some(Incoming { content, expected_revision: None, recorded_time: None })
    }
}

impl std::fmt::Debug for AccessLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessLog").finish_non_exhaustive()
    }
}

/// Why somebody reads.
fn purpose_of(headers: &HeaderMap) -> Result<&str, Problem> {
    let purpose = headers.get(PURPOSE).and_then(|value| value.to_str().ok()).map(str::trim);
    let told = purpose.filter(|text| (1..=PURPOSE_MAX).contains(&text.len()));
    told.ok_or_else(|| ServiceCode::PurposeRequired.into())
}
