//! Timely achievement of the child's court-approved permanency plan.
//!
//! **Citation.** 13 CSR 35-35.100 (3)(E)3.C; Phase II metrics document.
//!
//! **Populations.** A member is an episode of a child. Denominator: episodes of the cohort whose
//! court-approved primary goal has a benchmark. Numerator: those whose exit matches the goal on or
//! before the deadline, which is the clock's start plus the goal's months, inclusive (RR-1, 2).
//!
//! **Benchmarks.** Reunification 12, guardianship 18, adoption 24 months, unless policy or a
//! what-if says otherwise; other goals have none.
//!
//! **Parameters** (default first). clock = removal | court_goal_approval | federal_entry |
//! provider_assignment; goal = court_approved_in_effect_at_exit | first_court_approved |
//! any_approved; cohort = exit | deadline | entry; achieved_on = discharge | physical_return |
//! order_date; attribution = provider_on_exit | provider_on_deadline | day_weighted.
//!
//! **Undetermined by any source.** The clock, the goal rule, the cohort and the target rate.

use std::collections::BTreeMap;

use events::v1::child::{ExitReason, Finding, Goal, Setting};
use events::{Date, Json, Target};
use timeline::{Episode, Exit, Person, Place, Policy, PolicyKey, World};

use crate::cells::FLAGS;
use crate::cfsr::no_value_while_pending;
use crate::exclusions::Exclusions;
use crate::goals::{Run, Runs, matches, runs};
use crate::judge::fractions;
use crate::member::{never_removed, outside};
use crate::segments::{Segment, segments};
use crate::{
    Cells, Concern, Division, Group, Judge, Lack, Member, Period, Population, Question, Reason,
    Sink, Trace, Unit,
};

mod traces;

/// The version of this rule; a change of meaning is a new one.
pub(crate) const VERSION: u32 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    Removal,
    CourtGoalApproval,
    FederalEntry,
    ProviderAssignment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GoalRule {
    InEffectAtExit,
    FirstApproved,
    AnyApproved,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cohort {
    Exit,
    Deadline,
    Entry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AchievedOn {
    Discharge,
    PhysicalReturn,
    OrderDate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attribution {
    OnExit,
    OnDeadline,
    DayWeighted,
}

/// Days after which an abuse or neglect finding no longer precedes federal entry (42 USC 675(5)(F)).
const FEDERAL_ENTRY_DAYS: i32 = 60;
/// Most days of a month.
const MONTH_DAYS_MAX: i32 = 31;
/// Shortest stay that is not flagged.
const SHORT_STAY_DAYS: i32 = 8;
/// How long before its deadline a goal's replacement is flagged.
const GOAL_CHANGE_DAYS: i32 = 60;

/// The judge of timely-permanency for one question.
pub(crate) struct TimelyPermanency<'w> {
    world: &'w World<'w>,
    question: Question,
    clock: Clock,
    goal: GoalRule,
    cohort: Cohort,
    achieved_on: AchievedOn,
    attribution: Attribution,
    benchmarks: BTreeMap<Goal, Target>,
    exclusions: Exclusions,
    change_days: Vec<Date>,
}

/// An episode as it is judged: what is known before its cohort is.
struct Case<'a> {
    person: &'a Person,
    episode: &'a Episode,
    /// The exit, or the as-of date of a child still in care.
    last: Date,
    runs: Runs,
    run: Option<Run>,
    start: Option<Date>,
    deadline: Option<Date>,
}

impl Case<'_> {
    fn exit(&self) -> Option<&Exit> {
        self.episode.exit()
    }
}

