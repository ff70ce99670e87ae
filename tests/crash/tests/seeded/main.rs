//! Mistakes made on purpose in the engine, and who notices. Needs the feature `seeded-bugs`.

use std::process::Command;

use casetrail_crash::disk::Deaf;
use casetrail_crash::power::{Plan, rounds};
use casetrail_crash::program::{Place, Program, Subject};
use casetrail_crash::{kill, trace};

const PROGRAM: &str = env!("CARGO_BIN_EXE_casetrail-crash");

fn program(bug: &str) -> Program {
    Program::new(PROGRAM.as_ref(), Subject::Log).with_bug(Some(bug))
}

/// A power cut finds it, and says so in one of these ways.
fn power_cut_finds(bug: &str, signs: &[&str]) {
    let plan = Plan { seed: 7, rounds: 96, cuts: 12, deaf: Deaf::No, failing: 4 };
    cut_finds(bug, plan, signs);
}

/// A power cut behind a failed sync finds it. Which file's sync fails depends on the order of
/// threads, and only those of the journal count here: so there are more runs, up to the first find.
fn cut_behind_failed_sync_finds(bug: &str, signs: &[&str]) {
    cut_finds(bug, Plan { seed: 7, rounds: 480, cuts: 12, deaf: Deaf::No, failing: 1 }, signs);
}

fn cut_finds(bug: &str, plan: Plan, signs: &[&str]) {
    let error = format!("{:#}", rounds(&program(bug), plan).expect_err(bug));
    assert!(signs.iter().any(|sign| error.contains(sign)), "{bug}: {error}");
}

/// A kill finds it.
fn kill_finds(bug: &str, signs: &[&str]) {
    let error = format!("{:#}", kill::rounds(&program(bug), 7, 20).expect_err(bug));
    assert!(signs.iter().any(|sign| error.contains(sign)), "{bug}: {error}");
}

/// A flipped bit or a foreign segment finds it.
fn flip_finds(bug: &str, signs: &[&str]) {
    let mut command = Command::new(PROGRAM);
    command.args(["flips", "--seed", "7", "--rounds", "1500"]).env("CASETRAIL_SEEDED_BUG", bug);
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

/// What an acknowledgement that came too early leads to: of events, or of an erasure.
const LOST: &[&str] = &[
    "positions up to",
    "lacks position",
    "and now ends at",
    "is damaged",
    "is erased and stands in",
];

#[test]
fn no_bug_by_an_unknown_name() {
    let plan = Plan { seed: 7, rounds: 12, cuts: 12, deaf: Deaf::No, failing: 4 };
    rounds(&program("no-such-bug"), plan).unwrap();
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
    power_cut_finds("publish-before-sync", LOST);
}

#[test]
fn no_directory_sync() {
    power_cut_finds(
        "no-directory-sync",
        &["positions up to", "lacks position", "no file", "it does not open"],
    );
}

/// The moment is rare: more runs, up to the first find.
#[test]
fn no_sealed_directory_sync() {
    let plan = Plan { seed: 2, rounds: 720, cuts: 12, deaf: Deaf::No, failing: 4 };
    cut_finds("no-sealed-directory-sync", plan, &["lacks position"]);
}

#[test]
fn no_run_sync() {
    power_cut_finds("no-run-sync", &["is damaged", "lacks position"]);
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
    kill_finds(
        "reorder-batch",
        &["was acknowledged as", "changed after", "order", "is another log"],
    );
}

#[test]
fn drop_last_record() {
    kill_finds(
        "drop-last-record",
        &["positions up to", "lacks position", "was acknowledged as", "changed after"],
    );
}

#[test]
fn delete_too_early() {
    kill_finds("delete-too-early", &["lacks position"]);
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
