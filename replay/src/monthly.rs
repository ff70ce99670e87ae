//! A history on the command line.

use std::io::IsTerminal as _;

use eventlog::Head;
use events::Timestamp;
use projection::{Answered, History, HistoryWords, Projection, Shape};
use report::{history_document, history_table, pretty};

use crate::Failure;
use crate::args::{Question, QuestionArgs};
use crate::forms::{JSON, PEOPLE};

/// A question whose totals are asked for month by month.
#[derive(Debug, Clone, clap::Args)]
pub struct HistoryArgs {
    #[command(flatten)]
    question: QuestionArgs,
    /// How many months each effective period has; it ends with its month
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..=120))]
    months: u32,
    /// The months of knowledge; default: from the first effective month on
    #[arg(long, value_name = "A..B")]
    known: Option<String>,
}

/// A question for a history that was understood.
#[derive(Debug, Clone)]
pub struct Monthly {
    question: Question,
    shape: Shape,
}

/// A history, with its question over all of its days.
#[derive(Debug, Clone)]
pub struct AskedMonthly {
    /// The history.
    pub history: History,
    /// The question over all days, at the last position.
    pub answered: Answered,
}

impl From<HistoryArgs> for HistoryWords {
    fn from(HistoryArgs { question, months, known }: HistoryArgs) -> Self {
        Self { words: question.into(), months, known }
    }
}

impl HistoryArgs {
    /// Reads the words, before anything is folded.
    ///
    /// # Errors
    /// [`Failure::WrongUse`].
    pub fn read(self, now: Timestamp) -> Result<Monthly, Failure> {
        let words = HistoryWords::from(self);
        let (asked, shape) = words.read(now).map_err(Failure::wrong_use)?;
        let question = Question { asked, when: words.words.when };
        Ok(Monthly { question, shape })
    }
}

impl Monthly {
    /// The history.
    ///
    /// # Errors
    /// [`Failure::WrongUse`].
    pub fn ask(&self, projection: &Projection, now: Timestamp) -> Result<AskedMonthly, Failure> {
        let known = self.question.known(projection, now)?;
        let asked = &self.question.asked;
        let history = projection.history(asked, &self.shape, &known);
        Ok(AskedMonthly { history, answered: projection.report(asked, known) })
    }
}

/// JSON or a table.
#[derive(Debug, Clone, clap::Args)]
pub struct TableForm {
    /// Print JSON (the default where standard output is no terminal)
    #[arg(long)]
    json: bool,
    /// Print a table (the default on a terminal)
    #[arg(long, conflicts_with = "json")]
    table: bool,
}

impl TableForm {
    /// The media type of this form.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        if self.for_people() { PEOPLE } else { JSON }
    }

    fn for_people(&self) -> bool {
        self.table || (!self.json && std::io::stdout().is_terminal())
    }

    /// A history in this form; `head` is the tree of the log at its position.
    #[must_use]
    pub fn render(&self, asked: &AskedMonthly, head: &Head) -> String {
        let AskedMonthly { history, answered } = asked;
        if self.for_people() {
            history_table(history, answered)
        } else {
            pretty(&history_document(history, answered, head))
        }
    }
}
