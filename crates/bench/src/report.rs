//! Everything that a benchmark found out.

use serde::Serialize;

use crate::machine::Machine;
use crate::{Measure, table};

/// A benchmark's outcome.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Which benchmark.
    pub bench: &'static str,
    /// How it was asked for, in words.
    pub asked: Vec<String>,
    /// Where it ran.
    pub machine: Machine,
    /// What was measured, in order.
    pub measures: Vec<Measure>,
    /// What holds of all figures.
    pub notes: Vec<String>,
}

impl Report {
    /// As a table, with the notes below.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = table::render(&self.measures);
        text.push('\n');
        let notes = self.measures.iter().filter_map(|measure| {
            measure.note.as_ref().map(|note| format!("{}: {note}", measure.name))
        });
        for note in notes.chain(self.notes.iter().cloned()) {
            text.push_str("- ");
            text.push_str(&note);
            text.push('\n');
        }
        text
    }

    /// As JSON: the same figures, with every verdict and the names of the bars that fall short.
    ///
    /// # Errors
    /// When a figure cannot be written as JSON.
    pub fn json(&self) -> serde_json::Result<String> {
        let mut json = serde_json::to_value(self)?;
        if let Some(lines) = json["measures"].as_array_mut() {
            for (line, measure) in lines.iter_mut().zip(&self.measures) {
                line["verdict"] = serde_json::to_value(measure.verdict())?;
            }
        }
        json["falls_short"] = serde_json::to_value(self.falls_short())?;
        Ok(format!("{}\n", serde_json::to_string_pretty(&json)?))
    }

    /// A line for every bar that does not hold; a run that is checked fails unless it is empty.
    #[must_use]
    pub fn falls_short(&self) -> Vec<String> {
        let failing = self.measures.iter().filter(|measure| measure.fails());
        failing.map(one_bar).collect()
    }
}

fn one_bar(measure: &Measure) -> String {
    let of = match &measure.reference {
        Some(reference) => format!("{} of {}", measure.name, reference.name),
        None => format!("{}, {}", measure.name, measure.unit),
    };
    let limit = measure.bar.map(|bar| bar.limit.to_string()).unwrap_or_default();
    match measure.judged() {
        Some(spread) => format!("{of}: {}, not {limit}", table::grouped(spread.median)),
        None => format!("{of}: not measured, {limit}"),
    }
}
