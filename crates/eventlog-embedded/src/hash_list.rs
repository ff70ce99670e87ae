//! A sorted list of short hashes with a number beside each, searched where it lies on disk.
//!
//! The list is cut into buckets by the upper bits of the hash, so many that a bucket holds about
//! 256 entries. Those bits need not be stored; of the others 16 are, so that an entry takes four
//! bytes where numbers are small. Sixteen bits more or less tell entries of one bucket apart, not
//! names: whoever asks compares what is found.
//!
//! Where buckets begin stands in an index of its own, which is kept in memory: a look-up reads one
//! bucket, about a kilobyte, with its own checksum.

use std::ops::Range;

use journal::{ReadRunError, RunReader};

use crate::wire::Cursor;

#[cfg(test)]
mod tests;

const CRC_BYTES: usize = 4;
const KEPT_BYTES: usize = 2;
const BUCKET_ENTRIES: usize = 256;
const BUCKET_BITS_MAX: u32 = 24;

/// Why a list could not be searched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SearchError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadRunError),
    /// A checksum does not match.
    #[error("a bucket of the list `{0}` is damaged")]
    Damaged(&'static str),
}

/// A list written down.
#[derive(Debug)]
pub(crate) struct Encoded {
    /// Where the buckets begin.
    pub(crate) index: Vec<u8>,
    /// The buckets.
    pub(crate) buckets: Vec<u8>,
}

/// Writes a list down; `None` where it has 2^32 entries. The entries are sorted here.
pub(crate) fn encode(mut entries: Vec<(u64, u32)>) -> Option<Encoded> {
    entries.sort_unstable();
    let bits = bucket_bits(entries.len());
    let width = if entries.iter().all(|(_, number)| *number <= u16::MAX.into()) { 2 } else { 4 };
    let mut index = vec![u8::try_from(bits).ok()?, width];
    let mut buckets = Vec::with_capacity(entries.len() * (KEPT_BYTES + usize::from(width)));
    let mut from = 0;
    for bucket in 0..1_u64 << bits {
        let count = entries[from..].partition_point(|(hash, _)| bucket_of(*hash, bits) <= bucket);
        let start = buckets.len();
        buckets.extend_from_slice(&[0; CRC_BYTES]);
        for (hash, number) in &entries[from..from + count] {
            buckets.extend_from_slice(&kept_of(*hash, bits).to_le_bytes());
            buckets.extend_from_slice(&number.to_le_bytes()[..usize::from(width)]);
        }
        let crc = crc32c::crc32c(&buckets[start + CRC_BYTES..]);
        buckets[start..start + CRC_BYTES].copy_from_slice(&crc.to_le_bytes());
        from += count;
        index.extend_from_slice(&u32::try_from(from).ok()?.to_le_bytes());
    }
    Some(Encoded { index, buckets })
}

/// The index of a list, in memory.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HashList {
    bits: u32,
    /// Bytes of a number.
    width: usize,
    /// Count of entries up to the end of each bucket.
    ends: Vec<u32>,
}

impl HashList {
    /// Reads an index; `None` for bytes that are none.
    pub(crate) fn decode(index: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(index);
        let (bits, width) = (u32::from(cursor.byte()?), usize::from(cursor.byte()?));
        let (ends, rest) = cursor.rest().as_chunks();
        let ends: Vec<u32> = ends.iter().map(|end| u32::from_le_bytes(*end)).collect();
        let sound = rest.is_empty()
            && bits <= BUCKET_BITS_MAX
            && ends.len() == 1 << bits
            && ends.is_sorted()
            && matches!(width, 2 | 4);
        sound.then_some(Self { bits, width, ends })
    }

    /// Returns the numbers that stand beside `hash` in the list in section `name` of a run, and
    /// seldom others.
    pub(crate) fn search(
        &self,
        run: &RunReader,
        name: &'static str,
        hash: u64,
    ) -> Result<Vec<u32>, SearchError> {
        let bucket = self.bucket(hash);
        let mut bytes = vec![0; bucket.len()];
        run.section_part(name, bucket.start as u64, &mut bytes)?;
        self.numbers(&bytes, hash).ok_or(SearchError::Damaged(name))
    }

    /// Where the bucket lies that a hash belongs to, bytes.
    fn bucket(&self, hash: u64) -> Range<usize> {
        let number = usize::try_from(bucket_of(hash, self.bits)).expect("usize has 64 bits");
        let entries = |number: usize| usize::try_from(self.ends[number]).expect("64 bits");
        let start = if number == 0 { 0 } else { entries(number - 1) };
        let at = |entries: usize| entries * (KEPT_BYTES + self.width);
        let from = number * CRC_BYTES + at(start);
        from..from + CRC_BYTES + at(entries(number) - start)
    }

    /// The numbers of a hash in its bucket; `None` where the checksum does not match.
    fn numbers(&self, bucket: &[u8], hash: u64) -> Option<Vec<u32>> {
        let mut cursor = Cursor::new(bucket);
        let sound = cursor.u32()? == crc32c::crc32c(cursor.rest());
        let kept = kept_of(hash, self.bits).to_le_bytes();
        let entries = cursor.rest().chunks_exact(KEPT_BYTES + self.width);
        let numbers = entries.filter_map(|entry| number_behind(kept, entry));
        sound.then(|| numbers.collect())
    }
}

fn number_behind(kept: [u8; KEPT_BYTES], entry: &[u8]) -> Option<u32> {
    match entry.strip_prefix(&kept)? {
        [a, b] => Some(u32::from_le_bytes([*a, *b, 0, 0])),
        [a, b, c, d] => Some(u32::from_le_bytes([*a, *b, *c, *d])),
        _ => None,
    }
}

/// How many upper bits of a hash choose the bucket.
fn bucket_bits(entries: usize) -> u32 {
    entries.div_ceil(BUCKET_ENTRIES).max(1).next_power_of_two().ilog2().min(BUCKET_BITS_MAX)
}

fn bucket_of(hash: u64, bits: u32) -> u64 {
    hash.checked_shr(u64::BITS - bits).unwrap_or(0)
}

/// The bits of a hash that are stored: those behind the ones that choose the bucket.
fn kept_of(hash: u64, bits: u32) -> u16 {
    u16::try_from(hash << bits >> (u64::BITS - u16::BITS)).expect("sixteen bits")
}
