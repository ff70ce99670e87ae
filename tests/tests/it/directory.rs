//! The directory of subjects beside a sealed log can be deleted: it is made anew, and no answer
//! and no hash depends on it.

use std::fs;

use crate::program::{Place, generated, json};

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
