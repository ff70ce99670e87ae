//! Chance: whole numbers from a seeded stream, the same on every machine and in every year.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What numbers are drawn for; one purpose never shifts the numbers of another.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// Sizes and dates of entry of the families.
    Plan = 1,
    /// Staff.
    Staff = 2,
    /// Facilities.
    Facilities = 3,
    /// Policy, providers, places.
    Policy = 4,
    /// All that happens to one family.
    Family = 5,
}

/// A stream of numbers; no floating point is involved.
#[derive(Debug)]
pub(super) struct Dice(ChaCha8Rng);

/// A distribution by its deciles (lowest, ten percent, …, highest), of mean 1000.
pub(super) type Curve = [u32; 11];

/// Stays that vary widely: a long tail, a few ended within days.
pub(super) const WIDE: Curve = [20, 250, 400, 520, 650, 790, 940, 1130, 1390, 1830, 4180];
/// Stays that take their time: few short ones.
pub(super) const STEADY: Curve = [150, 450, 580, 690, 790, 890, 1000, 1130, 1300, 1560, 3070];

impl Dice {
    /// The stream of a seed, for a purpose, by the index of what it is drawn for.
    pub(super) fn new(seed: u64, purpose: Purpose, index: u32) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8] = purpose as u8;
        bytes[16..20].copy_from_slice(&index.to_le_bytes());
        Self(ChaCha8Rng::from_seed(bytes))
    }

    /// A number from 0 to `n` - 1; 0 if `n` is 0.
    pub(super) fn below(&mut self, n: u32) -> u32 {
        let (_, high) = self.0.next_u32().carrying_mul(n, 0);
        high
    }

    /// A number from `low` to `high`, both inclusive; `low` if `high` lies below it.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        let span = if high < low { 1 } else { low.abs_diff(high) + 1 };
        low.saturating_add_unsigned(self.below(span))
    }

    /// Whether something happens that happens `n` times out of a hundred.
    pub(super) fn percent(&mut self, n: u32) -> bool {
        self.ratio(n, 100)
    }

    /// Whether something happens that happens `n` times out of `d`.
    pub(super) fn ratio(&mut self, n: u32, d: u32) -> bool {
        self.below(d) < n
    }

    /// One of the items, which are not empty, each as likely as the other.
    pub(super) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        let n = u32::try_from(items.len()).unwrap_or(u32::MAX);
        items[self.below(n) as usize]
    }

    /// One of the items, which are not empty, by weight.
    pub(super) fn weighted<T: Copy>(&mut self, items: &[(u32, T)]) -> T {
        let mut left = self.below(items.iter().map(|(weight, _)| weight).sum());
        for (weight, item) in items {
            if left < *weight {
                return *item;
            }
            left -= weight;
        }
        items[items.len() - 1].1
    }

    /// A number of days distributed along a curve with that mean; at least 1.
    pub(super) fn along(&mut self, curve: &Curve, mean_days: u32) -> i32 {
        let decile = self.below(10) as usize;
        let (low, high) = (curve[decile], curve[decile + 1]);
        let days = (low + self.below(high - low)) * mean_days / 1000;
        0i32.saturating_add_unsigned(days.max(1))
    }
}
