//! Policy in force: what was decided, per key, on a date.

use std::collections::BTreeMap;

use events::v1::child::Goal;
use events::{Date, EventType, Json, Payload, Rate, Target};

use crate::{Document, Moment, Names, Pos, Stream, Sym, What, history};

/// What a policy event decides about; the last event per key is in force.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyKey {
    /// Parameters of a metric.
    Parameters(String),
    /// Benchmark of a goal, in months.
    GoalBenchmark(Goal),
    /// Target value of a metric.
    Benchmark(String),
    /// Weight of a metric in the score.
    Weight(String),
    /// Permanency goal of a contract region.
    RegionalGoal(String),
    /// Holidays of a year.
    Calendar(u32),
    /// Whether a subject is left out of a metric.
    Exclusion(String, String),
}

/// A policy event in force.
#[derive(Debug, Clone, Copy)]
pub struct InForce<'a> {
    /// Position of the original event, by which answers list it.
    pub original: Pos,
    /// Position of the event that says it: the original or a correction.
    pub event: Pos,
    /// Its stream.
    pub stream: Sym,
    /// From when it is in force, as it stands.
    pub effective_on: Date,
    /// What it says, as it stands.
    pub document: &'a Document,
}

/// The policy in force on a date, as known at a position.
#[derive(Debug, Clone, Default)]
pub struct Policy<'a> {
    in_force: BTreeMap<PolicyKey, InForce<'a>>,
}

impl<'a> Policy<'a> {
    /// Reads a policy stream, up to the policy date `at.as_of`.
    pub fn read(&mut self, stream: Stream<'a>, at: &Moment, names: &'a Names) {
        for fact in history(stream, at) {
            let What::Policy(id) = fact.what else { continue };
            let Some(document) = names.document(id) else { continue };
            let Some(key) = key_of(document, names.text(stream.name)) else { continue };
            let decided = InForce {
                original: fact.original,
                event: fact.event,
                stream: stream.name,
                effective_on: fact.day,
                document,
            };
            self.in_force.insert(key, decided);
        }
    }

    /// What is in force under a key.
    #[must_use]
    pub fn get(&self, key: &PolicyKey) -> Option<&InForce<'a>> {
        self.in_force.get(key)
    }

    /// Everything in force, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&PolicyKey, &InForce<'a>)> {
        self.in_force.iter()
    }

    /// The published parameters of a metric.
    #[must_use]
    pub fn parameters(&self, metric: &str) -> Option<&BTreeMap<String, Json>> {
        match &self.get(&PolicyKey::Parameters(metric.to_owned()))?.document.payload {
            Payload::MetricPublished(p) => Some(&p.parameters),
            _ => None,
        }
    }

    /// A decided benchmark.
    #[must_use]
    pub fn target(&self, key: &PolicyKey) -> Option<Target> {
        match &self.get(key)?.document.payload {
            Payload::BenchmarkDecided(p) => Some(p.value),
            _ => None,
        }
    }

    /// A decided weight or regional goal.
    #[must_use]
    pub fn rate(&self, key: &PolicyKey) -> Option<Rate> {
        match &self.get(key)?.document.payload {
            Payload::WeightDecided(p) => Some(p.weight),
            Payload::RegionalGoalSet(p) => Some(p.rate),
            _ => None,
        }
    }
}

/// The key of a policy event on the stream of that name (`policy/<metric>`).
fn key_of(document: &Document, stream: &str) -> Option<PolicyKey> {
    let metric = || stream.strip_prefix("policy/").unwrap_or(stream).to_owned();
    Some(match &document.payload {
        Payload::MetricPublished(_) => PolicyKey::Parameters(metric()),
        Payload::BenchmarkDecided(p) => {
            p.goal.map_or_else(|| PolicyKey::Benchmark(metric()), PolicyKey::GoalBenchmark)
        }
        Payload::WeightDecided(_) => PolicyKey::Weight(metric()),
        Payload::RegionalGoalSet(p) => PolicyKey::RegionalGoal(p.region.as_str().to_owned()),
        Payload::CalendarPublished(p) => PolicyKey::Calendar(p.year),
        Payload::ExclusionDecided(p) => {
            PolicyKey::Exclusion(metric(), p.subject.as_str().to_owned())
        }
        _ => return None,
    })
}

impl InForce<'_> {
    /// The type of the event.
    #[must_use]
    pub fn kind(&self) -> EventType {
        self.document.kind
    }
}
