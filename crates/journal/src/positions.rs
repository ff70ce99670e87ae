//! Ranges of positions, as errors name them.

use std::fmt;

/// Positions hurt by damage: from `first` to `last`, both inclusive.
///
/// `last` is `None` where nothing readable follows that would bound the damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Positions {
    /// First position hurt.
    pub first: u64,
    /// Last position hurt, `None` for everything from `first` on.
    pub last: Option<u64>,
}

impl Positions {
    /// Returns the positions from `first` to the one before `next`; unbounded where `next` does
    /// not lie behind `first`, since then nothing can be said of where the damage ends.
    pub(crate) fn before(first: u64, next: u64) -> Self {
        Self { first, last: (next > first).then(|| next - 1) }
    }

    /// Returns the positions `first` to `last`, both inclusive.
    pub(crate) fn between(first: u64, last: u64) -> Self {
        Self { first, last: Some(last) }
    }
}

impl fmt::Display for Positions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.last {
            Some(last) if last == self.first => write!(f, "position {last}"),
            Some(last) => write!(f, "positions {} to {last}", self.first),
            None => write!(f, "positions {} and above", self.first),
        }
    }
}
