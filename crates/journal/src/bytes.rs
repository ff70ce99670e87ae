//! Little-endian integers in byte slices, and sizes between `u64` and `usize`.

// Offsets in files are `u64`, offsets in memory `usize`; files of more than 4 GiB are lawful.
const _: () = assert!(usize::BITS == 64);

/// Reads a `u32` at `at`, or `None` where the bytes end before it does.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Reads a `u64` at `at`, or `None` where the bytes end before it does.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Turns a length in a file into a length in memory.
pub(crate) fn in_memory(length: u64) -> usize {
    usize::try_from(length).expect("usize has 64 bits")
}

/// Turns a length in memory into a length in a file.
pub(crate) fn in_file(length: usize) -> u64 {
    u64::try_from(length).expect("usize has 64 bits")
}
