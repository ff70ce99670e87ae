//! The command line that asks a service in place of a log: the same bytes, the same exit codes.

use serde_json::{Value, json};

use crate::program::{Done, Place, command, generated};
use crate::served::{Served, certified};

const PERIOD: &str = "--period 2024-01-01..2024-12-31";

fn split(words: &str) -> Vec<&str> {
    words.split(' ').collect()
}

#[test]
fn every_verb_prints_what_it_prints_of_a_log() {
    let place = Place::with(&generated(40, 7));
    std::fs::write(place.path("supposed.toml"), "benchmark.reunification = 10\n").expect("a file");
    let export = place.export("export.ndjson");
    let lines = [
        format!("report timely-permanency {PERIOD} --by provider,county --table"),
        format!("report timely-permanency {PERIOD} --where provider=A --suppress 5 --csv"),
        format!("report timely-permanency {PERIOD} --at-position 900 --alternatives --json"),
        format!("report timely-permanency {PERIOD} --what-if supposed.toml --json"),
        format!("report timely-permanency {PERIOD} --set benchmark.reunification=10 --table"),
        format!("report scorecard {PERIOD} --by provider --csv"),
        format!("report baseline {PERIOD} --set metric=timely-permanency --json"),
        format!("explain timely-permanency {PERIOD} --text"),
        format!("explain timely-permanency {PERIOD} --group provider=A --by provider --json"),
        format!("history timely-permanency {PERIOD} --months 3 --table"),
        format!("history cfsr-p1 {PERIOD} --known 2024-06-01..2024-12-31 --json"),
        "findings --table".to_owned(),
        "findings late_entry overlap --csv".to_owned(),
        "policy list --text".to_owned(),
        "policy show --as-of 2024-06-30 --json".to_owned(),
    ];
    let expected: Vec<String> =
        lines.iter().map(|line| place.casetrail_on(&export, &split(line)).ok()).collect();
    let served = Served::start(&place);
    for (line, printed) in lines.iter().zip(&expected) {
        assert!(!printed.is_empty());
        assert_eq!(&served.casetrail(&place, &split(line)).ok(), printed, "{line}");
    }
}

#[test]
fn subjects_and_differences_too() {
    let place = Place::with(&generated(40, 7));
    let export = place.export("export.ndjson");
    let report = format!("report timely-permanency {PERIOD} --by provider");
    let saved = [&split(&report)[..], &["--at-position", "900", "--json"]].concat();
    let saved = place.casetrail(&saved).ok();
    std::fs::write(place.path("saved.json"), &saved).expect("a file");
    let mut forged: Value = serde_json::from_str(&saved).expect("JSON");
    forged["total"]["numerator"] = json!(100_000);
    std::fs::write(place.path("false.json"), forged.to_string()).expect("a file");
    let explained =
        place.casetrail_on(&export, &split(&format!("explain cfsr-p1 {PERIOD} --json")));
    let explained = explained.json();
    let child = explained["members"][0]["subject"].as_str().expect("a member").to_owned();
    let diffs =
        [["diff", "saved.json", &report, "--text"], ["diff", &report, "saved.json", "--json"]];
    let differences: Vec<String> =
        diffs.iter().map(|args| place.casetrail_on(&export, args).ok()).collect();
    let timelines = [["timeline", &child, "--json"], ["timeline", &child, "--text"]];
    let rows: Vec<String> =
        timelines.iter().map(|args| place.casetrail_on(&export, args).ok()).collect();
    let subject = format!("explain cfsr-p1 {PERIOD} --subject {child} --text");
    let why = place.casetrail_on(&export, &split(&subject)).ok();
    let failed = place.casetrail_on(&export, &["diff", "false.json", &report, "--json"]);

    let served = Served::start(&place);
    for (args, printed) in diffs.iter().zip(&differences) {
        assert_eq!(&served.casetrail(&place, args).ok(), printed, "{args:?}");
    }
    for (args, printed) in timelines.iter().zip(&rows) {
        assert_eq!(&served.casetrail(&place, args).ok(), printed, "{args:?}");
    }
    assert_eq!(served.casetrail(&place, &split(&subject)).ok(), why);
    // A saved answer that the log does not give: told in the same words, with the same code.
    let asked = served.casetrail(&place, &["diff", "false.json", &report, "--json"]);
    assert_eq!(failed.code, Some(1), "{}", failed.stderr);
    assert_eq!((asked.code, &asked.stdout), (failed.code, &failed.stdout), "{}", asked.stderr);
}

#[test]
fn what_fails_says_why_and_how() {
    let place = Place::with(&generated(5, 1));
    let served = Served::start(&place);
    let asked = |args: &str| served.casetrail(&place, &split(args));
    let fails = |done: Done, code: i32, word: &str| {
        assert_eq!(done.code, Some(code), "{}", done.stderr);
        assert!(done.stderr.contains(word), "{}", done.stderr);
        assert!(done.stdout.is_empty());
    };
    fails(asked("report no-such-metric"), 2, "WRONG_QUESTION");
    fails(asked("timeline child/NOBODY"), 1, "STREAM_UNKNOWN");
    fails(asked("timeline NOBODY"), 2, "<family>");
    let url = format!("http://{}", served.address());
    let with = |key: Option<&str>, url: &str| {
        let mut command = command("casetrail");
        command.env_remove("CASETRAIL_KEY");
        if let Some(key) = key {
            command.env("CASETRAIL_KEY", key);
        }
        Done::of(command.args(["findings", "--server", url, "--purpose", "a test"]))
    };
    fails(with(None, &url), 2, "CASETRAIL_KEY");
    fails(with(Some("ct_nobodys"), &url), 2, "UNAUTHENTICATED");
    fails(with(Some("ct_nobodys"), "ftp://localhost"), 2, "http");
    served.stop();
    fails(with(Some("ct_nobodys"), &url), 3, "cannot reach");
    let neither = Done::of(command("casetrail").arg("findings"));
    fails(neither, 2, "--server");
}

#[test]
fn a_service_that_speaks_tls_is_asked_by_its_certificate() {
    let place = Place::with(&generated(5, 1));
    let printed = place.casetrail(&["findings", "--csv"]).ok();
    let (key, certificate) = certified(&place);
    let args = ["--tls-certificate", certificate.as_str(), "--tls-key", key.as_str()];
    let served = Served::start_with(&place, &args);
    let file = place.path("key");
    std::fs::write(&file, format!("{}\n", served.token)).expect("a file");
    let asked = |trusted: &[&str]| {
        let mut command = command("casetrail");
        command.env_remove("CASETRAIL_KEY").args(["findings", "--csv", "--purpose", "a test"]);
        command.args(["--server", &format!("https://{}", served.address())]);
        Done::of(command.arg("--key-file").arg(&file).args(trusted))
    };
    assert_eq!(asked(&["--server-ca", &certificate]).ok(), printed);
    let refused = asked(&[]);
    assert_eq!(refused.code, Some(3), "{}", refused.stderr);
}
