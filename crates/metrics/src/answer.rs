//! Answers: rows and total as numbers, before they are rendered.

use std::collections::BTreeMap;

use events::Json;
use timeline::{InForce, PolicyKey, World};

use crate::amount::quotient;
use crate::exclusions::Exclusions;
use crate::{Asked, Cells, Exact, Judge, MetricId, Row};

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nothing in the denominator.
    ZeroDenominator,
    /// No supervisor.
    NoSupervisor,
    /// Some outcome is still to come.
    FollowUpIncomplete,
    /// A weighted value is null.
    WeightedValueNull,
    /// No metric has a weight.
    NoWeights,
    /// No month has a value.
    NoValues,
    /// A small cell is masked.
    Suppressed,
}

impl Reason {
    /// The word in the answer.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ZeroDenominator => "zero_denominator",
            Self::NoSupervisor => "no_supervisor",
            Self::FollowUpIncomplete => "follow_up_incomplete",
            Self::WeightedValueNull => "weighted_value_null",
            Self::NoWeights => "no_weights",
            Self::NoValues => "no_values",
            Self::Suppressed => "suppressed",
        }
    }
}

/// One row, or the total.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The group; empty for the total.
    pub row: Row,
    /// Numerator: a count, a fraction where members are divided, or null.
    pub numerator: Json,
    /// Denominator, likewise.
    pub denominator: Json,
    /// Could not be judged.
    pub unknown: Json,
    /// Left out by decisions.
    pub excluded: Json,
    /// The value, exact.
    pub exact: Option<Exact>,
    /// The value as counted, `n/d`.
    pub value: Option<String>,
    /// The value for people.
    pub display: Option<String>,
    /// Why there is no value.
    pub reason: Option<Reason>,
    /// What the metric has beyond that.
    pub detail: Json,
}

impl Line {
    pub(crate) fn of(judge: &dyn Judge, row: Row, cells: &Cells) -> Self {
        let reason = judge.no_value(cells);
        let (n, d) = (&cells.numerator, &cells.denominator);
        let exact = reason.is_none().then(|| n.over(d));
        let value = exact.as_ref().map(|exact| {
            if judge.divided() { quotient(exact) } else { format!("{}/{}", n.count(), d.count()) }
        });
        Self {
            row,
            numerator: judge.number(n),
            denominator: judge.number(d),
            unknown: judge.number(&cells.unknown),
            excluded: judge.number(&cells.excluded),
            display: exact.as_ref().map(|exact| judge.display(exact)),
            exact,
            value,
            reason,
            detail: judge.detail(cells),
        }
    }

    /// The line as it stands in an answer.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let text = |text: Option<&str>| text.map_or(Json::Null, Json::from);
        Json::object([
            ("group", self.row.to_json()),
            ("numerator", self.numerator.clone()),
            ("denominator", self.denominator.clone()),
            ("unknown", self.unknown.clone()),
            ("excluded", self.excluded.clone()),
            ("value", text(self.value.as_deref())),
            ("display", text(self.display.as_deref())),
            ("reason", text(self.reason.map(Reason::name))),
            ("detail", self.detail.clone()),
        ])
    }
}

/// What a question comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Rows, by group; empty where the question does not group.
    pub rows: Vec<Line>,
    /// The total.
    pub total: Line,
}

/// A policy event in force that the metric read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyUsed {
    /// Position of the original event.
    pub position: u32,
    /// As the answer lists it.
    pub json: Json,
}

/// The policy events in force that the question's metric read, by position of the original.
#[must_use]
pub fn policy_used(world: &World<'_>, asked: &Asked) -> Vec<PolicyUsed> {
    let metric: MetricId = asked.metric;
    let mut exclusions: BTreeMap<&str, Exclusions> = BTreeMap::new();
    let read = world.policy.iter().filter(|(key, _)| metric.reads(key));
    // Of the decisions on a merged child under several names, the last is in force.
    let in_force = read.filter(|(key, decided)| match key {
        PolicyKey::Exclusion(of, _) => {
            let exclusions = exclusions.entry(of).or_insert_with(|| Exclusions::of(world, of));
            exclusions.decides(decided.original)
        }
        _ => true,
    });
    let mut used: Vec<_> = in_force.map(|(_, decided)| listed(world, decided)).collect();
    used.sort_by_key(|policy| policy.position);
    used
}

fn listed(world: &World<'_>, decided: &InForce<'_>) -> PolicyUsed {
    let json = Json::object([
        ("position", Json::Int(i64::from(decided.original))),
        ("type", decided.kind().name().into()),
        ("subject", world.names.text(decided.stream).into()),
        ("effectiveon", decided.effective_on.to_string().into()),
        ("data", decided.document.data.clone()),
    ]);
    PolicyUsed { position: decided.original, json }
}
