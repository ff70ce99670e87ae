//! The incentive of a contract year: the region's permanency goal, then the performance goals.
//!
//! **Citation.** 13 CSR 35-35.130 (6)(C), for contracts effective on or after 2022-04-01.
//!
//! **Populations.** Per contractor that is its own prime. Numerator: distinct children who left to
//! reunification, relative, adoption or guardianship in the period (provider on exit).
//! Denominator: distinct children served in it or so leaving. Step 1: the rate exceeds the region's
//! goal, exactly and strictly; it earns 50 %. Step 2: all determined performance goals of the
//! scorecard are met, at least one of them; it earns the other 50 %. Without step 1 nothing.
//!
//! **Parameters.** None.
//!
//! **Undetermined by any source.** The goals, the formula, amounts, rounding, payment dates.

use events::v1::provider::ProviderKind;
use events::{Date, EventType, Fraction, Json, Rate};
use timeline::{Person, Place, PolicyKey, Registered, Sym, World};

use crate::amount::lowest;
use crate::evaluate::Part;
use crate::exclusions::Exclusions;
use crate::goals::permanency;
use crate::member::outside;
use crate::scorecard::{benchmark, meets_benchmark, value_in_words};
use crate::segments::segments;
use crate::{
    Answer, Asked, Cells, Composition, Concern, Division, Exact, Group, Judge, Lack, Line, Member,
    Population, Question, Row, Sink, Trace, Unit,
};

/// The version of this rule; a change of meaning is a new one.
pub(crate) const VERSION: u32 = 1;

/// Share of each of the two steps, in percent.
const STEP_PERCENT: i64 = 50;

/// The judge of the permanency rate for one question.
pub(crate) struct Incentive<'w> {
    world: &'w World<'w>,
    question: Question,
    contractors: Vec<Sym>,
    exclusions: Exclusions,
    change_days: Vec<Date>,
}

/// Contracts before this day have no incentive.
fn first_contract_day() -> Option<Date> {
    Date::from_ymd(2022, 4, 1)
}

/// Contractors that are their own prime on the policy date, by name.
fn contractors(world: &World<'_>, day: Date) -> Vec<Sym> {
    let own_prime = |provider: &Sym| {
        let registered = world.directory.registered(*provider, day);
        registered.is_some_and(|r| r.kind == ProviderKind::Contractor)
            && world.prime(*provider, day) == *provider
    };
    let mut all: Vec<_> = world.directory.providers().filter(own_prime).collect();
    all.sort_by(|a, b| world.names.by_text(*a, *b));
    all
}

impl<'w> Incentive<'w> {
    pub(crate) fn new(world: &'w World<'w>, question: Question) -> Self {
        let contractors = contractors(world, question.asked.policy_date());
        let exclusions = Exclusions::of(world, "incentive");
        let change_days = world.directory.change_days();
        Self { world, question, contractors, exclusions, change_days }
    }

    /// Places of a contractor in which the child was served, and those in which it left to
    /// permanency (`true`).
    fn parts(&self, person: &Person) -> Vec<(Place, bool)> {
        let Some(days) = self.question.days() else { return Vec::new() };
        let mut parts = Vec::new();
        for episode in &person.episodes {
            let start = episode.removal.max(days.start);
            let end = episode.end.unwrap_or(Date::MAX).min(days.end.next());
            if start < end {
                let served = segments(self.world, &self.change_days, person, start, end);
                parts.extend(served.into_iter().map(|s| (s.place, false)));
            }
            let left = episode.exit().filter(|exit| {
                !episode.doubts.any() && permanency(exit.reason) && self.question.counts(exit.day)
            });
            parts.extend(left.map(|exit| (self.world.place(person, exit.day), true)));
        }
        let contracted = |p: &(Place, bool)| {
            p.0.provider.is_some_and(|provider| self.contractors.contains(&provider))
        };
        parts.retain(contracted);
        parts
    }
}

