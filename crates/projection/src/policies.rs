//! Policy by itself: which events say some, and what is in force on a date.

use std::collections::BTreeMap;

use events::{Date, Family, Field, Json, Payload, Position, parameters};
use metrics::{MetricId, default_weight, goal_benchmarks};
use timeline::{InForce, Moment, PolicyKey, Pos, World};

use crate::{Known, Projection};

/// An event on a stream of policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyEvent {
    /// Its position.
    pub position: Position,
    /// Whether what it says stands; a retraction always does.
    pub stands: bool,
}

/// A value of policy, decided or built in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyValue {
    /// The name that a what-if has for it, as in `benchmark.adoption`; `calendar.<year>` and
    /// `exclusion.<metric>.<subject>` for what no question supposes.
    pub name: String,
    /// The value.
    pub value: Json,
    /// The event that decided it; `None`: built in.
    pub decided: Option<Decided>,
}

/// The event in force behind a value; of two, the later one is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decided {
    /// From when it is in force, as it stands.
    pub effective_on: Date,
    /// Position of the original, by which answers list it.
    pub position: Position,
    /// Position of the event that says it: the original or a correction.
    pub event: Position,
}

impl From<&InForce<'_>> for Decided {
    fn from(in_force: &InForce<'_>) -> Self {
        let [position, event] = [in_force.original, in_force.event].map(u64::from).map(Position);
        Self { effective_on: in_force.effective_on, position, event }
    }
}

impl Projection {
    /// Every event on the streams of policy, or on the one of that identifier, by position: what
    /// stands, what was replaced, and what replaced or retracted it.
    #[must_use]
    pub fn policy_events(&self, of: Option<&str>, known: &Known) -> Vec<PolicyEvent> {
        let known = known.pos();
        let is_asked =
            |name: &str| of.is_none_or(|of| name.split_once('/').is_some_and(|(_, is)| is == of));
        let streams = self.of_family(Family::Policy);
        let streams = streams.filter(|stream| is_asked(self.names().text(stream.name)));
        let mut found: BTreeMap<Pos, Option<bool>> = BTreeMap::new();
        for fact in streams.flat_map(|stream| stream.facts.iter()).filter(|fact| fact.from <= known)
        {
            found.entry(fact.original).or_default();
            *found.entry(fact.event).or_default().get_or_insert(false) |= fact.stood_at(known);
            // What ended a fact is an event of its own: a correction has facts, a retraction none.
            if fact.to <= known {
                found.entry(fact.to).or_default();
            }
        }
        let event = |(position, stands): (Pos, Option<bool>)| PolicyEvent {
            position: Position(u64::from(position)),
            stands: stands.unwrap_or(true),
        };
        found.into_iter().map(event).collect()
    }

    /// Every value of policy on a date, decided or built in, by name; or those that are decided on
    /// the stream of that identifier.
    #[must_use]
    pub fn policy_in_force(
        &self,
        of: Option<&str>,
        as_of: Date,
        known: &Known,
    ) -> Vec<PolicyValue> {
        let world = self.world(&Moment { as_of, known: known.pos() }, as_of);
        let is_asked = |stream: &str| of.is_none_or(|of| of == stream);
        let mut values = Vec::new();
        for metric in parameters::metrics().filter(|metric| is_asked(metric)) {
            values.extend(of_metric(&world, metric));
        }
        for (key, in_force) in world.policy.iter() {
            let stream = world.names.text(in_force.stream);
            if is_asked(stream.strip_prefix("policy/").unwrap_or(stream)) {
                values.extend(further(&world, key, in_force));
            }
        }
        // Of the decisions on a merged child under several names, the last is in force.
        values.sort_by(|a, b| (&a.name, &b.decided).cmp(&(&b.name, &a.decided)));
        values.dedup_by(|later, first| later.name == first.name);
        values
    }
}

/// Parameters, benchmarks and weight of a metric: whether or not somebody decided about them, they
/// are in force.
fn of_metric(world: &World<'_>, name: &str) -> Vec<PolicyValue> {
    let policy = &world.policy;
    let decided = |key: &PolicyKey| policy.get(key).map(Decided::from);
    let published = decided(&PolicyKey::Parameters(name.to_owned()));
    let values = policy.parameters(name);
    let own = parameters::of(name).iter().map(|parameter| {
        let set = values.and_then(|all| all.get(parameter.name)).cloned();
        PolicyValue {
            name: format!("parameters.{name}.{}", parameter.name),
            decided: published.filter(|_| set.is_some()),
            value: set.unwrap_or_else(|| parameter.domain.default()),
        }
    });
    let mut found: Vec<PolicyValue> = own.collect();
    if name == MetricId::TimelyPermanency.name() {
        found.extend(goal_benchmarks(policy).into_iter().map(|(goal, target)| PolicyValue {
            name: format!("benchmark.{}", goal.code()),
            value: target.write(),
            decided: decided(&PolicyKey::GoalBenchmark(goal)),
        }));
    }
    if let Some(metric) = MetricId::SCORED.iter().find(|metric| metric.name() == name) {
        let key = PolicyKey::Benchmark(name.to_owned());
        let target = policy.target(&key).map(|target| target.write());
        found.push(PolicyValue {
            name: format!("benchmark.{name}"),
            value: target.unwrap_or_else(|| "undetermined".into()),
            decided: decided(&key),
        });
        let key = PolicyKey::Weight(name.to_owned());
        let weight = policy.rate(&key).unwrap_or_else(|| default_weight(*metric));
        found.push(PolicyValue {
            name: format!("weight.{name}"),
            value: weight.write(),
            decided: decided(&key),
        });
    }
    found
}

/// What is in force under a key that nothing is built in for.
fn further(world: &World<'_>, key: &PolicyKey, in_force: &InForce<'_>) -> Option<PolicyValue> {
    let (name, value) = match (key, &in_force.document.payload) {
        (PolicyKey::Benchmark(metric), Payload::BenchmarkDecided(said)) => {
            (format!("benchmark.{metric}"), said.value.write())
        }
        (PolicyKey::Weight(metric), Payload::WeightDecided(said)) => {
            (format!("weight.{metric}"), said.weight.write())
        }
        (PolicyKey::RegionalGoal(region), Payload::RegionalGoalSet(said)) => {
            (format!("regional-goal.{region}"), said.rate.write())
        }
        (PolicyKey::Calendar(year), Payload::CalendarPublished(said)) => {
            (format!("calendar.{year}"), said.holidays.write())
        }
        (PolicyKey::Exclusion(metric, subject), Payload::ExclusionDecided(said)) => {
            let name = world.names.known(subject).map(|name| world.merges.canonical(name));
            let name = name.map_or(subject.as_str(), |name| world.names.text(name));
            (format!("exclusion.{metric}.{name}"), said.decision.code().into())
        }
        _ => return None,
    };
    Some(PolicyValue { name, value, decided: Some(in_force.into()) })
}
