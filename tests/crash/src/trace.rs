//! What strace saw: the sync of an event's segment returned before its acknowledgement was written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::program::{Place, run};

/// Batches of the one caller.
const BATCHES: &str = "8";

/// Runs `program` at work under strace and looks at the order of its calls. Answers with the number
/// of acknowledgements.
///
/// # Errors
/// Names the acknowledgement that came too early; or strace is missing (`tests/install`).
pub fn check(program: &Command, place: &Place) -> Result<usize> {
    let output = place.path("strace");
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-s", "16", "-e", "trace=pwrite64,write,fdatasync,fsync", "-o"]);
    command.arg(&output).arg(program.get_program());
    command.args(["work", "--callers", "1", "--batches", BATCHES, "--dir"]).arg(place.log());
    for (name, value) in program.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    let ended = run(&mut command, place).context("strace is missing: run tests/install")?;
    let in_order = ended.status.is_some_and(|status| status.success());
    ensure!(in_order, "strace: {}", ended.stderr.trim_end());
    judge(&std::fs::read_to_string(output)?)
}

/// One call, once it has returned, in the order of returning.
struct Returned<'a> {
    name: &'a str,
    arguments: &'a str,
}

/// Joins calls that strace shows in two lines, since another thread's came between.
fn returned(trace: &str) -> Vec<Returned<'_>> {
    let mut unfinished: BTreeMap<&str, &str> = BTreeMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        if let Some(begun) = call.strip_suffix("<unfinished ...>") {
            unfinished.insert(thread, begun);
            continue;
        }
        let call = match call.starts_with("<... ") {
            true => unfinished.remove(thread).unwrap_or(""),
            false => call,
        };
        if let Some((name, arguments)) = call.split_once('(') {
            calls.push(Returned { name, arguments });
        }
    }
    calls
}

/// The path in a first argument like `7</a/b>, ...`.
fn path_of(arguments: &str) -> &str {
    let path = arguments.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    path.map_or("", |(path, _)| path)
}

/// Looks at every acknowledgement: since the last one, a segment was written to, and every segment
/// that was written to was synced after it.
fn judge(trace: &str) -> Result<usize> {
    let (mut unsynced, mut synced) = (BTreeSet::new(), false);
    let mut acknowledgements = 0;
    for call in returned(trace) {
        let path = path_of(call.arguments);
        let segment = Path::new(path).extension().is_some_and(|extension| extension == "seg");
        match call.name {
            "pwrite64" | "write" if segment => {
                unsynced.insert(path);
                synced = false;
            }
            "fdatasync" | "fsync" if segment => synced |= unsynced.remove(path),
            "write" if call.arguments.starts_with("1<") && call.arguments.contains("\"ack ") => {
                acknowledgements += 1;
                if let Some(segment) = unsynced.first() {
                    bail!("acknowledgement {acknowledgements} before the sync of {segment}");
                }
                ensure!(synced, "acknowledgement {acknowledgements} without a write of its own");
                synced = false;
            }
            _ => {}
        }
    }
    Ok(acknowledgements)
}
