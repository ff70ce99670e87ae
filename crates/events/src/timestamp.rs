//! Instants: UTC, whole microseconds.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};

use crate::{Date, digits};

const DAY_MICROS: i64 = 86_400_000_000;

/// Day number of 1970-01-01.
const EPOCH_DAY: i32 = 719_163;

/// An instant in UTC, in microseconds since 1970-01-01T00:00:00Z.
///
/// Written with six fraction digits and `Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Not an RFC 3339 instant of at most microsecond precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 instant (YYYY-MM-DDTHH:MM:SSZ) with at most six fraction digits")]
pub struct TimestampError;

impl Timestamp {
    /// The instant that many microseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The instant of the microsecond in which an RFC 3339 instant of any precision lies; for
    /// the `time` of a source, which is kept as sent.
    ///
    /// # Errors
    /// [`TimestampError`] for other forms (a space or small `t` between date and time, a small
    /// `z`), for leap seconds, and for instants outside the years 1 to 9999 in UTC.
    ///
    /// ```
    /// # use events::Timestamp;
    /// let sent = Timestamp::containing("2024-01-01T05:30:00.123456789-06:00").unwrap();
    /// assert_eq!(sent.to_string(), "2024-01-01T11:30:00.123456Z");
    /// ```
    pub fn containing(text: &str) -> Result<Self, TimestampError> {
        let leap_second = text.get(17..19) == Some("60");
        if fraction_digits(text).is_none() || leap_second {
            return Err(TimestampError);
        }
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| TimestampError)?;
        let written = at.with_timezone(&Utc);
        let known = (1..=9999).contains(&written.year());
        if known { Ok(Self(written.timestamp_micros())) } else { Err(TimestampError) }
    }

    /// The instant as it is written, in ASCII; `None` outside the years 1 to 9999.
    pub(crate) fn text(self) -> Option<[u8; 27]> {
        let days = i32::try_from(self.0.div_euclid(DAY_MICROS)).ok()?.checked_add(EPOCH_DAY)?;
        let date = Date::from_day_number(days);
        let within = u32::try_from(self.0.rem_euclid(DAY_MICROS) / 1_000_000).ok()?;
        let fraction = u32::try_from(self.0.rem_euclid(1_000_000)).ok()?;
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        text[..10].copy_from_slice(&date.text());
        digits::put(&mut text[11..13], within / 3600);
        digits::put(&mut text[14..16], within / 60 % 60);
        digits::put(&mut text[17..19], within % 60);
        digits::put(&mut text[20..26], fraction);
        // A date beyond those that can be written was held to the nearest one that can.
        (date.day_number() == days).then_some(text)
    }

    fn chrono(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// The civil date of this instant in America/Chicago.
    ///
    /// ```
    /// # use events::Timestamp;
    /// let late: Timestamp = "2024-01-01T05:30:00Z".parse().unwrap();
    /// assert_eq!(late.chicago_date().to_string(), "2023-12-31");
    /// ```
    #[must_use]
    pub fn chicago_date(self) -> Date {
        Date::from_chrono(self.chrono().with_timezone(&chrono_tz::America::Chicago).date_naive())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Some(text) => f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?),
            None => f.write_str(&self.chrono().to_rfc3339_opts(SecondsFormat::Micros, true)),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        // A seventh digit would be lost.
        if fraction_digits(text).is_some_and(|n| n <= FRACTION_DIGITS_MAX) {
            Self::containing(text)
        } else {
            Err(TimestampError)
        }
    }
}

/// The digits of a second that a [`Timestamp`] holds.
const FRACTION_DIGITS_MAX: usize = 6;

/// The pattern (ECMA 262) of the instants that are taken: RFC 3339, section 5.6, with `T` and `Z`
/// in upper case.
pub(crate) const INSTANT_PATTERN: &str =
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$";

/// How many digits the fraction of a second has in a text of that pattern; `None` for any other.
/// Says nothing about the calendar.
fn fraction_digits(text: &str) -> Option<usize> {
    let like = |text: &[u8], pattern: &[u8]| {
        let fits = |(b, p): (&u8, &u8)| if *p == b'0' { b.is_ascii_digit() } else { b == p };
        text.len() == pattern.len() && text.iter().zip(pattern).all(fits)
    };
    let (civil, rest) = text.as_bytes().split_at_checked(19)?;
    let digits = match rest.split_first() {
        Some((b'.', tail)) => tail.iter().take_while(|b| b.is_ascii_digit()).count(),
        _ => 0,
    };
    let offset = if digits > 0 { &rest[1 + digits..] } else { rest };
    let zoned = [&b"Z"[..], b"+00:00", b"-00:00"].iter().any(|p| like(offset, p));
    (like(civil, b"0000-00-00T00:00:00") && zoned).then_some(digits)
}
