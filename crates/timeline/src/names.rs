//! Interned texts, lists and documents: facts hold small numbers in their place.

use events::{EventType, Json, Payload};
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

/// An interned text. Its number depends on the order of arrival, so results never sort by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sym(u32);

/// An interned list of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListId(u32);

/// A kept payload of a policy event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocId(u32);

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

/// The tables behind [`Sym`], [`ListId`] and [`DocId`]; they only grow.
#[derive(Debug, Clone, Default)]
pub struct Names {
    texts: IndexSet<Box<str>, FxBuildHasher>,
    lists: Vec<Box<[Sym]>>,
    documents: Vec<Document>,
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
    pub fn intern(&mut self, text: &str) -> Sym {
        if let Some(index) = self.texts.get_index_of(text) {
            return Sym(number(index));
        }
        Sym(number(self.texts.insert_full(text.into()).0))
    }

    /// The number of a text that facts have named.
    #[must_use]
    pub fn known(&self, text: &str) -> Option<Sym> {
        self.texts.get_index_of(text).map(|index| Sym(number(index)))
    }

    /// The text.
    #[must_use]
    pub fn text(&self, sym: Sym) -> &str {
        self.texts.get_index(sym.0 as usize).map_or("", |text| text)
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
        self.documents.push(Document { kind, payload, data });
        DocId(number(self.documents.len() - 1))
    }

    /// The document.
    #[must_use]
    pub fn document(&self, id: DocId) -> Option<&Document> {
        self.documents.get(id.0 as usize)
    }

    /// Compares two names by text, for orders that results show.
    #[must_use]
    pub fn by_text(&self, a: Sym, b: Sym) -> std::cmp::Ordering {
        self.text(a).cmp(self.text(b))
    }
}
