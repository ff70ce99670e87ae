//! `/v1/timeline/{family}/{ident}`: the rows of one subject.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use events::{Code, Subject};
use report::{outline, pretty};

use super::explain::ensure_not_erased;
use super::form::Form;
use super::given::Given;
use super::moment::Settled;
use super::shown;
use super::told::told;
use crate::problem::{Problem, ServiceCode};
use crate::query::Path;
use crate::service::Service;

const FORMS: [Form; 2] = [Form::Json, Form::Text];

/// `GET /v1/timeline/{family}/{ident}`.
pub(crate) async fn get(
    State(service): State<Service>,
    Path((family, ident)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let form = Form::accepted(&headers, &FORMS)?;
    let subject = format!("{family}/{ident}");
    let subject: Subject = subject.parse().map_err(|_| Problem::from(Code::InvalidSubject))?;
    let mut given = Given::of_uri(&uri)?;
    let when = given.when()?;
    given.end()?;
    let now = service.clock().now();
    let as_of = when.as_of(None, now).map_err(|error| told(&error))?;

    let settled = Settled::reach(&service, when.at_position).await?;
    let followed = settled.moment.followed.clone();
    let known = when.known(&followed.projection, now).map_err(|error| told(&error))?;
    let named = subject.clone();
    let work = move || followed.projection.timeline_of(&named, as_of, &known);
    let Some(rows) = service.answering().compute(work).await? else {
        ensure_not_erased(&service, subject.as_str()).await?;
        return Err(ServiceCode::StreamUnknown.into());
    };
    settled.holds(&service).await?;
    Ok(shown(form, if form == Form::Text { outline(&rows) } else { pretty(&rows) }))
}
