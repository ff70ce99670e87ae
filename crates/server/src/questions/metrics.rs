//! `/v1/metrics`: what can be asked for, by what rule, with which parameters.

use axum::http::HeaderMap;
use axum::response::Response;
use events::Json;
use events::parameters::{self, Domain, Parameter};
use metrics::MetricId;
use report::pretty;

use super::form::Form;
use super::{lines, shown};
use crate::problem::Problem;

const FORMS: [Form; 3] = [Form::Json, Form::Ndjson, Form::Text];
/// The rules in words, generated from the files that have them.
const PAGE: &str = include_str!("../../../../schemas/metrics.md");

/// `GET /v1/metrics`.
pub(crate) async fn get(headers: HeaderMap) -> Result<Response, Problem> {
    let form = Form::accepted(&headers, &FORMS)?;
    let all = || {
        let metrics = MetricId::ALL.iter().map(|metric| described(*metric)).collect();
        Json::object([("schema", "casetrail.metrics.v1".into()), ("metrics", Json::Array(metrics))])
    };
    Ok(shown(
        form,
        match form {
            Form::Text => PAGE.to_owned(),
            Form::Ndjson => lines(&all(), &[("metrics", "metric")]),
            Form::Json | Form::Csv => pretty(&all()),
        },
    ))
}

fn described(metric: MetricId) -> Json {
    let dimensions = metric.dimensions().iter().map(|d| d.name().into()).collect();
    let parameters = parameters::of(metric.name()).iter().map(parameter).collect();
    Json::object([
        ("name", metric.name().into()),
        ("program", format!("{}/{}", metric.name(), metric.version()).into()),
        ("definition", definition(metric.name()).into()),
        ("needs_period", Json::Bool(metric.needs_period())),
        ("dimensions", Json::Array(dimensions)),
        ("parameters", Json::Array(parameters)),
    ])
}

/// The rule in words (Markdown).
fn definition(metric: &str) -> &'static str {
    let heading = format!("\n## {metric}\n");
    let section = PAGE.split_once(&heading).map_or("", |(_, section)| section);
    let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
    section.split_once("\n- Program:").map_or(section, |(words, _)| words).trim()
}

fn parameter(parameter: &Parameter) -> Json {
    let words = |words: &[&str]| Json::Array(words.iter().map(|word| (*word).into()).collect());
    let values = match parameter.domain {
        Domain::Choice(known) => [("one_of", words(known))],
        Domain::Count(_) => [("whole_number", Json::Bool(true))],
        Domain::Names(_) => [("names", Json::Bool(true))],
        Domain::Subset { known, .. } => [("some_of", words(known))],
        Domain::MetricBut(not) => {
            let known: Vec<_> = parameters::metrics().filter(|name| !not.contains(name)).collect();
            [("one_of", words(&known))]
        }
    };
    Json::object([
        ("name", parameter.name.into()),
        ("default", parameter.domain.default()),
        ("values", Json::object(values)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_definition() {
        for metric in MetricId::ALL {
            let words = definition(metric.name());
            assert!(words.contains("**Citation.**"), "{}: {words}", metric.name());
            assert!(!words.contains("\n## "), "{}: {words}", metric.name());
        }
    }
}
