//! `GET /docs`: the document as one page for people. It needs no script and nothing from elsewhere,
//! and reads in order without its style.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::about::Tag;
use super::{PUBLIC, document};

/// Contrast of text is at least 7:1, of borders 3:1 (WCAG 2.2, 1.4.6 and 1.4.11).
const STYLE: &str = include_str!("page.css");

/// `GET /docs`.
pub(crate) async fn docs() -> Response {
    static PAGE: LazyLock<String> = LazyLock::new(|| page(&document()));
    let kind = (header::CONTENT_TYPE, "text/html; charset=utf-8");
    let mut response = ([kind, PUBLIC], PAGE.as_str()).into_response();
    // The one style that stands in the page, by its digest; nothing else is taken from anywhere.
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    let policy = HeaderValue::try_from(policy).expect("a digest in Base64");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// Text as HTML shows it.
fn shown(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The same, with what stands between backquotes as code.
fn words(text: &str) -> String {
    let parts = shown(text);
    let parts = parts.split('`').enumerate();
    parts
        .map(|(i, part)| if i % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() })
        .collect()
}

fn str_of<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn page(document: &Value) -> String {
    let mut out = String::new();
    let info = &document["info"];
    // A string takes every write.
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Casetrail: reference of the service</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<a class=\"skip\" href=\"#main\">Skip to the reference</a>\n<header>\n\
         <h1>Casetrail <small>{}</small></h1>\n<p>{}</p>\n\
         <p>For programs: <a href=\"/openapi.json\">/openapi.json</a> (OpenAPI 3.1).</p>\n</header>\n",
        shown(str_of(info, "version")),
        words(str_of(info, "description"))
    );
    contents(document, &mut out);
    out.push_str("<main id=\"main\">\n");
    for tag in Tag::ALL {
        let (name, about) = (tag.name(), tag.words());
        let _ =
            write!(out, "<section aria-labelledby=\"{name}\">\n<h2 id=\"{name}\">{about}</h2>\n");
        for (path, method, operation) in of_tag(document, tag) {
            describe(path, method, operation, &mut out);
        }
        out.push_str("</section>\n");
    }
    schemas(document, &mut out);
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

/// Operations of a tag: path, method and what they say.
fn of_tag(document: &Value, tag: Tag) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    all.filter(|(_, _, operation)| operation["tags"][0] == tag.name()).collect()
}

fn contents(document: &Value, out: &mut String) {
    out.push_str("<nav aria-label=\"Contents\">\n<ul>\n");
    for tag in Tag::ALL {
        let _ = write!(out, "<li><a href=\"#{}\">{}</a>\n<ul>\n", tag.name(), tag.words());
        for (path, method, operation) in of_tag(document, tag) {
            let (id, method) = (str_of(operation, "operationId"), method.to_uppercase());
            let path = shown(path);
            let _ = writeln!(out, "<li><a href=\"#{id}\"><code>{method} {path}</code></a></li>");
        }
        out.push_str("</ul></li>\n");
    }
    out.push_str("<li><a href=\"#schemas\">Schemas</a></li>\n</ul>\n</nav>\n");
}

fn describe(path: &str, method: &str, operation: &Value, out: &mut String) {
    let id = str_of(operation, "operationId");
    let _ = write!(
        out,
        "<article aria-labelledby=\"{id}\">\n<h3 id=\"{id}\">{}</h3>\n\
         <p class=\"path\"><code>{} {}</code></p>\n<p>{}</p>\n",
        words(str_of(operation, "summary")),
        method.to_uppercase(),
        shown(path),
        words(str_of(operation, "description"))
    );
    if operation["security"].is_null() {
        out.push_str("<p>Anybody may ask.</p>\n");
    }
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let rows: String = parameters
        .map(|parameter| {
            let required = parameter["required"] == true;
            format!(
                "<tr><th scope=\"row\"><code>{}</code></th><td>{}{}</td><td>{}</td><td>{}</td>\
                 <td>{}</td></tr>\n",
                shown(str_of(parameter, "name")),
                str_of(parameter, "in"),
                if required { ", required" } else { "" },
                of_schema(&parameter["schema"]),
                words(str_of(parameter, "description")),
                example(&parameter["example"])
            )
        })
        .collect();
    table("Parameters", &["Name", "Where", "Value", "Meaning", "Example"], &rows, out);
    let bodies = operation["requestBody"]["content"].as_object().into_iter().flatten();
    let rows: String = bodies.map(|(kind, content)| media(kind, content)).collect();
    table("Body", &["Form", "Schema", "Example"], &rows, out);
    let responses = operation["responses"].as_object().into_iter().flatten();
    let rows: String = responses.map(|(status, response)| answer(status, response)).collect();
    table("Answers", &["Status", "Meaning", "Forms", "Headers"], &rows, out);
    out.push_str("</article>\n");
}

