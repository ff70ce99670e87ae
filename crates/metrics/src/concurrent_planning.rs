//! Timely development of a primary and a concurrent permanency plan.
//!
//! **Citation.** 13 CSR 35-35.100 (3)(E)3 (listed, not defined); Child Welfare Manual 4.10.1:
//! a permanency goal at the 72-hour meeting, and, while the primary goal is reunification, a
//! concurrent goal within 30 days of entry.
//!
//! **Populations.** A member is an episode that began in the period. Denominator: entries whose
//! deadlines have passed. Numerator: a primary goal proposed or approved by removal + 3 days and,
//! where the primary goal was reunification by day 30, a concurrent goal by removal + 30 days,
//! both inclusive. A child that left before day 3 is left out; before day 30, the concurrent part
//! is not applicable.
//!
//! **Parameters.** None.
//!
//! **Undetermined by any source.** The definition, and "effective implementation".

use events::v1::child::{Goal, GoalRole};
use events::{Date, EventType, Json};
use timeline::{Conduct, Episode, GoalAct, Person, World};

use crate::exclusions::Exclusions;
use crate::member::{never_removed, outside};
use crate::timely_permanency::doubts;
use crate::{
    Cells, Concern, Division, Group, Judge, Lack, Member, Population, Question, Sink, Trace, Unit,
};

/// The version of this rule; a change of meaning is a new one.
pub(crate) const VERSION: u32 = 1;

const PRIMARY_DAYS: i32 = 3;
const CONCURRENT_DAYS: i32 = 30;

/// The judge of concurrent-planning for one question.
pub(crate) struct ConcurrentPlanning<'w> {
    world: &'w World<'w>,
    question: Question,
    exclusions: Exclusions,
}

/// How the two parts came out; `None`: the concurrent part is not applicable.
struct Plan<'a> {
    primary: Option<&'a GoalAct>,
    concurrent: Option<Option<&'a GoalAct>>,
}

impl Plan<'_> {
    fn met(&self) -> bool {
        self.primary.is_some() && self.concurrent.is_none_or(|act| act.is_some())
    }
}

impl<'w> ConcurrentPlanning<'w> {
    pub(crate) fn new(world: &'w World<'w>, question: Question) -> Self {
        let exclusions = Exclusions::of(world, "concurrent-planning");
        Self { world, question, exclusions }
    }

    fn episode(&self, person: &Person, episode: &Episode, sink: &mut dyn Sink) {
        if !self.question.counts(episode.removal) {
            let why = |trace: Trace| {
                let days = self.question.days_in_words();
                let compared = format!("removed {}; {days}", episode.removal);
                trace.clause("entered_in_period", false, compared)
            };
            let unit = Unit::Episode(episode.removal);
            outside(sink, person.subject, unit, why, [episode.event]);
            return;
        }
        let as_of = self.question.as_of();
        let left = episode.end;
        let last_deadline = episode.removal.add_days(CONCURRENT_DAYS);
        let plan = plan(person, episode);
        let doubtful = episode.doubts.exit_not_after_removal || episode.doubts.conflicting_episodes;
        let left_at_once = left.is_some_and(|d| d < episode.removal.add_days(PRIMARY_DAYS));
        let population = if !doubtful && left_at_once {
            Population::LeftOut
        } else if self.exclusions.contains(person.subject) {
            Population::Excluded
        } else if doubtful {
            Population::Unknown
        } else if as_of <= last_deadline {
            Population::Pending
        } else {
            Population::decided(plan.met())
        };
        let exit = episode.exit().map(|exit| exit.day).or(left);
        let day = exit.unwrap_or(as_of).min(as_of).min(last_deadline);
        let group = Group::of(self.world.place(person, day)).in_month(episode.removal);
        let trace = sink.traces().then(|| self.trace(person, episode, &plan, population));
        let division = Division::Whole(group, cells(population, &plan));
        let (subject, unit) = (person.subject, Unit::Episode(episode.removal));
        sink.add(Member { subject, unit, division, trace });
    }

