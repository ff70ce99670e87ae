//! Reading single events, wherever they are.

use std::thread;

use eventlog::ReadError;
use events::{Logged, Position};

use super::Store;

/// As many events are read on one thread; decompressing their blocks takes most of the time.
const PLACES_ALONE_MAX: usize = 16;

/// Reads what lies at some places, in their order; where there are many, on two threads.
pub(super) fn in_halves<P: Sync, T: Send>(
    places: &[P],
    read: impl Fn(&P) -> Result<Vec<T>, ReadError> + Sync,
) -> Result<Vec<T>, ReadError> {
    let read_all = |places: &[P]| -> Result<Vec<T>, ReadError> {
        let mut found = Vec::with_capacity(places.len());
        for place in places {
            found.extend(read(place)?);
        }
        Ok(found)
    };
    if places.len() < PLACES_ALONE_MAX {
        return read_all(places);
    }
    let (front, back) = places.split_at(places.len() / 2);
    thread::scope(|scope| {
        let back = scope.spawn(|| read_all(back));
        let mut found = read_all(front)?;
        found.extend(back.join().expect("no thread panics")?);
        Ok(found)
    })
}

impl Store {
    /// What the log holds at some positions, in their order.
    pub(crate) fn at(&self, positions: &[Position]) -> Result<Vec<Logged>, ReadError> {
        in_halves(positions, |position| self.page(*position, 1))
    }
}
