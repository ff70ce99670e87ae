//! Civil dates and the month arithmetic of rule RR-1.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::digits;

/// A civil date in America/Chicago, years 1 to 9999; ordered, counted in days.
///
/// Intervals of dates are `[start, end)`: the end date is not a day in the interval (RR-1, 1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

/// Not a civil date `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a civil date in the form YYYY-MM-DD")]
pub struct DateError;

impl Date {
    /// The first day that can be written: 0001-01-01.
    pub const MIN: Self = Self(1);
    /// The last day that can be written: 9999-12-31.
    pub const MAX: Self = Self(3_652_059);

    /// The date of a year (1 to 9999), month (1 to 12) and day of the month.
    #[must_use]
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        let date = NaiveDate::from_ymd_opt(year, month, day)?;
        (1..=9999).contains(&year).then(|| Self::from_chrono(date))
    }

    /// From chrono's date; years beyond 1 to 9999 are held to the nearest day that can be written.
    #[must_use]
    pub fn from_chrono(date: NaiveDate) -> Self {
        Self(date.num_days_from_ce()).clamp(Self::MIN, Self::MAX)
    }

    /// Days since 0000-12-31 (0001-01-01 is day 1).
    #[must_use]
    pub const fn day_number(self) -> i32 {
        self.0
    }

    /// The date with that day number, held to the days that can be written.
    #[must_use]
    pub fn from_day_number(days: i32) -> Self {
        Self(days).clamp(Self::MIN, Self::MAX)
    }

    fn chrono(self) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(self.0).expect("a date within the years 1 to 9999")
    }

    /// Year, month (1 to 12), day of the month.
    #[must_use]
    pub fn ymd(self) -> (i32, u32, u32) {
        let date = self.chrono();
        (date.year(), date.month(), date.day())
    }

    /// The day `n` days later (earlier if negative). The start is day 0, the deadline "n days" is
    /// inclusive, and no weekend rolls it (RR-1, 3).
    ///
    /// ```
    /// # use events::Date;
    /// let start: Date = "2024-03-04".parse().unwrap();
    /// assert_eq!(start.add_days(30).to_string(), "2024-04-03");
    /// ```
    #[must_use]
    pub fn add_days(self, n: i32) -> Self {
        Self(self.0.saturating_add(n)).clamp(Self::MIN, Self::MAX)
    }

    /// The same day of the month `n` months later, or that month's last day if it has no such day.
    /// The deadline "n months or less" is this day, inclusive (RR-1, 2).
    ///
    /// ```
    /// # use events::Date;
    /// let removal: Date = "2023-08-31".parse().unwrap();
    /// assert_eq!(removal.add_months(18).to_string(), "2025-02-28");
    /// ```
    #[must_use]
    pub fn add_months(self, n: u32) -> Self {
        self.chrono().checked_add_months(Months::new(n)).map_or(Self::MAX, Self::from_chrono)
    }

    /// Full calendar months from here to `end`: the difference of the months, less one if the
    /// day of the month is not reached (RR-1, 4; the CFSR syntax as ported by Washington State).
    /// Negative when `end` lies before.
    ///
    /// ```
    /// # use events::Date;
    /// let a: Date = "2023-02-15".parse().unwrap();
    /// assert_eq!(a.full_months_until("2024-02-14".parse().unwrap()), 11);
    /// assert_eq!(a.full_months_until("2024-02-15".parse().unwrap()), 12);
    /// ```
    #[must_use]
    pub fn full_months_until(self, end: Self) -> i32 {
        let ((y0, m0, d0), (y1, m1, d1)) = (self.ymd(), end.ymd());
        let months =
            (y1 - y0) * 12 + i32::try_from(m1).unwrap_or(0) - i32::try_from(m0).unwrap_or(0);
        if d1 < d0 { months - 1 } else { months }
    }

    /// Days from here to `end`; negative when `end` lies before.
    #[must_use]
    pub const fn days_until(self, end: Self) -> i32 {
        end.0 - self.0
    }

    /// The birthday on which a person born here turns `years`; 29 February falls on 1 March in
    /// common years. Held to the days that can be written.
    #[must_use]
    pub fn birthday(self, years: i32) -> Self {
        let (y, m, d) = self.ymd();
        let year = y.saturating_add(years);
        let held = if year < 1 { Self::MIN } else { Self::MAX };
        Self::from_ymd(year, m, d).or_else(|| Self::from_ymd(year, 3, 1)).unwrap_or(held)
    }

    /// The date as it is written: `YYYY-MM-DD`, in ASCII.
    pub(crate) fn text(self) -> [u8; 10] {
        let (y, m, d) = self.ymd();
        let mut text = *b"0000-00-00";
        digits::put(&mut text[..4], y.unsigned_abs());
        digits::put(&mut text[5..7], m);
        digits::put(&mut text[8..], d);
        text
    }

    /// The month as `YYYY-MM`.
    #[must_use]
    pub fn month_text(self) -> String {
        let (y, m, _) = self.ymd();
        format!("{y:04}-{m:02}")
    }

    /// The next day.
    #[must_use]
    pub fn next(self) -> Self {
        self.chrono().checked_add_days(Days::new(1)).map_or(Self::MAX, Self::from_chrono)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let bytes = text.as_bytes();
        let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = bytes else { return Err(DateError) };
        let number = |digits: &[u8]| -> Option<u32> {
            digits
                .iter()
                .try_fold(0, |n, c| c.is_ascii_digit().then(|| n * 10 + u32::from(c - b'0')))
        };
        let year = number(&[*y0, *y1, *y2, *y3]).and_then(|y| i32::try_from(y).ok());
        let (month, day) = (number(&[*m0, *m1]), number(&[*d0, *d1]));
        match (year, month, day) {
            (Some(y), Some(m), Some(d)) => Self::from_ymd(y, m, d).ok_or(DateError),
            _ => Err(DateError),
        }
    }
}
