//! The words of a question on the command line.

use anyhow::anyhow;
use events::{Date, Json, Subject, Timestamp};
use metrics::Asked;
use projection::{Answered, Known, When, Words};
use report::{Shown, document};

use crate::{Failure, Replayed};

/// The two axes of time.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct WhenArgs {
    /// The date on which facts must be true; default: the period's end, else today in Chicago
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// Only what the log knew at this instant (RFC 3339); default: all it knows
    #[arg(long, value_name = "INSTANT", conflicts_with = "at_position")]
    known_at: Option<String>,
    /// Only what the log knew at this position
    #[arg(long, value_name = "N")]
    at_position: Option<u64>,
}

/// A question.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct QuestionArgs {
    /// The metric, for example timely-permanency
    #[arg(value_name = "METRIC")]
    metric: String,
    /// The days that count, both ends included
    #[arg(long, value_name = "A..B")]
    period: Option<String>,
    #[command(flatten)]
    when: WhenArgs,
    /// A row for each group: provider, county, region, worker, goal, month
    #[arg(long, value_name = "DIMENSIONS", value_delimiter = ',')]
    by: Vec<String>,
    /// A parameter of the metric, or a what-if (benchmark.…, weight.…, regional-goal.…)
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Only what belongs here
    #[arg(long = "where", value_name = "DIMENSION=VALUE")]
    filter: Vec<String>,
}

/// A subject at a moment.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SubjectArgs {
    /// The subject, for example child/C-1001
    #[arg(value_name = "SUBJECT")]
    subject: String,
    #[command(flatten)]
    when: WhenArgs,
}

impl From<WhenArgs> for When {
    fn from(WhenArgs { as_of, known_at, at_position }: WhenArgs) -> Self {
        Self { as_of, known_at, at_position }
    }
}

impl From<QuestionArgs> for Words {
    fn from(args: QuestionArgs) -> Self {
        let QuestionArgs { metric, period, when, by, set, filter } = args;
        Self { metric, period, when: when.into(), by, set, filter }
    }
}

impl QuestionArgs {
    /// Reads the words, before anything is folded.
    pub(crate) fn read(self, now: Timestamp) -> Result<Question, Failure> {
        let words = Words::from(self);
        let asked = words.asked(now).map_err(Failure::wrong_use)?;
        Ok(Question { asked, when: words.when })
    }
}

impl SubjectArgs {
    /// Reads the words, before anything is folded.
    pub(crate) fn read(self, now: Timestamp) -> Result<SubjectAt, Failure> {
        let wrong = |why: String| Failure::WrongUse(anyhow!(why));
        let subject: Subject = self.subject.parse().map_err(wrong)?;
        let when = When::from(self.when);
        let as_of = when.as_of(None, now).map_err(Failure::wrong_use)?;
        Ok(SubjectAt { subject, as_of, when })
    }
}

/// A question that was understood.
pub(crate) struct Question {
    pub(crate) asked: Asked,
    when: When,
}

impl Question {
    /// The position at which it is asked.
    pub(crate) fn known(&self, replayed: &Replayed, now: Timestamp) -> Result<Known, Failure> {
        self.when.known(replayed.projection(), now).map_err(Failure::wrong_use)
    }

    /// The answer, before it is masked or rendered.
    pub(crate) fn ask(&self, replayed: &Replayed, now: Timestamp) -> Result<Answered, Failure> {
        let known = self.known(replayed, now)?;
        Ok(replayed.projection().report(&self.asked, known))
    }
}

/// A subject whose rows are asked for.
pub(crate) struct SubjectAt {
    subject: Subject,
    as_of: Date,
    when: When,
}

impl SubjectAt {
    /// The rows.
    pub(crate) fn ask(&self, replayed: &Replayed, now: Timestamp) -> Result<Json, Failure> {
        let projection = replayed.projection();
        let known = self.when.known(projection, now).map_err(Failure::wrong_use)?;
        let rows = projection.timeline_of(&self.subject, self.as_of, &known);
        rows.ok_or_else(|| Failure::Negative(anyhow!("no event of {} is known", self.subject)))
    }
}

/// A question as a golden case history writes it: `report METRIC …` or `timeline SUBJECT …`.
#[derive(Debug, Clone, clap::Parser)]
#[command(no_binary_name = true)]
pub struct Asking {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Verb {
    Report(QuestionArgs),
    Timeline(SubjectArgs),
}

impl Asking {
    /// Reads the words of a command line, without the program's name.
    ///
    /// # Errors
    /// [`Failure::WrongUse`].
    pub fn read(words: &[String]) -> Result<Self, Failure> {
        <Self as clap::Parser>::try_parse_from(words).map_err(Failure::wrong_use)
    }

    /// The answer as JSON.
    ///
    /// # Errors
    /// [`Failure::WrongUse`], or [`Failure::Negative`] for a subject that is not known.
    pub fn ask(self, replayed: &Replayed, now: Timestamp) -> Result<Json, Failure> {
        match self.verb {
            Verb::Report(question) => {
                let shown = Shown::whole(question.read(now)?.ask(replayed, now)?);
                let head = replayed.head(shown.answered.known.position);
                Ok(document(&shown, &head))
            }
            Verb::Timeline(subject) => subject.read(now)?.ask(replayed, now),
        }
    }
}
