//! One line of a report: a figure, what it is compared with, and the bar.

use serde::Serialize;

use crate::{Bar, Spread, Verdict};

/// What a figure is compared with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reference {
    /// What was measured.
    pub name: String,
    /// Its figures, in the unit of the measure; `None` if it could not be measured.
    pub spread: Option<Spread>,
}

/// A figure of ours.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measure {
    /// What was measured.
    pub name: String,
    /// Unit of ours and of the reference.
    pub unit: &'static str,
    /// Our figures.
    pub ours: Option<Spread>,
    /// What they are compared with.
    pub reference: Option<Reference>,
    /// Ours divided by the reference, round by round.
    pub ratio: Option<Spread>,
    /// What must hold.
    pub bar: Option<Bar>,
    /// What else a reader of the figure should know.
    pub note: Option<String>,
}

impl Measure {
    /// A figure that stands for itself.
    #[must_use]
    pub fn new(name: impl Into<String>, unit: &'static str, ours: &[f64]) -> Self {
        Self {
            name: name.into(),
            unit,
            ours: Spread::of(ours),
            reference: None,
            ratio: None,
            bar: None,
            note: None,
        }
    }

    /// Compares it with a reference that was measured in the same rounds.
    #[must_use]
    pub fn against(mut self, name: &str, ours: &[f64], reference: &[f64]) -> Self {
        self.ratio = Spread::of_ratios(ours, reference);
        self.reference = Some(Reference { name: name.to_owned(), spread: Spread::of(reference) });
        self
    }

    /// Sets the bar.
    #[must_use]
    pub const fn with_bar(mut self, bar: Bar) -> Self {
        self.bar = Some(bar);
        self
    }

    /// Adds a note.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// The figure that a bar is held against.
    #[must_use]
    pub const fn judged(&self) -> Option<&Spread> {
        if self.reference.is_some() { self.ratio.as_ref() } else { self.ours.as_ref() }
    }

    /// What came of the bar; `None` without one.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        let limit = self.bar?.limit;
        Some(match self.judged() {
            None => Verdict::NotMeasured,
            Some(spread) if limit.holds(spread.median) => Verdict::Holds,
            Some(_) => Verdict::FallsShort,
        })
    }

    /// Whether a run that is checked fails by this measure.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.bar.is_some_and(|bar| bar.binding)
            && self.verdict().is_some_and(|verdict| verdict != Verdict::Holds)
    }
}
