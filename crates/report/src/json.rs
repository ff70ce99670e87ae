//! The answer as JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eventlog::Head;
use events::Json;
use metrics::Period;
use projection::Answered;

use crate::Shown;

/// The name of the answer's schema.
const SCHEMA: &str = "casetrail.report.v1";

pub(crate) fn count(n: u64) -> Json {
    i64::try_from(n).map_or(Json::Null, Json::Int)
}

fn period(period: Period) -> Json {
    Json::object([("from", period.start.to_string().into()), ("to", period.end.to_string().into())])
}

/// The question as the answer states it, with every parameter in force.
pub(crate) fn question(answered: &Answered) -> Json {
    let asked = &answered.question.asked;
    let parameters = answered.question.parameters.iter();
    let parameters = parameters.map(|(name, value)| ((*name).to_owned(), value.clone()));
    let what_if = asked.what_if_written.clone();
    let known_at = answered.known.known_at.as_deref();
    let metric = asked.metric;
    let within = asked.within.iter().map(|providers| {
        let names = providers.iter().map(|provider| provider.as_str().into());
        ("within", Json::Array(names.collect()))
    });
    let members = [
        ("period", asked.period.map_or(Json::Null, period)),
        ("as_of", asked.as_of.to_string().into()),
        ("known_at", known_at.map_or(Json::Null, Json::from)),
        ("position", count(answered.known.position.0)),
        ("by", Json::Array(asked.by.iter().map(|d| d.name().into()).collect())),
        ("where", Json::object(asked.filter.iter().map(|(d, v)| (d.name(), v.as_str().into())))),
        ("parameters", Json::object(parameters.chain(what_if))),
        ("program", format!("{}/{}", metric.name(), metric.version()).into()),
        ("draft", Json::Bool(asked.draft())),
    ];
    Json::object(members.into_iter().chain(within))
}

/// The whole answer. `head` is the tree of the first `position` events of the log.
#[must_use]
pub fn document(shown: &Shown, head: &Head) -> Json {
    let answered = &shown.answered;
    Json::object([
        ("schema", SCHEMA.into()),
        ("metric", answered.question.asked.metric.name().into()),
        ("question", question(answered)),
        ("log", log(answered, head)),
        ("policy", Json::Array(answered.policy.clone())),
        ("rows", Json::Array(shown.rows.clone())),
        ("total", shown.total.clone()),
    ])
}

/// The log that an answer rests on.
pub(crate) fn log(answered: &Answered, head: &Head) -> Json {
    let through = answered.complete_through.iter();
    let through = through.map(|(source, day)| (source.clone(), day.to_string().into()));
    Json::object(tree(head).into_iter().chain([("complete_through", Json::object(through))]))
}

/// The tree of a log.
pub(crate) fn tree(head: &Head) -> [(&'static str, Json); 4] {
    [
        ("origin", head.origin.as_str().into()),
        ("size", count(head.position.0)),
        ("root", STANDARD.encode(head.root).into()),
        ("erased", count(head.erased)),
    ]
}

/// JSON as it is printed: indented, members by name, a line feed at the end.
#[must_use]
pub fn pretty(json: &Json) -> String {
    let mut text = serde_json::to_string_pretty(json).unwrap_or_default();
    text.push('\n');
    text
}
