//! Instants: UTC, whole microseconds.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::Date;

/// An instant in UTC, in microseconds since 1970-01-01T00:00:00Z.
///
/// Written with six fraction digits and `Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Not an RFC 3339 instant of at most microsecond precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 instant with at most six fraction digits")]
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
        f.write_str(&self.chrono().to_rfc3339_opts(SecondsFormat::Micros, true))
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
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| TimestampError)?;
        // Every instant that can be written has a year of four digits; finer parts would be lost.
        let finer_than_micros = at.timestamp_subsec_nanos() % 1000 != 0;
        if finer_than_micros || text.len() > 40 {
            return Err(TimestampError);
        }
        Ok(Self(at.timestamp_micros()))
    }
}
