//! `/v1/reports`: a metric at a date, as known at a moment.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use eventlog::Head;
use metrics::{Asked, Dimension};
use projection::{Answered, Known, Projection, Words};
use report::{
    Shown, alternatives_document, alternatives_table, csv, document, pretty, suppress, table,
};
use sha2::{Digest as _, Sha256};

use super::answering::{Key, Rendered};
use super::form::Form;
use super::given::Given;
use super::moment::{Moment, Settled};
use super::scope::{self, Single};
use super::told::{told, unmaskable, wrong};
use super::{lines, purposed};
use crate::body::Whole;
use crate::principal::Principal;
use crate::problem::{Problem, ServiceCode};
use crate::query::Path;
use crate::request_id::RequestId;
use crate::service::Service;

const FORMS: [Form; 4] = [Form::Json, Form::Csv, Form::Ndjson, Form::Text];

/// What is asked, and how it is to be shown.
#[derive(Debug, Clone)]
struct Wanted {
    asked: Asked,
    /// The question as it came.
    words: String,
    suppress: Option<u32>,
    alternatives: bool,
    /// What becomes of decisions about single people.
    single: Single,
    form: Form,
}

/// `GET /v1/reports/{metric}`: the words of a question as parameters.
pub(crate) async fn get(
    State(service): State<Service>,
    principal: Principal,
    request: Option<Extension<RequestId>>,
    Path(metric): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut given = Given::of_uri(&uri)?;
    let words = given.words(metric)?;
    let what = format!("GET {}", uri.path_and_query().map_or("/", |target| target.as_str()));
    let purposed = purposed(&service, request, &principal, &headers, &what).await?;
    answer(&service, &principal, words, given, &headers, (what, purposed)).await
}

/// `POST /v1/reports`: the words as members of an object, and what-ifs, which no parameter holds.
pub(crate) async fn post(
    State(service): State<Service>,
    principal: Principal,
    request: Option<Extension<RequestId>>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let mut given = Given::of_body(&body)?;
    let what = format!("POST /v1/reports {}", given.text());
    let purposed = purposed(&service, request, &principal, &headers, &what).await?;
    let metric = given.must("metric")?;
    let words = given.words(metric)?;
    // The record puts words together; which answer it is, the body says.
    let said = String::from_utf8_lossy(&body).into_owned();
    answer(&service, &principal, words, given, &headers, (said, purposed)).await
}

async fn answer(
    service: &Service,
    principal: &Principal,
    words: Words,
    mut given: Given,
    headers: &HeaderMap,
    (said, purposed): (String, bool),
) -> Result<Response, Problem> {
    let form = Form::accepted(headers, &FORMS)?;
    let suppress = given.read("suppress")?;
    let alternatives = given.read("alternatives")?.unwrap_or(false);
    given.end()?;
    let scope = principal.scope()?;
    let now = service.clock().now();
    let mut asked = words.asked(now).map_err(|error| told(&error))?;
    scope::limit(&mut asked, &scope)?;
    let small_cells = service.config().small_cells;
    let wanted = Wanted {
        suppress: scope::threshold(suppress, &scope, small_cells),
        asked,
        words: said,
        alternatives,
        single: Single::of(&scope, purposed),
        form,
    };
    wanted.check(suppress)?;
    let known = |moment: &Moment| {
        let known = words.when.known(&moment.followed.projection, now);
        known.map_err(|error| told(&error))
    };

    // Answered before, and nothing was recorded since.
    let moment = Moment::reach(service, words.when.at_position).await?;
    let key = wanted.key(&known(&moment)?);
    if let Some(found) = service.answering().at(&key, moment.head) {
        return Ok(respond(&found, form, headers));
    }
    let settled = Settled::reach(service, words.when.at_position).await?;
    let moment = &settled.moment;
    let known = known(moment)?;
    let head = service.log().head(Some(known.position)).await?;
    let key = wanted.key(&known);
    let etag = etag(&wanted.said().key(&known), &head);
    let found = match service.answering().tagged(&key, &etag, moment.head) {
        Some(found) => found,
        None => {
            let followed = moment.followed.clone();
            let work = move || wanted.render(&followed.projection, known, &head);
            let text = service.answering().compute(work).await??;
            settled.holds(service).await?;
            let found = Rendered { etag, body: Bytes::from(text) };
            service.answering().keep(key, moment.head, found.clone());
            found
        }
    };
    Ok(respond(&found, form, headers))
}

