//! Inputs that break off: an error, never an end.

use std::fmt::Write as _;

use events::Admission;

use super::{Dripping, all, gzip, removal, zstd};
use crate::{ReadInputError, read};

fn text(count: usize) -> String {
    (0..count).fold(String::new(), |mut text, n| {
        writeln!(text, "{}", removal(&format!("r{n}"), &format!("C{}", n * 7919 % 101)))
            .expect("memory");
        text
    })
}

/// Reads to the end or error, which may come as early as when the form is found out.
fn read_all(bytes: &[u8]) -> Result<usize, ReadInputError> {
    read(bytes, Admission::Adapter)?.try_fold(0, |n, item| item.map(|_| n + 1))
}

#[test]
fn a_truncated_compressed_input_is_an_error_wherever_it_is_cut() {
    let text = text(40);
    for whole in [gzip(text.as_bytes()), zstd(text.as_bytes())] {
        assert_eq!(read_all(&whole).expect("whole"), 40);
        for cut in 4..whole.len() {
            let outcome = read_all(&whole[..cut]);
            assert!(matches!(outcome, Err(ReadInputError::Io { .. })), "cut at {cut}: {outcome:?}");
        }
    }
}

#[test]
fn a_truncated_second_member_is_an_error() {
    let text = text(3);
    for whole in [gzip(text.as_bytes()), zstd(text.as_bytes())] {
        let two = [&whole[..], &whole[..whole.len() - 1]].concat();
        let (_, items, error) = all(&two);
        assert!(items.len() >= 3, "what came before stands");
        assert!(matches!(error, Some(ReadInputError::Io { .. })), "{error:?}");
    }
}

#[test]
fn damaged_bytes_are_an_error() {
    let text = text(40);
    let mut whole = gzip(text.as_bytes());
    let checksum = whole.len() - 8;
    whole[checksum] ^= 1;
    assert!(matches!(read_all(&whole), Err(ReadInputError::Io { .. })));
    let garbage_behind = [gzip(text.as_bytes()), b"garbage".to_vec()].concat();
    assert!(matches!(read_all(&garbage_behind), Err(ReadInputError::Io { .. })));
    let garbage_behind = [zstd(text.as_bytes()), b"garbage".to_vec()].concat();
    assert!(matches!(read_all(&garbage_behind), Err(ReadInputError::Io { .. })));
}

#[test]
fn a_failing_input_tells_the_line() {
    let text = format!("{}{{\"spec", text(5));
    let dripping = Dripping { bytes: text.as_bytes(), fails: true, interrupt: false };
    let mut reader = read(dripping, Admission::Adapter).expect("lines");
    let taken = reader.by_ref().take(5).filter(|item| item.is_ok()).count();
    assert_eq!(taken, 5);
    match reader.next() {
        Some(Err(ReadInputError::Io { line: 6, source })) => {
            assert_eq!(source.to_string(), "unplugged");
        }
        other => panic!("{other:?}"),
    }
    assert!(reader.next().is_none());
}

#[test]
fn an_input_that_fails_at_once_has_no_form() {
    for bytes in ["", "[", "{", "  ", "{\"a\":\n"] {
        let dripping = Dripping { bytes: bytes.as_bytes(), fails: true, interrupt: false };
        let outcome = read(dripping, Admission::Adapter);
        assert!(matches!(outcome, Err(ReadInputError::Io { line: 0, .. })), "{outcome:?}");
    }
}
