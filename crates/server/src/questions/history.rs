//! `/v1/history`: one metric as it was known month by month.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use projection::{HistoryWords, Words};
use report::{history_document, history_table, pretty};

use super::form::Form;
use super::given::Given;
use super::moment::Settled;
use super::told::{told, wrong};
use super::{lines, shown};
use crate::body::Whole;
use crate::problem::Problem;
use crate::query::Path;
use crate::service::Service;

const FORMS: [Form; 3] = [Form::Json, Form::Ndjson, Form::Text];

/// `GET /v1/history/{metric}`: the words of a question as parameters.
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

/// `POST /v1/history`: the words as members of an object, and what-ifs.
pub(crate) async fn post(
    State(service): State<Service>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let mut given = Given::of_body(&body)?;
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
    let months = given.read("months")?.unwrap_or(1);
    if !(1..=HistoryWords::MONTHS_MAX).contains(&months) {
        return Err(wrong(format!("months: 1 to {}", HistoryWords::MONTHS_MAX)));
    }
    let known = given.one("known")?;
    given.end()?;
    let now = service.clock().now();
    let words = HistoryWords { words, months, known };
    let (asked, shape) = words.read(now).map_err(|error| told(&error))?;

    let settled = Settled::reach(service, words.words.when.at_position).await?;
    let followed = settled.moment.followed.clone();
    let known = words.words.when.known(&followed.projection, now);
    let known = known.map_err(|error| told(&error))?;
    let head = service.log().head(Some(known.position)).await?;
    let work = move || {
        let history = followed.projection.history(&asked, &shape, &known);
        let answered = followed.projection.report(&asked, known);
        match form {
            Form::Text => history_table(&history, &answered),
            Form::Ndjson => {
                lines(&history_document(&history, &answered, &head), &[("rows", "row")])
            }
            Form::Json | Form::Csv => pretty(&history_document(&history, &answered, &head)),
        }
    };
    let text = service.answering().compute_long(work).await?;
    settled.holds(service).await?;
    Ok(shown(form, text))
}
