//! Texts that many owners share without copying.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, Range};
use std::sync::Arc;

/// A text, or a piece of a longer one. Cloning it copies no text.
///
/// The texts of events that are read together are pieces of one text, which saves an allocation
/// for each. A piece keeps the whole: whoever keeps few of many events for long keeps something
/// else of them, such as [`crate::EventKey::digest`], or a copy.
///
/// Two are equal where the texts are, whatever they are pieces of.
#[derive(Clone)]
pub struct SharedStr {
    whole: Arc<str>,
    start: u32,
    end: u32,
}

impl SharedStr {
    /// The piece of a text between two places, bytes; `None` where it ends behind the text or 4
    /// GiB, or cuts a character.
    #[must_use]
    #[inline]
    pub fn piece(whole: &Arc<str>, bytes: Range<usize>) -> Option<Self> {
        let (start, end) = (u32::try_from(bytes.start).ok()?, u32::try_from(bytes.end).ok()?);
        whole.get(bytes).map(|_| Self { whole: Arc::clone(whole), start, end })
    }

    /// Texts that are to be pieces of one.
    ///
    /// # Panics
    /// On texts of 4 GiB.
    #[must_use]
    pub fn together<const N: usize>(texts: [&str; N]) -> [Self; N] {
        let whole: Arc<str> = texts.concat().into();
        let mut end = 0;
        texts.map(|text| {
            let start = end;
            end += text.len();
            Self::piece(&whole, start..end).expect("texts of an event are shorter than 4 GiB")
        })
    }

    /// The text.
    #[must_use]
    #[inline]
    pub fn as_str(&self) -> &str {
        let place = |n| usize::try_from(n).expect("usize has 64 bits");
        &self.whole[place(self.start)..place(self.end)]
    }
}

/// # Panics
/// On a text of 4 GiB; an event has 64 KiB at most.
impl From<&str> for SharedStr {
    fn from(text: &str) -> Self {
        let end = u32::try_from(text.len()).expect("a text of an event is shorter than 4 GiB");
        Self { whole: text.into(), start: 0, end }
    }
}

/// # Panics
/// On a text of 4 GiB; an event has 64 KiB at most.
impl From<String> for SharedStr {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl Deref for SharedStr {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<[u8]> for SharedStr {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Display for SharedStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl fmt::Debug for SharedStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq for SharedStr {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for SharedStr {}

impl PartialEq<str> for SharedStr {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for SharedStr {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialOrd for SharedStr {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SharedStr {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for SharedStr {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::SharedStr;

    #[test]
    fn a_piece_is_the_text_between_two_places() {
        let whole: Arc<str> = "faces é e-1".into();
        let piece = |start, end| SharedStr::piece(&whole, start..end);
        assert_eq!(piece(0, 5).expect("a piece"), "faces");
        assert_eq!(piece(6, 8).expect("a piece"), "é");
        assert_eq!(piece(12, 12).expect("a piece"), "");
        assert_eq!(piece(6, 7), None, "half a character");
        assert_eq!(piece(9, 13), None, "behind the end");
    }

    #[test]
    fn texts_together_are_what_they_were() {
        let texts = ["faces", "", "é", "e-1"];
        let pieces = SharedStr::together(texts);
        assert_eq!(pieces.each_ref().map(SharedStr::as_str), texts);
    }
}
