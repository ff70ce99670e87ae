//! Disks that say no: a full one, and one that fails.

use std::fmt;

use anyhow::{Context as _, Result, ensure};

use crate::claims::Claims;
use crate::dice::Dice;
use crate::disk::{Deaf, Disk, Mood};
use crate::program::{Place, Program, Recording};
use crate::tape;
use crate::tree;

/// What was done.
#[derive(Debug, Default, Clone, Copy)]
pub struct Report {
    /// Failing calls, each survived.
    pub faults: u64,
    /// Of them those that the log told somebody of; the others it got over by itself.
    pub told: u64,
    /// Of them those that stopped the log.
    pub stopped: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { faults, told, stopped } = self;
        write!(
            f,
            "{faults} failing calls survived; the log told of {told} and stopped at {stopped}"
        )
    }
}

/// Classes of calls, how many of each a short run makes, and whether all later ones fail too.
const FAULTS: &[(&str, u64, &str)] = &[
    ("write", 130, "EIO"),
    ("write", 130, "ENOSPC"),
    ("sync", 90, "EIO"),
    ("folder", 16, "EIO"),
    ("create", 12, "ENOSPC"),
    ("name", 14, "EIO"),
];

/// Lets so many calls fail, one (or all from one on) in each run.
///
/// # Errors
/// The first after which something is lost or said unclearly.
pub fn rounds(program: &Program, seed: u64, rounds: u64) -> Result<Report> {
    let mut report = Report::default();
    for round in 0..rounds {
        let mut dice = Dice::of(seed, round);
        let (class, calls, errno) = FAULTS[dice.index(FAULTS.len())];
        let lasts = if dice.once_in(2) { "+" } else { "" };
        let fault = format!("{class}:{}{lasts}:{errno}", 1 + dice.below(calls));
        let place = Place::new()?;
        let outcome = one(program, &place, &fault, &mut dice, &mut report);
        outcome.map_err(|error| {
            let kept = place.keep();
            error.context(format!("seed {seed}, {fault}; remains in {}", kept.display()))
        })?;
    }
    Ok(report)
}

fn one(
    program: &Program,
    place: &Place,
    fault: &str,
    dice: &mut Dice,
    report: &mut Report,
) -> Result<()> {
    let numbers = [("--seed", dice.next()), ("--sessions", 2), ("--batches", 25), ("--callers", 3)];
    let arguments =
        numbers.iter().flat_map(|(name, value)| [(*name).to_owned(), value.to_string()]);
    let arguments: Vec<String> = arguments.collect();
    let recording = program.record(place, &arguments, Some(fault))?;
    let said = tape::said(&recording.calls);
    judge(&recording, &said, fault, report)?;
    Claims::default().hear(&said)?;

    // The disk is well again: first as the next process finds it, then behind a power cut.
    let mut disk = Disk::new(&tree::Tree::new(), Deaf::No);
    recording.calls.iter().try_for_each(|call| disk.play(call))?;
    program.check(place, &said, CHECK_SESSION).context("opened again")?;
    let mood = Mood::roll(dice);
    tree::store(&disk.cut(mood, &Dice(dice.next())), &place.root())?;
    program.check(place, &said, CHECK_SESSION).with_context(|| format!("power cut, {mood:?}"))?;
    report.faults += 1;
    Ok(())
}

/// The program came to its end, and what the log said of the fault names its cause.
fn judge(recording: &Recording, said: &str, fault: &str, report: &mut Report) -> Result<()> {
    let ended = &recording.ended;
    let in_order = ended.status.is_some_and(|status| status.success());
    ensure!(in_order, "the program failed: {}", ended.stderr.trim_end());
    let errors: Vec<_> = said.lines().filter(|line| line.starts_with("error ")).collect();
    let cause = if fault.ends_with("EIO") { "Input/output error" } else { "No space left" };
    let unclear = errors.iter().find(|error| !error.contains(cause));
    ensure!(unclear.is_none(), "the cause is not named: {}", unclear.unwrap_or(&""));
    report.told += u64::from(!errors.is_empty());
    report.stopped += u64::from(errors.iter().any(|error| error.contains("outcome is unknown")));
    Ok(())
}

/// Above the number of any session of a run.
const CHECK_SESSION: u64 = 1 << 40;
