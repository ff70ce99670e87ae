//! The filters of all runs, asked together.
//!
//! Asking each run by itself costs a miss of the cache for every run, and a log of ten million
//! events has 150 of them. So the filters of up to 64 runs are kept crosswise: one word holds the
//! same bit of each. A hash has six bits, and the six words' conjunction names the runs that may
//! hold it ("bit-sliced signatures", Faloutsos and Christodoulakis, 1984).

use std::sync::Arc;

use crate::filter::{BITS_PER_LINE, Filter};

#[cfg(test)]
mod tests;

/// Runs of one slice: the bits of a word.
const RUNS: usize = 64;

/// The filters of runs, in their order; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filters {
    slices: Vec<Arc<Slice>>,
}

/// The filters of some runs next to each other, all equally long.
#[derive(Debug, Clone)]
struct Slice {
    /// Index of its first run.
    first: usize,
    runs: usize,
    lines: usize,
    /// Bit `r` of word `b` is bit `b` of the filter of run `first + r`.
    words: Vec<u64>,
}

impl Filters {
    /// Of runs with these filters.
    pub(crate) fn of(filters: &[&Filter]) -> Self {
        let alike = filters.chunk_by(|a, b| a.line_count() == b.line_count());
        let slices = alike.flat_map(|alike| alike.chunks(RUNS)).scan(0, |first, filters| {
            let slice = Slice::of(*first, filters);
            *first += slice.runs;
            Some(Arc::new(slice))
        });
        Self { slices: slices.collect() }
    }

    /// Adds the filter of the next run.
    pub(crate) fn push(&mut self, filter: &Filter) {
        let fits = |slice: &Arc<Slice>| slice.runs < RUNS && slice.lines == filter.line_count();
        if self.slices.last().is_some_and(fits) {
            self.slices.last_mut().into_iter().for_each(|last| Arc::make_mut(last).push(filter));
        } else {
            let first = self.slices.last().map_or(0, |slice| slice.first + slice.runs);
            self.slices.push(Arc::new(Slice::of(first, &[filter])));
        }
    }

    /// Indexes of the runs that may hold the hash, newest first; of the others it is certain that
    /// they do not.
    pub(crate) fn may_hold(&self, hash: u64) -> impl Iterator<Item = usize> {
        self.slices.iter().rev().flat_map(move |slice| {
            let mut runs = slice.may_hold(hash);
            std::iter::from_fn(move || {
                let run = runs.checked_ilog2()?;
                runs ^= 1 << run;
                Some(slice.first + run as usize)
            })
        })
    }
}

impl Slice {
    /// Of at most 64 filters of one length, of which there is one at least.
    fn of(first: usize, filters: &[&Filter]) -> Self {
        let lines = filters[0].line_count();
        let mut words = vec![0; lines * BITS_PER_LINE];
        for (at, crosswise) in words.as_chunks_mut::<64>().0.iter_mut().enumerate() {
            for (row, filter) in crosswise.iter_mut().zip(filters) {
                *row = filter.words()[at];
            }
            transpose(crosswise);
        }
        Self { first, runs: filters.len(), lines, words }
    }

    fn push(&mut self, filter: &Filter) {
        for (row, bits) in self.words.as_chunks_mut::<64>().0.iter_mut().zip(filter.words()) {
            let mut rest = *bits;
            while rest != 0 {
                row[rest.trailing_zeros() as usize] |= 1 << self.runs;
                rest &= rest - 1;
            }
        }
        self.runs += 1;
    }

    fn may_hold(&self, hash: u64) -> u64 {
        let bits = crate::filter::bits_of(hash, self.lines);
        bits.fold(u64::MAX, |runs, bit| runs & self.words[bit])
    }
}

/// Exchanges rows and columns of 64 times 64 bits: halves first, then quarters, down to single bits
/// (Warren, Hacker's Delight, 7-3).
fn transpose(rows: &mut [u64; 64]) {
    let (mut step, mut mask) = (32, u64::MAX >> 32);
    while step != 0 {
        for low in (0..64).filter(|row| row & step == 0) {
            let exchanged = (rows[low] >> step ^ rows[low + step]) & mask;
            rows[low] ^= exchanged << step;
            rows[low + step] ^= exchanged;
        }
        step /= 2;
        mask ^= mask << step;
    }
}
