//! Wrong use: exit code 2 and a message that says what would be right; and a log that is in use.

use crate::program::{Done, Place, command, generated, run};

#[test]
fn questions_that_are_none() {
    let place = Place::with(&generated(2, 61)[..150]);
    let timely = "report timely-permanency --period 2024-01-01..2024-03-31";
    let with = |words: &str| format!("{timely} {words}");
    for (question, why) in [
        ("report luck".to_owned(), "there is no metric `luck`; there are timely-permanency"),
        ("report timely-permanency".to_owned(), "needs --period"),
        ("report timely-permanency --period 2024".to_owned(), "is no period"),
        ("report timely-permanency --period 2024-03-31..2024-01-01".to_owned(), "is no period"),
        (with("--by colour"), "not grouped or filtered by `colour`"),
        (with("--by provider,provider"), "`provider` stands twice"),
        (with("--where colour=red"), "not grouped or filtered by `colour`"),
        (with("--where provider"), "name=value"),
        (with("--set colour=red"), "has no parameter `colour`"),
        (with("--set cohort=all"), "expected one of exit, deadline, entry"),
        (with("--set cohort"), "name=value"),
        (with("--set benchmark.luck=3"), "neither a goal nor a metric"),
        (with("--as-of tomorrow"), "`tomorrow`"),
        (with("--known-at yesterday"), "RFC 3339"),
        (with("--known-at 2999-01-01T00:00:00Z"), "lies in the future"),
        (with("--at-position 151"), "position 151 lies past the head, 150"),
        (with("--known-at 2024-01-01T00:00:00Z --at-position 5"), "cannot be used with"),
        ("report trauma-training --by county".to_owned(), "not grouped or filtered by `county`"),
        (with("--set attribution=day_weighted --suppress 10"), "day_weighted"),
        (with("--json --csv"), "cannot be used with"),
        ("timeline somebody --as-of 2024-01-01".to_owned(), "expected <family>/<identifier>"),
        ("explain timely-permanency".to_owned(), "needs --period"),
        ("answer".to_owned(), "unrecognized subcommand"),
    ] {
        let done = place.casetrail(&question.split(' ').collect::<Vec<_>>());
        assert_eq!(done.code, Some(2), "{question}: {}", done.stderr);
        assert!(done.stderr.contains(why), "{question}: {}", done.stderr);
        assert_eq!(done.stdout, "", "{question}");
    }
    let nobody = place.casetrail(&["timeline", "child/nobody", "--as-of", "2024-01-01"]);
    assert_eq!(nobody.code, Some(1), "{}", nobody.stderr);
}

#[test]
fn the_empty_log_is_a_position_and_the_head_is_one() {
    let place = Place::with(&generated(2, 61)[..150]);
    let timely = ["report", "timely-permanency", "--period", "2024-01-01..2024-03-31", "--json"];
    let at =
        |position: &str| place.casetrail(&[&timely[..], &["--at-position", position]].concat());
    assert_eq!(at("0").json()["log"]["size"], 0);
    assert_eq!(at("150").json()["log"]["size"], 150);
}

#[test]
fn logs_that_are_none() {
    let place = Place::new();
    let timely = ["report", "timely-permanency", "--period", "2024-01-01..2024-03-31"];
    let missing = place.casetrail(&timely);
    assert_eq!(missing.code, Some(2), "{}", missing.stderr);
    assert!(missing.stderr.contains("holds no log"), "{}", missing.stderr);
    let unnamed = run("casetrail", timely);
    assert_eq!(unnamed.code, Some(2), "{}", unnamed.stderr);
    assert!(unnamed.stderr.contains("--log"), "{}", unnamed.stderr);

    let place = Place::with(&generated(1, 62)[..50]);
    let export = place.export("export.ndjson");
    let file = place.path("backfill.ndjson");
    let args = ["ingest", "--backfill", file.to_str().expect("UTF-8")];
    let done = place.casetrail_on(&export, &args);
    assert_eq!(done.code, Some(2), "{}", done.stderr);
    assert!(done.stderr.contains("read-only"), "{}", done.stderr);
    let done = place.casetrail(&["ingest", "no-such-file.ndjson"]);
    assert_eq!(done.code, Some(2), "{}", done.stderr);
    assert!(done.stderr.contains("no-such-file.ndjson"), "{}", done.stderr);
}

#[test]
fn no_password_is_repeated() {
    let addresses = [
        "POSTGRES://u:hush-hush@127.0.0.1:1/x",
        "Postgresql://u:hush-hush@127.0.0.1:1/x",
        "postgres://u:hush-hush@127.0.0.1:1/x?sslmode=never",
        "mysql://u:hush-hush@127.0.0.1:1/x",
        "host=127.0.0.1 port=1 user=u password=hush-hush",
        "host=127.0.0.1 PASSWORD=hush-hush",
    ];
    let verbs = [
        "log init",
        "log verify",
        "report trauma-training",
        "keys list",
        "serve",
        "--help",
        "report --help",
        "log verify --help",
        "keys list --help",
    ];
    let empty = tempfile::tempdir().expect("a folder");
    for address in addresses {
        for verb in verbs {
            let mut command = command("casetrail");
            command.env("CASETRAIL_LOG", address).current_dir(empty.path());
            let done = Done::of(command.args(verb.split(' ')));
            let said = format!("{}{}", done.stdout, done.stderr);
            assert!(!said.contains("hush"), "{verb} on {address}: {said}");
            let wrong = !verb.ends_with("--help");
            assert_eq!(done.code != Some(0), wrong, "{verb} on {address}: {said}");
        }
    }
    assert_eq!(std::fs::read_dir(empty.path()).expect("a folder").count(), 0, "nothing was made");
}