impl Judge for Incentive<'_> {
    fn question(&self) -> &Question {
        &self.question
    }

    fn concerns(&self) -> Vec<Concern> {
        let days = self.question.days();
        let served = Concern::on(days, Concern::in_care);
        served.into_iter().chain(Concern::on(days, Concern::Left)).collect()
    }

    fn person(&self, person: &Person, sink: &mut dyn Sink) {
        let parts = self.parts(person);
        if parts.is_empty() {
            let why = |trace: Trace| {
                trace
                    .clause("served_by_contractor", false, self.question.days_in_words())
                    .lacking(Lack::Missing(EventType::CaseAssigned))
            };
            let events = person.episodes.iter().map(|episode| episode.event);
            let events = events.chain(person.assignments.iter().map(|a| a.event));
            outside(sink, person.subject, Unit::Child, why, events);
            return;
        }
        let excluded = self.exclusions.contains(person.subject);
        let cells = |selected: &[usize]| {
            let left = selected.iter().any(|i| parts[*i].1);
            if excluded { Cells::excluded() } else { Cells::decided(left) }
        };
        let trace = sink.traces().then(|| {
            let left = parts.iter().any(|(_, left)| *left);
            let population =
                if excluded { Population::Excluded } else { Population::decided(left) };
            let episodes = person.episodes.iter();
            let events =
                episodes.flat_map(|e| [e.event].into_iter().chain(e.exits.iter().map(|x| x.event)));
            let last = person.episodes.iter().filter_map(|e| e.exit()).next_back();
            let lack = Lack::contrary_or(last.map(|exit| exit.event), EventType::EpisodeClosed);
            let exits: Vec<_> = person.episodes.iter().filter_map(|e| e.exit()).collect();
            let exits = exits.iter().map(|e| format!("left to {} on {}", e.reason.code(), e.day));
            let exits: Vec<_> = exits.chain([self.question.days_in_words()]).collect();
            let events = events.chain(person.assignments.iter().map(|a| a.event));
            self.exclusions
                .begin_trace(person.subject, population, events)
                .clause("left_to_permanency", left, exits.join("; "))
                .lacking(lack)
        });
        let provider = |(place, _): &(Place, bool)| {
            Group::of(Place { provider: place.provider, ..Place::default() })
        };
        let division = Division::Parts(parts.iter().map(provider).collect(), Box::new(cells));
        sink.add(Member { subject: person.subject, unit: Unit::Child, division, trace });
    }

    /// Each contractor has a row, also without children.
    fn others(&self, sink: &mut dyn Sink) {
        for provider in &self.contractors {
            let division = Division::Whole(Group::provider(*provider), Cells::default());
            let subject = *provider;
            sink.add(Member { subject, unit: Unit::Provider, division, trace: None });
        }
    }

    fn detail(&self, _cells: &Cells) -> Json {
        Json::Null
    }
}

/// The answer: the rate's rows, each with its goal and share; the total of one contractor alone
/// has them too.
pub(crate) fn answer(world: &World<'_>, asked: &Asked, parts: &[Part<'_>]) -> Answer {
    let Some((rate, scored)) = parts.split_first() else {
        unreachable!("the incentive is composed of its rate and the scored metrics")
    };
    let mut rows = rate.lines();
    for line in &mut rows {
        line.detail = of_contractor(world, asked, scored, line);
    }
    let mut total = rate.total();
    total.detail = match rows.as_slice() {
        [only] => only.detail.clone(),
        _ => detail(Json::Null, Json::Null, Json::Null),
    };
    if asked.by.is_empty() {
        rows.clear();
    }
    Answer { rows, total }
}

fn detail(regional_goal: Json, exceeds: Json, share_percent: Json) -> Json {
    Json::object([
        ("regional_goal", regional_goal),
        ("exceeds", exceeds),
        ("share_percent", share_percent),
    ])
}

fn of_contractor(world: &World<'_>, asked: &Asked, scored: &[Part<'_>], line: &Line) -> Json {
    let registered = registered_of(world, asked, line);
    let goal = registered.and_then(|r| r.region).map(|r| regional_goal(world, asked, r));
    let Some(Rate::Determined(goal)) = goal else {
        return detail("undetermined".into(), Json::Null, Json::Null);
    };
    let goal = exact(goal);
    let exceeds = line.exact.as_ref().map(|rate| *rate > goal);
    let share = exceeds.filter(|_| registered.is_some_and(has_incentive)).map(|exceeds| {
        if !exceeds {
            0
        } else if performance_goals_met(world, asked, scored, &line.row) {
            2 * STEP_PERCENT
        } else {
            STEP_PERCENT
        }
    });
    let exceeds = exceeds.map_or(Json::Null, Json::Bool);
    detail(lowest(&goal).into(), exceeds, share.map_or(Json::Null, Json::Int))
}

