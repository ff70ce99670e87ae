//! Exact fractions as the vocabulary writes them, and values that may be undetermined.

use std::fmt;
use std::str::FromStr;

use crate::field::{schema_of_pattern, text};
use crate::{Code, Field, Json, Pointer, Refusal, Value};

/// A fraction of whole numbers, not negative, denominator above 0; kept as written, not reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    /// Numerator.
    pub numerator: u64,
    /// Denominator, above 0.
    pub denominator: u64,
}

impl FromStr for Fraction {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let whole = |digits: &str| -> Result<u64, ()> {
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            if plain { digits.parse().map_err(|_| ()) } else { Err(()) }
        };
        let (n, d) = text.split_once('/').unwrap_or((text, "1"));
        let fraction = Self { numerator: whole(n)?, denominator: whole(d)? };
        if fraction.denominator == 0 { Err(()) } else { Ok(fraction) }
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.denominator == 1 {
            write!(f, "{}", self.numerator)
        } else {
            write!(f, "{}/{}", self.numerator, self.denominator)
        }
    }
}

/// The word for a value that nobody has determined; it differs from 0 and from missing.
const UNDETERMINED: &str = "undetermined";
const FRACTION_PATTERN: &str = "^(undetermined|[0-9]+(/0*[1-9][0-9]*)?)$";

/// A fraction, or `undetermined`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// Decided.
    Determined(Fraction),
    /// Decided by nobody.
    Undetermined,
}

impl FromStr for Rate {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text == UNDETERMINED {
            Ok(Self::Undetermined)
        } else {
            text.parse().map(Self::Determined)
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Determined(fraction) => fraction.fmt(f),
            Self::Undetermined => f.write_str(UNDETERMINED),
        }
    }
}

impl Field for Rate {
    fn read(value: &Value<'_>, at: &Pointer<'_>) -> Result<Self, Refusal> {
        text(value, at)?.parse().map_err(|()| {
            at.refuse(
                Code::InvalidFraction,
                "expected digits/digits, digits, or undetermined, each number below 2^64",
            )
        })
    }

    fn write(&self) -> Json {
        Json::String(self.to_string())
    }

    fn schema() -> serde_json::Value {
        schema_of_pattern(FRACTION_PATTERN)
    }
}

/// A benchmark: a number of months, a fraction, or `undetermined`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A whole number: months where the benchmark is of a goal, otherwise the value itself.
    Whole(u32),
    /// A fraction, or `undetermined`.
    Rate(Rate),
}

impl Field for Target {
    fn read(value: &Value<'_>, at: &Pointer<'_>) -> Result<Self, Refusal> {
        if matches!(value, Value::String(_)) {
            Rate::read(value, at).map(Self::Rate)
        } else {
            u32::read(value, at).map(Self::Whole)
        }
    }

    fn write(&self) -> Json {
        match self {
            Self::Whole(n) => n.write(),
            Self::Rate(rate) => rate.write(),
        }
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "oneOf": [u32::schema(), Rate::schema()] })
    }
}
