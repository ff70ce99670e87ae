//! The words of a question.

use metrics::Asked;
use projection::{Known, Projection, When, Words};

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
    #[command(flatten)]
    pub(crate) when: WhenArgs,
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

/// The two axes of time on the command line.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct WhenArgs {
    /// The date on which facts must be true; default: the period's end, else today in Chicago
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<String>,
    /// Only what the log knew at this instant (RFC 3339); default: all it knows
    #[arg(long, value_name = "INSTANT", conflicts_with = "at_position")]
    pub(crate) known_at: Option<String>,
    /// Only what the log knew at this position
    #[arg(long, value_name = "N")]
    pub(crate) at_position: Option<u64>,
}

impl WhenArgs {
    pub(crate) fn when(&self) -> When {
        let Self { as_of, known_at, at_position } = self.clone();
        When { as_of, known_at, at_position }
    }

    /// The position at which the question is asked.
    pub(crate) fn known(&self, projection: &Projection) -> Result<Known, Failure> {
        self.when().known(projection, now()).map_err(Failure::wrong_use)
    }
}

impl QuestionArgs {
    /// The question, without its known axis.
    pub(crate) fn asked(&self) -> Result<Asked, Failure> {
        let Self { metric, period, when, by, set, filter } = self.clone();
        let words = Words { metric, period, when: when.when(), by, set, filter };
        words.asked(now()).map_err(Failure::wrong_use)
    }
}
