//! `/v1/diff`: why the numbers of one answer became those of another.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use eventlog::Head;
use events::{Json, Position};
use projection::{Difference, Erasures, Side, SideWords};
use report::{Differing, pretty};

use super::form::Form;
use super::given::Given;
use super::moment::Settled;
use super::told::{told, wrong};
use super::{named, record, shown};
use crate::body::Whole;
use crate::principal::Principal;
use crate::problem::{Problem, ServiceCode};
use crate::request_id::RequestId;
use crate::service::Service;

const FORMS: [Form; 2] = [Form::Json, Form::Text];
/// Says `failed` where a saved answer is not what its question gives.
const VERIFICATION: HeaderName = HeaderName::from_static("casetrail-verification");
/// How many events are read at a time.
const PAGE: usize = 1000;

/// `POST /v1/diff`: `{"from": SIDE, "to": SIDE}`, each `{"saved": ANSWER}` (or its `question`
/// alone) or `{"words": {…}}`, the words of a question.
pub(crate) async fn post(
    State(service): State<Service>,
    principal: Principal,
    request: Option<Extension<RequestId>>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let form = Form::accepted(&headers, &FORMS)?;
    let mut given = Given::of_body(&body)?;
    let (from, to) = (OneSide::take(&mut given, "from")?, OneSide::take(&mut given, "to")?);
    given.end()?;
    let what = format!("POST /v1/diff from {} to {}", from.said, to.said);
    record(&service, &named(request)?, &principal, &headers, what).await?;

    let now = service.clock().now();
    let settled = Settled::reach(&service, from.at_position.max(to.at_position)).await?;
    let followed = Arc::clone(&settled.moment.followed);
    let side = |side: OneSide| side.words.side(&followed.projection, now);
    let from = side(from).map_err(|error| told(&error))?;
    let to = side(to).map_err(|error| told(&error))?;
    let heads = [
        service.log().head(Some(from.known.position)).await?,
        service.log().head(Some(to.known.position)).await?,
    ];
    let mut erasures = Erasures::default();
    if from.lacks_erased(&heads[0]) || to.lacks_erased(&heads[1]) {
        read_all(&service, followed.position(), &mut erasures).await?;
    }
    let work = move || differing(&followed.projection, &from, &to, &heads, &erasures);
    let (mut differing, failed) = service.answering().compute_long(work).await??;
    let positions: Vec<_> = differing.positions().into_iter().collect();
    service.log().at(&positions).await?.into_iter().for_each(|logged| differing.give(logged));
    settled.holds(&service).await?;
    let work =
        move || if form == Form::Text { differing.text() } else { pretty(&differing.json()) };
    let mut response = shown(form, service.answering().compute(work).await?);
    if failed {
        response.headers_mut().insert(VERIFICATION, HeaderValue::from_static("failed"));
    }
    Ok(response)
}

fn differing(
    projection: &projection::Projection,
    from: &Side,
    to: &Side,
    heads: &[Head; 2],
    erasures: &Erasures,
) -> Result<(Differing, bool), Problem> {
    let heads = [&heads[0], &heads[1]];
    let difference = Difference::of(projection, [from, to], heads, erasures);
    let difference = difference.map_err(|two| wrong(two.to_string()))?;
    let failed = difference.failed();
    Ok((Differing::of(difference), failed))
}

/// What was erased is looked for in the whole log.
async fn read_all(
    service: &Service,
    end: Position,
    erasures: &mut Erasures,
) -> Result<(), Problem> {
    let mut next = Position(1);
    while next <= end {
        let page = service.log().page(next, PAGE).await?;
        let Some(last) = page.last() else { return Err(ServiceCode::LogFailed.into()) };
        next = Position(last.position().0 + 1);
        page.iter().filter(|logged| logged.position() <= end).for_each(|l| erasures.take(l));
    }
    Ok(())
}

/// A side as it was sent.
struct OneSide {
    words: SideWords,
    at_position: Option<u64>,
    /// Its question, for the record.
    said: String,
}

impl OneSide {
    fn take(given: &mut Given, name: &'static str) -> Result<Self, Problem> {
        let invalid = || Problem::from(ServiceCode::InvalidQuery).with("parameter", name);
        let mut side = given.object(name).ok_or_else(invalid)?;
        match (side.remove("saved"), side.remove("words"), side.is_empty()) {
            (Some(saved), None, true) => Self::saved(&saved),
            (None, Some(Json::Object(words)), true) => {
                let mut words = Given::of_members(words)?;
                let said = words.text();
                let metric = words.must("metric")?;
                let read = words.words(metric)?;
                words.end()?;
                let at_position = read.when.at_position;
                Ok(Self { words: SideWords::Words(read), at_position, said })
            }
            _ => Err(invalid()),
        }
    }

    fn saved(saved: &Json) -> Result<Self, Problem> {
        let words = SideWords::saved(saved).map_err(|error| told(&error))?;
        let question = saved.as_object().and_then(|answer| answer.get("question"));
        let said = question.unwrap_or(saved).canonical_text();
        Ok(Self { words, at_position: None, said })
    }
}
