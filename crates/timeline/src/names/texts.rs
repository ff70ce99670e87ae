//! Interned texts: where each lies, and which number it has.

use std::hash::Hasher as _;
use std::hint::black_box;

use hashbrown::HashTable;
use rustc_hash::FxHasher;
use smol_str::SmolStr;
use triomphe::Arc;

use super::Gathered;
use crate::Chunks;

/// Parts of the table of numbers. A part is copied when a text is new that falls to it, and another
/// list shares it.
const PARTS: usize = 256;

/// Texts by number, from 0, and numbers by text. A clone shares both, and is not changed by what
/// comes to the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    /// Most are short, and lie in their place.
    texts: Chunks<SmolStr, 4096>,
    /// None, or [`PARTS`].
    parts: Vec<Arc<HashTable<Numbered>>>,
}

/// A text's number, with its hash, so that few texts are looked at that are others.
#[derive(Debug, Clone, Copy)]
struct Numbered {
    hash: u32,
    number: u32,
}

/// Not a cryptographic hash, and it need not be one.
pub(super) fn hash_of(text: &str) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    let [.., a, b, c, d] = hasher.finish().to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// Which part a hash falls to.
fn part_of(hash: u32) -> usize {
    (hash >> 24) as usize % PARTS
}

/// The hash in the table of one part, where the first bits are all the same.
pub(super) fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Texts {
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn text(&self, number: usize) -> Option<&str> {
        self.texts.get(number).map(SmolStr::as_str)
    }

    pub(super) fn number(&self, text: &str) -> Option<usize> {
        self.number_hashed(text, hash_of(text))
    }

    fn number_hashed(&self, text: &str, hash: u32) -> Option<usize> {
        let same =
            |other: &Numbered| other.hash == hash && self.text(other.number as usize) == Some(text);
        let found = self.parts.get(part_of(hash))?.find(spread(hash), same)?;
        Some(found.number as usize)
    }

    /// The number of each text, if it has one.
    ///
    /// Tables and texts lie scattered in memory. So it is gone through them in steps, in each of
    /// which no text waits for another: the processor then fetches many of them at a time.
    pub(super) fn numbers_of(&self, gathered: &Gathered) -> Vec<Option<usize>> {
        let candidate = |hash: u32| {
            let part = self.parts.get(part_of(hash))?;
            part.find(spread(hash), |other| other.hash == hash).map(|found| found.number as usize)
        };
        let mut numbers: Vec<_> = gathered.hashes().map(candidate).collect();
        let texts = numbers.iter().flatten().filter_map(|number| self.texts.get(*number));
        black_box(texts.fold(0, |seen, text| seen ^ text.len()));
        for (place, number) in numbers.iter_mut().enumerate() {
            let text = gathered.text(place);
            if number.is_some_and(|number| self.text(number) != Some(text)) {
                // Another text of the same hash.
                *number = self.number(text);
            }
        }
        numbers
    }

    /// The text's number, new or known.
    ///
    /// # Panics
    /// Behind 2^32 texts.
    pub(super) fn intern(&mut self, text: &str) -> usize {
        let hash = hash_of(text);
        self.number_hashed(text, hash).unwrap_or_else(|| self.push(text, hash))
    }

    /// Gives a text that is new the next number.
    fn push(&mut self, text: &str, hash: u32) -> usize {
        let number = self.len();
        if self.parts.is_empty() {
            self.parts.resize_with(PARTS, Arc::default);
        }
        let numbered = Numbered { hash, number: u32::try_from(number).expect("fewer texts") };
        let part = Arc::make_mut(&mut self.parts[part_of(hash)]);
        part.insert_unique(spread(hash), numbered, |other| spread(other.hash));
        self.texts.push(text.into());
        number
    }

    /// Of texts that are all different.
    pub(super) fn of<'t>(all: impl ExactSizeIterator<Item = &'t str>) -> Self {
        let mut texts = Self::default();
        texts.parts.resize_with(PARTS, Arc::default);
        for part in &mut texts.parts {
            Arc::make_mut(part).reserve(all.len() / PARTS, |other| spread(other.hash));
        }
        all.for_each(|text| _ = texts.push(text, hash_of(text)));
        texts
    }
}
