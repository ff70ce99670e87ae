//! A sorted list of short hashes, searched where it lies on disk.
//!
//! Pages of 4 KiB, each a CRC-32C and up to 341 entries of a hash (8 bytes) and a number (4 bytes),
//! sorted by both; only the last page is shorter. Hashes are spread evenly, so the page is guessed
//! from the hash, and a look-up reads one or two of them.

use journal::{ReadRunError, RunReader};

use crate::wire::Cursor;

#[cfg(test)]
mod tests;

const CRC_BYTES: usize = 4;
const ENTRY_BYTES: usize = 12;
const PAGE_ENTRIES: usize = 341;
const PAGE_BYTES: usize = CRC_BYTES + PAGE_ENTRIES * ENTRY_BYTES;

const _: () = assert!(PAGE_BYTES == 4096);

/// Why a list could not be searched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SearchError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadRunError),
    /// A checksum does not match.
    #[error("a page of the list `{0}` is damaged")]
    Damaged(&'static str),
}

/// Writes a list down; the entries are sorted here.
pub(crate) fn encode(mut entries: Vec<(u64, u32)>) -> Vec<u8> {
    entries.sort_unstable();
    let mut bytes = Vec::with_capacity(entries.len().div_ceil(PAGE_ENTRIES) * PAGE_BYTES);
    for page in entries.chunks(PAGE_ENTRIES) {
        let start = bytes.len();
        bytes.extend_from_slice(&[0; CRC_BYTES]);
        for (hash, number) in page {
            bytes.extend_from_slice(&hash.to_le_bytes());
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        let crc = crc32c::crc32c(&bytes[start + CRC_BYTES..]);
        bytes[start..start + CRC_BYTES].copy_from_slice(&crc.to_le_bytes());
    }
    bytes
}

/// Returns the numbers that stand beside `hash` in the list in section `name` of a run.
pub(crate) fn search(
    run: &RunReader,
    name: &'static str,
    hash: u64,
) -> Result<Vec<u32>, SearchError> {
    let length = usize::try_from(run.section_length(name)?).expect("usize has 64 bits");
    let read_page = |page: usize| -> Result<Page, SearchError> {
        let start = page * PAGE_BYTES;
        let mut bytes = vec![0; PAGE_BYTES.min(length - start)];
        run.section_part(name, start as u64, &mut bytes)?;
        Page::read(bytes).ok_or(SearchError::Damaged(name))
    };
    search_pages(length.div_ceil(PAGE_BYTES), hash, read_page)
}

/// A page whose checksum matches; it holds one entry at least.
#[derive(Debug)]
struct Page(Vec<u8>);

impl Page {
    fn read(bytes: Vec<u8>) -> Option<Self> {
        let mut cursor = Cursor::new(&bytes);
        let sound = cursor.u32()? == crc32c::crc32c(cursor.rest());
        let (entries, rest) = cursor.rest().as_chunks::<ENTRY_BYTES>();
        (sound && rest.is_empty() && !entries.is_empty()).then_some(Self(bytes))
    }

    fn entries(&self) -> &[[u8; ENTRY_BYTES]] {
        self.0[CRC_BYTES..].as_chunks().0
    }

    fn first(&self) -> u64 {
        hash_of(&self.entries()[0])
    }

    fn last(&self) -> u64 {
        self.entries().last().map_or(0, hash_of)
    }

    /// The numbers beside `hash`, in order.
    fn numbers(&self, hash: u64) -> impl Iterator<Item = u32> {
        let entries = self.entries();
        let start = entries.partition_point(|entry| hash_of(entry) < hash);
        let equal = entries[start..].iter().take_while(move |entry| hash_of(entry) == hash);
        equal.map(|[.., a, b, c, d]| u32::from_le_bytes([*a, *b, *c, *d]))
    }
}

fn hash_of([a, b, c, d, e, f, g, h, ..]: &[u8; ENTRY_BYTES]) -> u64 {
    u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h])
}

/// Searches `count` pages, beginning with the one where an even spread puts the hash.
fn search_pages<E>(
    count: usize,
    hash: u64,
    mut read_page: impl FnMut(usize) -> Result<Page, E>,
) -> Result<Vec<u32>, E> {
    let mut found = Vec::new();
    if count == 0 {
        return Ok(found);
    }
    let guess = (u128::from(hash) * count as u128) >> u64::BITS;
    let mut at = usize::try_from(guess).expect("below the count of pages");
    let mut page = read_page(at)?;
    // Back to the first page that can hold the hash: it may begin in the page before.
    while at > 0 && page.first() >= hash {
        at -= 1;
        page = read_page(at)?;
    }
    loop {
        found.extend(page.numbers(hash));
        at += 1;
        if at == count || page.last() > hash {
            return Ok(found);
        }
        page = read_page(at)?;
    }
}
