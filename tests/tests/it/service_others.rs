//! Programs of others that speak with the service: they share no code with it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::program::{Done, Place, binary, generated};
use crate::served::Served;

/// Examples of each operation in what runs with the other tests; a longer run is told by the
/// environment.
const EXAMPLES: &str = "12";

/// A program of the environment that `tests/interop/install` makes.
fn tool(name: &str) -> Command {
    let target = binary("casetrail");
    let target = target.parent().and_then(Path::parent).expect("target/<profile>");
    let path = target.join("interop-venv/bin").join(name);
    assert!(path.is_file(), "{} is missing: run tests/interop/install", path.display());
    Command::new(path)
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("interop").join(name)
}

/// The description of the service is true: of requests made from it, good and bad, none is
/// answered with a fault, with a status, form or member that it does not name, or without a key.
///
/// What fits the description and is refused all the same (a date that is none of the metric's, a
/// name that nobody has) is no finding: what may be asked depends on the vocabulary.
#[test]
fn schemathesis_finds_nothing() {
    let place = Place::with(&generated(20, 3));
    let config = place.file(
        "service.toml",
        &["[limits]\nrequests_per_second = 0\nreach_seconds = 1\n".to_owned()],
    );
    // Of a batch each event has an outcome of its own: one that is no event is refused in its place.
    place.file(
        "schemathesis.toml",
        &["[[operations]]\ninclude-name = \"POST /v1/events\"\n\
           checks.negative_data_rejection.expected-statuses = [207, \"4xx\"]\n"
            .to_owned()],
    );
    let served = Served::start_with(&place, &["--config", config.to_str().expect("UTF-8")]);
    #[expect(clippy::disallowed_methods, reason = "a test is told by its environment")]
    let examples = std::env::var("SCHEMATHESIS_EXAMPLES").unwrap_or_else(|_| EXAMPLES.to_owned());
    let done = Done::of(
        tool("schemathesis")
            .current_dir(place.path(""))
            .env("SCHEMATHESIS_HOOKS", script("schemathesis_hooks.py"))
            .args(["run", &format!("http://{}/openapi.json", served.address())])
            .args(["--header", &format!("Authorization: Bearer {}", served.token)])
            // It never ends.
            .args(["--exclude-path", "/v1/events/follow"])
            .args(["--exclude-checks", "positive_data_acceptance"])
            .args(["--phases", "examples,coverage,fuzzing", "--max-examples", &examples])
            .args(["--generation-deterministic", "--continue-on-failure", "--no-color"])
            .args(["--workers", "2", "--warnings", "off"]),
    );
    assert_eq!(done.code, Some(0), "{}\n{}\n{}", done.stdout, done.stderr, served.said());
    assert!(done.stdout.contains("Tested: "), "{}", done.stdout);
    assert!(!served.said().contains("made a mistake"), "{}", served.said());
    served.stop();
}

#[test]
fn the_cloudevents_sdk_is_understood_in_every_mode() {
    let place = Place::new();
    let served = Served::start(&place);
    let done = Done::of(
        tool("python")
            .arg(script("cloudevents_post.py"))
            .arg(format!("http://{}/v1/events", served.address()))
            .env("CASETRAIL_KEY", &served.token),
    );
    let answers = done.ok();
    let answers: Vec<Value> =
        answers.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let outcome = |answer: &Value| (answer["outcome"].clone(), answer["position"].clone());
    let told: Vec<_> = answers.iter().map(|answer| (&answer["mode"], &answer["status"])).collect();
    assert_eq!(
        json!(told),
        json!([["structured", 201], ["binary", 201], ["batch", 200]]),
        "{answers:?}"
    );
    assert_eq!(outcome(&answers[0]["body"]), (json!("recorded"), json!(1)));
    assert_eq!(outcome(&answers[1]["body"]), (json!("recorded"), json!(2)));
    // The batch holds the event of the binary mode once more.
    assert_eq!(outcome(&answers[2]["body"][0]), (json!("already-recorded"), json!(2)));
    assert_eq!(outcome(&answers[2]["body"][1]), (json!("recorded"), json!(3)));
    let events = served.get("/v1/events").json();
    for (number, event) in (1..).zip(events["events"].as_array().expect("events")) {
        assert_eq!(event["id"], format!("Æ {number}%"));
        assert_eq!(event["subject"], format!("child/SDK-{number}"));
        assert_eq!(event["data"], json!({ "removal_id": "R1" }));
    }
}
