//! In which form an answer is printed.

use std::io::IsTerminal as _;

use eventlog::Head;
use projection::{Answered, Projection};
use report::{
    Shown, alternatives_document, alternatives_table, csv, document, pretty, suppress, table,
};

use crate::Failure;

/// JSON, or text for people.
#[derive(Debug, Clone, clap::Args)]
pub struct TextForm {
    /// Print JSON (the default where standard output is no terminal)
    #[arg(long)]
    json: bool,
    /// Print text for people (the default on a terminal)
    #[arg(long, conflicts_with = "json")]
    text: bool,
}

/// The media type of JSON.
pub(crate) const JSON: &str = "application/json";
/// The media type of CSV.
pub(crate) const CSV: &str = "text/csv";
/// The media type of text for people.
pub(crate) const PEOPLE: &str = "text/plain";

impl TextForm {
    /// The media type of this form.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        if self.for_people() { PEOPLE } else { JSON }
    }

    /// Whether text for people is asked for.
    #[must_use]
    pub fn for_people(&self) -> bool {
        self.text || (!self.json && std::io::stdout().is_terminal())
    }
}

/// JSON, CSV or a table, with small cells or without.
#[derive(Debug, Clone, clap::Args)]
pub struct ReportForm {
    /// Mask counts from 1 to N, and what would give them away
    #[arg(long, value_name = "N")]
    suppress: Option<u32>,
    /// Print JSON (the default where standard output is no terminal)
    #[arg(long, conflicts_with_all = ["csv", "table"])]
    json: bool,
    /// Print CSV
    #[arg(long, conflicts_with = "table")]
    csv: bool,
    /// Print a table (the default on a terminal)
    #[arg(long)]
    table: bool,
    /// Print the answer beside those under every alternative value of each parameter
    #[arg(long, conflicts_with_all = ["csv", "suppress"])]
    alternatives: bool,
}

impl ReportForm {
    /// Up to which count cells are masked.
    #[must_use]
    pub const fn suppress(&self) -> Option<u32> {
        self.suppress
    }

    /// Whether alternatives are asked for.
    #[must_use]
    pub const fn alternatives(&self) -> bool {
        self.alternatives
    }

    /// The media type of this form.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        match self.csv {
            true => CSV,
            false if self.for_people() => PEOPLE,
            false => JSON,
        }
    }

    fn for_people(&self) -> bool {
        self.table || (!self.json && std::io::stdout().is_terminal())
    }

    /// The answer of a projection in this form; `head` is the tree of the log at its position.
    ///
    /// # Errors
    /// [`Failure::WrongUse`] for masking what cannot be masked.
    pub fn render(
        &self,
        projection: &Projection,
        answered: Answered,
        head: &Head,
    ) -> Result<String, Failure> {
        let for_people = self.for_people();
        if self.alternatives {
            let alternatives = projection.alternatives(&answered);
            return Ok(if for_people {
                alternatives_table(&answered, &alternatives)
            } else {
                pretty(&alternatives_document(&answered, &alternatives, head))
            });
        }
        let shown = match self.suppress {
            Some(threshold) => suppress(answered, threshold).map_err(Failure::wrong_use)?,
            None => Shown::whole(answered),
        };
        Ok(if self.csv {
            csv(&shown)
        } else if for_people {
            table(&shown)
        } else {
            pretty(&document(&shown, head))
        })
    }
}
