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
    let read_page = |page: usize| -> Result<Vec<(u64, u32)>, SearchError> {
        let start = page * PAGE_BYTES;
        let mut bytes = vec![0; PAGE_BYTES.min(length - start)];
        run.section_part(name, start as u64, &mut bytes)?;
        decode_page(&bytes).ok_or(SearchError::Damaged(name))
    };
    search_pages(length.div_ceil(PAGE_BYTES), hash, read_page)
}

fn decode_page(bytes: &[u8]) -> Option<Vec<(u64, u32)>> {
    let mut cursor = Cursor::new(bytes);
    let sound = cursor.u32()? == crc32c::crc32c(cursor.rest());
    let entry = |bytes| {
        let mut cursor = Cursor::new(bytes);
        Some((cursor.u64()?, cursor.u32()?))
    };
    sound.then(|| cursor.rest().chunks(ENTRY_BYTES).map(entry).collect())?
}

/// Searches `count` pages, beginning with the one where an even spread puts the hash.
fn search_pages<E>(
    count: usize,
    hash: u64,
    mut read_page: impl FnMut(usize) -> Result<Vec<(u64, u32)>, E>,
) -> Result<Vec<u32>, E> {
    let mut found = Vec::new();
    if count == 0 {
        return Ok(found);
    }
    let guess = (u128::from(hash) * count as u128) >> u64::BITS;
    let mut at = usize::try_from(guess).expect("below the count of pages");
    let mut page = read_page(at)?;
    // Back to the first page that can hold the hash: it may begin in the page before.
    while at > 0 && page.first().is_none_or(|(first, _)| *first >= hash) {
        at -= 1;
        page = read_page(at)?;
    }
    loop {
        let equal = page.iter().filter(|(other, _)| *other == hash);
        found.extend(equal.map(|(_, number)| *number));
        at += 1;
        if at == count || page.last().is_some_and(|(last, _)| *last > hash) {
            return Ok(found);
        }
        page = read_page(at)?;
    }
}
