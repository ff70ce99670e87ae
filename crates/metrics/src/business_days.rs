//! Business days: Monday to Friday, but for the holidays of the calendars in force.
//!
//! Holidays are those that `calendar.published` lists for its own year; a year without a calendar
//! has none.

use std::collections::BTreeSet;

use events::{Date, Payload};
use timeline::Policy;

/// Days that are no business days, beside Saturdays and Sundays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    holidays: BTreeSet<Date>,
}

impl Calendar {
    /// The calendars of all years that have one in force.
    #[must_use]
    pub fn of(policy: &Policy<'_>) -> Self {
        let of_year = |year: u32| move |day: &Date| i64::from(day.ymd().0) == i64::from(year);
        let holidays = policy.iter().filter_map(|(_, decided)| match &decided.document.payload {
            Payload::CalendarPublished(p) => {
                Some(p.holidays.iter().copied().filter(of_year(p.year)))
            }
            _ => None,
        });
        Self { holidays: holidays.flatten().collect() }
    }

    /// Whether a day is a business day.
    #[must_use]
    pub fn is_business_day(&self, day: Date) -> bool {
        // 0001-01-01, day 1, was a Monday.
        (day.day_number() - 1).rem_euclid(7) < 5 && !self.holidays.contains(&day)
    }

    /// The n-th business day after a day, which does not count itself.
    #[must_use]
    pub fn add(&self, day: Date, n: usize) -> Date {
        self.after(day).nth(n.saturating_sub(1)).unwrap_or(Date::MAX)
    }

    /// Whether at most n business days lie in `(after, through]`.
    #[must_use]
    pub fn at_most(&self, n: usize, after: Date, through: Date) -> bool {
        self.after(after).nth(n).is_none_or(|day| day > through)
    }

    /// The business days after a day.
    fn after(&self, day: Date) -> impl Iterator<Item = Date> {
        let next = |day: &Date| Some(day.add_days(1)).filter(|next| next > day);
        let days = std::iter::successors(next(&day), next);
        days.filter(|day| self.is_business_day(*day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().expect("a date")
    }

    /// Memorial Day of 2024, a Monday.
    fn calendar() -> Calendar {
        Calendar { holidays: BTreeSet::from([date("2024-05-27")]) }
    }

    #[test]
    fn weekends_and_holidays_do_not_count() {
        // From a Thursday: Friday, then, behind weekend and holiday, Tuesday and Wednesday.
        for (n, day) in [(1, "2024-05-24"), (2, "2024-05-28"), (3, "2024-05-29")] {
            assert_eq!(calendar().add(date("2024-05-23"), n), date(day), "{n}");
        }
        assert_eq!(Calendar::default().add(date("2024-05-23"), 2), date("2024-05-27"));
        // From a Saturday.
        assert_eq!(calendar().add(date("2024-05-25"), 1), date("2024-05-28"));
        assert_eq!(calendar().add(Date::MAX, 3), Date::MAX);
    }

    #[test]
    fn so_many_business_days_lie_between() {
        let at_most = |n, after, through| calendar().at_most(n, date(after), date(through));
        assert!(at_most(2, "2024-05-23", "2024-05-28"));
        assert!(!at_most(2, "2024-05-23", "2024-05-29"));
        assert!(at_most(2, "2024-05-23", "2024-05-20"), "before");
        assert!(at_most(0, "2024-05-24", "2024-05-27"), "a weekend and a holiday");
        assert!(!at_most(0, "2024-05-24", "2024-05-28"));
        assert!(!at_most(2, "2020-05-23", "2024-05-20"));
    }
}
