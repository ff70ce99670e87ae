//! Mistakes made on purpose in the engine, and who notices. Needs the feature `seeded-bugs`.

use std::process::Command;

use casetrail_crash::power::{Plan, rounds};
use casetrail_crash::program::{Place, Program, Subject};
use casetrail_crash::{kill, trace};

const PROGRAM: &str = env!("CARGO_BIN_EXE_casetrail-crash");

fn program(bug: &str) -> Program {
    Program::new(PROGRAM.as_ref(), Subject::Log).with_bug(Some(bug))
}

/// A power cut finds it, and says so in one of these ways. Most cuts do; the order of threads
/// decides which is the first.
fn power_cut_finds(bug: &str, signs: &[&str]) {
    cut_finds(bug, Plan::mixed(7, 480), signs);
}

/// A power cut behind a failed sync finds it. Which file's sync fails depends on the order of
/// threads, and only those of the journal count here: so there are more runs, up to the first find.
fn cut_behind_failed_sync_finds(bug: &str, signs: &[&str]) {
    cut_finds(bug, Plan { failing: 1, ..Plan::mixed(7, 480) }, signs);
}

/// A power cut behind a kill finds it. What the killed process had done and not synced is rarely
/// what the next one builds on: so there are more runs, up to the first find.
fn cut_behind_kill_finds(bug: &str, signs: &[&str]) {
    cut_finds(bug, Plan { killing: 1, ..Plan::mixed(2, 2_400) }, signs);
}

fn cut_finds(bug: &str, plan: Plan, signs: &[&str]) {
    let error = format!("{:#}", rounds(&program(bug), plan).expect_err(bug));
    assert!(signs.iter().any(|sign| error.contains(sign)), "{bug}: {error}");
}

/// A kill finds it.
fn kill_finds(bug: &str, signs: &[&str]) {
    let error = format!("{:#}", kill::rounds(&program(bug), 7, 60).expect_err(bug));
    assert!(signs.iter().any(|sign| error.contains(sign)), "{bug}: {error}");
}

/// A flipped bit or a foreign segment finds it.
fn flip_finds(bug: &str, signs: &[&str]) {
    let mut command = Command::new(PROGRAM);
    command.args(["flips", "--seed", "7", "--rounds", "6000"]).env("CASETRAIL_SEEDED_BUG", bug);
    let output = command.output().expect("it can be started");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{bug}: {}", String::from_utf8_lossy(&output.stdout));
    assert!(signs.iter().any(|sign| error.contains(sign)), "{bug}: {error}");
}

fn strace_finds(bug: &str) {
    let mut command = Command::new(PROGRAM);
    command.env("CASETRAIL_SEEDED_BUG", bug);
    let error = trace::check(&command, &Place::new().expect("a folder")).expect_err(bug);
    assert!(format!("{error:#}").contains("acknowledgement"), "{bug}: {error:#}");
}

/// What it looks like where a write or a name that was built on is not there: events are missing, in
/// pieces, or others stand in their place; or what an erasure had destroyed is back.
const LOST: &[&str] = &[
    "positions up to",
    "lacks position",
    "and now ends at",
    "is damaged",
    "changed after its acknowledgement",
    "was acknowledged as",
    "were acknowledged at one position",
    "the root was another",
    "is erased and stands in",
    "is erased in part",
    "was erased and is readable",
];

#[test]
fn no_bug_by_an_unknown_name() {
    rounds(&program("no-such-bug"), Plan::mixed(7, 12)).unwrap();
}

#[test]
fn no_sync() {
    power_cut_finds("no-sync", LOST);
    strace_finds("no-sync");
}

#[test]
fn acknowledge_before_sync() {
    power_cut_finds("acknowledge-before-sync", LOST);
    strace_finds("acknowledge-before-sync");
}

#[test]
fn publish_before_sync() {
    // The sealer takes what is visible and deletes its segments, under the writer's feet.
    let signs = [LOST, &["the engine ended"]].concat();
    power_cut_finds("publish-before-sync", &signs);
}

#[test]
fn no_directory_sync() {
    let signs = [LOST, &["no file", "it does not open"]].concat();
    power_cut_finds("no-directory-sync", &signs);
}

/// Of a run that a killed process had renamed the segments are deleted; of one that an erasure had
/// written anew, the erasure is noted as done. Then the power cut brings the old name back.
#[test]
fn no_sealed_directory_sync() {
    cut_behind_kill_finds("no-sealed-directory-sync", LOST);
}

#[test]
fn no_run_sync() {
    power_cut_finds("no-run-sync", LOST);
}

#[test]
fn retry_failed_sync() {
    cut_behind_failed_sync_finds("retry-failed-sync", LOST);
}

#[test]
fn no_settling() {
    cut_behind_failed_sync_finds("no-settling", LOST);
}

#[test]
fn keep_clean_mark() {
    power_cut_finds("keep-clean-mark", &["was closed at position"]);
    kill_finds("keep-clean-mark", &["was closed at position"]);
}

#[test]
fn reorder_batch() {
    let signs = [LOST, &["order", "is another log"]].concat();
    kill_finds("reorder-batch", &signs);
}

#[test]
fn drop_last_record() {
    kill_finds("drop-last-record", LOST);
}

#[test]
fn delete_too_early() {
    kill_finds("delete-too-early", LOST);
}

#[test]
fn skip_group_checksum() {
    flip_finds("skip-group-checksum", &["changed", "reads otherwise", "cannot be read"]);
}

#[test]
fn skip_frame_checksum() {
    flip_finds("skip-frame-checksum", &["reads otherwise"]);
}

#[test]
fn skip_section_checksum() {
    flip_finds("skip-section-checksum", &["changed", "found elsewhere"]);
}

#[test]
fn cut_behind_damage() {
    flip_finds("cut-behind-damage", &["vanished without a word"]);
}

#[test]
fn no_chain() {
    flip_finds("no-chain", &["is taken for this one's"]);
}
