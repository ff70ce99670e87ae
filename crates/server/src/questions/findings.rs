//! `/v1/findings`: what is remarkable about the data themselves.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use events::{Code, Subject};
use projection::{FindingKind, FindingsAsked};
use report::{Findings, pretty};

use super::form::Form;
use super::given::Given;
use super::moment::Settled;
use super::told::{told, wrong};
use super::{lines, shown};
use crate::problem::Problem;
use crate::service::Service;

const FORMS: [Form; 4] = [Form::Json, Form::Csv, Form::Ndjson, Form::Text];

/// `GET /v1/findings`: of the kinds that are named, of one subject or of all.
pub(crate) async fn get(
    State(service): State<Service>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let form = Form::accepted(&headers, &FORMS)?;
    let mut given = Given::of_uri(&uri)?;
    let (kinds, subject, when) = (given.many("kind"), given.one("subject")?, given.when()?);
    given.end()?;
    let kinds = kinds.iter().map(|name| kind_of(name)).collect::<Result<_, _>>()?;
    if let Some(subject) = &subject {
        subject.parse::<Subject>().map_err(|_| Problem::from(Code::InvalidSubject))?;
    }
    let now = service.clock().now();
    let as_of = when.as_of(None, now).map_err(|error| told(&error))?;
    let asked = FindingsAsked { kinds, subject, as_of };

    let settled = Settled::reach(&service, when.at_position).await?;
    let followed = settled.moment.followed.clone();
    let known = when.known(&followed.projection, now).map_err(|error| told(&error))?;
    let head = service.log().head(Some(known.position)).await?;
    let work = move || {
        let found = followed.projection.findings(&asked, &known);
        Findings::of(found, asked, known)
    };
    let mut findings = service.answering().compute(work).await?;
    let positions: Vec<_> = findings.positions().into_iter().collect();
    service.log().at(&positions).await?.into_iter().for_each(|logged| findings.give(logged));
    settled.holds(&service).await?;
    let work = move || match form {
        Form::Json => pretty(&findings.json(&head)),
        Form::Csv => findings.csv(),
        Form::Ndjson => lines(&findings.json(&head), &[("findings", "finding")]),
        Form::Text => findings.text(),
    };
    Ok(shown(form, service.answering().compute(work).await?))
}

fn kind_of(name: &str) -> Result<FindingKind, Problem> {
    let known = || FindingKind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
    FindingKind::from_name(name).ok_or_else(|| wrong(format!("kind: one of {}", known())))
}