impl<'w> TimelyPermanency<'w> {
    pub(crate) fn new(world: &'w World<'w>, question: Question) -> Self {
        let clock = match question.word("clock") {
            "court_goal_approval" => Clock::CourtGoalApproval,
            "federal_entry" => Clock::FederalEntry,
            "provider_assignment" => Clock::ProviderAssignment,
            _ => Clock::Removal,
        };
        let goal = match question.word("goal") {
            "first_court_approved" => GoalRule::FirstApproved,
            "any_approved" => GoalRule::AnyApproved,
            _ => GoalRule::InEffectAtExit,
        };
        let cohort = match question.word("cohort") {
            "deadline" => Cohort::Deadline,
            "entry" => Cohort::Entry,
            _ => Cohort::Exit,
        };
        let achieved_on = match question.word("achieved_on") {
            "physical_return" => AchievedOn::PhysicalReturn,
            "order_date" => AchievedOn::OrderDate,
            _ => AchievedOn::Discharge,
        };
        let attribution = match question.word("attribution") {
            "provider_on_deadline" => Attribution::OnDeadline,
            "day_weighted" => Attribution::DayWeighted,
            _ => Attribution::OnExit,
        };
        let mut benchmarks = goal_benchmarks(&world.policy);
        benchmarks.extend(question.asked.what_if.goal_benchmarks.clone());
        Self {
            world,
            clock,
            goal,
            cohort,
            achieved_on,
            attribution,
            benchmarks,
            exclusions: Exclusions::of(world, "timely-permanency"),
            change_days: world.directory.change_days(),
            question,
        }
    }

    /// Children with a deadline, or an exit without one, on these days: the clock starts on a day
    /// in care, on the exit or within the days of federal entry, and runs for a goal's months.
    fn due(&self, days: Period) -> Concern {
        let months = self.benchmarks.values().map(|target| match target {
            Target::Whole(months) => i32::try_from(*months).unwrap_or(i32::MAX),
            Target::Rate(_) => 0,
        });
        let longest = months.max().unwrap_or(0).saturating_mul(MONTH_DAYS_MAX);
        let before = longest.saturating_add(FEDERAL_ENTRY_DAYS);
        let in_care = Period { start: days.start.add_days(-before), end: days.end };
        Concern::in_care(in_care)
    }

    fn case<'a>(&self, person: &'a Person, episode: &'a Episode) -> Case<'a> {
        let last = episode.exit().map_or(self.question.as_of(), |exit| exit.day);
        let runs = runs(person, episode, last);
        let run = self.goal_judged(&runs, episode.exit());
        let mut case = Case { person, episode, last, runs, run, start: None, deadline: None };
        case.start = run.and_then(|run| self.start(&case, &run));
        case.deadline = run.and_then(|run| self.deadline(&case, &run));
        case
    }

    /// The goal that is judged, with the run that its approval began.
    fn goal_judged(&self, runs: &[Run], exit: Option<&Exit>) -> Option<Run> {
        let has_benchmark = |run: &&Run| self.benchmarks.contains_key(&run.goal);
        let matching = |run: &&Run| exit.is_some_and(|e| matches(run.goal, e.reason));
        match self.goal {
            GoalRule::InEffectAtExit => runs.last().filter(|r| !r.withdrawn).copied(),
            GoalRule::FirstApproved => runs.first().copied(),
            GoalRule::AnyApproved => {
                let last = |run: &&Run| has_benchmark(run) && matching(run);
                runs.iter().rfind(last).or_else(|| runs.iter().rfind(has_benchmark)).copied()
            }
        }
    }

    /// First day of the clock for a goal; `None` if it has no start.
    fn start(&self, case: &Case<'_>, run: &Run) -> Option<Date> {
        match self.clock {
            Clock::Removal => Some(case.episode.removal),
            Clock::CourtGoalApproval => Some(run.from),
            Clock::FederalEntry => Some(federal_entry(case.person, case.episode, case.last)),
            Clock::ProviderAssignment => self.provider_start(case),
        }
    }

    /// First day of the unbroken time with the prime contractor of the exit (or as-of) date, not
    /// before the removal.
    fn provider_start(&self, case: &Case<'_>) -> Option<Date> {
        let provider = self.world.place(case.person, case.last).provider?;
        let (from, to) = (case.episode.removal, case.last.next());
        let stretch = segments(self.world, &self.change_days, case.person, from, to);
        let same = stretch.iter().rev().take_while(|s| s.place.provider == Some(provider));
        same.last().map(|s| s.start)
    }