    fn trace(
        &self,
        person: &Person,
        episode: &Episode,
        plan: &Plan<'_>,
        population: Population,
    ) -> Trace {
        let mut events = vec![episode.event];
        events.extend(episode.exits.iter().map(|e| e.event));
        events.extend(plan.primary.map(|a| a.event));
        events.extend(plan.concurrent.flatten().map(|a| a.event));
        let said = |act: Option<&GoalAct>, deadline: Date| match act {
            Some(act) => format!("{} on {}, deadline {deadline}", act.goal.code(), act.day),
            None => format!("none by {deadline}"),
        };
        let trace = self.exclusions.begin_trace(person.subject, population, events);
        if population == Population::Unknown {
            let last = episode.exits.last().map_or(episode.event, |exit| exit.event);
            return trace
                .clause("dates_can_be_trusted", false, doubts(episode))
                .lacking(Lack::Contrary(last));
        }
        let as_of = self.question.as_of();
        let trace = if population == Population::Pending {
            let last = episode.removal.add_days(CONCURRENT_DAYS);
            trace.clause("deadlines_passed", None, format!("last deadline {last}, as of {as_of}"))
        } else {
            trace
        };
        let late = |role: GoalRole, deadline: Date| {
            let set = |act: &&GoalAct| {
                act.role == role && act.conduct != Conduct::Withdrawn && act.day > deadline
            };
            let until = episode.end.unwrap_or(Date::MAX);
            let act = person.goals.iter().find(set).filter(|act| act.day <= until);
            Lack::late_or(act.map(|act| act.event), EventType::GoalProposed)
        };
        let primary_deadline = episode.removal.add_days(PRIMARY_DAYS);
        let trace = trace
            .clause(
                "primary_by_day_3",
                plan.primary.is_some(),
                said(plan.primary, primary_deadline),
            )
            .lacking(late(GoalRole::Primary, primary_deadline));
        let deadline = episode.removal.add_days(CONCURRENT_DAYS);
        match plan.concurrent {
            None => trace.clause("concurrent_by_day_30", None, "not applicable"),
            Some(act) => trace
                .clause("concurrent_by_day_30", act.is_some(), said(act, deadline))
                .lacking(late(GoalRole::Concurrent, deadline)),
        }
    }
}

/// Proposals and approvals dated from the removal to the deadline count; withdrawals do not.
fn plan<'a>(person: &'a Person, episode: &Episode) -> Plan<'a> {
    let act = |role: GoalRole, goal: Option<Goal>, days: i32| {
        let last = episode.removal.add_days(days);
        person.goals.iter().find(|a| {
            a.role == role
                && a.conduct != Conduct::Withdrawn
                && goal.is_none_or(|goal| a.goal == goal)
                && episode.removal <= a.day
                && a.day <= last
        })
    };
    let reunification = act(GoalRole::Primary, Some(Goal::Reunification), CONCURRENT_DAYS);
    let thirty = episode.removal.add_days(CONCURRENT_DAYS);
    let there = episode.end.is_none_or(|end| end >= thirty);
    let applies = there && reunification.is_some();
    Plan {
        primary: act(GoalRole::Primary, None, PRIMARY_DAYS),
        concurrent: applies.then(|| act(GoalRole::Concurrent, None, CONCURRENT_DAYS)),
    }
}

fn cells(population: Population, plan: &Plan<'_>) -> Cells {
    let cells = Cells::of(population);
    if !matches!(population, Population::Numerator | Population::Denominator) {
        return cells;
    }
    let primary = if plan.primary.is_some() { "met" } else { "violated" };
    let concurrent = match plan.concurrent {
        None => "not_applicable",
        Some(Some(_)) => "met",
        Some(None) => "violated",
    };
    cells.with(["primary", primary, ""], 1).with(["concurrent", concurrent, ""], 1)
}

impl Judge for ConcurrentPlanning<'_> {
    fn question(&self) -> &Question {
        &self.question
    }

    fn concerns(&self) -> Vec<Concern> {
        Concern::on(self.question.days(), Concern::Removed)
    }

    fn person(&self, person: &Person, sink: &mut dyn Sink) {
        for episode in &person.episodes {
            self.episode(person, episode, sink);
        }
        never_removed(person, self.question.as_of(), sink);
    }

    fn detail(&self, cells: &Cells) -> Json {
        let count = |part, outcome| (outcome, self.number(&cells.get([part, outcome, ""])));
        Json::object([
            ("primary", Json::object(["met", "violated"].map(|o| count("primary", o)))),
            (
                "concurrent",
                Json::object(["met", "violated", "not_applicable"].map(|o| count("concurrent", o))),
            ),
            ("pending", self.number(&cells.get(["pending", "", ""]))),
        ])
    }
}
