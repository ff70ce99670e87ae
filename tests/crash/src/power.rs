//! Power cuts: a program is recorded, and its disk looked at as it may be at many moments.

use std::fmt;

use anyhow::{Context as _, Result, anyhow, ensure};

use crate::claims::Claims;
use crate::dice::Dice;
use crate::disk::{Deaf, Disk, Mood};
use crate::program::{Place, Program, Recording, Subject};
use crate::tape::{self, Call};
use crate::tree::{self, Tree};

/// Runs on one database before a new one is begun: each finds what a power cut left to it.
const RUNS_ON_ONE: u64 = 3;

/// Which power cuts.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Decides everything but the order of threads.
    pub seed: u64,
    /// Power cuts.
    pub rounds: u64,
    /// Power cuts for one run of the program.
    pub cuts: u64,
    /// What the disk ignores.
    pub deaf: Deaf,
    /// One in so many runs of the log has a failing sync.
    pub failing: u64,
    /// Before one in so many runs another process is killed.
    pub killing: u64,
}

impl Plan {
    /// A bit of everything.
    #[must_use]
    pub const fn mixed(seed: u64, rounds: u64) -> Self {
        Self { seed, rounds, cuts: 12, deaf: Deaf::No, failing: 4, killing: 3 }
    }
}

/// Remains of power cuts that are looked at at the same time.
const AT_ONCE: usize = 2;

/// What was done.
#[derive(Debug, Default, Clone, Copy)]
pub struct Report {
    /// Power cuts, each survived.
    pub cuts: u64,
    /// Of them in a database that had survived one before.
    pub on_old: u64,
    /// Runs of the program.
    pub runs: u64,
    /// Calls that were recorded.
    pub calls: u64,
    /// Acknowledged events that were looked for, summed over the cuts.
    pub acknowledged: u64,
    /// Runs in which a sync was made to fail.
    pub failed_syncs: u64,
    /// Runs in which another process had been killed before, without a power cut.
    pub kills: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} power cuts survived ({} in a database with an earlier one) in {} runs of {} calls, \
             {} with a failed sync, {} behind a kill; {} acknowledged events looked for",
            self.cuts,
            self.on_old,
            self.runs,
            self.calls,
            self.failed_syncs,
            self.kills,
            self.acknowledged
        )
    }
}

/// What one run begins with.
#[derive(Debug, Clone, Default)]
struct Base {
    disk: Tree,
    claims: Claims,
    said: String,
}

/// Cuts the power as planned.
///
/// # Errors
/// The first cut that loses something, with where its remains lie.
pub fn rounds(program: &Program, plan: Plan) -> Result<Report> {
    let mut report = Report::default();
    let mut base = Base::default();
    while report.cuts < plan.rounds {
        let run = report.runs;
        if run.is_multiple_of(RUNS_ON_ONE) {
            base = Base::default();
        }
        let place = Place::new()?;
        let outcome = one_run(program, plan, &place, &base, &mut report);
        base = outcome.map_err(|error| {
            let kept = place.keep();
            error.context(format!("seed {}, run {run}; remains in {}", plan.seed, kept.display()))
        })?;
    }
    Ok(report)
}

/// Records one run and cuts it at several moments; answers with what the next run begins with.
fn one_run(
    program: &Program,
    plan: Plan,
    place: &Place,
    base: &Base,
    report: &mut Report,
) -> Result<Base> {
    let run = report.runs;
    let mut dice = Dice::of(plan.seed, run);
    tree::store(&base.disk, &place.root())?;
    // An engine that stops at a failed sync leaves pages behind that no later sync writes.
    let fails = program.subject() == Subject::Log && dice.once_in(plan.failing);
    let fault = fails.then(|| match dice.below(4) {
        0 => format!("folder:{}:EIO", 1 + dice.below(16)),
        _ => format!("sync:{}:EIO", 10 + dice.below(60)),
    });
    let killed = dice.once_in(plan.killing);
    if killed {
        // What the next process finds in the page cache may not be on the disk.
        // Most of all what was renamed and not yet synced.
        let fault = match dice.below(3) {
            0 => format!("write:{}:KILL", 10 + dice.below(40)),
            _ => format!("folder:{}:KILL", 1 + dice.below(16)),
        };
        program.record(place, &arguments(run * 100, false, &mut dice), Some(&fault))?;
    }
    let arguments = arguments(run * 100 + 50, fails, &mut dice);
    let recording = program.record(place, &arguments, fault.as_deref())?;
    let calls = &recording.calls;
    if fault.is_none() {
        ensure_orderly(&recording, place, base)?;
    }
    report.runs += 1;
    report.calls += calls.len() as u64;
    report.failed_syncs += u64::from(fails);
    report.kills += u64::from(killed);

    let mut disk = Disk::new(&base.disk, plan.deaf);
    let mut played = 0;
    let mut next = Base::default();
    for pair in moments(calls, plan.cuts, &mut dice).chunks(AT_ONCE) {
        let mut cuts = Vec::new();
        for at in pair {
            calls[played..*at].iter().try_for_each(|call| disk.play(call))?;
            played = *at;
            let mood = Mood::roll(&mut dice);
            let left = disk.cut(mood, &Dice(dice.next()));
            cuts.push(Cut { at: *at, mood, after: base.after(&calls[..*at], left)? });
        }
        survive(program, place, &cuts)?;
        for cut in cuts {
            report.cuts += 1;
            report.on_old += u64::from(!base.disk.is_empty());
            report.acknowledged += cut.after.claims.acknowledged() as u64;
            next = cut.after;
        }
    }
    Ok(next)
}

