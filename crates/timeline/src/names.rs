//! Interned texts, lists and documents: facts hold small numbers in their place.

use std::num::NonZeroU32;
use std::sync::Arc;

use events::{EventType, Json, Payload};

use crate::{Chunks, Interner};
use texts::Texts;

mod gathered;
#[cfg(test)]
mod tests;
mod texts;

pub use gathered::Gathered;

/// An interned text. Its number depends on the order of arrival, so results never sort by it.
///
/// Numbers count from 1, so that an optional one takes no more room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sym(NonZeroU32);

impl Sym {
    /// The text's place in the order of arrival, from 0: tables by text are lists.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0.get() as usize - 1
    }

    /// As a word of a file; never 0.
    pub(crate) const fn number(self) -> u32 {
        self.0.get()
    }

    /// The symbol of a file's word; 0 is none.
    pub(crate) fn numbered(word: u32) -> Option<Self> {
        NonZeroU32::new(word).map(Self)
    }

    /// The symbol of that place, while fewer than 2^32 - 1 texts stand before it.
    #[must_use]
    pub fn at(index: usize) -> Option<Self> {
        u32::try_from(index).ok()?.checked_add(1).and_then(NonZeroU32::new).map(Self)
    }
}

/// An interned list of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListId(u32);

impl ListId {
    pub(crate) const fn number(self) -> u32 {
        self.0
    }

    pub(crate) const fn numbered(word: u32) -> Self {
        Self(word)
    }
}

/// A kept payload of a policy event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocId(u32);

impl DocId {
    /// Its place among the documents.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    pub(crate) const fn number(self) -> u32 {
        self.0
    }

    pub(crate) const fn numbered(word: u32) -> Self {
        Self(word)
    }
}

/// A policy event's payload as it stands: typed, and as JSON for the answer's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The type.
    pub kind: EventType,
    /// The payload.
    pub payload: Payload,
    /// The `data` member.
    pub data: Json,
}

/// The tables behind [`Sym`], [`ListId`] and [`DocId`]; they only grow. A clone shares what there
/// is with the other, and neither sees what the other gets later.
#[derive(Debug, Clone, Default)]
pub struct Names {
    texts: Texts,
    lists: Chunks<Arc<[Sym]>, 1024>,
    documents: Chunks<Arc<Document>, 1024>,
}

/// A table's next number.
///
/// # Panics
/// Behind 2^32 - 1 entries; positions end there too.
fn number(len: usize) -> u32 {
    u32::try_from(len).expect("fewer names than positions, and those are below 2^32")
}

impl Names {
    /// The text's number, new or known.
    ///
    /// # Panics
    /// Behind 2^32 - 1 texts, which fewer positions cannot name.
    pub fn intern(&mut self, text: &str) -> Sym {
        Sym::at(self.texts.intern(text)).expect("fewer names than a list of 32 bits holds")
    }

    /// The numbers of those of the texts that facts have named, by their places.
    #[must_use]
    pub fn known_of(&self, texts: &Gathered) -> Vec<Option<Sym>> {
        let numbers = self.texts.numbers_of(texts).into_iter();
        numbers.map(|number| number.and_then(Sym::at)).collect()
    }

    /// How many texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.len() == 0
    }

    /// The number of a text that facts have named.
    #[must_use]
    pub fn known(&self, text: &str) -> Option<Sym> {
        self.texts.number(text).and_then(Sym::at)
    }

    /// The text.
    #[must_use]
    pub fn text(&self, sym: Sym) -> &str {
        self.texts.text(sym.index()).unwrap_or_default()
    }

    /// Keeps a list.
    pub fn intern_list(&mut self, items: Vec<Sym>) -> ListId {
        self.lists.push(items.into());
        ListId(number(self.lists.len() - 1))
    }

    /// The list.
    #[must_use]
    pub fn list(&self, id: ListId) -> &[Sym] {
        self.lists.get(id.0 as usize).map_or(&[], |list| list)
    }

    /// Keeps a policy event's payload, and its `data` as it was written.
    pub fn intern_document(&mut self, payload: Payload, data: Json) -> DocId {
        let kind = payload.kind();
        self.documents.push(Arc::new(Document { kind, payload, data }));
        DocId(number(self.documents.len() - 1))
    }

    /// The document.
    #[must_use]
    pub fn document(&self, id: DocId) -> Option<&Document> {
        self.documents.get(id.0 as usize).map(|document| &**document)
    }

    /// Every text, in order of arrival: interned in this order, they have the same numbers.
    pub fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.texts.len()).map(|number| self.texts.text(number).unwrap_or_default())
    }

    /// Every list, in order of arrival.
    pub fn lists(&self) -> impl ExactSizeIterator<Item = &[Sym]> {
        self.lists.iter().map(|list| &**list)
    }

    /// Every document, in order of arrival.
    pub fn documents(&self) -> impl ExactSizeIterator<Item = &Document> {
        self.documents.iter().map(|document| &**document)
    }

    /// The tables that have these texts, all different, by their places, and nothing else.
    #[must_use]
    pub fn of_texts<'t>(texts: impl ExactSizeIterator<Item = &'t str>) -> Self {
        Self { texts: Texts::of(texts), ..Self::default() }
    }

    /// Compares two names by text, for orders that results show.
    #[must_use]
    pub fn by_text(&self, a: Sym, b: Sym) -> std::cmp::Ordering {
        self.text(a).cmp(self.text(b))
    }
}

impl Interner for Names {
    fn intern(&mut self, text: &str) -> Sym {
        Self::intern(self, text)
    }

    fn intern_list(&mut self, items: Vec<Sym>) -> Option<ListId> {
        Some(Self::intern_list(self, items))
    }

    fn intern_document(&mut self, payload: Payload, data: Json) -> Option<DocId> {
        Some(Self::intern_document(self, payload, data))
    }
}
