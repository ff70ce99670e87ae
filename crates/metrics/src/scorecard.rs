//! The scorecard: each metric with value, weight and benchmark, and the score they add up to.
//!
//! **Citation.** RSMo 210.112.2; 13 CSR 35-35.100; Phase II metrics document.
//!
//! **Definition.** Score = sum of weight times value over the weighted metrics. An undetermined
//! weight and a weight of 0 are not weighted; weight coverage is the sum of weights. It is never
//! scaled up; a weighted value that is null makes the score null.
//!
//! **Parameters.** None of its own; each scored metric has its own in force.
//!
//! **Defaults.** Weight 1/2 for timely-permanency, 0 for the other metrics of Phase II; no
//! benchmark is determined.
//!
//! **Undetermined by any source.** The benchmarks, and the weights of Phase I.

use std::collections::BTreeSet;

use events::{Fraction, Json, Rate, Target};
use num_traits::Zero;
use timeline::{PolicyKey, World};

use crate::amount::{fraction, lowest};
use crate::answer::Reason;
use crate::composition::Composition;
use crate::evaluate::Part;
use crate::incentive::exact;
use crate::{Answer, Asked, Exact, Line, MetricId, Row};

/// The version of this rule; a change of meaning is a new one.
pub(crate) const VERSION: u32 = 1;

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
        let rows = rows(parts).into_iter().map(|(row, metrics)| self.line(row, &metrics));
        Answer { rows: rows.collect(), total: self.line(Row::default(), &totals(parts)) }
    }

    /// How each row's score is put together, and the total's last.
    pub(crate) fn compositions(&self, parts: &[Part<'_>]) -> Vec<Composition> {
        let all = rows(parts).into_iter().chain([(Row::default(), totals(parts))]);
        all.map(|(row, metrics)| self.composition(row, &metrics)).collect()
    }

    /// Each metric's value, weight and benchmark, and the sum so far; then the score.
    fn composition(&self, row: Row, metrics: &[(MetricId, Option<Line>)]) -> Composition {
        let mut sum = fraction(0, 1);
        let mut composition = Composition::of(row.clone());
        for (metric, line) in metrics {
            let value = line.as_ref().and_then(|line| line.exact.as_ref());
            let benchmark = benchmark(self.world, self.asked, *metric);
            let meets = value.zip(benchmark.as_ref()).map(|(v, b)| meets_benchmark(*metric, v, b));
            let undetermined = || "undetermined".to_owned();
            let words = [
                format!("value {}", value_in_words(line.as_ref())),
                format!("benchmark {}", benchmark.as_ref().map_or_else(undetermined, lowest)),
                match weight(self.world, self.asked, *metric) {
                    Some(weight) if weight.is_zero() => "weight 0, not weighted".to_owned(),
                    Some(weight) => {
                        let product = value.map(|value| &weight * value);
                        sum = product.as_ref().map_or_else(|| sum.clone(), |p| &sum + p);
                        let product = product.map_or_else(|| "null".to_owned(), |p| lowest(&p));
                        format!(
                            "weight {}, product {product}, sum {}",
                            lowest(&weight),
                            lowest(&sum)
                        )
                    }
                    None => "weight undetermined, not weighted".to_owned(),
                },
            ];
            composition.step(metric.name(), meets, words.join("; "));
            let name = || metric.name().to_owned();
            let keys = [PolicyKey::Weight(name()), PolicyKey::Benchmark(name())];
            composition.rests_on(self.world, &keys);
        }
        let line = self.line(row, metrics);
        let score = line.value.clone();
        let outcome = score.or_else(|| line.reason.map(|reason| reason.name().to_owned()));
        let coverage = line.detail.as_object().and_then(|detail| detail.get("weight_coverage"));
        let coverage = coverage.and_then(Json::as_str).unwrap_or_default().to_owned();
        let words = format!("{}; weight coverage {coverage}", outcome.unwrap_or_default());
        composition.step("score", None, words);
        composition
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

/// A row's lines by metric.
type ByMetric = Vec<(MetricId, Option<Line>)>;

/// Each provider that has a row in a scored metric, with its lines there.
fn rows(parts: &[Part<'_>]) -> Vec<(Row, ByMetric)> {
    let lines: Vec<_> = parts.iter().map(|part| (part.metric, part.lines())).collect();
    let rows: BTreeSet<Row> =
        lines.iter().flat_map(|(_, lines)| lines.iter().map(|l| l.row.clone())).collect();
    let with_lines = |row: Row| {
        let find = |lines: &[Line]| lines.iter().find(|l| l.row == row).cloned();
        let values = lines.iter().map(|(metric, lines)| (*metric, find(lines))).collect();
        (row, values)
    };
    rows.into_iter().map(with_lines).collect()
}

fn totals(parts: &[Part<'_>]) -> ByMetric {
    parts.iter().map(|part| (part.metric, Some(part.total()))).collect()
}

/// A line's value, or why it has none.
pub(crate) fn value_in_words(line: Option<&Line>) -> String {
    match line {
        None => "null, no row".to_owned(),
        Some(Line { value: Some(value), .. }) => value.clone(),
        Some(line) => format!("null, {}", line.reason.map_or("no value", Reason::name)),
    }
}

/// The weight in force; `None` while it is undetermined.
fn weight(world: &World<'_>, asked: &Asked, metric: MetricId) -> Option<Exact> {
    let what_if = asked.what_if.weights.get(metric.name()).copied();
    let decided = || world.policy.rate(&PolicyKey::Weight(metric.name().to_owned()));
    match what_if.or_else(decided).unwrap_or_else(|| default_weight(metric)) {
        Rate::Determined(weight) => Some(exact(weight)),
        Rate::Undetermined => None,
    }
}

/// The weight of a scored metric while nobody has decided it (Phase II).
#[must_use]
pub const fn default_weight(metric: MetricId) -> Rate {
    let (numerator, denominator) = match metric {
        MetricId::TimelyPermanency => (1, 2),
        _ => (0, 1),
    };
    Rate::Determined(Fraction { numerator, denominator })
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
