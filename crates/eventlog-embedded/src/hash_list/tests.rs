use std::cell::Cell;
use std::convert::Infallible;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{PAGE_BYTES, Page, encode, search_pages};

/// Searches encoded bytes, and counts the pages read.
fn search(bytes: &[u8], hash: u64) -> (Vec<u32>, usize) {
    let pages: Vec<_> = bytes.chunks(PAGE_BYTES).collect();
    let read = Cell::new(0);
    let read_page = |page: usize| {
        read.set(read.get() + 1);
        Ok::<_, Infallible>(Page::read(pages[page].to_vec()).unwrap())
    };
    let Ok(found) = search_pages(pages.len(), hash, read_page);
    (found, read.get())
}

#[test]
fn evenly_spread_hashes_take_few_pages() {
    let hash = |n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let entries = (0..65_536_u32).map(|n| (hash(u64::from(n)), n)).collect();
    let bytes = encode(entries);
    let mut pages = 0;
    for n in (0..65_536).step_by(13) {
        let (found, read) = search(&bytes, hash(u64::from(n)));
        assert_eq!(found, [n]);
        pages += read;
    }
    let looked_up = 65_536_usize.div_ceil(13);
    assert!(pages <= 2 * looked_up, "{pages} pages for {looked_up} hashes");
}

#[test]
fn an_empty_list_holds_nothing() {
    assert_eq!(search(&encode(Vec::new()), 7), (Vec::new(), 0));
}

#[test]
fn a_damaged_page_is_noticed() {
    let bytes = encode(vec![(1, 2), (3, 4)]);
    let page = Page::read(bytes.clone()).unwrap();
    assert_eq!((page.first(), page.last()), (1, 3));
    assert!(page.numbers(3).eq([4]));
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        assert!(Page::read(damaged).is_none(), "byte {at}");
        assert!(Page::read(bytes[..at].to_vec()).is_none(), "{at} bytes");
    }
}

proptest! {
    /// However the hashes are spread, and however often one occurs, all its numbers are found.
    #[test]
    fn finds_all_and_nothing_else(
        hashes in vec(prop_oneof![any::<u64>(), 0_u64..40, Just(u64::MAX)], 0..1500),
        absent in any::<u64>(),
    ) {
        let entries: Vec<_> = hashes.iter().copied().zip(0_u32..).collect();
        let bytes = encode(entries.clone());
        for hash in hashes.iter().take(50).chain([&absent]) {
            let of_hash = entries.iter().filter(|(other, _)| other == hash);
            let expected: Vec<_> = of_hash.map(|(_, number)| *number).collect();
            prop_assert_eq!(search(&bytes, *hash).0, expected);
        }
    }
}
