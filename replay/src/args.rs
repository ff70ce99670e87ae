//! The words of a question on the command line.

use anyhow::anyhow;
use events::{Date, Json, Subject, Timestamp};
use metrics::Asked;
use projection::{Answered, Known, Projection, Selection, When, Words};
use report::{Shown, document};

use crate::what_if::{self, WhatIfFile};
use crate::{Failure, FindingsArgs, Replayed};

/// The two axes of time.
#[derive(Debug, Clone, clap::Args)]
pub struct WhenArgs {
    /// The date on which facts must be true; default: the period's end, else today in Chicago
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    #[command(flatten)]
    known: KnownArgs,
}

/// The known axis of time.
#[derive(Debug, Clone, clap::Args)]
pub struct KnownArgs {
    /// Only what the log knew at this instant (RFC 3339); default: all it knows
    #[arg(long, value_name = "INSTANT", conflicts_with = "at_position")]
    known_at: Option<String>,
    /// Only what the log knew at this position
    #[arg(long, value_name = "N")]
    at_position: Option<u64>,
}

/// A question.
#[derive(Debug, Clone, clap::Args)]
pub struct QuestionArgs {
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
    /// What-ifs, rule lists and parameters to suppose (TOML); the answer is a draft
    #[arg(long, value_name = "FILE", value_parser = what_if::read)]
    what_if: Option<WhatIfFile>,
}

/// A subject at a moment.
#[derive(Debug, Clone, clap::Args)]
pub struct SubjectArgs {
    /// The subject, for example child/C-1001
    #[arg(value_name = "SUBJECT")]
    pub subject: String,
    /// The two axes of time.
    #[command(flatten)]
    pub when: WhenArgs,
}

impl From<WhenArgs> for When {
    fn from(WhenArgs { as_of, known }: WhenArgs) -> Self {
        Self { as_of, ..known.into() }
    }
}

impl From<KnownArgs> for When {
    fn from(KnownArgs { known_at, at_position }: KnownArgs) -> Self {
        Self { as_of: None, known_at, at_position }
    }
}

impl From<QuestionArgs> for Words {
    fn from(args: QuestionArgs) -> Self {
        let QuestionArgs { metric, period, when, by, set, filter, what_if } = args;
        let what_if = what_if.map(|WhatIfFile(what_if)| what_if);
        Self { metric, period, when: when.into(), by, set, filter, what_if }
    }
}

impl QuestionArgs {
    /// Reads the words, before anything is folded.
    ///
    /// # Errors
    /// [`Failure::WrongUse`].
    pub fn read(self, now: Timestamp) -> Result<Question, Failure> {
        Question::read(self.into(), now)
    }
}

impl SubjectArgs {
    /// Reads the words, before anything is folded.
    ///
    /// # Errors
    /// [`Failure::WrongUse`].
    pub fn read(self, now: Timestamp) -> Result<SubjectAt, Failure> {
        let wrong = |why: String| Failure::WrongUse(anyhow!(why));
        let subject: Subject = self.subject.parse().map_err(wrong)?;
        let when = When::from(self.when);
        let as_of = when.as_of(None, now).map_err(Failure::wrong_use)?;
        Ok(SubjectAt { subject, as_of, when })
    }
}

/// A question that was understood.
#[derive(Debug, Clone)]
pub struct Question {
    /// The question, without its known axis.
    pub asked: Asked,
    pub(crate) when: When,
}

impl Question {
    /// Reads the words.
    pub(crate) fn read(words: Words, now: Timestamp) -> Result<Self, Failure> {
        let asked = words.asked(now).map_err(Failure::wrong_use)?;
        Ok(Self { asked, when: words.when })
    }

    /// The position at which it is asked.
    ///
    /// # Errors
    /// [`Failure::WrongUse`].
    pub fn known(&self, projection: &Projection, now: Timestamp) -> Result<Known, Failure> {
        self.when.known(projection, now).map_err(Failure::wrong_use)
    }

    /// The answer, before it is masked or rendered.
    ///
    /// # Errors
    /// [`Failure::WrongUse`].
    pub fn ask(&self, projection: &Projection, now: Timestamp) -> Result<Answered, Failure> {
        Ok(projection.report(&self.asked, self.known(projection, now)?))
    }
}

/// A subject whose rows are asked for.
#[derive(Debug, Clone)]
pub struct SubjectAt {
    /// The subject.
    pub subject: Subject,
    as_of: Date,
    when: When,
}

impl SubjectAt {
    /// The rows; `None` if no event of the subject is known.
    ///
    /// # Errors
    /// [`Failure::WrongUse`].
    pub fn rows(&self, projection: &Projection, now: Timestamp) -> Result<Option<Json>, Failure> {
        let known = self.when.known(projection, now).map_err(Failure::wrong_use)?;
        Ok(projection.timeline_of(&self.subject, self.as_of, &known))
    }

    /// The rows.
    ///
    /// # Errors
    /// [`Failure::WrongUse`], or [`Failure::Negative`] if no event of the subject is known.
    pub fn ask(&self, projection: &Projection, now: Timestamp) -> Result<Json, Failure> {
        let rows = self.rows(projection, now)?;
        rows.ok_or_else(|| Failure::Negative(anyhow!("no event of {} is known", self.subject)))
    }
}

/// Whose explanation is asked for.
#[derive(Debug, Clone, clap::Args)]
pub struct MembersArgs {
    /// One subject's members, for example child/C-1001
    #[arg(long, value_name = "SUBJECT", conflicts_with = "group")]
    pub subject: Option<String>,
    /// The members of a group
    #[arg(long, value_name = "DIMENSION=VALUE")]
    pub group: Vec<String>,
}

impl MembersArgs {
    /// Reads the words, before anything is folded.
    ///
    /// # Errors
    /// [`Failure::WrongUse`].
    pub fn read(&self, asked: &Asked) -> Result<Selection, Failure> {
        let selection = Selection::read(self.subject.as_deref(), &self.group, asked);
        selection.map_err(Failure::wrong_use)
    }
}

/// A question as a golden case history writes it: `report METRIC …`, `timeline SUBJECT …` or
/// `findings …`, whose events are those that the log keeps.
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
    Findings(FindingsArgs),
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
                let shown = Shown::whole(question.read(now)?.ask(replayed.projection(), now)?);
                let head = replayed.head(shown.answered.known.position);
                Ok(document(&shown, &head))
            }
            Verb::Timeline(subject) => subject.read(now)?.ask(replayed.projection(), now),
            Verb::Findings(findings) => {
                let mut findings = findings.read(now)?.ask(replayed.projection(), now)?;
                replayed.events().for_each(|event| findings.give(event.clone()));
                Ok(findings.json(&replayed.head(findings.position())))
            }
        }
    }
}
