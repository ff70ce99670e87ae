//! A filter in memory: which short hashes a run may hold.
//!
//! A Bloom filter cut into lines of 64 bytes, so that a question touches one line of memory. With
//! 16 bits an entry and six bits set, about one in seven hundred absent hashes passes.

#[cfg(test)]
mod tests;

const LINE_WORDS: usize = 8;
const BITS_PER_ENTRY: usize = 16;
const BITS_SET: u32 = 6;

/// A set of short hashes that never denies one it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    lines: Vec<[u64; LINE_WORDS]>,
}

impl Filter {
    /// The filter of these hashes.
    pub(crate) fn of(hashes: &[u64]) -> Self {
        let bits = hashes.len() * BITS_PER_ENTRY;
        let count = bits.div_ceil(LINE_WORDS * 64).max(1);
        let mut filter = Self { lines: vec![[0; LINE_WORDS]; count] };
        for hash in hashes {
            let line = filter.line_of(*hash);
            for (word, bit) in bits_of(*hash) {
                filter.lines[line][word] |= bit;
            }
        }
        filter
    }

    /// Tells whether the hash may be in the set; `false` is certain.
    pub(crate) fn may_hold(&self, hash: u64) -> bool {
        let line = &self.lines[self.line_of(hash)];
        bits_of(hash).all(|(word, bit)| line[word] & bit != 0)
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

    fn line_of(&self, hash: u64) -> usize {
        let line = (u128::from(hash) * self.lines.len() as u128) >> u64::BITS;
        usize::try_from(line).expect("below the count of lines")
    }
}

/// The bits of a hash within its line, as word and mask. The line is chosen by the hash's upper
/// bits, so it is stirred before more are taken from it.
fn bits_of(hash: u64) -> impl Iterator<Item = (usize, u64)> {
    let stirred = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32) ^ hash;
    (0..BITS_SET).map(move |n| {
        let bit = (stirred >> (9 * n)) & 511;
        (usize::try_from(bit / 64).expect("below eight"), 1 << (bit % 64))
    })
}
