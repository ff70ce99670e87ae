//! The service described: an OpenAPI 3.1 document, made from the table of routes and from what each
//! of them says about itself.
//!
//! | file | what it holds |
//! |---|---|
//! | `about` | what a route says about itself |
//! | `posting`, `reading`, `asking`, `operating` | what each route says |
//! | `schemas` | the schemas they name |
//! | `page` | the same as a page for people |

mod about;
pub(crate) mod asking;
pub(crate) mod operating;
mod page;
pub(crate) mod posting;
pub(crate) mod reading;
mod schemas;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, Content, Header, HttpMethod, InfoBuilder, OpenApiBuilder, Paths, Ref, Required,
    ResponseBuilder, ResponsesBuilder,
};

pub(crate) use about::About;
use about::{Media, Tag};
pub(crate) use page::docs;

use crate::guard::Needs;
use crate::problem::ServiceCode;
use crate::routes::{Route, routes};

const TITLE: &str = "Casetrail";
const DESCRIPTION: &str = "Case events in; metrics out, as they were true on any date and as they \
    were known at any moment. Every answer other than 2xx and 304 is a problem (RFC 9457) with a \
    stable code, whose page is at /codes/{code}.";

/// The document, as it is served and committed (`schemas/openapi.json`).
pub(crate) fn document() -> Value {
    let mut paths = Paths::new();
    for route in routes() {
        let path = route.path.replace("{*", "{");
        paths.add_path_operation(&path, vec![method(&route.method)], operation(&route));
    }
    let info = InfoBuilder::new().title(TITLE).version(env!("CARGO_PKG_VERSION"));
    let info = info.description(Some(DESCRIPTION)).license(None);
    let tags = Tag::ALL
        .map(|tag| TagBuilder::new().name(tag.name()).description(Some(tag.words())).build());
    let mut components = Components::new();
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
        "A key (`casetrail keys create`), or an access token of the identity provider.",
    ));
    components.add_security_scheme("key", SecurityScheme::Http(scheme.build()));
    let document = OpenApiBuilder::new().info(info.build()).paths(paths).tags(Some(tags));
    let document = document.components(Some(components)).build();
    let mut document = serde_json::to_value(document).expect("a document is JSON");
    document["components"]["schemas"] = json!(schemas::all());
    document
}

/// The document as text.
#[must_use]
pub fn text() -> String {
    serde_json::to_string_pretty(&document()).expect("a value is JSON") + "\n"
}

/// The text, made once.
pub(crate) static TEXT: LazyLock<String> = LazyLock::new(text);

/// `GET /openapi.json`.
pub(crate) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json"), PUBLIC], TEXT.as_str()).into_response()
}

/// What is the same for everybody, and changes with the program alone.
const PUBLIC: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=3600");

fn method(method: &Method) -> HttpMethod {
    if *method == Method::POST { HttpMethod::Post } else { HttpMethod::Get }
}

fn operation(route: &Route) -> Operation {
    let about = (route.about)();
    let mut responses = ResponsesBuilder::new();
    for answer in &about.answers {
        let mut response = ResponseBuilder::new().description(answer.words);
        for media in &answer.media {
            response = response.content(media.kind, content(media));
        }
        for (name, header) in &answer.headers {
            response = response.header(*name, header.clone());
        }
        let response = response.header("X-Request-Id", request_id());
        responses = responses.response(answer.status.as_str(), response.build());
    }
    for (status, codes) in problems(route.needs, &about) {
        responses = responses.response(status.as_str(), problem(status, &codes));
    }
    let mut operation = OperationBuilder::new()
        .tag(about.tag.name())
        .operation_id(Some(about.id))
        .summary(Some(about.summary))
        .responses(responses.build())
        .request_body(body(&about));
    if !about.words.is_empty() {
        operation = operation.description(Some(about.words));
    }
    for parameter in about.parameters {
        operation = operation.parameter(parameter);
    }
    if matches!(route.needs, Needs::Children | Needs::ChildrenAsked) {
        let purpose = ParameterBuilder::new().name("Purpose").parameter_in(ParameterIn::Header);
        let words = "What records of children are read for: it is written down, with who reads.";
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[!-~]([ -~]{0,254}[!-~])?$"));
        let purpose = purpose.required(Required::True).schema(Some(text));
        let purpose = purpose.description(Some(words)).example(Some("quarterly audit".into()));
        operation = operation.parameter(purpose.build());
    }
    if route.needs != Needs::Nothing {
        operation = operation.security(SecurityRequirement::new("key", Vec::<String>::new()));
    }
    operation.build()
}

fn content(media: &Media) -> Content {
    let content = ContentBuilder::new().schema(Some(media.schema.clone()));
    content.example(Some(media.example.clone())).build()
}

fn body(about: &About) -> Option<RequestBody> {
    let mut body = RequestBodyBuilder::new().required(Some(Required::True));
    for media in &about.bodies {
        body = body.content(media.kind, content(media));
    }
    (!about.bodies.is_empty()).then(|| body.build())
}

fn request_id() -> Header {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let words = "Names the request in the log of the service.";
    HeaderBuilder::new().schema(Some(text)).description(Some(words)).build()
}

/// The codes that a route refuses with, by status: its own, and those of what it needs.
fn problems(needs: Needs, about: &About) -> BTreeMap<StatusCode, Vec<&'static str>> {
    let mut codes = about.codes.clone();
    let mut add = |code: ServiceCode| codes.push((code.status(), code.name()));
    add(ServiceCode::Internal);
    if needs != Needs::Nothing {
        add(ServiceCode::Unauthenticated);
        add(ServiceCode::RateLimited);
        add(ServiceCode::Overloaded);
        add(ServiceCode::TooSlow);
    }
    if !matches!(needs, Needs::Nothing | Needs::Anybody) {
        add(ServiceCode::Forbidden);
    }
    if matches!(needs, Needs::Children | Needs::ChildrenAsked) {
        add(ServiceCode::PurposeRequired);
        add(ServiceCode::LogFailed);
    }
    let mut by_status: BTreeMap<StatusCode, Vec<&'static str>> = BTreeMap::new();
    for (status, code) in codes {
        let codes = by_status.entry(status).or_default();
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    by_status
}

fn problem(status: StatusCode, codes: &[&'static str]) -> utoipa::openapi::Response {
    let example = json!({
        "type": format!("/codes/{}", codes[0]), "title": title(codes[0]),
        "status": status.as_u16(), "code": codes[0],
    });
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem")));
    let content = content.example(Some(example)).build();
    let response = ResponseBuilder::new().description(codes.join(", "));
    let response = response.content("application/problem+json", content);
    let later = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
    let mut response = response.header("X-Request-Id", request_id());
    if later.contains(&status) {
        let seconds = ObjectBuilder::new().schema_type(Type::Integer);
        let words = "Seconds after which it may be tried again, where that is known.";
        let header = HeaderBuilder::new().schema(Some(seconds)).description(Some(words)).build();
        response = response.header("Retry-After", header);
    }
    response.build()
}

fn title(code: &str) -> &'static str {
    let service = ServiceCode::ALL.iter().find(|known| known.name() == code);
    let events = || events::Code::ALL.iter().find(|known| known.name() == code);
    service
        .map(|code| code.title())
        .or_else(|| events().map(|code| code.meaning()))
        .unwrap_or_default()
}
