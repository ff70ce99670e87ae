//! Numbers that look random and repeat for a seed (SplitMix64).

/// A seeded source of choices.
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    /// Dice of their own for one part of a round, so that one part's choices do not move another's.
    #[must_use]
    pub fn of(seed: u64, part: u64) -> Self {
        let mut dice = Self(seed ^ part.wrapping_mul(0xd6e8_feb8_6659_fd93));
        Self(dice.next())
    }

    /// The next number.
    #[expect(clippy::should_implement_trait, reason = "dice never end")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, which is above 0.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// An index below `n`, which is above 0.
    ///
    /// # Panics
    /// Never: what is below a `usize` is one.
    pub fn index(&mut self, n: usize) -> usize {
        usize::try_from(self.below(n as u64)).expect("below a usize")
    }

    /// Whether something happens that happens once in `n`.
    pub fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}