/// A power cut, and what it left.
struct Cut {
    at: usize,
    mood: Mood,
    after: Base,
}

impl Base {
    /// What is left behind these calls, and all that was claimed until then.
    fn after(&self, calls: &[Call], disk: Tree) -> Result<Self> {
        let said = self.said.clone() + &complete_lines(&tape::said(calls));
        let mut claims = self.claims.clone();
        claims.hear(&said[self.said.len()..])?;
        Ok(Self { disk, claims, said })
    }
}

fn arguments(session: u64, fails: bool, dice: &mut Dice) -> Vec<String> {
    let options = [
        ("--seed", dice.next()),
        ("--session", session),
        ("--sessions", 1 + u64::from(fails) + dice.below(2)),
        ("--callers", 1 + dice.below(5)),
        ("--batches", 8 + dice.below(25)),
    ];
    let options = options.iter().flat_map(|(name, value)| [(*name).to_owned(), value.to_string()]);
    options.chain(dice.once_in(2).then(|| "--erase".to_owned())).collect()
}

/// The program came to its end, and the recording accounts for every byte that it left.
fn ensure_orderly(recording: &Recording, place: &Place, base: &Base) -> Result<()> {
    let ended = &recording.ended;
    let in_order = ended.status.is_some_and(|status| status.success());
    ensure!(in_order, "the program failed: {}", ended.stderr.trim_end());
    let said = tape::said(&recording.calls);
    let error = said.lines().find(|line| line.starts_with("error "));
    ensure!(error.is_none(), "the log failed: {}", error.unwrap_or_default());
    let mut disk = Disk::new(&base.disk, Deaf::No);
    recording.calls.iter().try_for_each(|call| disk.play(call))?;
    let unseen = tree::differences(&disk.seen(), &tree::load(&place.root())?);
    ensure!(unseen.is_empty(), "the recording lacks something: {}", unseen.join(", "));
    Ok(())
}

/// Moments to cut the power at, in order: any, or close to one at which names or promises change.
fn moments(calls: &[Call], count: u64, dice: &mut Dice) -> Vec<usize> {
    let marked = |call: &Call| {
        !matches!(call, Call::Written { .. } | Call::Said(_) | Call::SyncBegun { .. })
    };
    let shown = shown_behind_failure(calls);
    let mut moment = || {
        if let Some(shown) = shown.filter(|_| dice.once_in(2)) {
            return (shown + dice.index(4)).min(calls.len());
        }
        let any = dice.index(calls.len() + 1);
        if dice.once_in(3) {
            return any;
        }
        let after = calls[any..].iter().position(marked).map_or(calls.len(), |step| any + step);
        (after + dice.index(4)).min(calls.len())
    };
    let mut moments: Vec<usize> = (0..count).map(|_| moment()).collect();
    moments.sort_unstable();
    moments
}

/// The moment at which the log says its head for the first time, opened again after a failed sync:
/// until something is written, what it says may exist in memory alone.
fn shown_behind_failure(calls: &[Call]) -> Option<usize> {
    let failed = |call: &Call| matches!(call, Call::SyncEnded { ok: false, .. });
    let opened = |call: &Call| matches!(call, Call::Opened { path, .. } if path.ends_with("/LOCK"));
    let said = |call: &Call| matches!(call, Call::Said(_));
    let mut behind = calls.iter().enumerate();
    behind.find(|(_, call)| failed(call))?;
    behind.find(|(_, call)| opened(call))?;
    behind.find(|(_, call)| said(call)).map(|(at, _)| at + 1)
}

/// Opens what each power cut left and compares it with what was said until then.
fn survive(program: &Program, place: &Place, cuts: &[Cut]) -> Result<()> {
    let survive_one = |slot: usize, cut: &Cut| {
        let own = place.path(&format!("cut-{slot}"));
        tree::store(&cut.after.disk, &own.join("root"))?;
        let beside = Place::beside(&own);
        let checked = program.check(&beside, &cut.after.said, CHECK_SESSION);
        if checked.is_err() {
            // The check may have changed what it found.
            tree::store(&cut.after.disk, &own.join("root"))?;
        } else {
            std::fs::remove_dir_all(&own)?;
        }
        checked.with_context(|| format!("power cut at call {}, {:?}", cut.at, cut.mood))
    };
    std::thread::scope(|scope| {
        let slots = cuts.iter().enumerate();
        let start = |(slot, cut)| scope.spawn(move || survive_one(slot, cut));
        let checks: Vec<_> = slots.map(start).collect();
        for check in checks {
            check.join().map_err(|_| anyhow!("a check panicked"))??;
        }
        Ok(())
    })
}

/// Above the number of any session of a run.
const CHECK_SESSION: u64 = 1 << 40;

fn complete_lines(text: &str) -> String {
    text.rfind('\n').map_or_else(String::new, |end| text[..=end].to_owned())
}