/// How each contractor's share comes about: the contract, the rate against the region's goal, the
/// performance goals.
pub(crate) fn compositions(
    world: &World<'_>,
    asked: &Asked,
    parts: &[Part<'_>],
) -> Vec<Composition> {
    let Some((rate, scored)) = parts.split_first() else { return Vec::new() };
    rate.lines().into_iter().map(|line| composition(world, asked, scored, &line)).collect()
}

fn composition(world: &World<'_>, asked: &Asked, scored: &[Part<'_>], line: &Line) -> Composition {
    let mut composition = Composition::of(line.row.clone());
    let registered = registered_of(world, asked, line);
    let contract = registered.and_then(|r| r.contract_from);
    let contract = contract.map_or_else(|| "of unknown date".to_owned(), |d| format!("from {d}"));
    let eligible = registered.is_some_and(has_incentive);
    composition.step("contract_has_incentive", Some(eligible), format!("contract {contract}"));
    let region = registered.and_then(|r| r.region);
    let goal = region.map_or(Rate::Undetermined, |r| regional_goal(world, asked, r));
    let goal = if let Rate::Determined(goal) = goal { Some(exact(goal)) } else { None };
    let exceeds = line.exact.as_ref().zip(goal.as_ref()).map(|(rate, goal)| rate > goal);
    let words = goal.as_ref().map_or_else(|| "undetermined".to_owned(), lowest);
    let name = region.map_or("no region", |r| world.names.text(r));
    let rate = value_in_words(Some(line));
    composition.step(
        "exceeds_regional_goal",
        exceeds,
        format!("rate {rate}; goal of {name} {words}"),
    );
    composition.rests_on(world, &[PolicyKey::RegionalGoal(name.to_owned())]);
    for part in scored {
        let Some(benchmark) = benchmark(world, asked, part.metric) else { continue };
        let own = part.lines().into_iter().find(|own| own.row == line.row);
        let value = own.as_ref().and_then(|own| own.exact.as_ref());
        let met = value.is_some_and(|value| meets_benchmark(part.metric, value, &benchmark));
        let words =
            format!("value {}; benchmark {}", value_in_words(own.as_ref()), lowest(&benchmark));
        composition.step(part.metric.name(), Some(met), words);
        composition.rests_on(world, &[PolicyKey::Benchmark(part.metric.name().to_owned())]);
    }
    let share = of_contractor(world, asked, scored, line);
    let share = share.as_object().and_then(|detail| detail.get("share_percent").cloned());
    let share = share.unwrap_or(Json::Null).canonical_text();
    composition.step("share_percent", None, share);
    composition
}

/// What is registered of a row's contractor on the policy date.
fn registered_of<'w>(world: &'w World<'_>, asked: &Asked, line: &Line) -> Option<&'w Registered> {
    let provider = line.row.0.first().and_then(|(_, name)| name.as_deref());
    let provider = provider.and_then(|name| world.names.known(name));
    provider.and_then(|p| world.directory.registered(p, asked.policy_date()))
}

fn has_incentive(registered: &Registered) -> bool {
    let from = registered.contract_from.zip(first_contract_day());
    from.is_some_and(|(contract, first)| contract >= first)
}

fn regional_goal(world: &World<'_>, asked: &Asked, region: Sym) -> Rate {
    let region = world.names.text(region);
    let what_if = asked.what_if.regional_goals.get(region).copied();
    let decided = || world.policy.rate(&PolicyKey::RegionalGoal(region.to_owned()));
    what_if.or_else(decided).unwrap_or(Rate::Undetermined)
}

/// Step 2: at least one scored metric has a determined benchmark, and all of those are met.
fn performance_goals_met(world: &World<'_>, asked: &Asked, scored: &[Part<'_>], row: &Row) -> bool {
    let outcomes: Vec<bool> = scored
        .iter()
        .filter_map(|part| {
            let benchmark = benchmark(world, asked, part.metric)?;
            let line = part.lines().into_iter().find(|line| line.row == *row);
            let value = line.and_then(|line| line.exact);
            Some(value.is_some_and(|value| meets_benchmark(part.metric, &value, &benchmark)))
        })
        .collect();
    !outcomes.is_empty() && outcomes.into_iter().all(|met| met)
}

/// A fraction of the vocabulary, exact.
pub(crate) fn exact(value: Fraction) -> Exact {
    let whole = |n: u64| Exact::from_integer(n.into());
    whole(value.numerator) / whole(value.denominator)
}