impl Wanted {
    /// Alternatives are shown whole, and as what the command line has for them.
    fn check(&self, suppress: Option<u32>) -> Result<(), Problem> {
        if !self.alternatives {
            return Ok(());
        }
        if suppress.is_some() || matches!(self.form, Form::Csv) {
            return Err(wrong("alternatives are neither masked nor CSV".to_owned()));
        }
        if self.single == Single::LeftOut { Err(ServiceCode::Forbidden.into()) } else { Ok(()) }
    }

    /// The same for one who says a purpose: the bytes, if there are any, are the same.
    fn said(&self) -> Self {
        let single = match self.single {
            Single::Refused => Single::Shown,
            single => single,
        };
        Self { single, ..self.clone() }
    }

    /// Everything that the answer depends on, but the log: the words, and what they do not say.
    fn key(&self, known: &Known) -> Key {
        let Self { asked, words, suppress, alternatives, single, form } = self;
        let program = (projection::program(), asked.metric.version());
        let scope = (&asked.within, asked.filter.get(&Dimension::Provider), single);
        let shown = (suppress, alternatives, form);
        let all = (program, scope, shown, asked.as_of, known, words);
        Sha256::digest(format!("{all:?}")).into()
    }

    fn render(
        &self,
        projection: &Projection,
        known: Known,
        head: &Head,
    ) -> Result<String, Problem> {
        let mut answered = projection.report(&self.asked, known);
        self.single.apply(&mut answered)?;
        if self.alternatives {
            let alternatives = projection.alternatives(&answered);
            return Ok(match self.form {
                Form::Text => alternatives_table(&answered, &alternatives),
                Form::Ndjson => {
                    lines(&alternatives_document(&answered, &alternatives, head), &LISTS)
                }
                Form::Json | Form::Csv => {
                    pretty(&alternatives_document(&answered, &alternatives, head))
                }
            });
        }
        let shown = self.shown(answered)?;
        Ok(match self.form {
            Form::Json => pretty(&document(&shown, head)),
            Form::Csv => csv(&shown),
            Form::Ndjson => lines(&document(&shown, head), &LISTS),
            Form::Text => table(&shown),
        })
    }

    fn shown(&self, answered: Answered) -> Result<Shown, Problem> {
        match self.suppress {
            Some(threshold) => suppress(answered, threshold).map_err(|error| unmaskable(&error)),
            None => Ok(Shown::whole(answered)),
        }
    }
}

/// The lists of an answer, and what a line of each is called; the total comes last.
const LISTS: [(&str, &str); 3] =
    [("rows", "row"), ("alternatives", "alternative"), ("total", "total")];

/// The tag of an answer: the same as long as its bytes are.
fn etag(key: &Key, head: &Head) -> HeaderValue {
    let mut hash = Sha256::new();
    hash.update(key);
    hash.update(head.origin.as_bytes());
    hash.update(head.root);
    hash.update(head.erased.to_be_bytes());
    let text = format!("\"{}\"", hex::encode(&hash.finalize()[..16]));
    HeaderValue::try_from(text).expect("hexadecimal digits in quotes")
}

/// Whether the asker has the answer of this tag (RFC 9110, 13.1.2).
fn has(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let given = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok());
    let mut tags = given.flat_map(|list| list.split(',')).map(str::trim);
    let etag = etag.to_str().unwrap_or_default();
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

fn respond(found: &Rendered, form: Form, headers: &HeaderMap) -> Response {
    let mut response = if has(headers, &found.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = HeaderValue::from_static(form.media_type());
        ([(header::CONTENT_TYPE, kind)], found.body.clone()).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, found.etag.clone());
    // An answer about the past holds until something is erased: ask whether it does.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept, authorization"));
    response
}
