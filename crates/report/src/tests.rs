//! Masking, outlines.

use events::Json;

use crate::outline;
use crate::suppress::masks;

fn check(rows: &[i64], total: i64, threshold: i64, expected: (&[usize], bool)) {
    let cells: Vec<_> = rows.iter().map(|n| Some(*n)).collect();
    let (masked, total_masked) = masks(&cells, Some(total), threshold);
    let indices: Vec<_> = (0..rows.len()).filter(|i| masked[*i]).collect();
    assert_eq!((indices.as_slice(), total_masked), expected, "{rows:?} of {total}");
}

#[test]
fn small_cells_are_masked_and_what_would_give_them_away() {
    check(&[40, 50], 90, 10, (&[], false));
    // One masked cell could be derived from the total: the smallest other goes too.
    check(&[3, 50, 40], 93, 10, (&[0, 2], false));
    // Two masked cells hide each other.
    check(&[3, 4, 40], 47, 10, (&[0, 1], false));
    // 0 is not masked, nor is it a complement; ties go to the first group.
    check(&[3, 0, 20, 20], 43, 10, (&[0, 2], false));
    // With none left, the total is masked.
    check(&[3, 0], 3, 10, (&[0], true));
    check(&[3, 0], 13, 10, (&[0], true));
    check(&[11], 11, 10, (&[], false));
    check(&[], 7, 10, (&[], true));
    check(&[1, 1], 2, 1, (&[0, 1], false));
}

#[test]
fn an_outline_has_no_braces() {
    let json = Json::object([
        ("name", Json::from("x")),
        ("list", Json::Array(vec![Json::object([("a", Json::Int(1)), ("b", Json::Null)])])),
        ("inner", Json::object([("deep", Json::Bool(true))])),
    ]);
    let text = outline(&json);
    assert!(text.contains("name: x") && text.contains("  deep: true"), "{text}");
    assert!(!text.contains('{') && text.contains(" a "), "{text}");
}
