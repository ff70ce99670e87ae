//! Interned texts: where each lies, and which number it has.

use std::hash::Hasher as _;
use std::sync::Arc;

use hashbrown::HashTable;
use rustc_hash::FxHasher;

/// Texts that lie together.
const BLOCK: usize = 4096;
/// Parts of the table of numbers. A part is copied when a text is new that falls to it, and another
/// list shares it.
const PARTS: usize = 256;

/// Texts by number, from 0, and numbers by text. A clone shares both, and is not changed by what
/// comes to the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    /// All full but the last.
    blocks: Vec<Arc<Block>>,
    /// None, or [`PARTS`].
    parts: Vec<Arc<HashTable<Numbered>>>,
}

/// Texts one behind the other.
#[derive(Debug, Clone, Default)]
struct Block {
    bytes: String,
    /// Where each ends.
    ends: Vec<u32>,
}

/// A text's number, with its hash, so that few texts are looked at that are others.
#[derive(Debug, Clone, Copy)]
struct Numbered {
    hash: u32,
    number: u32,
}

/// Of the texts, none of which is in doubt: the order of a table enters no result.
fn hash_of(text: &str) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    let [.., a, b, c, d] = hasher.finish().to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// Which part a hash falls to.
fn part_of(hash: u32) -> usize {
    (hash >> 24) as usize % PARTS
}

/// The hash of a table of one part, in which the first bits are all the same.
fn within_part(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Block {
    fn text(&self, place: usize) -> Option<&str> {
        let end = *self.ends.get(place)? as usize;
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.bytes.get(start..end)
    }

    fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        let end = u32::try_from(self.bytes.len());
        self.ends.push(end.expect("names are no longer than events, and a block has few"));
    }
}

fn text_of(blocks: &[Arc<Block>], number: usize) -> Option<&str> {
    blocks.get(number / BLOCK)?.text(number % BLOCK)
}

impl Texts {
    pub(super) fn len(&self) -> usize {
        self.blocks.last().map_or(0, |last| (self.blocks.len() - 1) * BLOCK + last.ends.len())
    }

    pub(super) fn text(&self, number: usize) -> Option<&str> {
        text_of(&self.blocks, number)
    }

    pub(super) fn number(&self, text: &str) -> Option<usize> {
        let hash = hash_of(text);
        let same =
            |other: &Numbered| other.hash == hash && self.text(other.number as usize) == Some(text);
        let found = self.parts.get(part_of(hash))?.find(within_part(hash), same)?;
        Some(found.number as usize)
    }

    /// The text's number, new or known.
    ///
    /// # Panics
    /// Behind 2^32 texts.
    pub(super) fn intern(&mut self, text: &str) -> usize {
        if let Some(number) = self.number(text) {
            return number;
        }
        let number = self.len();
        let hash = hash_of(text);
        if self.parts.is_empty() {
            self.parts.resize_with(PARTS, Arc::default);
        }
        let numbered = Numbered { hash, number: u32::try_from(number).expect("fewer texts") };
        Arc::make_mut(&mut self.parts[part_of(hash)]).insert_unique(
            within_part(hash),
            numbered,
            |other| within_part(other.hash),
        );
        match self.blocks.last_mut() {
            Some(last) if last.ends.len() < BLOCK => Arc::make_mut(last).push(text),
            _ => {
                let mut block = Block::default();
                block.push(text);
                self.blocks.push(Arc::new(block));
            }
        }
        number
    }

    /// Makes room for so many texts.
    pub(super) fn reserve(&mut self, texts: usize) {
        self.parts.resize_with(PARTS, Arc::default);
        for part in &mut self.parts {
            Arc::make_mut(part).reserve(texts / PARTS, |other| within_part(other.hash));
        }
    }
}
