//! Rendering: an answer as JSON, as CSV, as a table for people; small cells masked where asked.
//!
//! The JSON is the contract of programs that answer; its schema is `schemas/report/v1.json`. The
//! same answer gives the same bytes. Nothing is computed here beyond the masking of small cells.

mod alternatives;
mod csv_rows;
mod difference;
mod explanation;
mod findings;
mod history;
mod json;
mod outline;
mod policies;
mod suppress;
mod table;

pub use alternatives::{alternatives_document, alternatives_table};
pub use csv_rows::csv;
pub use difference::Differing;
pub use explanation::Explanation;
pub use findings::Findings;
pub use history::{history_document, history_table};
pub use json::{document, pretty};
pub use outline::outline;
pub use policies::Policies;
pub use suppress::{SuppressError, suppress};
pub use table::{table, text_table};

use events::Json;
use metrics::Line;
use projection::Answered;

/// An answer as it is shown: its lines as JSON, small cells masked if that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The answer.
    pub answered: Answered,
    /// Rows, in order.
    pub rows: Vec<Json>,
    /// The total.
    pub total: Json,
}

impl Shown {
    /// An answer with every cell.
    #[must_use]
    pub fn whole(answered: Answered) -> Self {
        let rows = answered.answer.rows.iter().map(Line::to_json).collect();
        let total = answered.answer.total.to_json();
        Self { answered, rows, total }
    }
}

#[cfg(test)]
mod tests;
