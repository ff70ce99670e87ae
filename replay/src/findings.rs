//! Findings on the command line.

use std::io::IsTerminal as _;

use anyhow::anyhow;
use eventlog::Head;
use events::{Subject, Timestamp};
use projection::{FindingKind, FindingsAsked, Projection, When};
use report::{Findings, pretty};

use crate::forms::{CSV, JSON, PEOPLE};
use crate::{Failure, WhenArgs};

/// Which findings are asked for.
#[derive(Debug, Clone, clap::Args)]
pub struct FindingsArgs {
    /// Only these kinds, for example overlap or late_entry
    #[arg(value_name = "KIND")]
    pub kinds: Vec<String>,
    /// Only of this subject, for example child/C-1001
    #[arg(long, value_name = "SUBJECT")]
    pub subject: Option<String>,
    /// The two axes of time.
    #[command(flatten)]
    pub when: WhenArgs,
}

/// A question for findings that was understood.
#[derive(Debug, Clone)]
pub struct FindingsQuestion {
    asked: FindingsAsked,
    when: When,
}

impl FindingsArgs {
    /// Reads the words, before anything is folded; `now` is the instant at which it is asked.
    ///
    /// # Errors
    /// [`Failure::WrongUse`].
    pub fn read(self, now: Timestamp) -> Result<FindingsQuestion, Failure> {
        let kind = |name: &String| {
            let known = || FindingKind::ALL.iter().map(|k| k.name()).collect::<Vec<_>>().join(", ");
            let unknown = || Failure::WrongUse(anyhow!("no finding is `{name}`: {}", known()));
            FindingKind::from_name(name).ok_or_else(unknown)
        };
        let kinds = self.kinds.iter().map(kind).collect::<Result<_, _>>()?;
        if let Some(subject) = &self.subject {
            let wrong = |why: String| Failure::WrongUse(anyhow!(why));
            subject.parse::<Subject>().map_err(wrong)?;
        }
        let when = When::from(self.when);
        let as_of = when.as_of(None, now).map_err(Failure::wrong_use)?;
        let asked = FindingsAsked { kinds, subject: self.subject, as_of };
        Ok(FindingsQuestion { asked, when })
    }
}

impl FindingsQuestion {
    /// The findings, whose events are still to be given.
    ///
    /// # Errors
    /// [`Failure::WrongUse`].
    pub fn ask(&self, projection: &Projection, now: Timestamp) -> Result<Findings, Failure> {
        let known = self.when.known(projection, now).map_err(Failure::wrong_use)?;
        let found = projection.findings(&self.asked, &known);
        Ok(Findings::of(found, self.asked.clone(), known))
    }
}

/// JSON, CSV or a table.
#[derive(Debug, Clone, clap::Args)]
pub struct FindingsForm {
    /// Print JSON (the default where standard output is no terminal)
    #[arg(long, conflicts_with_all = ["csv", "table"])]
    json: bool,
    /// Print CSV: a line for each event of each finding
    #[arg(long, conflicts_with = "table")]
    csv: bool,
    /// Print a table (the default on a terminal)
    #[arg(long)]
    table: bool,
}

impl FindingsForm {
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

    /// Findings in this form; `head` is the tree of the log at their position.
    #[must_use]
    pub fn render(&self, findings: &Findings, head: &Head) -> String {
        if self.csv {
            findings.csv()
        } else if self.for_people() {
            findings.text()
        } else {
            pretty(&findings.json(head))
        }
    }
}
