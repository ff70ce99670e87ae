//! `GET /v1/events` and `/v1/streams/…`: the log page by page, with the tree that each page is of.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eventlog::Head;
use events::{Code, Event, EventType, Logged, Position, Revision, Subject};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::problem::{Problem, ServiceCode};
use crate::query::{Path, Query};
use crate::service::Service;

/// Events of a page, unless another number is asked for.
const LIMIT: usize = 100;
/// Events of a page at most.
const LIMIT_MAX: usize = 1000;
/// Bytes of a page, beyond which no further event is put on it.
const BYTES_MAX: usize = 4 << 20;
/// Events that are looked at for one page of a type.
const LOOKED_AT_MAX: u64 = 20_000;

/// Which events.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Asked {
    /// From this position on; of a stream asked for by its path, from this revision on.
    from: Option<u64>,
    limit: Option<usize>,
    subject: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Asked {
    fn from(&self) -> u64 {
        self.from.unwrap_or(1).max(1)
    }

    fn limit(&self) -> Result<usize, Problem> {
        match self.limit.unwrap_or(LIMIT) {
            limit @ 1..=LIMIT_MAX => Ok(limit),
            _ => Err(Problem::from(ServiceCode::InvalidQuery).with("parameter", "limit")),
        }
    }
}

/// `GET /v1/events`: the log from a position on, all of it or of one subject or type.
pub(crate) async fn events(
    State(service): State<Service>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let subject = asked.subject.as_deref().map(subject_of).transpose()?;
    let kind = asked.kind.as_deref().map(kind_of).transpose()?;
    let head = service.log().head(None).await?;
    let mut page = Page::new(asked.limit()?);
    match subject {
        Some(subject) => of_subject(&service, &asked, &subject, kind, &head, &mut page).await?,
        None => of_log(&service, &asked, kind, &head, &mut page).await?,
    }
    Ok(page.answer(&head, &headers))
}

/// `GET /v1/streams/{family}/{ident}`: one stream from a revision on.
pub(crate) async fn stream(
    State(service): State<Service>,
    Path((family, ident)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if asked.subject.is_some() || asked.kind.is_some() {
        return Err(ServiceCode::InvalidQuery.into());
    }
    let subject = subject_of(&format!("{family}/{ident}"))?;
    let head = service.log().head(None).await?;
    let (from, limit) = (Revision(asked.from()), asked.limit()?);
    let events = service.log().stream(&subject, from, limit + 1).await?;
    if events.is_empty() && from.0 == 1 {
        return Err(ServiceCode::StreamUnknown.into());
    }
    let mut page = Page::new(limit);
    for event in events.iter().filter(|event| event.position <= head.position) {
        if page.is_full() {
            page.next = Some(event.revision.0);
            break;
        }
        page.put(event.canonical());
    }
    Ok(page.answer(&head, &headers))
}

async fn of_log(
    service: &Service,
    asked: &Asked,
    kind: Option<EventType>,
    head: &Head,
    page: &mut Page,
) -> Result<(), Problem> {
    let mut at = asked.from();
    let last = head.position.0.min(at.saturating_add(LOOKED_AT_MAX - 1));
    while at <= last && !page.is_full() {
        let events = service.log().page(Position(at), page.limit.max(LIMIT)).await?;
        for logged in events.iter().take_while(|logged| logged.position().0 <= last) {
            if page.is_full() {
                break;
            }
            at = logged.position().0 + 1;
            if kind.is_none_or(|kind| logged.kind() == kind) {
                page.put(logged.canonical());
            }
        }
    }
    page.next = (at <= head.position.0).then_some(at);
    Ok(())
}

async fn of_subject(
    service: &Service,
    asked: &Asked,
    subject: &Subject,
    kind: Option<EventType>,
    head: &Head,
    page: &mut Page,
) -> Result<(), Problem> {
    let mut from = Revision(1);
    loop {
        let events = service.log().stream(subject, from, LIMIT_MAX).await?;
        let Some(last) = events.last() else { return Ok(()) };
        from = Revision(last.revision.0 + 1);
        let wanted = |event: &&Event| {
            (asked.from()..=head.position.0).contains(&event.position.0)
                && kind.is_none_or(|kind| event.content.kind == kind)
        };
        for event in events.iter().filter(wanted) {
            if page.is_full() {
                page.next = Some(event.position.0);
                return Ok(());
            }
            page.put(event.canonical());
        }
    }
}

fn subject_of(text: &str) -> Result<Subject, Problem> {
    text.parse().map_err(|_| Problem::from(Code::InvalidSubject))
}

fn kind_of(text: &str) -> Result<EventType, Problem> {
    EventType::from_name(text).ok_or_else(|| Problem::from(Code::UnknownType))
}

/// The tree of a head, as answers name it.
pub(crate) fn tree(head: &Head) -> Value {
    json!({
        "origin": head.origin, "size": head.position.0, "root": STANDARD.encode(head.root),
    })
}

/// A line of an export, and what kind it is.
pub(crate) fn line(logged: &Logged) -> (&'static str, String) {
    let kind = if logged.is_erased() { "erased" } else { "event" };
    (kind, String::from_utf8(logged.canonical()).expect("canonical JSON is UTF-8"))
}

/// Events that are shown together.
struct Page {
    limit: usize,
    lines: Vec<Vec<u8>>,
    bytes: usize,
    /// Where the next page begins; `None` if this one reaches the end of the tree.
    next: Option<u64>,
}

impl Page {
    const fn new(limit: usize) -> Self {
        Self { limit, lines: Vec::new(), bytes: 0, next: None }
    }

    fn is_full(&self) -> bool {
        self.lines.len() >= self.limit || self.bytes >= BYTES_MAX
    }

    fn put(&mut self, line: Vec<u8>) {
        self.bytes += line.len();
        self.lines.push(line);
    }

    /// JSON, or one event a line and the rest in a last line.
    fn answer(self, head: &Head, headers: &HeaderMap) -> Response {
        let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
        let lines = accept.is_some_and(|accept| accept.contains("application/x-ndjson"));
        let (tree, next) = (tree(head), json!(self.next));
        let mut body = Vec::with_capacity(self.bytes + self.lines.len() + 256);
        if lines {
            for line in &self.lines {
                body.extend_from_slice(line);
                body.push(b'\n');
            }
            body.extend_from_slice(format!("{{\"log\":{tree},\"next\":{next}}}\n").as_bytes());
            return ([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response();
        }
        body.extend_from_slice(b"{\"schema\":\"casetrail.page.v1\",\"events\":[");
        for (number, line) in self.lines.iter().enumerate() {
            body.extend_from_slice(if number > 0 { b",\n" } else { b"\n" });
            body.extend_from_slice(line);
        }
        body.extend_from_slice(format!("\n],\"log\":{tree},\"next\":{next}}}\n").as_bytes());
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}
