//! The words of a question, as programs take them: from a command line, a query, a saved answer.
//!
//! It knows no command line: programs declare their own options and fill [`Words`] and [`When`].

use std::collections::BTreeMap;

use events::{Date, DateError, Json, Position, Timestamp};
use metrics::{Asked, MetricId, Period, QuestionError};

use crate::{Known, KnownError, Projection};

/// The two axes of time, in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct When {
    /// The date on which facts must be true.
    pub as_of: Option<String>,
    /// Only what the log knew at this instant; excludes `at_position`.
    pub known_at: Option<String>,
    /// Only what the log knew at this position.
    pub at_position: Option<u64>,
}

/// A question in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// The metric.
    pub metric: String,
    /// `A..B`, both days included.
    pub period: Option<String>,
    /// The two axes of time.
    pub when: When,
    /// Dimensions to group by, in order.
    pub by: Vec<String>,
    /// `name=value`: parameters and what-ifs.
    pub set: Vec<String>,
    /// `dimension=value`: only what belongs there.
    pub filter: Vec<String>,
    /// What-ifs and parameters whose answer is a draft, by name.
    pub what_if: Option<BTreeMap<String, Json>>,
}

/// Why words are no question: wrong use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// The metric does not take them.
    #[error(transparent)]
    Question(#[from] QuestionError),
    /// The known axis is wrong.
    #[error(transparent)]
    Known(#[from] KnownError),
    /// Not a date.
    #[error("`{0}`: {1}")]
    Date(String, DateError),
    /// Both ways to say what is known.
    #[error("--known-at and --at-position exclude each other")]
    KnownTwice,
    /// A saved answer does not say what was asked.
    #[error("the saved answer has no {0} in the form of an answer")]
    Saved(&'static str),
    /// A saved answer does not say all of its numbers.
    #[error("small cells of the saved answer are masked, and cannot be compared")]
    Masked,
    /// The words are a question, but none for a history.
    #[error("{0}")]
    History(&'static str),
}

/// A civil date in words.
///
/// # Errors
/// [`WordsError::Date`].
pub fn date_of(text: &str) -> Result<Date, WordsError> {
    text.parse().map_err(|why| WordsError::Date(text.to_owned(), why))
}

/// The two sides of `name=value`.
///
/// # Errors
/// [`QuestionError::Form`].
pub fn sides_of(text: &str) -> Result<(&str, &str), WordsError> {
    let sides = text.split_once('=');
    sides.ok_or_else(|| QuestionError::Form(text.to_owned()).into())
}

impl When {
    /// The as-of date: as said, else the end of the period, else `now` in America/Chicago.
    ///
    /// # Errors
    /// [`WordsError::Date`].
    pub fn as_of(&self, period: Option<Period>, now: Timestamp) -> Result<Date, WordsError> {
        match (&self.as_of, period) {
            (Some(text), _) => date_of(text),
            (None, Some(period)) => Ok(period.end),
            (None, None) => Ok(now.chicago_date()),
        }
    }

    /// The position at which the question is asked: the head if nothing is said.
    ///
    /// # Errors
    /// [`WordsError::Known`], [`WordsError::KnownTwice`].
    pub fn known(&self, projection: &Projection, now: Timestamp) -> Result<Known, WordsError> {
        match (&self.known_at, self.at_position) {
            (Some(_), Some(_)) => Err(WordsError::KnownTwice),
            (Some(instant), None) => Ok(Known::at_instant(projection, instant, now)?),
            (None, Some(position)) => Ok(Known::at_position(projection, Position(position))?),
            (None, None) => Ok(Known::head(projection)),
        }
    }
}

impl Words {
    /// The question, without its known axis; `now` is the instant at which it is asked.
    ///
    /// # Errors
    /// [`WordsError`].
    ///
    /// ```
    /// # use projection::Words;
    /// let words = Words {
    ///     metric: "timely-permanency".to_owned(),
    ///     period: Some("2024-01-01..2024-03-31".to_owned()),
    ///     by: vec!["provider".to_owned()],
    ///     ..Words::default()
    /// };
    /// let asked = words.asked(events::Timestamp::from_micros(0)).unwrap();
    /// assert_eq!(asked.as_of.to_string(), "2024-03-31");
    /// ```
    pub fn asked(&self, now: Timestamp) -> Result<Asked, WordsError> {
        let metric = MetricId::from_name(&self.metric)?;
        let period = self.period.as_deref().map(str::parse::<Period>).transpose()?;
        let mut asked = Asked::new(metric, period, self.when.as_of(period, now)?)?;
        for set in &self.set {
            let (name, value) = sides_of(set)?;
            asked.set_text(name, value)?;
        }
        if let Some(what_if) = &self.what_if {
            asked.suppose(what_if)?;
        }
        // How a baseline is grouped depends on what it is of.
        asked.measured()?;
        for dimension in &self.by {
            asked.group_by(dimension)?;
        }
        for filter in &self.filter {
            let (dimension, value) = sides_of(filter)?;
            asked.filter_by(dimension, value)?;
        }
        Ok(asked)
    }
}

/// The question of a saved answer: what was asked with every parameter in force then, and the
/// position at which it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedQuestion {
    /// The question.
    pub asked: Asked,
    /// Where it was answered. Whether a log reaches so far is for [`SavedQuestion::known`].
    position: Position,
    known_at: Option<String>,
}

impl SavedQuestion {
    /// Reads the members `metric` and `question` of an answer.
    ///
    /// # Errors
    /// [`WordsError`]: what a question in words would be refused for, or a member is not there.
    pub fn read(answer: &Json) -> Result<Self, WordsError> {
        let member = |of: &Json, name: &str| of.as_object().and_then(|o| o.get(name)).cloned();
        let text = |of: &Json, name: &'static str| {
            let text = member(of, name).and_then(|t| t.as_str().map(str::to_owned));
            text.ok_or(WordsError::Saved(name))
        };
        let question = member(answer, "question").ok_or(WordsError::Saved("question"))?;
        let metric = MetricId::from_name(&text(answer, "metric")?)?;
        let period = match member(&question, "period") {
            Some(Json::Null) => None,
            Some(period) => {
                Some(format!("{}..{}", text(&period, "from")?, text(&period, "to")?).parse()?)
            }
            None => return Err(WordsError::Saved("period")),
        };
        let as_of = date_of(&text(&question, "as_of")?)?;
        let mut asked = Asked::new(metric, period, as_of)?;
        for (name, value) in members(&question, "parameters")? {
            asked.set_json(&name, value)?;
        }
        asked.measured()?;
        let Some(Json::Array(by)) = member(&question, "by") else {
            return Err(WordsError::Saved("by"));
        };
        for dimension in &by {
            asked.group_by(dimension.as_str().ok_or(WordsError::Saved("by"))?)?;
        }
        for (dimension, value) in members(&question, "where")? {
            asked.filter_by(&dimension, value.as_str().ok_or(WordsError::Saved("where"))?)?;
        }
        asked.marked_draft = member(&question, "draft") == Some(Json::Bool(true));
        let position = match member(&question, "position") {
            Some(Json::Int(n)) => u64::try_from(n).ok().map(Position),
            _ => None,
        };
        let position = position.ok_or(WordsError::Saved("position"))?;
        let known_at = match member(&question, "known_at") {
            Some(Json::Null) => None,
            Some(Json::String(instant)) => Some(instant),
            _ => return Err(WordsError::Saved("known_at")),
        };
        Ok(Self { asked, position, known_at })
    }

    /// The known axis: the position of the answer, whatever was recorded since.
    ///
    /// # Errors
    /// [`KnownError::PastHead`].
    pub fn known(&self, projection: &Projection) -> Result<Known, KnownError> {
        let known = Known::at_position(projection, self.position)?;
        Ok(Known { known_at: self.known_at.clone(), ..known })
    }
}

fn members(
    of: &Json,
    name: &'static str,
) -> Result<impl Iterator<Item = (String, Json)>, WordsError> {
    match of.as_object().and_then(|o| o.get(name)) {
        Some(Json::Object(members)) => Ok(members.clone().into_iter()),
        _ => Err(WordsError::Saved(name)),
    }
}
