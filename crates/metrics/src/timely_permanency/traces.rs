//! Why an episode counts as it does, or is not in the cohort.

use events::EventType;
use timeline::{Person, PolicyKey, Pos};

use super::{Case, Cohort, TimelyPermanency};
use crate::goals::matches;
use crate::member::outside;
use crate::{Lack, Population, Sink, Trace, Unit};

impl TimelyPermanency<'_> {
    pub(super) fn trace(&self, case: &Case<'_>, population: Population) -> Trace {
        let exit = case.exit();
        let mut events = vec![case.episode.event];
        events.extend(case.runs.iter().map(|r| r.event));
        events.extend(exit.map(|e| e.event));
        events.extend(case.person.assignment_on(case.last).map(|a| a.event));
        let key = case.run.map(|r| PolicyKey::GoalBenchmark(r.goal));
        let decided = key.and_then(|key| self.world.policy.get(&key).map(|d| d.original));
        events.extend(decided);
        let goal = case.run.map_or("no goal in effect", |r| r.goal.code());
        let approved = case.run.map_or_else(String::new, |r| format!(", approved {}", r.from));
        let left = exit.map_or_else(
            || format!("still in care on {}", self.question.as_of()),
            |e| format!("left to {} on {}", e.reason.code(), e.day),
        );
        let matching = exit.zip(case.run).is_some_and(|(e, r)| matches(r.goal, e.reason));
        let achieved = exit.filter(|_| matching).map(|e| self.achieved(case, e));
        let in_time = match (achieved, case.deadline) {
            (Some(Ok(day)), Some(deadline)) => Some(day <= deadline),
            (Some(Err(())), _) | (_, None) => None,
            (None, Some(_)) => Some(false),
        };
        let start = case.start.map_or_else(|| "no start".to_owned(), |d| d.to_string());
        let deadline = case.deadline.map_or_else(|| "none".to_owned(), |d| d.to_string());
        let lacks_exit = match (exit, matching) {
            (Some(exit), true) => Lack::Late(exit.event),
            (exit, _) => Lack::contrary_or(exit.map(|e| e.event), EventType::EpisodeClosed),
        };
        let lacks_in_time = match (achieved, case.deadline) {
            // Without an order's date, a start or a benchmark nothing can be compared.
            (Some(Err(())), _) => exit.map(|exit| Lack::Contrary(exit.event)),
            (_, None) if case.start.is_none() => Some(Lack::Missing(EventType::CaseAssigned)),
            (_, None) => Some(Lack::contrary_or(decided, EventType::BenchmarkDecided)),
            _ => Some(lacks_exit),
        };
        self.begin_trace(case.person, population, events)
            .clause("goal_has_benchmark", true, format!("{goal}{approved}"))
            .clause("exit_matches_goal", matching, format!("{left}; goal {goal}"))
            .lacking(lacks_exit)
            .clause("by_deadline", in_time, format!("{left}; clock {start}, deadline {deadline}"))
            .lacking(lacks_in_time)
    }

    /// A trace whose first clause is the decision that leaves the child out, if there is one.
    pub(super) fn begin_trace(
        &self,
        person: &Person,
        population: Population,
        events: impl IntoIterator<Item = Pos>,
    ) -> Trace {
        self.exclusions.begin_trace(person.subject, population, events)
    }

    /// Why an episode is not in the cohort.
    pub(super) fn not_in_cohort(&self, case: &Case<'_>, sink: &mut dyn Sink) {
        let unit = Unit::Episode(case.episode.removal);
        let exit = case.exit();
        let events = [case.episode.event].into_iter().chain(exit.map(|exit| exit.event));
        let events = events.chain(case.runs.iter().map(|run| run.event));
        let why = |trace: Trace| {
            let Some(run) = case.run else {
                let withdrawn = case.runs.last().map(|run| run.event);
                let lack = Lack::contrary_or(withdrawn, EventType::GoalApproved);
                return trace
                    .clause("goal_has_benchmark", false, "no court-approved goal in effect")
                    .lacking(lack);
            };
            let goal = run.goal.code();
            if !self.benchmarks.contains_key(&run.goal) {
                let lack = Lack::Missing(EventType::BenchmarkDecided);
                let compared = format!("{goal} has no benchmark");
                return trace.clause("goal_has_benchmark", false, compared).lacking(lack);
            }
            let trace = trace.clause("goal_has_benchmark", true, goal);
            let (what, day) = match self.cohort {
                Cohort::Exit => ("exit", exit.map(|exit| exit.day)),
                Cohort::Deadline => ("deadline", Some(case.deadline.unwrap_or(case.last))),
                Cohort::Entry => ("removal", Some(case.episode.removal)),
            };
            let days = self.question.days_in_words();
            match day {
                Some(day) => trace.clause("in_cohort", false, format!("{what} {day}; {days}")),
                None => trace
                    .clause("in_cohort", false, format!("still in care; {days}"))
                    .lacking(Lack::Missing(EventType::EpisodeClosed)),
            }
        };
        outside(sink, case.person.subject, unit, why, events);
    }
}
