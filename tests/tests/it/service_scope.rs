//! What a question over HTTP tells those who may not know everything.

use serde_json::{Value, json};

use crate::program::{Place, line};
use crate::served::{Answer, Served};

const PERIOD: &str = "period=2024-01-01..2024-12-31";

/// A token with these grants.
fn token(place: &Place, name: &str, grants: &[&str]) -> String {
    let grants: Vec<&str> = grants.iter().flat_map(|grant| ["--grant", grant]).collect();
    let made = place.casetrail(&[&["keys", "create", name], &grants[..]].concat());
    made.ok().trim().to_owned()
}

fn ask_as(served: &Served, token: &str, method: &str, target: &str, body: &[u8]) -> Answer {
    let authorization = format!("Authorization: Bearer {token}");
    served.request(method, target, &[&authorization, "Purpose: a test"], body)
}

/// A child who came and left with a provider.
fn child(name: &str, provider: &str) -> Vec<String> {
    let subject = format!("child/{name}");
    let event = |number: u32, kind: &str, on: &str, data: Value| {
        line(&format!("{name}-{number}"), kind, &subject, on, "2024-06-01", &data)
    };
    let assigned =
        json!({ "case_id": format!("F-{name}"), "provider": provider, "county": "29510" });
    vec![
        event(1, "child.registered", "2023-01-01", json!({ "birth_date": "2015-06-15" })),
        event(2, "removal.recorded", "2023-01-01", json!({ "removal_id": "R", "county": "29510" })),
        event(3, "case.assigned", "2023-01-01", assigned),
        event(4, "goal.approved", "2023-01-15", json!({ "role": "primary", "goal": "adoption" })),
        event(5, "episode.closed", "2024-01-20", json!({ "exit_reason": "adoption" })),
    ]
}

fn children(provider: &str, count: u32) -> Vec<String> {
    (0..count).flat_map(|n| child(&format!("{provider}-{n}"), provider)).collect()
}

/// An answer without what every answer says of the whole log: how far it reaches, and its root.
fn of_members(answer: &Answer) -> Value {
    let mut answer = answer.json();
    let members = answer.as_object_mut().expect("an object");
    members.remove("log");
    members.get_mut("question").and_then(Value::as_object_mut).map(|q| q.remove("position"));
    answer
}

/// Two states that differ in what B did, and in nothing that A did, with three who ask.
struct States([(Place, Served, [String; 3]); 2]);

impl States {
    fn new() -> Self {
        Self([2, 40].map(|of_b| {
            let place = Place::with(&[children("A", 13), children("B", of_b)].concat());
            let tokens = [
                token(&place, "a", &["reporter:A"]),
                token(&place, "a-and-c", &["reporter:A", "reporter:C"]),
                token(&place, "all", &["reporter:*"]),
            ];
            let served = Served::start(&place);
            (place, served, tokens)
        }))
    }

    /// The answers of both.
    fn ask(&self, target: &str, who: usize) -> [Answer; 2] {
        let Self(states) = self;
        states
            .each_ref()
            .map(|(_, served, tokens)| ask_as(served, &tokens[who], "GET", target, &[]))
    }
}

const METRICS: [&str; 5] =
    ["timely-permanency", "cfsr-p5", "supervisor-ratio", "incentive", "scorecard"];

