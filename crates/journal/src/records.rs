//! Lists of records: each a `u32` length and that many bytes, one after the other.

use std::ops::Range;

use crate::bytes::u32_at;

/// Bytes that a record takes beside its own.
pub(crate) const LENGTH_BYTES: usize = 4;

/// Appends one record to a list.
///
/// # Errors
/// Returns the record's length where it exceeds `u32`.
pub(crate) fn push_record(list: &mut Vec<u8>, record: &[u8]) -> Result<(), usize> {
    let length = u32::try_from(record.len()).map_err(|_| record.len())?;
    list.extend_from_slice(&length.to_le_bytes());
    list.extend_from_slice(record);
    Ok(())
}

/// Returns where each record of a list lies, or `None` unless the list holds exactly `count`
/// records and nothing behind them.
pub(crate) fn split_records(list: &[u8], count: usize) -> Option<Vec<Range<usize>>> {
    // A count that the bytes cannot hold must not decide how much memory is asked for.
    if count > list.len() / LENGTH_BYTES {
        return None;
    }
    let mut spans = Vec::with_capacity(count);
    let mut at = 0;
    for _ in 0..count {
        let length = usize::try_from(u32_at(list, at)?).ok()?;
        let start = at + LENGTH_BYTES;
        at = start.checked_add(length)?;
        if at > list.len() {
            return None;
        }
        spans.push(start..at);
    }
    (at == list.len()).then_some(spans)
}

/// Records of one frame of a sealed block, in order of position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Records {
    bytes: Vec<u8>,
    spans: Vec<Range<usize>>,
}

impl Records {
    /// Records that lie in `bytes` one behind the other.
    pub(crate) fn new(bytes: Vec<u8>, spans: Vec<Range<usize>>) -> Self {
        Self { bytes, spans }
    }

    /// Returns how many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Tells whether there is no record at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Returns the record at `index`, counted from 0, or `None` behind the last.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        self.bytes.get(self.spans.get(index)?.clone())
    }

    /// Iterates over the records in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.spans.iter().map(|span| &self.bytes[span.clone()])
    }
}
