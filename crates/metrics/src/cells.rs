//! What is counted of one member, one row, one total.

use std::ops::AddAssign;

use crate::{Amount, Counters, Population};

/// A count beyond the four that every metric has: its path in `detail`.
pub type Counter = [&'static str; 3];

/// Counts of a member or a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cells {
    /// In the numerator.
    pub numerator: Amount,
    /// In the denominator.
    pub denominator: Amount,
    /// Could not be judged.
    pub unknown: Amount,
    /// Left out by a decision in force.
    pub excluded: Amount,
    /// Counts of the detail.
    pub counters: Counters,
}

/// Counters under this name count whole members even where members are divided.
pub(crate) const FLAGS: &str = "flags";

impl Cells {
    /// One member in the denominator, and in the numerator if it is `met`.
    #[must_use]
    pub fn decided(met: bool) -> Self {
        let numerator = Amount::whole(i64::from(met));
        Self { numerator, denominator: Amount::whole(1), ..Self::default() }
    }

    /// One member that could not be judged.
    #[must_use]
    pub fn unknown() -> Self {
        Self { unknown: Amount::whole(1), ..Self::default() }
    }

    /// One member that was left out by a decision.
    #[must_use]
    pub fn excluded() -> Self {
        Self { excluded: Amount::whole(1), ..Self::default() }
    }

    /// One member whose outcome is not decided yet.
    #[must_use]
    pub fn pending() -> Self {
        Self::default().with(["pending", "", ""], 1)
    }

    /// One member of a population; what is left out or a detail alone counts for nothing.
    #[must_use]
    pub fn of(population: Population) -> Self {
        match population {
            Population::Numerator => Self::decided(true),
            Population::Denominator => Self::decided(false),
            Population::Unknown => Self::unknown(),
            Population::Pending => Self::pending(),
            Population::Excluded => Self::excluded(),
            Population::LeftOut | Population::Detail | Population::Outside => Self::default(),
        }
    }

    /// The same, with `n` more under a counter.
    #[must_use]
    pub fn with(mut self, counter: Counter, n: i64) -> Self {
        self.count(counter, n);
        self
    }

    /// Adds `n` under a counter.
    pub fn count(&mut self, counter: Counter, n: i64) {
        self.counters.add_times(&counter, &Amount::whole(n), 1);
    }

    /// What stands under a counter.
    #[must_use]
    pub fn get(&self, counter: Counter) -> Amount {
        self.counters.get(&counter).cloned().unwrap_or_default()
    }

    /// The part `k/n` of every count but the flags, which count whole members.
    #[must_use]
    pub(crate) fn part(&self, k: i32, n: i32) -> Self {
        let part = |(counter, amount): (&Counter, &Amount)| {
            let whole = counter[0] == FLAGS;
            (*counter, if whole { amount.clone() } else { amount.part(k, n) })
        };
        Self {
            numerator: self.numerator.part(k, n),
            denominator: self.denominator.part(k, n),
            unknown: self.unknown.part(k, n),
            excluded: self.excluded.part(k, n),
            counters: self.counters.iter().map(part).collect(),
        }
    }
}

impl Cells {
    /// Adds so many times another; -1 takes it back.
    pub(crate) fn add_times(&mut self, other: &Self, times: i64) {
        self.numerator.add_times(&other.numerator, times);
        self.denominator.add_times(&other.denominator, times);
        self.unknown.add_times(&other.unknown, times);
        self.excluded.add_times(&other.excluded, times);
        for (counter, amount) in other.counters.iter() {
            self.counters.add_times(counter, amount, times);
        }
    }
}

impl AddAssign<&Self> for Cells {
    fn add_assign(&mut self, other: &Self) {
        self.add_times(other, 1);
    }
}
