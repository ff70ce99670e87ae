//! The words of a question.

use anyhow::anyhow;
use events::{Date, Position};
use metrics::{Asked, MetricId, Period};
use projection::{Known, Projection};

use crate::Failure;
use crate::opened::now;

/// A question on the command line.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct QuestionArgs {
    /// The metric, for example timely-permanency
    #[arg(value_name = "METRIC")]
    pub(crate) metric: String,
    /// The days that count, both ends included
    #[arg(long, value_name = "A..B")]
    pub(crate) period: Option<String>,
    /// The date on which facts must be true; default: the period's end, else today in Chicago
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
    /// Only what the log knew at this instant (RFC 3339); default: all it knows
    #[arg(long, value_name = "INSTANT", conflicts_with = "at_position")]
    pub(crate) known_at: Option<String>,
    /// Only what the log knew at this position
    #[arg(long, value_name = "N")]
    pub(crate) at_position: Option<u64>,
    /// A row for each group: provider, county, region, worker, goal, month
    #[arg(long, value_name = "DIMENSIONS", value_delimiter = ',')]
    pub(crate) by: Vec<String>,
    /// A parameter of the metric, or a what-if (benchmark.…, weight.…, regional-goal.…)
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Only what belongs here
    #[arg(long = "where", value_name = "DIMENSION=VALUE")]
    pub(crate) filter: Vec<String>,
}

/// The two sides of `name=value`.
pub(crate) fn split(text: &str) -> Result<(&str, &str), Failure> {
    text.split_once('=')
        .ok_or_else(|| Failure::WrongUse(anyhow!("`{text}` is not of the form name=value")))
}

/// A civil date of the command line.
pub(crate) fn date(text: &str) -> Result<Date, Failure> {
    text.parse().map_err(|e| Failure::WrongUse(anyhow!("`{text}`: {e}")))
}

impl QuestionArgs {
    /// The question, without its known axis.
    pub(crate) fn asked(&self) -> Result<Asked, Failure> {
        let metric = MetricId::from_name(&self.metric).map_err(Failure::wrong_use)?;
        let period: Option<Period> =
            self.period.as_deref().map(str::parse).transpose().map_err(Failure::wrong_use)?;
        let as_of = match (&self.as_of, period) {
            (Some(text), _) => date(text)?,
            (None, Some(period)) => period.end,
            (None, None) => now().chicago_date(),
        };
        let mut asked = Asked::new(metric, period, as_of).map_err(Failure::wrong_use)?;
        for dimension in &self.by {
            asked.group_by(dimension).map_err(Failure::wrong_use)?;
        }
        for filter in &self.filter {
            let (dimension, value) = split(filter)?;
            asked.filter_by(dimension, value).map_err(Failure::wrong_use)?;
        }
        for set in &self.set {
            let (name, value) = split(set)?;
            asked.set_text(name, value).map_err(Failure::wrong_use)?;
        }
        Ok(asked)
    }

    /// The position at which the question is asked.
    pub(crate) fn known(&self, projection: &Projection) -> Result<Known, Failure> {
        let known = match (&self.known_at, self.at_position) {
            (Some(instant), _) => Known::at_instant(projection, instant, now()),
            (None, Some(position)) => Known::at_position(projection, Position(position)),
            (None, None) => Ok(Known::head(projection)),
        };
        known.map_err(Failure::wrong_use)
    }
}
