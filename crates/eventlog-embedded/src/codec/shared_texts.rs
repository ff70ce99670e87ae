//! The texts of records that are read together, as pieces of one.

use std::sync::Arc;

use events::SharedStr;

use super::{DecodeError, StoredData, VERSION};

/// Where the texts of a data part begin: behind version, salt and day.
const TEXTS_AT: usize = 1 + 16 + 4;

/// Reads data parts, one after the other, into events that share a single text.
///
/// That text is what the parts hold behind their fixed fields, numbers between the texts included:
/// all of it is checked to be UTF-8 at once, and each text to begin and end where a character does.
#[derive(Debug)]
pub(crate) struct SharedTexts {
    /// `None` where something in it is no UTF-8, such as the length of a text of 128 bytes; then
    /// each text is one of its own.
    whole: Option<Arc<str>>,
    /// Where the texts of the next part begin, bytes.
    next: usize,
}

impl SharedTexts {
    /// For these parts.
    pub(crate) fn of<'a, P>(parts: P) -> Self
    where
        P: IntoIterator<Item = &'a [u8]>,
        P::IntoIter: Clone,
    {
        let parts = parts.into_iter().map(texts);
        let mut bytes = Vec::with_capacity(parts.clone().map(<[u8]>::len).sum());
        parts.for_each(|texts| bytes.extend_from_slice(texts));
        Self { whole: std::str::from_utf8(&bytes).ok().map(Into::into), next: 0 }
    }

    /// Reads the next of them.
    pub(crate) fn read(&mut self, part: &[u8]) -> Result<StoredData<SharedStr>, DecodeError> {
        let start = self.next;
        self.next += texts(part).len();
        StoredData::read_with(part, |place| match &self.whole {
            Some(whole) => {
                let at = |place: usize| start + place - TEXTS_AT;
                SharedStr::piece(whole, at(place.start)..at(place.end))
            }
            None => std::str::from_utf8(&part[place]).ok().map(SharedStr::from),
        })
    }
}

/// What a part holds behind its fixed fields; nothing where it was erased.
fn texts(part: &[u8]) -> &[u8] {
    let said = part.first() == Some(&VERSION);
    part.get(TEXTS_AT..).filter(|_| said).unwrap_or_default()
}
