//! Questions over HTTP: the words of the command line as parameters, the bytes of the command line
//! as answers.
//!
//! | file | what it holds |
//! |---|---|
//! | `given` | the words of a request, from behind the question mark or from a body |
//! | `told` | what is said about words that are no question |
//! | `form` | which form of an answer is accepted |
//! | `scope` | what a principal's grants leave of a question |
//! | `moment` | the position at which a question is put, and waiting for it |
//! | `answering` | computing away from the threads that listen, and what was answered before |
//! | one file a question | its handlers |

mod answering;
mod cursor;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod findings;
mod form;
mod given;
pub(crate) mod history;
pub(crate) mod metrics;
mod moment;
pub(crate) mod policy;
pub(crate) mod report;
mod scope;
pub(crate) mod timeline;
mod told;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use events::Json;

pub(crate) use answering::Answering;
use form::Form;

use crate::principal::Principal;
use crate::problem::{Problem, ServiceCode};
use crate::request_id::RequestId;
use crate::service::Service;

/// An answer that is not kept: each is made for who asks.
fn shown(form: Form, text: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(form.media_type()))], text).into_response()
}

/// An answer as lines: all but its lists first, then a line for each of their items.
fn lines(answer: &Json, lists: &[(&'static str, &'static str)]) -> String {
    let mut members = answer.as_object().cloned().unwrap_or_default();
    let mut items = Vec::new();
    for (name, of_one) in lists {
        match members.remove(*name) {
            Some(Json::Array(list)) => items.extend(list.into_iter().map(|item| (*of_one, item))),
            Some(only) => items.push((*of_one, only)),
            None => {}
        }
    }
    let all = [("answer", Json::Object(members))].into_iter().chain(items);
    all.map(|(kind, json)| Json::object([(kind, json)]).canonical_text() + "\n").collect()
}

/// Records who asks what that stands in a body, before anything is shown.
async fn record(
    service: &Service,
    request: &RequestId,
    principal: &Principal,
    headers: &HeaderMap,
    what: String,
) -> Result<(), Problem> {
    /// Bytes of a question: what is read is recorded whole, or not read.
    const WORDS_BYTES: usize = 32 << 10;
    if what.len() > WORDS_BYTES {
        return Err(ServiceCode::BodyTooLarge.into());
    }
    service.access().record(request, principal, headers, &what).await
}

/// Records what may name children, if it is said why it is read; answers whether it is.
async fn purposed(
    service: &Service,
    request: Option<axum::Extension<RequestId>>,
    principal: &Principal,
    headers: &HeaderMap,
    what: &str,
) -> Result<bool, Problem> {
    let purposed = headers.contains_key("purpose");
    if purposed {
        record(service, &named(request)?, principal, headers, what.to_owned()).await?;
    }
    Ok(purposed)
}

/// The name of the request.
fn named(request: Option<axum::Extension<RequestId>>) -> Result<RequestId, Problem> {
    request.map(|axum::Extension(id)| id).ok_or_else(|| ServiceCode::Internal.into())
}