    /// Last day on which the goal is achieved in time; `None` without a start or while the
    /// benchmark is undetermined.
    fn deadline(&self, case: &Case<'_>, run: &Run) -> Option<Date> {
        match self.benchmarks.get(&run.goal)? {
            Target::Whole(months) => self.start(case, run).map(|start| start.add_months(*months)),
            Target::Rate(_) => None,
        }
    }

    /// The day on which a matching exit achieved the goal; `Err` if that is not known.
    fn achieved(&self, case: &Case<'_>, exit: &Exit) -> Result<Date, ()> {
        match self.achieved_on {
            AchievedOn::Discharge => Ok(exit.day),
            AchievedOn::PhysicalReturn => Ok(physical_return(case.episode, exit)),
            AchievedOn::OrderDate => exit.order_date.ok_or(()),
        }
    }

    /// A member's population and the day that puts it into the cohort, if it is in it.
    fn judge(&self, case: &Case<'_>) -> Option<(Population, Date)> {
        let run = case.run?;
        self.benchmarks.get(&run.goal)?;
        let exit = case.exit();
        let day = match self.cohort {
            Cohort::Exit => exit?.day,
            Cohort::Deadline => case.deadline.unwrap_or(case.last),
            Cohort::Entry => case.episode.removal,
        };
        if !self.question.counts(day) {
            return None;
        }
        let Some(deadline) = case.deadline else { return Some((Population::Unknown, day)) };
        let matching = exit.filter(|exit| matches(run.goal, exit.reason));
        let population = match matching.map(|exit| self.achieved(case, exit)) {
            Some(Err(())) => Population::Unknown,
            Some(Ok(achieved)) => Population::decided(achieved <= deadline),
            None if self.cohort == Cohort::Entry
                && exit.is_none()
                && self.question.as_of() <= deadline =>
            {
                Population::Pending
            }
            None => Population::Denominator,
        };
        Some((population, day))
    }

    fn episode(&self, person: &Person, episode: &Episode, sink: &mut dyn Sink) {
        if episode.doubts.any() {
            self.doubtful(person, episode, sink);
            return;
        }
        let case = self.case(person, episode);
        let Some((population, day)) = self.judge(&case) else {
            self.not_in_cohort(&case, sink);
            return;
        };
        let goal = case.run.map(|run| run.goal);
        let population = self.unless_excluded(person, population);
        let mut cells = Cells::of(population);
        if let (Population::Numerator | Population::Denominator, Some(goal)) = (population, goal) {
            cells.count(["by_goal", goal.code(), "denominator"], 1);
            let met = i64::from(population == Population::Numerator);
            cells.count(["by_goal", goal.code(), "numerator"], met);
            self.flag(&case, &mut cells);
        }
        let trace = sink.traces().then(|| self.trace(&case, population));
        self.hand_over(&case, goal, day, cells, trace, sink);
    }

    fn unless_excluded(&self, person: &Person, population: Population) -> Population {
        let excluded = self.exclusions.contains(person.subject);
        if excluded { Population::Excluded } else { population }
    }

    /// Doubtful episodes are counted as unknown alone: in the period of any claimed exit, or of
    /// the removal in the other cohorts; their goal is null.
    fn doubtful(&self, person: &Person, episode: &Episode, sink: &mut dyn Sink) {
        let mut exits = episode.exits.iter().map(|e| e.day);
        let day = match self.cohort {
            Cohort::Exit => exits.find(|day| self.question.counts(*day)),
            Cohort::Deadline | Cohort::Entry => {
                Some(episode.removal).filter(|day| self.question.counts(*day))
            }
        };
        let Some(day) = day else {
            let unit = Unit::Episode(episode.removal);
            let claimed = || format!("{}; no claimed date in the period", doubts(episode));
            let why = |trace: Trace| trace.clause("in_cohort", false, claimed());
            outside(sink, person.subject, unit, why, [episode.event]);
            return;
        };
        let population = self.unless_excluded(person, Population::Unknown);
        let last = episode.exit().map_or(self.question.as_of(), |exit| exit.day);
        let (runs, run) = (Runs::new(), None);
        let case = Case { person, episode, last, runs, run, start: None, deadline: None };
        let trace = sink.traces().then(|| {
            let events = [episode.event].into_iter().chain(episode.exits.iter().map(|e| e.event));
            let last = episode.exits.last().map_or(episode.event, |exit| exit.event);
            self.begin_trace(person, population, events)
                .clause("dates_can_be_trusted", false, doubts(episode))
                .lacking(Lack::Contrary(last))
        });
        self.hand_over(&case, None, day, Cells::of(population), trace, sink);
    }

