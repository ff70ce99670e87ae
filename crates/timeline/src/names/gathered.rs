//! Texts of a few events, by place, before they have numbers.

use events::{Json, Payload};
use hashbrown::HashTable;

use super::texts::{hash_of, spread};
use super::{DocId, ListId, Sym};
use crate::Interner;

/// Distinct texts in the order in which they were named first. As an interner, it numbers them by
/// their places, and keeps neither lists nor documents.
#[derive(Debug, Default)]
pub struct Gathered {
    /// One text behind the other.
    bytes: String,
    /// Where each ends.
    ends: Vec<usize>,
    hashes: Vec<u32>,
    places: HashTable<usize>,
}

impl Gathered {
    /// Forgets everything but the memory that it took.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.hashes.clear();
        self.places.clear();
    }

    /// The text at a place.
    #[must_use]
    pub fn text(&self, place: usize) -> &str {
        text(&self.bytes, &self.ends, place)
    }

    pub(super) fn hashes(&self) -> impl ExactSizeIterator<Item = u32> {
        self.hashes.iter().copied()
    }
}

fn text<'a>(bytes: &'a str, ends: &[usize], place: usize) -> &'a str {
    let start = place.checked_sub(1).map_or(0, |before| ends[before]);
    &bytes[start..ends[place]]
}

impl Interner for Gathered {
    /// # Panics
    /// Behind 2^32 - 1 texts, of which a few events have none.
    fn intern(&mut self, named: &str) -> Sym {
        let hash = hash_of(named);
        let Self { bytes, ends, hashes, places } = self;
        let same = |place: &usize| hashes[*place] == hash && text(bytes, ends, *place) == named;
        let place = match places.find(spread(hash), same) {
            Some(place) => *place,
            None => {
                let place = hashes.len();
                places.insert_unique(spread(hash), place, |place| spread(hashes[*place]));
                hashes.push(hash);
                bytes.push_str(named);
                ends.push(bytes.len());
                place
            }
        };
        Sym::at(place).expect("a few texts")
    }

    fn intern_list(&mut self, _: Vec<Sym>) -> Option<ListId> {
        None
    }

    fn intern_document(&mut self, _: Payload, _: Json) -> Option<DocId> {
        None
    }
}
