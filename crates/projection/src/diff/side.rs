//! One side of a difference: a question, or a saved answer.

use std::collections::BTreeMap;

use eventlog::Head;
use events::{Json, Timestamp};
use metrics::{Asked, MetricId};
use timeline::Moment;

use super::Cause;
use super::cells::{Numbers, numbers};
use crate::{Answered, Known, Projection, SavedQuestion, Words, WordsError};

/// What is compared: a question in words, or that of a saved answer.
#[derive(Debug, Clone)]
pub enum SideWords {
    /// In words.
    Words(Words),
    /// Of a saved answer, with its numbers if they were saved.
    Saved(SavedQuestion, Option<Saved>),
}

/// The numbers of a saved answer, and what it says that they rest on.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    program: String,
    erased: Option<u64>,
    root: Option<String>,
    rows: Vec<Json>,
    total: Json,
}

/// A question at a position, with the numbers that were once its answer.
#[derive(Debug, Clone)]
pub struct Side {
    /// The question. Parameters that a saved answer states and that are in force at its position
    /// anyway are not set, so that a later change of them is one of policy.
    pub asked: Asked,
    /// Its position.
    pub known: Known,
    /// The numbers.
    pub saved: Option<Saved>,
}

/// Whether a saved answer is what its question gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// It is.
    Verified,
    /// It is not, and events that it could use were erased since.
    Erased,
    /// It was given by a version of the rule that this program no longer has: it was not verified.
    NotHeld(String),
    /// It is not, or it is of another log.
    Failed,
}

impl Verification {
    /// Its name in answers.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Erased => "erased",
            Self::NotHeld(_) => "not_held",
            Self::Failed => "failed",
        }
    }

    /// The cause of what remains between the saved answer and what its question gives.
    pub(super) const fn cause(&self) -> Cause {
        match self {
            Self::Erased => Cause::Erasure,
            Self::NotHeld(_) => Cause::Program,
            Self::Verified | Self::Failed => Cause::Unverified,
        }
    }
}

fn member<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    json.as_object().and_then(|object| object.get(name))
}

impl Saved {
    /// Reads the numbers of a saved answer; `None` if it is a question alone.
    ///
    /// # Errors
    /// [`WordsError::Masked`]: small cells were masked, and nothing can be said about them.
    pub fn read(answer: &Json) -> Result<Option<Self>, WordsError> {
        let (Some(Json::Array(rows)), Some(total)) =
            (member(answer, "rows"), member(answer, "total"))
        else {
            return Ok(None);
        };
        if rows.iter().chain([total]).any(|line| member(line, "masked").is_some()) {
            return Err(WordsError::Masked);
        }
        let program = member(answer, "question").and_then(|q| member(q, "program"));
        let program = program.and_then(Json::as_str).ok_or(WordsError::Saved("program"))?;
        let log = member(answer, "log");
        let erased = match log.and_then(|log| member(log, "erased")) {
            Some(Json::Int(n)) => u64::try_from(*n).ok(),
            _ => None,
        };
        let root = log.and_then(|log| member(log, "root")).and_then(Json::as_str);
        Ok(Some(Self {
            program: program.to_owned(),
            erased,
            root: root.map(str::to_owned),
            rows: rows.clone(),
            total: total.clone(),
        }))
    }

    pub(super) fn numbers(&self) -> Numbers {
        numbers(&self.rows, &self.total)
    }

    /// How many of its events were erased when it was given.
    pub(super) fn erased(&self) -> u64 {
        self.erased.unwrap_or(0)
    }

    /// Compares with what its question gives now; `root` is that of the log at its position.
    pub(super) fn verify(
        &self,
        metric: MetricId,
        again: &Answered,
        head: &Head,
        root: &str,
    ) -> Verification {
        let other_log = self.root.as_deref().is_some_and(|saved| saved != root);
        let rows: Vec<Json> = again.answer.rows.iter().map(metrics::Line::to_json).collect();
        let same = rows == self.rows && again.answer.total.to_json() == self.total;
        if other_log {
            Verification::Failed
        } else if self.program != program(metric) {
            Verification::NotHeld(self.program.clone())
        } else if same {
            Verification::Verified
        } else if head.erased > self.erased() {
            Verification::Erased
        } else {
            Verification::Failed
        }
    }
}

impl Side {
    /// Whether events were erased that a saved answer may have used; `head` is the tree at its
    /// position.
    #[must_use]
    pub fn lacks_erased(&self, head: &Head) -> bool {
        self.saved.as_ref().is_some_and(|saved| head.erased > saved.erased())
    }
}

/// The version of a metric's rule that this program has.
fn program(metric: MetricId) -> String {
    format!("{}/{}", metric.name(), metric.version())
}

impl SideWords {
    /// Reads a saved answer, or the `question` of one alone, which names its metric in `program`.
    ///
    /// # Errors
    /// [`WordsError`].
    pub fn saved(json: &Json) -> Result<Self, WordsError> {
        if member(json, "question").is_some() {
            return Ok(Self::Saved(SavedQuestion::read(json)?, Saved::read(json)?));
        }
        let program = member(json, "program").and_then(Json::as_str);
        let metric = program.and_then(|text| text.split('/').next());
        let metric = metric.ok_or(WordsError::Saved("question"))?;
        let answer = Json::object([("metric", metric.into()), ("question", json.clone())]);
        Ok(Self::Saved(SavedQuestion::read(&answer)?, None))
    }

    /// The side in a log that the projection has folded; `now` is the instant at which it is asked.
    ///
    /// # Errors
    /// [`WordsError`].
    pub fn side(self, projection: &Projection, now: Timestamp) -> Result<Side, WordsError> {
        match self {
            Self::Words(words) => {
                let asked = words.asked(now)?;
                Ok(Side { asked, known: words.when.known(projection, now)?, saved: None })
            }
            Self::Saved(question, saved) => {
                let known = question.known(projection)?;
                let asked = only_set(question.asked, projection, &known);
                Ok(Side { asked, known, saved })
            }
        }
    }
}

/// The question without the parameters that it has at its position anyway.
fn only_set(asked: Asked, projection: &Projection, known: &Known) -> Asked {
    let at = Moment { as_of: asked.as_of, known: known.pos() };
    let world = projection.world(&at, asked.policy_date());
    let unset = Asked { set: BTreeMap::new(), ..asked };
    let anyway = unset.resolve(&world.policy).parameters;
    let set = asked.set.into_iter();
    let set = set.filter(|(name, value)| anyway.get(name.as_str()) != Some(value)).collect();
    Asked { set, ..unset }
}