    fn hand_over(
        &self,
        case: &Case<'_>,
        goal: Option<Goal>,
        day: Date,
        cells: Cells,
        trace: Option<Trace>,
        sink: &mut dyn Sink,
    ) {
        let group = |place: Place| Group { goal, ..Group::of(place).in_month(day) };
        let on = |day: Date| group(self.world.place(case.person, day));
        let pieces = match self.attribution {
            Attribution::DayWeighted => self.pieces(case),
            Attribution::OnExit | Attribution::OnDeadline => Vec::new(),
        };
        let division = if pieces.is_empty() {
            let deadline = case.deadline.filter(|_| self.attribution == Attribution::OnDeadline);
            Division::Whole(on(deadline.map_or(case.last, |d| d.min(case.last))), cells)
        } else {
            let days: Vec<i32> = pieces.iter().map(Segment::days).collect();
            let all = days.iter().sum();
            let groups = pieces.iter().map(|s| group(s.place)).collect();
            let part = move |parts: &[usize]| cells.part(parts.iter().map(|i| days[*i]).sum(), all);
            Division::Parts(groups, Box::new(part))
        };
        let (subject, unit) = (case.person.subject, Unit::Episode(case.episode.removal));
        sink.add(Member { subject, unit, division, trace });
    }

    /// The days from removal to exit (or as-of), by attribution.
    fn pieces(&self, case: &Case<'_>) -> Vec<Segment> {
        let (start, end) = (case.episode.removal, case.last);
        if start >= end {
            return Vec::new();
        }
        segments(self.world, &self.change_days, case.person, start, end)
    }

    fn flag(&self, case: &Case<'_>, cells: &mut Cells) {
        if self.goal_changed_near_deadline(case) {
            cells.count([FLAGS, "goal_changed_within_60_days_of_deadline", ""], 1);
        }
        if approval_after_exit(case) {
            cells.count([FLAGS, "approval_after_exit", ""], 1);
        }
        let stay = case.exit().map(|exit| case.episode.removal.days_until(exit.day));
        if stay.is_some_and(|days| days < SHORT_STAY_DAYS) {
            cells.count([FLAGS, "under_8_days", ""], 1);
        }
    }

    /// A different goal was approved 0 to 60 days before the deadline of the goal it replaces.
    fn goal_changed_near_deadline(&self, case: &Case<'_>) -> bool {
        case.runs.windows(2).any(|pair| {
            let (before, after) = (pair[0], pair[1]);
            let replaced = !before.withdrawn && before.goal != after.goal;
            let deadline = self.deadline(case, &before).filter(|_| replaced);
            deadline.is_some_and(|d| (0..=GOAL_CHANGE_DAYS).contains(&after.from.days_until(d)))
        })
    }
}

/// Why an episode is doubtful, in words.
pub(crate) fn doubts(episode: &Episode) -> String {
    let doubts = [
        (episode.doubts.exit_not_after_removal, "exit_not_after_removal"),
        (episode.doubts.missing_end, "missing_end"),
        (episode.doubts.conflicting_episodes, "conflicting_episodes"),
    ];
    doubts.iter().filter(|(holds, _)| *holds).map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}

