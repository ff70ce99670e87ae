//! The days that a state spans, working days and legal holidays.

use events::{Date, Timestamp};

/// Day number of 1970-01-01, from which instants count.
const EPOCH_DAY: i32 = 719_163;
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// The days of a state, both inclusive, and which of them are worked on.
#[derive(Debug)]
pub(super) struct Calendar {
    pub(super) first: Date,
    pub(super) last: Date,
    /// By day from `first`: the first working day on or after it.
    rolled: Vec<Date>,
}

impl Calendar {
    /// The calendar of the days from `first` to `last`.
    pub(super) fn new(first: Date, last: Date) -> Self {
        let (first_year, last_year) = (first.ymd().0, last.ymd().0);
        let holidays: Vec<Date> = (first_year..=last_year + 1).flat_map(holidays).collect();
        let mut next = last.next();
        let days = first.days_until(last);
        let mut rolled: Vec<Date> = (0..=days)
            .rev()
            .map(|n| {
                let day = first.add_days(n);
                if !is_weekend(day) && !holidays.contains(&day) {
                    next = day;
                }
                next
            })
            .collect();
        rolled.reverse();
        Self { first, last, rolled }
    }

    /// The first working day on or after `date`; a day behind `last` if the state has none.
    pub(super) fn working_day(&self, date: Date) -> Date {
        let index = usize::try_from(self.first.days_until(date)).unwrap_or(0);
        self.rolled.get(index).copied().unwrap_or_else(|| self.last.next())
    }

    /// The working day `n` working days after the first one on or after `date`.
    pub(super) fn business_days_after(&self, date: Date, n: u32) -> Date {
        (0..n).fold(self.working_day(date), |day, _| self.working_day(day.next()))
    }

    /// How many days the state spans.
    pub(super) fn days(&self) -> usize {
        self.rolled.len()
    }
}

/// The instant that many microseconds after midnight (UTC) of a day.
pub(super) fn instant(day: Date, micros_of_day: i64) -> Timestamp {
    let days = i64::from(day.day_number() - EPOCH_DAY);
    Timestamp::from_micros(days * MICROS_PER_DAY + micros_of_day)
}

/// Monday 0 to Sunday 6; 0001-01-01, day 1, was a Monday.
fn weekday(day: Date) -> i32 {
    (day.day_number() - 1).rem_euclid(7)
}

fn is_weekend(day: Date) -> bool {
    weekday(day) >= 5
}

/// Missouri's legal holidays of a year, on the days on which they are kept, in order.
///
/// Source: RSMo 9.010; a holiday on a Sunday is kept on the Monday. Juneteenth is among them from
/// 2023 on (the law of 2022 took effect in August).
pub(super) fn holidays(year: i32) -> Vec<Date> {
    let fixed = |month, day| {
        let date = Date::from_ymd(year, month, day).unwrap_or(Date::MIN);
        if weekday(date) == 6 { date.next() } else { date }
    };
    // The n-th (from 1) such weekday of the month.
    let nth = |n: i32, wanted: i32, month| {
        let first = Date::from_ymd(year, month, 1).unwrap_or(Date::MIN);
        first.add_days((wanted - weekday(first)).rem_euclid(7) + 7 * (n - 1))
    };
    let last_of_may = Date::from_ymd(year, 5, 31).unwrap_or(Date::MIN);
    let mut days = vec![
        fixed(1, 1),
        nth(3, 0, 1),
        fixed(2, 12),
        nth(3, 0, 2),
        fixed(5, 8),
        last_of_may.add_days(-weekday(last_of_may)),
        fixed(7, 4),
        nth(1, 0, 9),
        nth(2, 0, 10),
        fixed(11, 11),
        nth(4, 3, 11),
        fixed(12, 25),
    ];
    if year >= 2023 {
        days.push(fixed(6, 19));
    }
    days.sort_unstable();
    days
}
