//! The scorecard: each metric with value, weight and benchmark, and the score they add up to.
//!
//! **Citation.** RSMo 210.112.2; 13 CSR 35-35.100; Phase II metrics document.
//!
//! **Definition.** Score = sum of weight times value over the weighted metrics. An undetermined
//! weight and a weight of 0 are not weighted; weight coverage is the sum of weights. It is never
//! scaled up; a weighted value that is null makes the score null.
//!
//! **Defaults.** Weight 1/2 for timely-permanency, 0 for the other metrics of Phase II; no
//! benchmark is determined.
//!
//! **Undetermined by any source.** The benchmarks, and the weights of Phase I.

use std::collections::BTreeSet;

use events::{Json, Rate, Target};
use num_traits::Zero;
use timeline::{PolicyKey, World};

use crate::amount::{fraction, lowest};
use crate::answer::Reason;
use crate::evaluate::Part;
use crate::incentive::exact;
use crate::{Answer, Asked, Exact, Line, MetricId, Row};

/// Puts the scored metrics together.
pub(crate) struct Scorecard<'a> {
    world: &'a World<'a>,
    asked: &'a Asked,
}

impl<'a> Scorecard<'a> {
    pub(crate) fn new(world: &'a World<'a>, asked: &'a Asked) -> Self {
        Self { world, asked }
    }

    pub(crate) fn answer(&self, parts: &[Part<'_>]) -> Answer {
        let lines: Vec<(MetricId, Vec<Line>)> =
            parts.iter().map(|part| (part.metric, part.lines())).collect();
        // Each provider that has a row in a scored metric.
        let rows: BTreeSet<Row> =
            lines.iter().flat_map(|(_, lines)| lines.iter().map(|l| l.row.clone())).collect();
        let of_row = |row: Row| {
            let find = |lines: &[Line]| lines.iter().find(|l| l.row == row).cloned();
            let values = lines.iter().map(|(metric, lines)| (*metric, find(lines)));
            self.line(row.clone(), &values.collect::<Vec<_>>())
        };
        let totals: Vec<_> = parts.iter().map(|part| (part.metric, Some(part.total()))).collect();
        Answer {
            rows: rows.into_iter().map(of_row).collect(),
            total: self.line(Row::default(), &totals),
        }
    }

    fn line(&self, row: Row, metrics: &[(MetricId, Option<Line>)]) -> Line {
        let mut score = Some(fraction(0, 1));
        let mut coverage = fraction(0, 1);
        let mut listed = Vec::new();
        for (metric, line) in metrics {
            let value = line.as_ref().and_then(|line| line.exact.clone());
            let weight = weight(self.world, self.asked, *metric);
            if let Some(weight) = weight.as_ref().filter(|weight| !weight.is_zero()) {
                coverage += weight;
                score = score.zip(value.as_ref()).map(|(score, value)| score + weight * value);
            }
            let text = line.as_ref().and_then(|line| line.value.clone());
            listed.push((metric.name(), self.listed(*metric, text, value.as_ref(), weight)));
        }
        let reason = if coverage.is_zero() {
            Some(Reason::NoWeights)
        } else {
            score.is_none().then_some(Reason::WeightedValueNull)
        };
        let score = score.filter(|_| reason.is_none());
        let text = score.as_ref().map(lowest);
        let detail = Json::object([
            ("metrics", Json::object(listed)),
            ("score", text.clone().map_or(Json::Null, Json::from)),
            ("weight_coverage", lowest(&coverage).into()),
        ]);
        Line {
            row,
            numerator: Json::Null,
            denominator: Json::Null,
            unknown: Json::Int(0),
            excluded: Json::Int(0),
            exact: score,
            value: text.clone(),
            display: text,
            reason,
            detail,
        }
    }

    fn listed(
        &self,
        metric: MetricId,
        text: Option<String>,
        value: Option<&Exact>,
        weight: Option<Exact>,
    ) -> Json {
        let undetermined = || Json::from("undetermined");
        let benchmark = benchmark(self.world, self.asked, metric);
        let meets = value.zip(benchmark.as_ref()).map(|(v, b)| meets_benchmark(metric, v, b));
        Json::object([
            ("value", text.map_or(Json::Null, Json::from)),
            ("weight", weight.map_or_else(undetermined, |w| lowest(&w).into())),
            ("benchmark", benchmark.map_or_else(undetermined, |b| lowest(&b).into())),
            ("meets_benchmark", meets.map_or(Json::Null, Json::Bool)),
        ])
    }
}

/// The weight in force; `None` while it is undetermined.
fn weight(world: &World<'_>, asked: &Asked, metric: MetricId) -> Option<Exact> {
    let what_if = asked.what_if.weights.get(metric.name()).copied();
    let decided = || world.policy.rate(&PolicyKey::Weight(metric.name().to_owned()));
    match what_if.or_else(decided) {
        Some(Rate::Determined(weight)) => Some(exact(weight)),
        Some(Rate::Undetermined) => None,
        None if metric == MetricId::TimelyPermanency => Some(fraction(1, 2)),
        None => Some(fraction(0, 1)),
    }
}

/// The target value in force; `None` while it is undetermined.
pub(crate) fn benchmark(world: &World<'_>, asked: &Asked, metric: MetricId) -> Option<Exact> {
    let what_if = asked.what_if.benchmarks.get(metric.name()).copied();
    let decided = || world.policy.target(&PolicyKey::Benchmark(metric.name().to_owned()));
    match what_if.or_else(decided)? {
        Target::Whole(n) => Some(fraction(i64::from(n), 1)),
        Target::Rate(Rate::Determined(value)) => Some(exact(value)),
        Target::Rate(Rate::Undetermined) => None,
    }
}

/// Whether a value meets a target; for some metrics the lower value is the better one.
pub(crate) fn meets_benchmark(metric: MetricId, value: &Exact, benchmark: &Exact) -> bool {
    if metric.lower_is_better() { value <= benchmark } else { value >= benchmark }
}
