//! The service as it is described.

use std::collections::BTreeSet;
use std::path::Path;

use axum::body::to_bytes;
use axum::http::Method;
use serde_json::Value;

use super::common::{ask, service};
use crate::api::document;
use crate::problem::ServiceCode;
use crate::routes::routes;
use crate::{Config, KeyFile, openapi};

/// Every operation, with its path and method.
fn operations(document: &Value) -> Vec<(&String, &String, &Value)> {
    let paths = document["paths"].as_object().expect("paths").iter();
    paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("methods").iter();
            methods.map(move |(method, operation)| (path, method, operation))
        })
        .collect()
}

#[test]
fn the_committed_document_is_that_of_the_routes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/openapi.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, openapi()).expect("written");
    }
    let committed = std::fs::read_to_string(&path).expect("schemas/openapi.json");
    assert!(committed == openapi(), "run UPDATE=1 cargo test -p casetrail-server api");
}

#[test]
fn every_route_is_described_and_every_description_is_whole() {
    let document = document();
    assert!(document["openapi"].as_str().expect("a version").starts_with("3.1."));
    let described: BTreeSet<(String, String)> = operations(&document)
        .into_iter()
        .map(|(path, method, _)| (method.to_uppercase(), path.clone()))
        .collect();
    let there: BTreeSet<(String, String)> = routes()
        .into_iter()
        .map(|route| (route.method.to_string(), route.path.replace("{*", "{")))
        .collect();
    assert_eq!(described, there);
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let name = format!("{method} {path}");
        assert!(ids.insert(operation["operationId"].as_str().expect("an id")), "{name}");
        assert!(operation["summary"].is_string(), "{name}");
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        for parameter in &parameters {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
            assert!(!parameter["example"].is_null(), "{name}: {parameter}");
        }
        for part in path.split('/').filter_map(|part| part.strip_prefix('{')) {
            let part = part.trim_end_matches('}');
            let is = |p: &Value| p["name"] == part && p["in"] == "path" && p["required"] == true;
            assert!(parameters.iter().any(is), "{name} says nothing of {part}");
        }
        for (status, response) in operation["responses"].as_object().expect("responses") {
            let forms = response["content"].as_object();
            let problem = forms.is_some_and(|f| f.contains_key("application/problem+json"));
            assert_eq!(problem, is_problem(path, status), "{name} {status}");
            assert!(forms.is_some() || status == "304", "{name} {status}");
        }
    }
}

fn is_problem(path: &str, status: &str) -> bool {
    let ready = path == "/readyz" && status == "503";
    matches!(status.as_bytes()[0], b'4' | b'5') && !ready
}

#[test]
fn every_name_is_there_and_examples_fit() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let mut wanted = BTreeSet::new();
    names(&document, &mut wanted);
    for name in &wanted {
        assert!(schemas[name].is_object(), "{name} is no schema");
    }
    let mut checked = 0;
    for (path, method, operation) in operations(&document) {
        let bodies = operation["requestBody"]["content"].as_object().into_iter().flatten();
        let responses = operation["responses"].as_object().into_iter().flatten();
        let answers = responses.flat_map(|(_, r)| r["content"].as_object().into_iter().flatten());
        for (kind, content) in bodies.chain(answers) {
            let mut schema = content["schema"].clone();
            schema["components"] = document["components"].clone();
            let validator = jsonschema::validator_for(&schema).expect("a schema");
            let example = &content["example"];
            let problems: Vec<_> = validator.iter_errors(example).map(|e| e.to_string()).collect();
            assert!(problems.is_empty(), "{method} {path} {kind}: {problems:?}");
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked}");
}

fn names(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(to)) = members.get("$ref") {
                let name = to.strip_prefix("#/components/schemas/");
                found.insert(name.unwrap_or_else(|| panic!("{to} leads elsewhere")).to_owned());
            }
            members.values().for_each(|value| names(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn the_page_shows_every_operation_and_every_code() {
    let dir = tempfile::tempdir().expect("a directory");
    let keys = KeyFile::new(dir.path().join("keys.json"));
    let service = service(&keys, Config::default()).await;
    let answer = ask(&service, Method::GET, "/docs", None).await;
    let policy = answer.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    let body = to_bytes(answer.into_body(), 1 << 22).await.expect("a body");
    let page = String::from_utf8(body.to_vec()).expect("UTF-8");
    for (path, method, operation) in operations(&document()) {
        let heading = format!("<h3 id={}>", operation["operationId"]);
        assert!(page.contains(&heading), "{heading}");
        assert!(page.contains(&format!("<code>{} {path}</code>", method.to_uppercase())), "{path}");
    }
    // 404 and 405 without a route have codes of their own, which no operation names.
    let of_no_route = [ServiceCode::MethodNotAllowed];
    for code in ServiceCode::ALL.iter().filter(|code| !of_no_route.contains(code)) {
        assert!(page.contains(&format!("/codes/{}\"", code.name())), "{}", code.name());
    }
    for word in ["http://", "https://", "<script", " src=", "@import", "url("] {
        assert!(!page.contains(word), "{word} would be taken from elsewhere");
    }
    assert_eq!(page.matches("<article").count(), routes().len());
    assert_eq!(page.matches("<table>").count(), page.matches("<caption>").count());
}