fn table(caption: &str, heads: &[&str], rows: &str, out: &mut String) {
    if rows.is_empty() {
        return;
    }
    let heads: String = heads.iter().map(|h| format!("<th scope=\"col\">{h}</th>")).collect();
    // It may be wider than the page: whoever has no mouse scrolls it by keyboard.
    let _ = write!(
        out,
        "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"{caption}\"><table>\
         <caption>{caption}</caption>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\
         </table></div>\n"
    );
}

fn media(kind: &str, content: &Value) -> String {
    format!(
        "<tr><th scope=\"row\"><code>{}</code></th><td>{}</td><td>{}</td></tr>\n",
        shown(kind),
        of_schema(&content["schema"]),
        example(&content["example"])
    )
}

fn answer(status: &str, response: &Value) -> String {
    let description = str_of(response, "description");
    let forms = response["content"].as_object().into_iter().flatten();
    let problem = response["content"].get("application/problem+json").is_some();
    let meaning = if problem {
        // What such an answer is described by are its codes.
        let codes = description.split(", ");
        let codes = codes.map(|code| format!("<a href=\"/codes/{code}\">{code}</a>"));
        codes.collect::<Vec<_>>().join(", ")
    } else {
        words(description)
    };
    let forms: Vec<_> = forms
        .map(|(kind, content)| {
            format!("<code>{}</code> {}", shown(kind), of_schema(&content["schema"]))
        })
        .collect();
    let headers = response["headers"].as_object().into_iter().flatten();
    let headers: Vec<_> = headers
        .map(|(name, header)| {
            format!("<code>{name}</code>: {}", words(str_of(header, "description")))
        })
        .collect();
    format!(
        "<tr><th scope=\"row\">{status}</th><td>{meaning}</td><td>{}</td><td>{}</td></tr>\n",
        forms.join("<br>"),
        headers.join("<br>")
    )
}

/// A schema in few words, with a link if it has a name.
fn of_schema(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|to| to.rsplit('/').next()) {
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    if let Some(words) = schema["enum"].as_array() {
        let words = words
            .iter()
            .map(|word| format!("<code>{}</code>", shown(word.as_str().unwrap_or_default())));
        return words.collect::<Vec<_>>().join(" or ");
    }
    let kind = str_of(schema, "type");
    let form = [str_of(schema, "format"), str_of(schema, "pattern")].join(" ");
    match kind {
        "array" => format!("several: {}", of_schema(&schema["items"])),
        _ => shown(format!("{kind} {}", form.trim()).trim()),
    }
}

fn example(example: &Value) -> String {
    match example {
        Value::Null => String::new(),
        Value::String(text) => format!("<code>{}</code>", shown(text.trim_end())),
        other => format!("<code>{}</code>", shown(&other.to_string())),
    }
}

fn schemas(document: &Value, out: &mut String) {
    out.push_str("<section aria-labelledby=\"schemas\">\n<h2 id=\"schemas\">Schemas</h2>\n");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let text = serde_json::to_string_pretty(schema).unwrap_or_default();
        let _ = write!(
            out,
            "<h3 id=\"schema-{name}\">{name}</h3>\n<details><summary>{name} as JSON Schema</summary>\
             <pre tabindex=\"0\">{}</pre></details>\n",
            shown(&text)
        );
    }
    out.push_str("</section>\n");
}
