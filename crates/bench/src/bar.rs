//! What must hold.

use std::fmt;

use serde::Serialize;

/// How far a figure may go.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
    /// Less than this.
    Below(f64),
}

impl Limit {
    /// Whether a figure keeps to it; what is no number does not.
    #[must_use]
    pub fn holds(self, figure: f64) -> bool {
        match self {
            Self::AtLeast(limit) => figure >= limit,
            Self::AtMost(limit) => figure <= limit,
            Self::Below(limit) => figure < limit,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, limit) = match self {
            Self::AtLeast(limit) => ("≥", limit),
            Self::AtMost(limit) => ("≤", limit),
            Self::Below(limit) => ("<", limit),
        };
        write!(f, "{sign} {}", crate::table::grouped(*limit))
    }
}

/// A limit on a median: of the ratio where there is a reference, else of the figure itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bar {
    /// The limit.
    pub limit: Limit,
    /// Whether it is judged. One that is stated for a larger log than the one measured is shown
    /// beside the figure, and the run does not fail by it.
    pub binding: bool,
}

impl Bar {
    /// One that is judged.
    #[must_use]
    pub const fn binding(limit: Limit) -> Self {
        Self { limit, binding: true }
    }
}

/// What came of a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The median keeps to it.
    Holds,
    /// The median falls short of it.
    FallsShort,
    /// There is no figure to judge, which is as bad as one that falls short.
    NotMeasured,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holds => "holds",
            Self::FallsShort => "falls short",
            Self::NotMeasured => "not measured",
        })
    }
}
