//! Counts under names: the `detail` of a member, a row, a total.

use smallvec::SmallVec;

use crate::{Amount, Counter};

/// Amounts by counter, in order of the counters' names.
///
/// A member has one or two, of which millions are made; a row has some dozens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters(SmallVec<[(Counter, Amount); 2]>);

/// Whether two counters are the same words in memory, as most that are equal are.
fn same(a: &Counter, b: &Counter) -> bool {
    a.iter().zip(b).all(|(a, b)| std::ptr::eq(*a, *b))
}

impl Counters {
    /// What stands under a counter.
    #[must_use]
    pub fn get(&self, counter: &Counter) -> Option<&Amount> {
        let found = self.0.binary_search_by(|(known, _)| known.cmp(counter));
        found.ok().map(|index| &self.0[index].1)
    }

    /// Adds so many times an amount; a counter to which 0 was added is there too.
    pub(crate) fn add_times(&mut self, counter: &Counter, amount: &Amount, times: i64) {
        let known = self.0.iter().position(|(known, _)| same(known, counter));
        let search = || self.0.binary_search_by(|(known, _)| known.cmp(counter));
        let index = match known.map_or_else(search, Ok) {
            Ok(index) => index,
            Err(index) => {
                self.0.insert(index, (*counter, Amount::default()));
                index
            }
        };
        self.0[index].1.add_times(amount, times);
    }

    /// Every counter with its amount, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Counter, &Amount)> {
        self.0.iter().map(|(counter, amount)| (counter, amount))
    }
}

impl FromIterator<(Counter, Amount)> for Counters {
    fn from_iter<I: IntoIterator<Item = (Counter, Amount)>>(amounts: I) -> Self {
        let mut counters = Self::default();
        amounts.into_iter().for_each(|(counter, amount)| counters.add_times(&counter, &amount, 1));
        counters
    }
}
