//! Random moments to ask at.

use anyhow::{Context as _, Result};
use events::{Date, Position};
use metrics::{Asked, MetricId, Period};
use projection::{Known, Projection};

/// The metrics that are measured.
pub(super) const METRICS: &[MetricId] = &[
    MetricId::TimelyPermanency,
    MetricId::CfsrP1,
    MetricId::CfsrP2,
    MetricId::CfsrP3,
    MetricId::CfsrP4,
    MetricId::CfsrP5,
    MetricId::ConcurrentPlanning,
    MetricId::ResidentialCompliance,
    MetricId::ReturnedCases,
    MetricId::TraumaTraining,
    MetricId::SupervisorRatio,
    MetricId::WorkerVisits,
    MetricId::DataTimeliness,
    MetricId::HearingTimeliness,
    MetricId::LongStayers,
    MetricId::Baseline,
];

/// What the measured baseline is of.
pub(super) const BASELINE_OF: MetricId = MetricId::TimelyPermanency;

/// A metric's question, without grouping, with what it cannot be asked without.
pub(super) fn question(metric: MetricId, period: Period, as_of: Date) -> Result<Asked> {
    let mut asked = Asked::new(metric, Some(period), as_of)?;
    if metric == MetricId::Baseline {
        asked.set_text("metric", BASELINE_OF.name())?;
    }
    Ok(asked)
}

/// A moment with a period: every metric is asked at it.
#[derive(Debug, Clone)]
pub(super) struct Asking {
    pub(super) as_of: Date,
    pub(super) period: Period,
    pub(super) known: Known,
}

impl Asking {
    /// The question of a metric, by provider and county where it has them.
    pub(super) fn of(&self, metric: MetricId) -> Result<Asked> {
        let mut asked = question(metric, self.period, self.as_of)?;
        for name in ["provider", "county"] {
            if metric.dimensions().iter().any(|d| d.name() == name) {
                asked.group_by(name)?;
            }
        }
        Ok(asked)
    }
}

/// The numbers of `SplitMix64` (Steele, Lea, Flood 2014).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit.max(1)
    }
}

/// So many random moments: a known position of the last nine tenths of the log, an as-of date
/// between the first and the day on which that position was recorded, and the quarter, or by turns
/// the year, that ends in its month.
pub(super) fn moments(projection: &Projection, count: u32) -> Result<Vec<Asking>> {
    let head = projection.position().0;
    let first = projection.recorded_time(Position(1)).context("the log is empty")?.chicago_date();
    let mut numbers = Numbers(1);
    (0..count)
        .map(|number| {
            let position = Position(head / 10 + numbers.below(head - head / 10) + 1);
            let recorded = projection.recorded_time(position).context("beyond the head")?;
            let days = u64::try_from(first.days_until(recorded.chicago_date()))?;
            let as_of = first.add_days(i32::try_from(numbers.below(days))?);
            let months = if number % 2 == 0 { 3 } else { 12 };
            let (year, month, _) = as_of.ymd();
            let index = year * 12 + i32::try_from(month)? - months;
            let start = Date::from_ymd(index / 12, u32::try_from(index % 12)? + 1, 1);
            let start = start.context("a period begins in no year")?;
            let period = Period { start, end: as_of };
            Ok(Asking { as_of, period, known: Known { position, known_at: None } })
        })
        .collect()
}
