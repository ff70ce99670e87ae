//! Where events stand, by the short hashes of their identities.

use rustc_hash::FxHashMap;

/// Places by short hash. Two identities may share a hash, so what is found is to be compared.
#[derive(Debug, Clone, Default)]
pub struct HashIndex {
    places: FxHashMap<u64, u64>,
    /// Places whose hash another one in `places` has too; mostly none.
    twins: Vec<(u64, u64)>,
}

impl HashIndex {
    /// An empty one, with room for so many places.
    #[must_use]
    pub fn with_capacity(places: usize) -> Self {
        let places = FxHashMap::with_capacity_and_hasher(places, rustc_hash::FxBuildHasher);
        Self { places, twins: Vec::new() }
    }

    /// Adds a place.
    pub fn insert(&mut self, hash: u64, place: u64) {
        if let Some(twin) = self.places.insert(hash, place) {
            self.twins.push((hash, twin));
        }
    }

    /// The places under a hash.
    pub fn get(&self, hash: u64) -> impl Iterator<Item = u64> {
        let twins = self.twins.iter().filter(move |(other, _)| *other == hash);
        self.places.get(&hash).copied().into_iter().chain(twins.map(|(_, place)| *place))
    }

    /// Keeps the places that `stays` says.
    pub fn retain(&mut self, stays: impl Fn(u64) -> bool) {
        // A twin must not be lost with the place that hides it.
        let twins = std::mem::take(&mut self.twins);
        self.places.retain(|_, place| stays(*place));
        for (hash, place) in twins.into_iter().filter(|(_, place)| stays(*place)) {
            self.insert(hash, place);
        }
    }

    /// Forgets all places and keeps the room.
    pub fn clear(&mut self) {
        self.places.clear();
        self.twins.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::HashIndex;

    #[test]
    fn twins_are_found_and_outlive_each_other() {
        let mut index = HashIndex::default();
        for (hash, place) in [(7, 1), (8, 2), (7, 3), (7, 4)] {
            index.insert(hash, place);
        }
        let places = |index: &HashIndex, hash| {
            let mut places: Vec<_> = index.get(hash).collect();
            places.sort_unstable();
            places
        };
        assert_eq!((places(&index, 7), places(&index, 8)), (vec![1, 3, 4], vec![2]));
        assert!(places(&index, 9).is_empty());
        index.retain(|place| place != 4);
        assert_eq!(places(&index, 7), [1, 3]);
        index.retain(|place| place == 1);
        assert_eq!((places(&index, 7), places(&index, 8)), (vec![1], vec![]));
    }
}
