//! Who enters care, and when: the households of a state, drawn before anything happens to them.

use events::{Date, Family, Subject};

use super::Options;
use super::dice::{Dice, Purpose};
use super::payload::subject;

/// The number of the first child.
const FIRST_CHILD: u32 = 1001;
/// Days at the start of a state in which nobody enters yet: registers are loaded then.
const QUIET_DAYS: i32 = 45;

/// Children of one family, who share a case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Household {
    /// Place among the households, by date of entry.
    pub(super) index: u32,
    /// How many children stand before the first of this household.
    pub(super) children_before: u32,
    /// Children, at least 1.
    pub(super) size: u8,
    /// The day on which the first child is removed.
    pub(super) entry: Date,
}

impl Household {
    /// The number of the family's case.
    pub(super) fn number(&self) -> u32 {
        self.index + 1
    }

    fn child_number(&self, member: u8) -> u32 {
        FIRST_CHILD + self.children_before + u32::from(member)
    }

    /// The stream of a child.
    pub(super) fn child(&self, member: u8) -> Subject {
        subject(Family::Child, &format!("C-{}", self.child_number(member)))
    }

    /// The stream of a second identity of a child, merged in time.
    pub(super) fn alias(&self, member: u8) -> Subject {
        subject(Family::Child, &format!("C-{}-2", self.child_number(member)))
    }

    /// The stream of the family's case.
    pub(super) fn case(&self) -> Subject {
        subject(Family::Case, &format!("F-{}", self.number()))
    }
}

/// The households of a state by date of entry; together they have exactly the children asked for.
pub(super) fn households(options: &Options, first: Date, last: Date) -> Vec<Household> {
    let mut dice = Dice::new(options.seed, Purpose::Plan, 0);
    let sizes: &[(u32, u8)] = &[(55, 1), (25, 2), (12, 3), (5, 4), (3, 5)];
    let days = first.days_until(last);
    let mut households = Vec::new();
    let mut left = options.children;
    while left > 0 {
        let size = dice.weighted(sizes).min(u8::try_from(left).unwrap_or(u8::MAX));
        left -= u32::from(size);
        let entry = first.add_days(dice.between(QUIET_DAYS, days - 3));
        households.push(Household { index: 0, children_before: 0, size, entry });
    }
    households.sort_by_key(|household| household.entry);
    let mut children_before = 0;
    for (index, household) in (0..).zip(&mut households) {
        (household.index, household.children_before) = (index, children_before);
        children_before += u32::from(household.size);
    }
    households
}
