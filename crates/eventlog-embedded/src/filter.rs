//! A filter in memory: which short hashes a run may hold.
//!
//! A Bloom filter cut into lines of 64 bytes, so that a question touches one line of memory. With
//! 16 bits a hash and six bits set, about one in seven hundred absent hashes passes.
//!
//! A run has a hash for every event, one for every stream, and one more for every correction. Its
//! filter is as long as an ordinary run of so many events needs, so that runs of one length have
//! filters of one length; where there are far more hashes it is longer.

#[cfg(test)]
mod tests;

const LINE_WORDS: usize = 8;
/// Bits of a line.
pub(crate) const BITS_PER_LINE: usize = LINE_WORDS * 64;
const BITS_PER_EVENT: usize = 20;
const BITS_PER_HASH_MIN: usize = 10;
const BITS_SET: u32 = 6;

/// A set of short hashes that never denies one it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    lines: Vec<[u64; LINE_WORDS]>,
}

impl Filter {
    /// The filter of these hashes, in a run of so many events.
    pub(crate) fn of(hashes: &[u64], events: usize) -> Self {
        let bits = (events * BITS_PER_EVENT).max(hashes.len() * BITS_PER_HASH_MIN);
        let lines = bits.div_ceil(BITS_PER_LINE).max(1);
        let mut filter = Self { lines: vec![[0; LINE_WORDS]; lines] };
        for hash in hashes {
            for bit in bits_of(*hash, lines) {
                let word = filter.lines.as_flattened_mut().get_mut(bit / 64);
                *word.expect("a bit of the filter") |= 1 << (bit % 64);
            }
        }
        filter
    }

    /// Tells whether the hash may be in the set; `false` is certain.
    pub(crate) fn may_hold(&self, hash: u64) -> bool {
        let words = self.lines.as_flattened();
        bits_of(hash, self.lines.len()).all(|bit| words[bit / 64] & (1 << (bit % 64)) != 0)
    }

    /// How many lines it has.
    pub(crate) fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// All its bits, in order.
    pub(crate) fn words(&self) -> &[u64] {
        self.lines.as_flattened()
    }

    /// Writes the filter down.
    pub(crate) fn encode(&self) -> Vec<u8> {
        self.lines.iter().flatten().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// Reads a filter; `None` for bytes that are none.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (words, rest) = bytes.as_chunks::<8>();
        let words: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let (lines, cut) = words.as_chunks::<LINE_WORDS>();
        let whole = rest.is_empty() && cut.is_empty() && !lines.is_empty();
        whole.then(|| Self { lines: lines.to_vec() })
    }
}

/// The bits of a hash in a filter of so many lines, by number. The line is chosen by the hash's
/// upper bits, so it is stirred before more are taken from it.
pub(crate) fn bits_of(hash: u64, lines: usize) -> impl Iterator<Item = usize> {
    let line = usize::try_from((u128::from(hash) * lines as u128) >> u64::BITS);
    let line = line.expect("below the count of lines");
    let stirred = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32) ^ hash;
    (0..BITS_SET).map(move |n| {
        let bit = usize::try_from((stirred >> (9 * n)) & 511).expect("below the bits of a line");
        line * BITS_PER_LINE + bit
    })
}
