//! `/v1/policy`: what metrics are judged by.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use events::parameters;
use report::{Policies, pretty};

use super::form::Form;
use super::given::Given;
use super::moment::Settled;
use super::told::{told, wrong};
use super::{lines, purposed, shown};
use crate::principal::{Principal, Scope};
use crate::problem::{Problem, ServiceCode};
use crate::request_id::RequestId;
use crate::service::Service;

const FORMS: [Form; 3] = [Form::Json, Form::Ndjson, Form::Text];
/// The stream that holds the calendar of holidays.
const CALENDAR: &str = "calendar";
/// What the names of decisions on single children and staff begin with.
const EXCLUSION: &str = "exclusion.";

/// `GET /v1/policy`: what is in force on a date; with `list=true` every event of policy.
pub(crate) async fn get(
    State(service): State<Service>,
    principal: Principal,
    request: Option<Extension<RequestId>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let form = Form::accepted(&headers, &FORMS)?;
    let mut given = Given::of_uri(&uri)?;
    let (of, list) = (given.one("metric")?, given.read("list")?.unwrap_or(false));
    let when = given.when()?;
    given.end()?;
    if list && when.as_of.is_some() {
        return Err(wrong("a list of every event has no as_of".to_owned()));
    }
    check(of.as_deref())?;
    let everything = principal.scope()? == Scope::Everything;
    if list && !everything {
        // Events name the children and staff whom they exclude.
        return Err(ServiceCode::Forbidden.into());
    }
    let what = format!("GET {}", uri.path_and_query().map_or("/", |target| target.as_str()));
    let purposed = purposed(&service, request, &principal, &headers, &what).await?;
    if list && !purposed {
        return Err(ServiceCode::PurposeRequired.into());
    }
    let now = service.clock().now();
    let as_of = when.as_of(None, now).map_err(|error| told(&error))?;

    let settled = Settled::reach(&service, when.at_position).await?;
    let projection = &settled.moment.followed.projection;
    let known = when.known(projection, now).map_err(|error| told(&error))?;
    let mut policies = if list {
        Policies::every(&projection.policy_events(of.as_deref(), &known), known)
    } else {
        let mut values = projection.policy_in_force(of.as_deref(), as_of, &known);
        let single = |name: &str| name.starts_with(EXCLUSION);
        if everything && !purposed && values.iter().any(|value| single(&value.name)) {
            return Err(ServiceCode::PurposeRequired.into());
        }
        values.retain(|value| everything || !single(&value.name));
        Policies::in_force(values, as_of, known)
    };
    let positions: Vec<_> = policies.positions().into_iter().collect();
    service.log().at(&positions).await?.into_iter().for_each(|logged| policies.give(logged));
    settled.holds(&service).await?;
    Ok(shown(
        form,
        match form {
            Form::Text => policies.text(),
            Form::Ndjson => lines(&policies.json(), &[("values", "value"), ("events", "event")]),
            Form::Json | Form::Csv => pretty(&policies.json()),
        },
    ))
}

fn check(of: Option<&str>) -> Result<(), Problem> {
    match of {
        Some(name) if name != CALENDAR && !parameters::is_metric(name) => {
            let known: Vec<_> = parameters::metrics().collect();
            let known = known.join(", ");
            Err(wrong(format!(
                "metric: nothing is decided about it; there are {CALENDAR}, {known}"
            )))
        }
        _ => Ok(()),
    }
}
