//! Whom a question concerns, told before anybody is judged.

use events::Date;
use timeline::Sym;

use crate::Period;

/// Subjects among whom all members of a metric are. There may be others among them; that costs
/// time and changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concern {
    /// Every child.
    Everyone,
    /// Children who were removed on one of these days, as some event says or said.
    Removed(Period),
    /// Children who left care on one of these days, as some event says or said.
    Left(Period),
    /// Children of whom something is said that is true on one of these days, or was said.
    Said(Period),
    /// Children in care on one of these days, or on the day before the first, who were first
    /// removed by a day; none of the days lies behind the as-of date.
    InCare {
        /// The days.
        days: Period,
        /// The last day of a first removal.
        removed_by: Date,
    },
    /// These children, by any of their names, and members of staff.
    Named(Vec<Sym>),
    /// Every member of staff.
    Staff,
}

impl Concern {
    /// Of days that a question may have none of.
    pub(crate) fn on(days: Option<Period>, concern: impl Fn(Period) -> Self) -> Vec<Self> {
        days.map(concern).into_iter().collect()
    }

    pub(crate) fn in_care(days: Period) -> Self {
        Self::InCare { days, removed_by: days.end }
    }

    pub(crate) fn in_care_on(day: Date) -> Self {
        Self::in_care(Period { start: day, end: day })
    }
}
