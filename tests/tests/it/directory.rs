//! What only a log in a directory has: one owner, and beside a sealed log a directory of subjects
//! that can be deleted, since it is made anew and no answer and no hash depends on it.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use crate::program::{Place, command, generated, json};

/// Events that are sealed together.
const SEALED: usize = 65_536;

/// Registrations, as short as events can be, behind the lines of a generated state.
fn lines() -> Vec<String> {
    let mut lines = generated(12, 31);
    let time = json(lines.last().expect("lines"))["recordedtime"].clone();
    let filler = (lines.len()..SEALED + 300).map(|n| {
        format!(
            "{{\"specversion\":\"1.0\",\"id\":\"filler-{n}\",\"source\":\"filler\",\
             \"type\":\"casetrail.child.registered.v1\",\"subject\":\"child/F-{}\",\
             \"effectiveon\":\"2025-12-31\",\"recordedtime\":{time},\"data\":{{}}}}\n",
            n % 700
        )
    });
    lines.extend(filler.collect::<Vec<_>>());
    lines
}

#[test]
fn a_deleted_directory_costs_a_rebuild_and_nothing_else() {
    let lines = lines();
    let place = Place::with(&lines);
    let sealed = fs::read_dir(place.path("log/sealed")).expect("a folder of sealed runs");
    assert_eq!(sealed.count(), 1, "the first events are sealed");
    let directory = place.path("log/directory");
    assert!(fs::read_dir(&directory).expect("a directory of subjects").next().is_some());
    let args = ["report", "scorecard", "--period", "2025-01-01..2025-03-31", "--by", "provider"];
    let args = [&args[..], &["--json"]].concat();
    let before = place.casetrail(&args).ok();

    fs::remove_dir_all(&directory).expect("it can be deleted");
    assert_eq!(place.casetrail(&args).ok(), before, "the same bytes");
    assert!(fs::read_dir(&directory).expect("it is back").next().is_some());

    fs::remove_dir_all(&directory).expect("it can be deleted");
    // A repetition needs the log to know what it holds, and a new event where its stream ends.
    let time = json(&lines[lines.len() - 1])["recordedtime"].clone();
    let more = format!(
        "{{\"specversion\":\"1.0\",\"id\":\"more\",\"source\":\"filler\",\
         \"type\":\"casetrail.child.registered.v1\",\"subject\":\"child/F-1\",\
         \"effectiveon\":\"2025-12-31\",\"recordedtime\":{time},\"data\":{{}}}}\n"
    );
    let last = [&lines[..50], &lines[lines.len() - 50..], &[more]].concat();
    let outcome = place.backfill(&last);
    assert_eq!((&outcome["already_recorded"], &outcome["recorded"]), (&100.into(), &1.into()));
    assert_eq!(place.verified().0, lines.len() as u64 + 1);
}

#[test]
fn a_question_begins_no_log() {
    let place = Place::new();
    let timely = ["report", "timely-permanency", "--period", "2024-01-01..2024-03-31"];
    assert_eq!(place.casetrail(&timely).code, Some(2));
    assert!(!place.log().exists(), "a question begins no log");
    fs::create_dir(place.log()).expect("a folder");
    assert_eq!(place.casetrail(&timely).code, Some(2));
}

#[test]
fn a_log_has_one_owner_at_a_time() {
    let lines = &generated(1, 63)[..50];
    let place = Place::with(&lines[..20]);
    let mut owner = command("casetrail");
    owner.args(["ingest", "--backfill", "-", "--quarantine"]).arg(place.path("quarantine"));
    owner.arg("--log").arg(place.log()).stdin(Stdio::piped()).stderr(Stdio::null());
    let mut owner = owner.spawn().expect("it starts");
    // An open log has no mark of a clean end: from then on the owner holds it.
    for _ in 0..5_000 {
        if !place.path("log/CLEAN").exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let timely = ["report", "timely-permanency", "--period", "2024-01-01..2024-03-31"];
    for args in [&timely[..], &["log", "verify"], &["log", "export"]] {
        let second = place.casetrail(args);
        assert_eq!(second.code, Some(3), "{}", second.stderr);
        assert!(second.stderr.contains("one owner at a time"), "{}", second.stderr);
        assert_eq!(second.stdout, "");
    }
    let mut stdin = owner.stdin.take().expect("a pipe");
    stdin.write_all(lines[20..].concat().as_bytes()).expect("it reads");
    drop(stdin);
    assert!(owner.wait().expect("it ends").success(), "the owner is not disturbed");
    assert_eq!(place.verified().0, 50);
}
