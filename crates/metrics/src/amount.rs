//! Exact counts and fractions, and their display.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

/// An exact fraction.
pub type Exact = BigRational;

/// A sum of whole members and of parts of members, exact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Amount {
    whole: i64,
    /// Parts by denominator: sums stay small until the end. Most amounts have none.
    parts: Option<Box<Parts>>,
}

type Parts = BTreeMap<i32, i64>;

impl Amount {
    /// That many whole members.
    #[must_use]
    pub const fn whole(n: i64) -> Self {
        Self { whole: n, parts: None }
    }

    /// The part `k/n` of this amount; n above 0.
    #[must_use]
    pub fn part(&self, k: i32, n: i32) -> Self {
        if k == n {
            return self.clone();
        }
        let parts = BTreeMap::from([(n, self.whole * i64::from(k))]);
        Self { whole: 0, parts: Some(Box::new(parts)) }
    }

    /// The count, if no member was divided.
    #[must_use]
    pub fn count(&self) -> i64 {
        self.whole
    }

    /// The exact value.
    #[must_use]
    pub fn exact(&self) -> Exact {
        let whole = Exact::from_integer(BigInt::from(self.whole));
        let parts = self.parts.iter().flat_map(|parts| parts.iter());
        parts.fold(whole, |sum, (n, k)| sum + fraction(*k, i64::from(*n)))
    }

    /// The exact quotient of this amount and another, which is not 0.
    #[must_use]
    pub fn over(&self, other: &Self) -> Exact {
        if self.parts.is_some() || other.parts.is_some() || other.whole <= 0 {
            return self.exact() / other.exact();
        }
        // An answer has hundreds of rows, nearly all of whole members: 64 bits are enough.
        let divisor = gcd(self.whole.unsigned_abs(), other.whole.unsigned_abs());
        let lowest = |n: i64| BigInt::from(i128::from(n) / i128::from(divisor));
        Exact::new_raw(lowest(self.whole), lowest(other.whole))
    }

    /// Whether it is 0.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        if self.parts.is_none() { self.whole == 0 } else { self.exact().is_zero() }
    }
}

impl Amount {
    /// Adds so many times another.
    pub(crate) fn add_times(&mut self, other: &Self, times: i64) {
        self.whole += other.whole * times;
        for (n, k) in other.parts.iter().flat_map(|parts| parts.iter()) {
            *self.parts.get_or_insert_default().entry(*n).or_default() += k * times;
        }
    }
}

impl AddAssign<&Self> for Amount {
    fn add_assign(&mut self, other: &Self) {
        self.add_times(other, 1);
    }
}

/// The greatest common divisor; one of the two is not 0.
fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The exact fraction n/d; d is not 0.
#[must_use]
pub(crate) fn fraction(n: i64, d: i64) -> Exact {
    Exact::new(BigInt::from(n), BigInt::from(d))
}

/// A fraction in lowest terms; whole ones without denominator.
#[must_use]
pub(crate) fn lowest(exact: &Exact) -> String {
    exact.to_string()
}

/// A value in lowest terms that keeps its denominator ("1/1").
#[must_use]
pub(crate) fn quotient(exact: &Exact) -> String {
    format!("{}/{}", exact.numer(), exact.denom())
}

/// A percentage with one decimal, half up.
#[must_use]
pub fn display_percent(exact: &Exact) -> String {
    format!("{}%", display_times(exact, 100, 1))
}

/// A number with `places` decimals, half up (away from zero).
#[must_use]
pub fn display_places(exact: &Exact, places: u32) -> String {
    display_times(exact, 1, places)
}

/// So many times a number, with `places` decimals, half up (away from zero).
#[must_use]
pub(crate) fn display_times(exact: &Exact, times: u32, places: u32) -> String {
    let scale = 10_u64.pow(places);
    let rounded = round_half_up(exact, u64::from(times) * scale);
    let sign = if exact.is_negative() && !rounded.is_zero() { "-" } else { "" };
    let digits = format!("{rounded:0>width$}", width = places as usize + 1);
    let (whole, rest) = digits.split_at(digits.len() - places as usize);
    if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// The digits of so many times a number without its sign, rounded half up: floor(x + 1/2).
fn round_half_up(exact: &Exact, times: u64) -> BigUint {
    let (n, d) = (exact.numer().magnitude(), exact.denom().magnitude());
    let small = |n: &BigUint| n.to_u64().map(u128::from);
    // What fits is rounded without room for large numbers.
    if let (Some(n), Some(d)) = (small(n), small(d))
        && let Some(double) = n.checked_mul(2 * u128::from(times))
    {
        return BigUint::from((double + d) / (2 * d));
    }
    (n * BigUint::from(times) * 2_u8 + d) / (d * 2_u8)
}
