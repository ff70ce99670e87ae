//! What several rounds gave.

use serde::Serialize;

/// The figures of several rounds, and what is quoted of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spread {
    /// The middle figure; of an even number of figures, the mean of the two in the middle.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
    /// How many figures there are.
    pub count: usize,
}

impl Spread {
    /// Of any number of figures in any order; `None` if there is none, or one is no number.
    #[must_use]
    pub fn of(figures: &[f64]) -> Option<Self> {
        if figures.is_empty() || figures.iter().any(|figure| figure.is_nan()) {
            return None;
        }
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median = if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        } else {
            sorted[middle]
        };
        let (min, max) = (sorted[0], sorted[sorted.len() - 1]);
        Some(Self { median, min, max, count: sorted.len() })
    }

    /// Of the quotients of two series, round by round; `None` unless both have the same rounds.
    #[must_use]
    pub fn of_ratios(ours: &[f64], reference: &[f64]) -> Option<Self> {
        if ours.len() != reference.len() {
            return None;
        }
        let ratios: Vec<f64> = ours.iter().zip(reference).map(|(ours, its)| ours / its).collect();
        Self::of(&ratios)
    }
}
