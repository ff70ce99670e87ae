//! No input makes the reader panic, lose bytes or run for ever.

use events::Admission;
use proptest::prelude::*;

use super::{gzip, removal, zstd};
use crate::read;

/// Reads everything; the items end.
fn exhaust(bytes: &[u8]) {
    for admission in [Admission::Adapter, Admission::Backfill] {
        if let Ok(reader) = read(bytes, admission) {
            assert!(reader.count() <= bytes.len() * 1100 + 1);
        }
    }
}

/// Texts with the bones of JSON.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let whole = removal("a", "C1");
    let piece = prop_oneof![
        3 => "[\\[\\]{},:\"\\\\ \\r\\n]".prop_map(String::into_bytes),
        1 => "[a-z0-9\u{e9}\u{feff}]{0,5}".prop_map(String::into_bytes),
        1 => Just(whole.into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..3),
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        exhaust(&bytes);
    }

    #[test]
    fn any_bytes_behind_magic(
        magic in prop::sample::select(vec![&b"\x1f\x8b\x08\x00"[..], b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18"]),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        exhaust(&[magic, &bytes].concat());
    }

    #[test]
    fn nearly_json_text(bytes in nearly_json()) {
        exhaust(&bytes);
        exhaust(&gzip(&bytes));
    }

    #[test]
    fn flipped_bits(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let text = format!("{}\n", removal("a", "C1")).repeat(3);
        for mut bytes in [text.clone().into_bytes(), gzip(text.as_bytes()), zstd(text.as_bytes())] {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            exhaust(&bytes);
        }
    }

    #[test]
    fn lines_lose_nothing(lines in prop::collection::vec("[^\r\n\\[{]{0,20}", 0..20)) {
        let text = lines.join("\n");
        let (_, items, error) = super::all(&text);
        prop_assert!(error.is_none());
        let unmarked = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let numbered = (1..).zip(unmarked.split('\n'));
        let expected: Vec<_> = numbered
            .map(|(n, line)| (n, line.as_bytes().trim_ascii().to_vec()))
            .filter(|(_, line)| !line.is_empty())
            .collect();
        let found: Vec<_> = items.into_iter().map(|item| (item.line, item.raw)).collect();
        prop_assert_eq!(found, expected);
    }
}
