//! Lists of which a copy is cheap.

use std::ops::Index;

// Whether a chunk is shared is read without a barrier, which would hold up every other read.
use triomphe::Arc;

#[cfg(test)]
mod tests;

/// A list in chunks of `CHUNK` items. A clone shares all of them; who changes an item copies its
/// chunk first, if another list has it too. So a clone costs one count for each chunk, and never
/// sees what is done to the other.
#[derive(Debug, Clone)]
pub struct Chunks<T, const CHUNK: usize> {
    /// All full but the last.
    chunks: Vec<Arc<Vec<T>>>,
}

impl<T, const CHUNK: usize> Default for Chunks<T, CHUNK> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<T, const CHUNK: usize> Chunks<T, CHUNK> {
    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chunks.last().map_or(0, |last| (self.chunks.len() - 1) * CHUNK + last.len())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The item at a place.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&T> {
        self.chunks.get(place / CHUNK)?.get(place % CHUNK)
    }

    /// Every item, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &T> {
        (0..self.len()).map(|place| &self[place])
    }

    /// Every item, chunk by chunk; none is empty.
    pub fn slices(&self) -> impl Iterator<Item = &[T]> {
        self.chunks.iter().map(|chunk| chunk.as_slice())
    }

    /// How many items stand before the first of which `before` is false; the list is in such order.
    pub fn partition_point(&self, mut before: impl FnMut(&T) -> bool) -> usize {
        let full = self.chunks.partition_point(|chunk| chunk.last().is_some_and(&mut before));
        match self.chunks.get(full) {
            Some(chunk) => full * CHUNK + chunk.partition_point(before),
            None => self.len(),
        }
    }
}

impl<T: Clone, const CHUNK: usize> Chunks<T, CHUNK> {
    /// Appends an item.
    pub fn push(&mut self, item: T) {
        match self.chunks.last_mut() {
            Some(last) if last.len() < CHUNK => Arc::make_mut(last).push(item),
            _ => self.chunks.push(Arc::new(vec![item])),
        }
    }

    /// The item at a place, to be changed.
    pub fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        Arc::make_mut(self.chunks.get_mut(place / CHUNK)?).get_mut(place % CHUNK)
    }
}

impl<T: Clone, const CHUNK: usize> Extend<T> for Chunks<T, CHUNK> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

/// # Panics
/// Where there is no such item.
impl<T, const CHUNK: usize> Index<usize> for Chunks<T, CHUNK> {
    type Output = T;

    fn index(&self, place: usize) -> &T {
        &self.chunks[place / CHUNK][place % CHUNK]
    }
}
