//! `/v1/explain`: why the members of a metric count as they do.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use events::{Code, Json, Position, Revision};
use projection::{Selection, Words};
use report::{Explanation, pretty};

use super::cursor::Cursor;
use super::form::Form;
use super::given::Given;
use super::moment::Settled;
use super::told::told;
use super::{lines, named, record, shown};
use crate::body::Whole;
use crate::principal::Principal;
use crate::problem::{Problem, ServiceCode};
use crate::query::Path;
use crate::request_id::RequestId;
use crate::service::Service;

const FORMS: [Form; 3] = [Form::Json, Form::Ndjson, Form::Text];

/// `GET /v1/explain/{metric}`: the words of a question as parameters.
pub(crate) async fn get(
    State(service): State<Service>,
    Path(metric): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut given = Given::of_uri(&uri)?;
    let words = given.words(metric)?;
    answer(&service, words, given, &headers).await
}

/// `POST /v1/explain`: the words as members of an object, and what-ifs.
pub(crate) async fn post(
    State(service): State<Service>,
    principal: Principal,
    request: Option<Extension<RequestId>>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let mut given = Given::of_body(&body)?;
    let what = format!("POST /v1/explain {}", given.text());
    record(&service, &named(request)?, &principal, &headers, what).await?;
    let metric = given.must("metric")?;
    let words = given.words(metric)?;
    answer(&service, words, given, &headers).await
}

async fn answer(
    service: &Service,
    words: Words,
    mut given: Given,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let form = Form::accepted(headers, &FORMS)?;
    let subject = given.one("subject")?;
    let group = given.many("group");
    let limit: Option<usize> = given.read("limit")?;
    if limit == Some(0) {
        return Err(Problem::from(ServiceCode::InvalidQuery).with("parameter", "limit"));
    }
    let cursor = given.one("cursor")?.map(|text| Cursor::read(&text)).transpose()?;
    given.end()?;
    let now = service.clock().now();
    let asked = words.asked(now).map_err(|error| told(&error))?;
    let selection = Selection::read(subject.as_deref(), &group, &asked);
    let selection = selection.map_err(|error| told(&error))?;
    let mut when = words.when;
    let question = format!("{asked:?} {selection:?} {:?}", when.known_at);
    if let Some(cursor) = cursor {
        cursor.check(&question)?;
        // The first page's, though the instant of its question is no longer looked up.
        if when.known_at.is_none() {
            when.at_position = Some(cursor.position.0);
        }
    }

    let settled = Settled::reach(service, when.at_position).await?;
    let followed = settled.moment.followed.clone();
    let known = when.known(&followed.projection, now).map_err(|error| told(&error))?;
    if let Selection::Subject(subject) = &selection {
        ensure_not_erased(service, subject).await?;
    }
    let position = known.position;
    let from = cursor.map_or(0, |cursor| cursor.from);
    let work = move || {
        let explanation = Explanation::of(&followed.projection, &asked, &known, &selection);
        match limit {
            Some(limit) => explanation.page(from, limit),
            None => explanation.page(from, usize::MAX),
        }
    };
    let (mut explanation, next) = service.answering().compute(work).await?;
    let positions: Vec<Position> = explanation.positions().into_iter().collect();
    service.log().at(&positions).await?.into_iter().for_each(|logged| explanation.give(logged));
    settled.holds(service).await?;
    let next = next.map(|from| Cursor::new(&question, position, from).write());
    let work = move || rendered(&explanation, form, next);
    Ok(shown(form, service.answering().compute(work).await?))
}

fn rendered(explanation: &Explanation, form: Form, next: Option<String>) -> String {
    if form == Form::Text {
        return explanation.text();
    }
    let mut json = explanation.json();
    if let (Some(next), Json::Object(members)) = (next, &mut json) {
        members.insert("next".to_owned(), next.into());
    }
    match form {
        Form::Ndjson => lines(&json, &[("compositions", "composition"), ("members", "member")]),
        Form::Json | Form::Csv | Form::Text => pretty(&json),
    }
}

/// Of an erased subject nothing can be said; a report counts what was erased.
pub(super) async fn ensure_not_erased(service: &Service, subject: &str) -> Result<(), Problem> {
    let Ok(name) = subject.parse() else { return Ok(()) };
    match service.log().stream(&name, Revision(1), 1).await {
        Err(eventlog::ReadError::Erased) => Err(Code::SubjectErased.into()),
        _ => Ok(()),
    }
}
