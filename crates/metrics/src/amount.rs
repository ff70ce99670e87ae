//! Exact counts and fractions, and their display.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};

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
    let hundred = Exact::from_integer(BigInt::from(100));
    format!("{}%", display_places(&(exact * hundred), 1))
}

/// A number with `places` decimals, half up (away from zero).
#[must_use]
pub fn display_places(exact: &Exact, places: u32) -> String {
    let scale = BigInt::from(10).pow(places);
    let two = BigInt::from(2);
    let scaled = exact.abs() * Exact::from_integer(scale.clone());
    // floor(x + 1/2)
    let rounded = (scaled.numer() * &two + scaled.denom()) / (scaled.denom() * &two);
    let sign = if exact.is_negative() && !rounded.is_zero() { "-" } else { "" };
    let (whole, rest) = (&rounded / &scale, &rounded % &scale);
    if places == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{:0>width$}", rest.to_string(), width = places as usize)
}
