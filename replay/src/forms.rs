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

impl TextForm {
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
        let for_people = self.table || (!self.json && std::io::stdout().is_terminal());
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
