//! The bytes of a frame: records, with what does not compress apart from the rest.
//!
//! Random bytes among text cost more than their own length, since they spoil the statistics of what
//! stands around them. So each kind of frame has places of its records that lie beside each other,
//! uncompressed: measured with the generator's events, 8 of 72 bytes an event less for a salt.

use std::ops::Range;

use crate::bytes::{in_memory, u32_at};
use crate::records::Records;

/// Places of a record of a kept frame that lie apart: there the low bytes of a time may stand.
pub(crate) const KEPT_APART: Range<usize> = 5..9;
/// Places of a record of a data frame that lie apart: there a salt may stand.
pub(crate) const DATA_APART: Range<usize> = 1..17;

/// Records cut in two.
#[derive(Debug, Default)]
pub(crate) struct Split {
    /// What lies apart, record after record.
    pub(crate) apart: Vec<u8>,
    /// Of each record its whole length (4 bytes) and what does not lie apart.
    pub(crate) rest: Vec<u8>,
}

impl Split {
    /// Cuts records; `None` where one is too long for its length.
    pub(crate) fn of<R: AsRef<[u8]>>(records: &[R], places: &Range<usize>) -> Option<Self> {
        let mut split = Self::default();
        for record in records {
            let record = record.as_ref();
            let (start, end) = (places.start.min(record.len()), places.end.min(record.len()));
            let length = u32::try_from(record.len()).ok()?;
            split.rest.extend_from_slice(&length.to_le_bytes());
            split.rest.extend_from_slice(&record[..start]);
            split.apart.extend_from_slice(&record[start..end]);
            split.rest.extend_from_slice(&record[end..]);
        }
        Some(split)
    }
}

/// Puts records together again; `None` unless the parts hold exactly `count` of them.
pub(crate) fn join(
    mut apart: &[u8],
    rest: &[u8],
    places: &Range<usize>,
    count: usize,
) -> Option<Records> {
    let mut bytes = Vec::with_capacity(apart.len() + rest.len());
    let mut spans = Vec::with_capacity(count);
    let mut at = 0;
    for _ in 0..count {
        let length = in_memory(u64::from(u32_at(rest, at)?));
        let (start, end) = (places.start.min(length), places.end.min(length));
        let (before, behind) = (at + 4, at + 4 + start);
        at = behind + (length - end);
        let (here, others) = apart.split_at_checked(end - start)?;
        apart = others;
        let from = bytes.len();
        bytes.extend_from_slice(rest.get(before..behind)?);
        bytes.extend_from_slice(here);
        bytes.extend_from_slice(rest.get(behind..at)?);
        spans.push(from..bytes.len());
    }
    (apart.is_empty() && at == rest.len()).then(|| Records::new(bytes, spans))
}
