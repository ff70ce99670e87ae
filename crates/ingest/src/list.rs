//! The items of a JSON list, as they stand in its text.

use std::ops::Range;

/// Walks over the items of a list that is known to be JSON.
pub(crate) struct Items {
    text: Vec<u8>,
    /// Where the next item may begin.
    next: usize,
}

impl Items {
    /// The items of a text that is one JSON list, white space around it allowed.
    pub(crate) fn new(text: Vec<u8>) -> Self {
        let open = text.iter().position(|b| *b == b'[').map_or(text.len(), |at| at + 1);
        Self { text, next: open }
    }

    /// The text of the next item, without white space around it; `None` behind the last.
    pub(crate) fn next(&mut self) -> Option<&[u8]> {
        let item = item_at(&self.text, self.next)?;
        self.next = item.end + 1;
        let text = self.text[item].trim_ascii();
        // Only `[]` has nothing between its brackets.
        if text.is_empty() { None } else { Some(text) }
    }
}

/// The place of the item that begins at `start`, up to its comma or the closing bracket.
fn item_at(text: &[u8], start: usize) -> Option<Range<usize>> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.iter().enumerate().skip(start) {
        if in_string {
            in_string = *byte != b'"' || escaped;
            escaped = *byte == b'\\' && !escaped;
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => depth += 1,
            b',' | b']' if depth == 0 => return Some(start..at),
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}
