//! The numbers against a program by other hands: `tests/oracle/oracle.py` folds everything from zero
//! for each question, in Python, and shares no code with this workspace. The short form of what is
//! run by hand when a metric changes: small nasty histories, every metric, random as-of dates,
//! positions and known instants.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::program::{Done, Place, binary};

/// The metrics that the program has.
const METRICS: &str = "timely-permanency,concurrent-planning,residential-compliance,trauma-training,\
                       supervisor-ratio,returned-cases,incentive,scorecard,cfsr-p1,cfsr-p2,cfsr-p3,\
                       cfsr-p4,cfsr-p5,worker-visits,data-timeliness,hearing-timeliness,long-stayers,\
                       baseline";

/// Asks a program and the oracle the questions of some histories.
fn compare(program: &Path, seed: &str, rounds: u32, questions: u32) -> Done {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/oracle/fuzz.py");
    let mut python = Command::new("python3");
    python.arg("-B").arg(script).arg("--bin").arg(program);
    python.args(["--seed", seed, "--rounds", &rounds.to_string()]);
    python.args(["--questions", &questions.to_string(), "--sb", "--export"]);
    python.args(["--metrics", METRICS]);
    // The oracle writes what-ifs as they were typed, the program whole numbers as numbers.
    python.args(["--ignore", "question.parameters"]);
    python.env_remove("CASETRAIL_LOG");
    Done::of(&mut python)
}

/// So many histories of a seed, with 50 questions each, are answered alike.
fn agree(seed: &str, rounds: u32) {
    let compared = compare(&binary("casetrail"), seed, rounds, 50);
    let expected = format!("{} questions, 0 with differences", rounds * 50);
    assert!(compared.stdout.contains(&expected), "{}{}", compared.stdout, compared.stderr);
    assert_eq!(compared.code, Some(0));
}

#[test]
fn the_oracle_agrees_on_the_first_seed() {
    agree("ci-1", 4);
}

#[test]
fn the_oracle_agrees_on_the_second_seed() {
    agree("ci-2", 4);
}

#[test]
fn the_oracle_agrees_on_the_third_seed() {
    agree("ci-3", 4);
}

#[test]
fn the_oracle_agrees_on_the_fourth_seed() {
    agree("ci-4", 4);
}

/// What the comparison is for: a program that is off by one in one number.
#[test]
fn a_number_that_is_off_by_one_is_found() {
    let place = Place::new();
    let path = place.path("off-by-one");
    let mut script = "#!/bin/sh\n".to_owned();
    let program = binary("casetrail");
    writeln!(script, "answer=$('{}' \"$@\")\nstatus=$?", program.display()).expect("a text");
    script += "printf '%s\\n' \"$answer\" | sed 's/\"denominator\": 2,/\"denominator\": 3,/'\n";
    script += "exit $status\n";
    std::fs::write(&path, script).expect("a script can be written");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&path, executable).expect("it can be made executable");
    let compared = compare(&path, "ci-1", 3, 50);
    assert_eq!(compared.code, Some(1), "{}{}", compared.stdout, compared.stderr);
    assert!(compared.stdout.contains("denominator: oracle 2  program 3"), "{}", compared.stdout);
    assert!(!compared.stdout.contains("(exit status)"), "{}", compared.stdout);
}