#[test]
fn a_reporter_learns_of_its_providers_alone() {
    let states = States::new();
    let asked = |target: &str, who: usize| states.ask(target, who);
    let words = [
        "",
        "&by=provider",
        "&where=provider%3DB",
        "&where=provider%3DNOBODY",
        "&where=provider%3DA",
        "&suppress=1",
        "&set=benchmark.adoption%3D1",
        "&alternatives=true",
        "&by=worker",
        "&at_position=60",
    ];
    for metric in METRICS {
        for more in words {
            let target = format!("/v1/reports/{metric}?{PERIOD}{more}");
            for who in [0, 1] {
                let [few, many] = asked(&target, who);
                assert_eq!(few.status, many.status, "{target}");
                if few.status == 200 {
                    assert_eq!(of_members(&few), of_members(&many), "{target}");
                    assert!(!few.text().contains("\"B\""), "{target}");
                } else {
                    let problem = |answer: &Answer| answer.problem();
                    assert_eq!(problem(&few), problem(&many), "{target}");
                }
            }
        }
    }
    // They could differ: who may see all sees both states.
    let [few, many] = asked(&format!("/v1/reports/timely-permanency?{PERIOD}"), 2);
    assert_ne!(of_members(&few), of_members(&many));
    assert_eq!(few.json()["total"]["denominator"], 15);
    let [own, _] = asked(&format!("/v1/reports/timely-permanency?{PERIOD}"), 0);
    assert_eq!(own.json()["total"]["denominator"], 13);
    assert_eq!(own.json()["question"]["where"], json!({ "provider": "A" }));
    let [two, _] = asked(&format!("/v1/reports/timely-permanency?{PERIOD}"), 1);
    assert_eq!(two.json()["question"]["within"], json!(["A", "C"]));
}

#[test]
fn what_a_reporter_may_not_ask_is_refused_whatever_the_log_holds() {
    let states = States::new();
    let asked = |target: &str, who: usize| states.ask(target, who);
    // Another provider is refused whether there is one or not; nobody may ask for less masking.
    for name in ["B", "NOBODY"] {
        let target = format!("/v1/reports/timely-permanency?{PERIOD}&where=provider%3D{name}");
        let [refused, _] = asked(&target, 0);
        assert_eq!(refused.problem(), (403, "FORBIDDEN".to_owned()));
    }
    let small = format!("/v1/reports/timely-permanency?{PERIOD}&suppress=0&by=provider");
    let [masked, _] = asked(&small, 2);
    let rows = masked.json();
    assert_eq!(rows["rows"][1]["denominator"], Value::Null, "{rows}");
    // Records of children are not theirs, nor answers that name members.
    for target in [
        "/v1/explain/timely-permanency",
        "/v1/history/timely-permanency",
        "/v1/timeline/child/A-1",
        "/v1/timeline/child/B-1",
        "/v1/findings",
        "/v1/policy?list=true",
    ] {
        let answer = asked(target, 0);
        assert_eq!(answer[0].problem(), (403, "FORBIDDEN".to_owned()), "{target}");
    }
    // Tags of one scope are none of another.
    let target = format!("/v1/reports/timely-permanency?{PERIOD}&where=provider%3DA");
    let tags = [0, 1, 2].map(|who| asked(&target, who)[0].header("etag").to_owned());
    assert!(tags.iter().all(|tag| !tag.is_empty()), "{tags:?}");
}

#[test]
fn decisions_about_single_people_are_not_for_reporters() {
    let excluded = json!({
        "subject": "child/A-1", "metric": "timely-permanency", "decision": "approved",
        "decided_by": "DIR-1",
    });
    let decided = line(
        "x",
        "exclusion.decided",
        "policy/timely-permanency",
        "2023-01-01",
        "2024-06-01",
        &excluded,
    );
    let place = Place::with(&[children("A", 13), vec![decided]].concat());
    let reporter = token(&place, "a", &["reporter:A"]);
    let served = Served::start(&place);
    for target in [format!("/v1/reports/timely-permanency?{PERIOD}"), "/v1/policy".to_owned()] {
        let whole = served.get(&target);
        assert!(whole.text().contains("child/A-1"), "{target}: {}", whole.text());
        let shown = ask_as(&served, &reporter, "GET", &target, &[]);
        assert_eq!(shown.status, 200, "{}", shown.text());
        assert!(!shown.text().contains("child/A-1"), "{target}: {}", shown.text());
        if target.contains("report") {
            // Sources are others' too.
            assert_eq!(shown.json()["log"]["complete_through"], json!({}));
        }
        // They name children: nobody sees them without saying why.
        let silent = served.ask("GET", &target, &[], &[]);
        assert_eq!(silent.problem(), (400, "PURPOSE_REQUIRED".to_owned()), "{target}");
    }
}
