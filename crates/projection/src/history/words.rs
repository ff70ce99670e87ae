//! The words of a history.

use events::{Date, Timestamp};
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
    /// The most months that a history has, effective and of knowledge: fifty years.
    pub const SPAN_MAX: i32 = 600;

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
        let end = known.map_or(now.chicago_date(), |known| known.end);
        let known_from = known.map_or(effective.start, |known| known.start);
        if [(effective.start, effective.end), (known_from, end)].iter().any(|(a, b)| span(*a, *b)) {
            return Err(WordsError::History("a history has 600 months at most"));
        }
        Ok((asked, Shape { effective, months: *months, fixed_as_of, known }))
    }
}

/// Whether there are more months from one day to another than a history has.
fn span(from: Date, to: Date) -> bool {
    let months = |day: Date| {
        let (year, month, _) = day.ymd();
        year * 12 + i32::try_from(month).unwrap_or(0)
    };
    months(to) - months(from) >= HistoryWords::SPAN_MAX
}
