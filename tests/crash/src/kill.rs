//! SIGKILL, again and again: callers append, another process writes down what they were told.

use std::fmt;
use std::io::Read as _;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::claims::Claims;
use crate::dice::Dice;
use crate::program::{Place, Program};

/// Kills of one log before a new one is begun.
const KILLS_OF_ONE: u64 = 10;
/// The longest life of a program, milliseconds.
const LIFE_MILLIS: u64 = 250;

/// What was done.
#[derive(Debug, Default, Clone, Copy)]
pub struct Report {
    /// Kills, each survived.
    pub kills: u64,
    /// Events acknowledged.
    pub acknowledged: u64,
    /// Kills that came after the program had ended by itself.
    pub late: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, acknowledged, late } = self;
        write!(f, "{kills} kills survived ({late} came late), {acknowledged} events acknowledged")
    }
}

/// Kills the program so many times.
///
/// # Errors
/// The first kill that loses something, with where its remains lie.
pub fn rounds(program: &Program, seed: u64, rounds: u64) -> Result<Report> {
    let mut report = Report::default();
    while report.kills < rounds {
        let place = Place::new()?;
        let first = report.kills;
        let last = rounds.min(first + KILLS_OF_ONE);
        let outcome = one_log(program, &place, seed, first..last, &mut report);
        outcome.map_err(|error| {
            let kept = place.keep();
            let kill = report.kills;
            error.context(format!("seed {seed}, kill {kill}; remains in {}", kept.display()))
        })?;
    }
    Ok(report)
}

fn one_log(
    program: &Program,
    place: &Place,
    seed: u64,
    kills: std::ops::Range<u64>,
    report: &mut Report,
) -> Result<()> {
    let mut claims = Claims::default();
    for kill in kills {
        let mut dice = Dice::of(seed, kill);
        let said = live_and_die(program, place, kill, &mut dice, report)?;
        claims.hear(&said)?;
        let said = program.check(place, &claims.text(), CHECK_SESSION + kill)?;
        claims.hear(&said)?;
        report.kills += 1;
    }
    report.acknowledged += claims.acknowledged() as u64;
    Ok(())
}

/// Above the number of any session of a run.
const CHECK_SESSION: u64 = 1 << 40;

/// Starts the program, kills it, and answers with what it had said.
fn live_and_die(
    program: &Program,
    place: &Place,
    kill: u64,
    dice: &mut Dice,
    report: &mut Report,
) -> Result<String> {
    let options = [
        ("--seed", dice.next()),
        ("--session", kill * 100),
        ("--sessions", 4),
        ("--callers", 2 + dice.below(7)),
        ("--batches", 100),
    ];
    let options = options.iter().flat_map(|(name, value)| [(*name).to_owned(), value.to_string()]);
    let options: Vec<_> = options.chain(["--erase".to_owned()]).collect();
    let mut command = program.work(&place.log(), &options);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().context("cannot start the program")?;
    let mut pipe = child.stdout.take().context("a pipe")?;
    let witness = std::thread::Builder::new().name("witness".to_owned()).spawn(move || {
        let mut said = Vec::new();
        pipe.read_to_end(&mut said).map(|_| said)
    })?;
    std::thread::sleep(Duration::from_millis(dice.below(LIFE_MILLIS)));
    report.late += u64::from(child.try_wait()?.is_some());
    child.kill()?;
    child.wait()?;
    let said = witness.join().map_err(|_| anyhow::anyhow!("the witness panicked"))??;
    Ok(String::from_utf8(said)?)
}
