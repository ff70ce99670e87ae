//! `casetrail policy decide`: a benchmark, a weight, a regional goal, an exclusion.

use events::{EventType, Json};

use super::write::{Said, WriteArgs, write};
use crate::Failure;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// The value that a metric must reach, or the months within which a goal must be achieved
    Benchmark(Benchmark),
    /// A metric's weight in the score
    Weight(Weight),
    /// The permanency rate that a contract region must exceed
    RegionalGoal(RegionalGoal),
    /// Whether a subject is left out of a metric
    Exclusion(Exclusion),
}

/// Who decided, and why.
#[derive(Debug, clap::Args)]
struct Reason {
    /// Who decided
    #[arg(long, value_name = "TEXT")]
    decided_by: String,
    /// Why; for a benchmark set from a baseline, which answer it was taken from
    #[arg(long, value_name = "TEXT")]
    rationale: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Benchmark {
    /// The metric
    #[arg(value_name = "METRIC")]
    metric: String,
    /// A fraction, a whole number, or `undetermined`; of a goal a number of months
    #[arg(value_name = "VALUE")]
    value: String,
    /// The goal, of timely-permanency
    #[arg(long, value_name = "GOAL")]
    goal: Option<String>,
    #[command(flatten)]
    reason: Reason,
    #[command(flatten)]
    write: WriteArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Weight {
    /// The metric
    #[arg(value_name = "METRIC")]
    metric: String,
    /// A fraction, or `undetermined`
    #[arg(value_name = "WEIGHT")]
    weight: String,
    #[command(flatten)]
    reason: Reason,
    #[command(flatten)]
    write: WriteArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RegionalGoal {
    /// The contract region
    #[arg(value_name = "REGION")]
    region: String,
    /// A fraction, or `undetermined`
    #[arg(value_name = "RATE")]
    rate: String,
    #[command(flatten)]
    write: WriteArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Exclusion {
    /// The metric
    #[arg(value_name = "METRIC")]
    metric: String,
    /// The subject, as in child/C-1001
    #[arg(value_name = "SUBJECT")]
    subject: String,
    /// `approved`: left out; `denied`: not left out
    #[arg(value_name = "DECISION")]
    decision: String,
    /// Who decided
    #[arg(long, value_name = "TEXT")]
    decided_by: String,
    #[command(flatten)]
    write: WriteArgs,
}

pub(crate) async fn run(command: Command) -> Result<(), Failure> {
    let (args, said) = match command {
        Command::Benchmark(args) => {
            let value = args.value.parse().map_or_else(|_| args.value.into(), Json::Int);
            let goal = args.goal.map(|goal| ("goal", goal.into()));
            let data = args.reason.members().into_iter().chain([("value", value)]).chain(goal);
            (args.write, Said::of(EventType::BenchmarkDecided, &args.metric, data))
        }
        Command::Weight(args) => {
            let data = args.reason.members().into_iter().chain([("weight", args.weight.into())]);
            (args.write, Said::of(EventType::WeightDecided, &args.metric, data))
        }
        Command::RegionalGoal(args) => {
            let data = [("region", args.region.into()), ("rate", args.rate.into())];
            (args.write, Said::of(EventType::RegionalGoalSet, "incentive", data))
        }
        Command::Exclusion(args) => {
            let data = [
                ("subject", args.subject.into()),
                ("metric", args.metric.as_str().into()),
                ("decision", args.decision.into()),
                ("decided_by", args.decided_by.into()),
            ];
            (args.write, Said::of(EventType::ExclusionDecided, &args.metric, data))
        }
    };
    write(&args, said).await
}

impl Reason {
    fn members(self) -> [(&'static str, Json); 2] {
        [("decided_by", self.decided_by.into()), ("rationale", self.rationale.into())]
    }
}
