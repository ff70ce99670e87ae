//! The program is killed while it ingests, again and again: what it had is a prefix of the file,
//! what a reader saw stays, and the next run completes it.

use std::io::Write as _;
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::program::{Dice, Place, command, generated, json, outcome_of};

/// Kills that find the log further than the kill before, until the file is ingested to its end;
/// and kills at most.
const KILLS: usize = 2;
const KILLS_MAX: u64 = 8;
/// Lines of the file: several times what the pipe and the reader hold, so that what was fed tells
/// how far the program is, whatever the machine does beside it.
const LINES: usize = 2_000;
/// How much longer it may live, at most, when it is killed for the first time; later ones give it
/// as many times as much, so that a slow machine comes further too.
const WAIT_MILLIS: u64 = 400;

fn start(place: &Place) -> Child {
    let mut command = command("casetrail");
    command.args(["ingest", "--backfill", "-", "--quarantine"]).arg(place.path("quarantine"));
    command.arg("--log").arg(place.log());
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the program can be started")
}

/// Feeds more than `from` lines, the last perhaps in part, and kills (SIGKILL) at a moment of its
/// own.
fn feed_and_kill(place: &Place, lines: &[String], from: usize, millis: u64, dice: &mut Dice) {
    let mut child = start(place);
    let mut stdin = child.stdin.take().expect("a pipe");
    let count = from + usize::try_from(dice.below((lines.len() - from) as u64)).expect("small");
    let mut text = lines[..count].concat().into_bytes();
    let part = lines[count].as_bytes();
    text.extend(&part[..usize::try_from(dice.below(part.len() as u64)).expect("small")]);
    stdin.write_all(&text).expect("it reads until it is killed");
    if dice.below(3) == 0 {
        // The end of the input: it may be closing the log when it dies.
        drop(stdin);
    }
    std::thread::sleep(Duration::from_millis(dice.below(millis)));
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
}

/// What an adapter said in a line of a file or of an export.
fn said(line: &str) -> serde_json::Value {
    let event = json(line);
    let names = ["source", "id", "type", "subject", "effectiveon", "recordedtime", "data"];
    names.iter().map(|name| event[*name].clone()).collect()
}

/// The log's lines, once it is verified; none where the first kill came before there was a log.
fn surviving(place: &Place) -> Vec<String> {
    let verified = place.casetrail(&["log", "verify", "--json"]);
    if verified.code == Some(2) && verified.stderr.contains("holds no log") {
        return Vec::new();
    }
    let size = verified.json()["size"].as_u64().expect("a size");
    let lines = place.exported();
    assert_eq!(lines.len() as u64, size);
    lines
}

fn killed_and_completed(seed: u64) {
    let mut dice = Dice(seed);
    let place = Place::new();
    let lines = &generated(12, seed)[..LINES];
    let mut seen: Vec<String> = Vec::new();
    let mut further = 0;
    for round in 1..=KILLS_MAX {
        let from = seen.len().min(lines.len() - 1);
        feed_and_kill(&place, lines, from, WAIT_MILLIS * round, &mut dice);
        let now = surviving(&place);
        assert!(now.len() >= seen.len(), "seed {seed}, kill {round}: events are lost");
        assert_eq!(now[..seen.len()], seen, "seed {seed}, kill {round}: what was seen changed");
        for (at, (exported, line)) in now.iter().zip(lines).enumerate().skip(seen.len()) {
            assert_eq!(
                said(exported),
                said(line),
                "seed {seed}, kill {round}: position {}",
                at + 1
            );
        }
        further += usize::from(now.len() > seen.len());
        seen = now;
        if further == KILLS {
            break;
        }
    }
    assert!(further > 0, "seed {seed}: every kill came before the first event");
    let file = place.file("all.ndjson", lines);
    let args = ["ingest", "--backfill", "--strict", "--json", file.to_str().expect("UTF-8")];
    let outcome = outcome_of(place.casetrail(&args).json());
    assert_eq!(outcome["already_recorded"], seen.len(), "seed {seed}");
    assert_eq!(outcome["recorded"], lines.len() - seen.len(), "seed {seed}");
    let all = surviving(&place);
    assert_eq!(all.len(), lines.len(), "seed {seed}: each exactly once");
    assert_eq!(all[..seen.len()], seen, "seed {seed}");
    for (exported, line) in all.iter().zip(lines) {
        assert_eq!(said(exported), said(line), "seed {seed}");
    }
}

#[test]
fn killed_with_seed_1() {
    killed_and_completed(1);
}

#[test]
fn killed_with_seed_2() {
    killed_and_completed(2);
}

#[test]
fn killed_with_seed_3() {
    killed_and_completed(3);
}

#[test]
fn a_finished_ingestion_is_there_after_the_next_process_is_killed() {
    let lines = &generated(12, 9)[..LINES];
    let (first, rest) = lines.split_at(300);
    let place = Place::with(first);
    let before = place.exported();
    assert_eq!(before.len(), 300);
    feed_and_kill(&place, rest, 0, WAIT_MILLIS, &mut Dice(9));
    let after = surviving(&place);
    assert!(after.len() >= 300);
    assert_eq!(after[..300], before, "nothing of a finished ingestion is missing");
}