/// Benchmarks by goal in force, in months or undetermined: built-in, or as decided.
#[must_use]
pub fn goal_benchmarks(policy: &Policy<'_>) -> BTreeMap<Goal, Target> {
    let built_in = [(Goal::Reunification, 12), (Goal::Guardianship, 18), (Goal::Adoption, 24)];
    let mut all: BTreeMap<_, _> = built_in.map(|(g, m)| (g, Target::Whole(m))).into();
    for goal in Goal::ALL {
        all.extend(policy.target(&PolicyKey::GoalBenchmark(*goal)).map(|target| (*goal, target)));
    }
    all
}

/// The earlier of the first finding of abuse or neglect, dated from the removal to `last`, and 60
/// days after removal (675(5)(F)).
pub(crate) fn federal_entry(person: &Person, episode: &Episode, last: Date) -> Date {
    let within = |day: Date| episode.removal <= day && day <= last;
    let found = person.findings.iter();
    let first = found.filter(|(day, f, _)| *f == Finding::AbuseNeglect && within(*day));
    let first = first.map(|(day, ..)| *day).min();
    let latest = episode.removal.add_days(FEDERAL_ENTRY_DAYS);
    first.map_or(latest, |day| day.min(latest))
}

/// A reunification whose last placement is a trial home visit up to the exit is achieved on that
/// placement's start, any other on the exit.
fn physical_return(episode: &Episode, exit: &Exit) -> Date {
    let last = episode.placements.last().filter(|p| {
        exit.reason == ExitReason::Reunification
            && p.setting == Setting::TrialHomeVisit
            && p.end == Some(exit.day)
    });
    last.map_or(exit.day, |p| p.start)
}

/// A primary goal was approved after the exit and before the next removal, seen at as-of.
fn approval_after_exit(case: &Case<'_>) -> bool {
    use events::v1::child::GoalRole;
    let Some(exit) = case.exit() else { return false };
    let next = case.person.episodes.iter().map(|e| e.removal).find(|r| *r >= exit.day);
    case.person.goals.iter().any(|act| {
        act.conduct == timeline::Conduct::Approved
            && act.role == GoalRole::Primary
            && act.day > exit.day
            && next.is_none_or(|next| act.day < next)
    })
}

impl Judge for TimelyPermanency<'_> {
    fn question(&self) -> &Question {
        &self.question
    }

    fn concerns(&self) -> Vec<Concern> {
        let days = self.question.days();
        match self.cohort {
            Cohort::Exit => Concern::on(days, Concern::Left),
            Cohort::Entry => Concern::on(days, Concern::Removed),
            Cohort::Deadline => Concern::on(days, |days| self.due(days)),
        }
    }

    fn person(&self, person: &Person, sink: &mut dyn Sink) {
        for episode in &person.episodes {
            self.episode(person, episode, sink);
        }
        never_removed(person, self.question.as_of(), sink);
    }

    fn divided(&self) -> bool {
        self.attribution == Attribution::DayWeighted
    }

    fn no_value(&self, cells: &Cells) -> Option<Reason> {
        no_value_while_pending(cells)
    }

    fn detail(&self, cells: &Cells) -> Json {
        let always = [Goal::Adoption, Goal::Guardianship, Goal::Reunification];
        let judged = |g: &Goal| !cells.get(["by_goal", g.code(), "denominator"]).is_zero();
        let goals = Goal::ALL.iter().filter(|g| always.contains(g) || judged(g));
        let number = |counter| self.number(&cells.get(counter));
        let by_goal = goals.map(|g| {
            let code = g.code();
            (code, fractions(|part| number(["by_goal", code, part])))
        });
        let flags =
            ["goal_changed_within_60_days_of_deadline", "approval_after_exit", "under_8_days"];
        let flags = flags.map(|name| (name, Json::Int(cells.get([FLAGS, name, ""]).count())));
        Json::object([
            ("by_goal", Json::object(by_goal)),
            ("flags", Json::object(flags)),
            ("pending", number(["pending", "", ""])),
        ])
    }
}
