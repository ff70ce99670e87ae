//! The words of a history.

use events::Timestamp;
use metrics::{Asked, Period};

use super::Shape;
use crate::{Words, WordsError};

/// A question whose totals are asked for month by month, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryWords {
    /// The question.
    pub words: Words,
    /// How many months each effective period has; it ends with its month.
    pub months: u32,
    /// The months of knowledge, `A..B`; `None`: from the first effective month on.
    pub known: Option<String>,
}

impl HistoryWords {
    /// The most months of an effective period.
    pub const MONTHS_MAX: u32 = 120;

    /// The question over all days, without its known axis, and the shape of its history.
    ///
    /// # Errors
    /// [`WordsError`].
    pub fn read(&self, now: Timestamp) -> Result<(Asked, Shape), WordsError> {
        let Self { words, months, known } = self;
        if !matches!(words.by.as_slice(), [] | [_]) || words.by.iter().any(|by| by != "month") {
            let why = "a history is --by month; --where takes one group of it";
            return Err(WordsError::History(why));
        }
        let asked = Words { by: Vec::new(), ..words.clone() }.asked(now)?;
        let effective = asked.period.ok_or(WordsError::History("a history needs --period"))?;
        let fixed_as_of = words.when.as_of.is_some();
        let known = known.as_deref().map(str::parse::<Period>).transpose()?;
        Ok((asked, Shape { effective, months: *months, fixed_as_of, known }))
    }
}
